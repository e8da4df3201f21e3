//! That light has no gaps where one item follows another: every frame at the controller is looked at.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::fixture::{Fixture, SOON};
use crate::motion::settings;
use crate::receiver::{Frame, Receiver};

const LEDS: usize = 80 * 40;
/// Frames that may be alike in a row after the first of them.
const STALL: usize = 2;

/// Items that look different in every frame and are never black.
fn moving(effect: &str, duration_s: f64) -> Value {
    let params = match effect {
        "test_bars" => json!({"speed": 5}),
        _ => json!({"speed": 3}),
    };
    json!({"kind": "effect", "effect": effect, "params": params, "duration_s": duration_s})
}

/// What came in a while.
struct Seen {
    frames: usize,
    black: usize,
    torn: usize,
    /// The longest row of frames that were as the one before them.
    stall: usize,
    /// The longest time between two frames.
    gap: Duration,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { frames, black, torn, stall, gap } = self;
        write!(
            f,
            "{frames} frames, {black} black, {torn} torn, at most {stall} repeats in a row, "
        )?;
        write!(f, "at most {gap:?} between two")
    }
}

fn look(frames: &[Arc<Frame>]) -> Seen {
    let (mut stall, mut alike) = (0, 0);
    for pair in frames.windows(2) {
        alike = if pair[0].bytes == pair[1].bytes { alike + 1 } else { 0 };
        stall = stall.max(alike);
    }
    let count = |is_so: fn(&Frame) -> bool| frames.iter().filter(|frame| is_so(frame)).count();
    let gaps = frames.windows(2).map(|pair| pair[1].at.since(pair[0].at));
    Seen {
        frames: frames.len(),
        black: count(Frame::is_black),
        torn: count(|frame| !frame.whole),
        stall,
        gap: gaps.max().unwrap_or_default(),
    }
}

/// The frames of so many seconds from now on, and how many items began in them.
async fn watch(fixture: &Fixture, receiver: &Receiver, seconds: f64) -> (Seen, usize) {
    let (end, ended) = tokio::sync::oneshot::channel();
    let events = tokio::spawn(fixture.events().await.all_until(ended));
    let (first, begin) = receiver.find(receiver.count(), SOON, "anything", |_| true).await;
    let until = begin.at + Duration::from_secs_f64(seconds);
    let (last, _) = receiver.find(first, SOON, "the end", |frame| frame.at >= until).await;
    let _ = end.send(());
    let events = events.await.unwrap();
    // Nothing else changes meanwhile, so each change is the beginning of an item.
    let begun = |event: &&Value| event["type"] == "player" && event["playing"].is_object();
    let items = events.iter().filter(begun).count();
    (look(&receiver.since(first)[..=last - first]), items)
}

async fn lit(fixture: &Fixture, receiver: &Receiver, items: Value, shuffle: bool) -> Value {
    let list = json!({"name": "a list", "items": items, "shuffle": shuffle});
    let list = fixture.post("/api/playlists", list).await;
    fixture.post("/api/player/play", json!({"playlist_id": list["id"]})).await;
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;
    list
}

#[tokio::test]
async fn items_that_move_follow_each_other_without_black_and_without_a_stall() {
    let all = ["plasma", "test_bars", "rainbow", "noise_flow"];
    let cases: [(&str, &[&str], f64, bool); 4] = [
        ("a list that loops", &all, 0.5, false),
        ("a list of one", &all[1..2], 0.5, false),
        ("a list in random order", &all, 0.4, true),
        ("items of a tenth of a second", &all, 0.1, false),
    ];
    for (what, effects, duration_s, shuffle) in cases {
        let receiver = Receiver::open(LEDS);
        let fixture = Fixture::start_alone(&settings(&receiver)).await;
        let items: Vec<_> = effects.iter().map(|effect| moving(effect, duration_s)).collect();
        lit(&fixture, &receiver, json!(items), shuffle).await;
        let (seen, items) = watch(&fixture, &receiver, 5.0).await;
        println!("measured: {what}, {duration_s} s each: {items} items in 5 s; {seen:?}");
        let expected = 5.0 / duration_s;
        assert!(items as f64 >= 0.8 * expected, "{what}: {items} items, not {expected}");
        assert!(seen.frames.abs_diff(300) <= 6, "{what}: {seen:?}");
        assert_eq!((seen.black, seen.torn), (0, 0), "{what}: {seen:?}");
        assert!(seen.stall <= STALL, "{what}: {seen:?}");
    }
}

#[tokio::test]
async fn an_edit_just_before_the_next_item_is_due_leaves_no_gap() {
    let changes: [(&str, &[&str]); 4] = [
        ("the next one is removed", &["plasma", "noise_flow"]),
        ("the next one is replaced", &["plasma", "test_bars", "noise_flow"]),
        ("another is put before it", &["plasma", "test_bars", "rainbow", "noise_flow"]),
        ("one is put at the end", &["plasma", "rainbow", "noise_flow", "test_bars"]),
    ];
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start_alone(&settings(&receiver)).await;
    for (what, effects) in changes {
        let items = ["plasma", "rainbow", "noise_flow"].map(|effect| moving(effect, 1.5));
        let list = lit(&fixture, &receiver, json!(items), false).await;
        let first = receiver.count() - 1;
        let begun = |status: &Value| {
            let playing = &status["playing"];
            playing["effect"] == "plasma" && playing["position_s"].as_f64() >= Some(1.4)
        };
        fixture.status_when("nearly over", SOON, begun).await;
        // Items that stay keep their ids.
        let kept = list["items"].as_array().unwrap();
        let items: Vec<_> = effects
            .iter()
            .map(|effect| {
                let old = kept.iter().find(|item| item["effect"] == *effect);
                old.cloned().unwrap_or_else(|| moving(effect, 1.5))
            })
            .collect();
        let path = format!("/api/playlists/{}", list["id"].as_str().unwrap());
        let (status, answer) = fixture.put(&path, json!({"name": "a list", "items": items})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let follows = |status: &Value| status["playing"]["effect"] == effects[1];
        fixture.status_when("the one that follows", SOON, follows).await;
        let after = receiver.count();
        receiver.find(after + 30, SOON, "half a second more", |_| true).await;
        let seen = look(&receiver.since(first));
        println!("measured: {what}, 100 ms before it is due: {seen:?}");
        assert_eq!((seen.black, seen.torn), (0, 0), "{what}: {seen:?}");
        assert!(seen.stall <= STALL, "{what}: {seen:?}");
    }
}

#[tokio::test]
async fn skips_in_the_middle_of_fades_leave_no_gap_and_no_black() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start_alone(&settings(&receiver)).await;
    let fade = json!({"kind": "crossfade", "duration_s": 1, "curve": "smooth"});
    let items: Vec<_> = ["plasma", "test_bars", "rainbow"]
        .iter()
        .map(|effect| {
            let mut item = moving(effect, 60.0);
            item["transition"] = fade.clone();
            item
        })
        .collect();
    lit(&fixture, &receiver, json!(items), false).await;
    receiver.find(receiver.count() + 90, SOON, "the end of the first fade", |_| true).await;
    let first = receiver.count();
    for wish in ["next", "next", "previous", "next", "next", "previous"] {
        fixture.post(&format!("/api/player/{wish}"), json!({})).await;
        receiver.find(receiver.count() + 20, SOON, "a third of a second", |_| true).await;
    }
    let seen = look(&receiver.since(first));
    println!("measured: six skips, each in the middle of a fade: {seen:?}");
    assert_eq!((seen.black, seen.torn), (0, 0), "{seen:?}");
    assert!(seen.stall <= STALL, "{seen:?}");
}
