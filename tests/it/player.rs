//! What the contract says about playing, seen at the controller.

use std::time::Duration;

use hal::{Clock, SystemClock};
use image::{Rgb, RgbImage};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::fixture::{Fixture, SOON, ddp};
use crate::light::png;
use crate::receiver::Receiver;

const LEDS: usize = 2048;
const TICK: Duration = Duration::from_nanos(16_666_667);
const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const BLACK: [u8; 3] = [0; 3];

/// Bytes as in the picture, full brightness, dark at start.
fn settings(receiver: &Receiver) -> String {
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    format!("[display]\nbrightness = 1.0\n[player]\nat_start = \"nothing\"\n{output}")
}

fn color(color: [u8; 3], duration_s: f64) -> Value {
    let color = format!("#{:02X}{:02X}{:02X}", color[0], color[1], color[2]);
    json!({"kind": "color", "color": color, "duration_s": duration_s})
}

async fn see(receiver: &Receiver, color: [u8; 3]) {
    let first = receiver.count().saturating_sub(1);
    receiver.find(first, SOON, &format!("{color:?}"), |frame| frame.is_all(color)).await;
}

async fn tell(fixture: &Fixture, wish: &str) -> Value {
    fixture.post(&format!("/api/player/{wish}"), json!({})).await
}

#[tokio::test]
async fn next_and_previous_go_round_a_list_that_loops() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start(&settings(&receiver)).await;
    let items = json!([color(RED, 600.0), color(GREEN, 600.0), color(BLUE, 600.0)]);
    fixture.play(items, true).await;
    see(&receiver, RED).await;
    for (wish, expected, index) in [
        ("next", GREEN, 1),
        ("next", BLUE, 2),
        ("next", RED, 0),
        ("previous", BLUE, 2),
        ("previous", GREEN, 1),
    ] {
        let answer = tell(&fixture, wish).await;
        assert_eq!(answer["playing"]["index"], index, "{wish}: {answer}");
        see(&receiver, expected).await;
    }
}

#[tokio::test]
async fn next_is_seen_on_the_next_tick() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start_alone(&settings(&receiver)).await;
    fixture.play(json!([color(RED, 600.0), color(GREEN, 600.0)]), true).await;
    see(&receiver, RED).await;
    // The producer of the next item is started ahead; here it has long drawn its frame.
    fixture.status_when("lit", SOON, |status| status["playing"]["index"] == 0).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let asked = SystemClock.now();
    tell(&fixture, "next").await;
    let answered = SystemClock.now();
    let (_, frame) = receiver.find(0, SOON, "green", |frame| frame.is_all(GREEN)).await;
    let took = frame.at.since(asked);
    println!("next: answered after {:?}, lit after {took:?}", answered.since(asked));
    // The request itself, one tick to wait for, and one of a busy machine.
    assert!(took <= answered.since(asked) + 2 * TICK, "{took:?}");
}

#[tokio::test]
async fn pause_freezes_light_and_position_while_the_output_stays_alive() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start(&settings(&receiver)).await;
    fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;
    let answer = tell(&fixture, "pause").await;
    assert_eq!(answer["state"], "paused", "{answer}");
    let position = answer["playing"]["position_s"].as_f64().unwrap();

    // Two ticks may have been under way.
    let first = receiver.count() + 2;
    let frozen = receiver.find(first, SOON, "anything", |_| true).await.1;
    // Long enough for render to rest, when only what the output repeats by itself is seen.
    let until = frozen.at + Duration::from_secs(4);
    receiver.find(first, SOON, "a sign of life", |frame| frame.at >= until).await;
    let frames = receiver.since(first);
    assert!(frames.iter().all(|frame| frame.bytes == frozen.bytes), "light moved");
    let gap = frames.windows(2).map(|pair| pair[1].at.since(pair[0].at)).max().unwrap();
    println!("paused: {} frames, at most {gap:?} between two", frames.len());
    assert!(gap < Duration::from_millis(2_500), "WLED would have taken over: {gap:?}");
    let status = fixture.status().await;
    assert_eq!(status["playing"]["position_s"], position, "{status}");

    let answer = tell(&fixture, "resume").await;
    assert_eq!(answer["state"], "playing", "{answer}");
    receiver.next(SOON, "motion", |frame| frame.bytes != frozen.bytes).await;
    let status = fixture.status().await;
    let on = status["playing"]["position_s"].as_f64().unwrap() - position;
    assert!((0.0..2.0).contains(&on), "the pause was counted: {on} s further");
}

#[tokio::test]
async fn stop_is_black_on_the_next_tick_and_play_begins_again() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start_alone(&settings(&receiver)).await;
    fixture.play(json!([color(RED, 600.0), color(GREEN, 600.0)]), true).await;
    see(&receiver, RED).await;
    tell(&fixture, "next").await;
    see(&receiver, GREEN).await;
    let first = receiver.count();
    let asked = SystemClock.now();
    let answer = tell(&fixture, "stop").await;
    let answered = SystemClock.now();
    assert_eq!(answer["state"], "stopped", "{answer}");
    assert_eq!(answer["playing"], Value::Null, "{answer}");
    let (black, frame) = receiver.find(first, SOON, "black", |frame| frame.is_black()).await;
    let took = frame.at.since(asked);
    println!("stop: black after {took:?}");
    assert!(took <= answered.since(asked) + 2 * TICK, "{took:?}");
    // It stays so, and the output is still told.
    let until = frame.at + Duration::from_millis(1_500);
    receiver.find(black, SOON, "a sign of life", |frame| frame.at >= until).await;
    assert!(receiver.since(black).iter().all(|frame| frame.is_black()));

    fixture.post("/api/player/play", json!({})).await;
    see(&receiver, RED).await;
}

#[tokio::test]
async fn seek_moves_the_position_and_refuses_one_beyond_the_end() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start(&settings(&receiver)).await;
    let items = json!([
        {"kind": "effect", "effect": "plasma", "duration_s": 30},
        color(GREEN, 600.0),
    ]);
    fixture.play(items, true).await;
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;
    let answer = fixture.post("/api/player/seek", json!({"position_s": 29.0})).await;
    assert_eq!(answer["playing"]["position_s"], 29.0, "{answer}");
    // One second is left of it.
    see(&receiver, GREEN).await;
    for position_s in [-1.0, 601.0] {
        let (status, problem) =
            fixture.try_post("/api/player/seek", json!({"position_s": position_s})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert!(problem.to_string().contains("position_s"), "{problem}");
    }
    see(&receiver, GREEN).await;
}

#[tokio::test]
async fn the_end_of_a_list_that_does_not_loop_is_black_and_stopped() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start(&settings(&receiver)).await;
    let first = receiver.count();
    fixture.play(json!([color(RED, 0.3), color(BLUE, 0.3)]), false).await;
    let (blue, _) = receiver.find(first, SOON, "blue", |frame| frame.is_all(BLUE)).await;
    receiver.find(blue, SOON, "black", |frame| frame.is_black()).await;
    let status = fixture.status_when("stopped", SOON, |status| status["state"] == "stopped").await;
    assert_eq!(status["playing"], Value::Null);
    assert_eq!(status["source"], "none");
    assert_eq!(fixture.post("/api/player/play", json!({})).await["state"], "playing");
    see(&receiver, RED).await;
}

#[tokio::test]
async fn an_item_whose_file_was_deleted_is_skipped_with_an_event() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start(&settings(&receiver)).await;
    let picture = RgbImage::from_pixel(8, 8, Rgb(RED));
    let media_id = fixture.upload("red.png", png(&picture)).await;
    let items =
        json!([color(BLUE, 0.5), {"kind": "media", "media_id": media_id}, color(GREEN, 600.0)]);
    let playlist = fixture.playlist(items, true).await;
    let (status, problem) = fixture.delete(&format!("/api/media/{media_id}")).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let (status, _) = fixture.delete(&format!("/api/media/{media_id}?force=true")).await;
    assert_eq!(status, StatusCode::NO_CONTENT);

    let mut events = fixture.events().await;
    let first = receiver.count();
    fixture.post("/api/player/play", json!({"playlist_id": playlist["id"]})).await;
    let event = events.of_type("item_skipped", SOON).await;
    assert_eq!(event["item_id"], playlist["items"][1]["id"], "{event}");
    assert!(!event["reason"].as_str().unwrap().is_empty(), "{event}");
    let (green, _) = receiver.find(first, SOON, "green", |frame| frame.is_all(GREEN)).await;
    for frame in receiver.since(first).iter().take(green - first) {
        assert!(frame.is_all(BLACK) || frame.is_all(BLUE), "{:?}", frame.led(0));
    }
}

#[tokio::test]
async fn a_list_of_which_nothing_can_be_played_is_stopped_with_the_reason() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start(&settings(&receiver)).await;
    let mut ids = Vec::new();
    for name in ["one.png", "two.png"] {
        let picture = RgbImage::from_pixel(8, 8 + ids.len() as u32, Rgb(RED));
        ids.push(fixture.upload(name, png(&picture)).await);
    }
    let items: Value = ids.iter().map(|id| json!({"kind": "media", "media_id": id})).collect();
    let playlist = fixture.playlist(items, true).await;
    for id in &ids {
        fixture.delete(&format!("/api/media/{id}?force=true")).await;
    }
    fixture.try_post("/api/player/play", json!({"playlist_id": playlist["id"]})).await;
    let status = fixture.status_when("stopped", SOON, |status| status["state"] == "stopped").await;
    let reason = status["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("nothing in the list can be played"), "{status}");
    // It is no busy loop: nothing is started any more.
    assert_eq!(status["system"]["producers"], 0, "{status}");
}

#[tokio::test]
async fn starts_are_spaced_by_the_duration_of_each_item() {
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start_alone(&settings(&receiver)).await;
    let first = receiver.count();
    let durations = [0.5, 0.8, 0.65];
    let colors = [RED, GREEN, BLUE];
    let items: Value = colors.iter().zip(durations).map(|(&c, d)| color(c, d)).collect();
    fixture.play(items, true).await;
    // Each start as it is seen; the first of them waited for a producer and counts as zero.
    let mut index = first;
    let mut starts = Vec::new();
    for step in 0..9 {
        let wanted = colors[step % 3];
        let (found, frame) =
            receiver.find(index, SOON, &format!("{wanted:?}"), |frame| frame.is_all(wanted)).await;
        starts.push(frame.at);
        index = found;
    }
    let mut expected = Duration::ZERO;
    let mut worst = Duration::ZERO;
    for (step, start) in starts.iter().enumerate() {
        worst = worst.max(start.since(starts[0]).abs_diff(expected));
        expected += Duration::from_secs_f64(durations[step % 3]);
    }
    println!("9 starts: the worst is {worst:?} from where the durations put it");
    assert!(worst <= 2 * TICK, "{worst:?}");
}
