//! What may die: producers, over and over, and the daemon itself.

use std::time::Duration;

use hal::{Clock, SystemClock};
use rustix::process::Signal;
use serde_json::json;

use crate::fixture::{Fixture, SOON, ddp};
use crate::receiver::Receiver;
use crate::{motion, process};

/// From the kill of a producer until the light moves again.
const BACK: Duration = Duration::from_millis(250);

/// The one producer that runs.
async fn producer(fixture: &Fixture) -> u32 {
    let until = SystemClock.now() + SOON;
    let mut look = tokio::time::interval(Duration::from_millis(2));
    loop {
        look.tick().await;
        if let [pid] = process::children(fixture.pid())[..] {
            return pid;
        }
        assert!(SystemClock.now() < until, "{:?}", process::children(fixture.pid()));
    }
}

#[tokio::test]
async fn a_killed_producer_leaves_the_light_whole_and_motion_is_back_in_a_moment() {
    let receiver = Receiver::open(80 * 40);
    let fixture = Fixture::start_alone(&settings_of(&receiver)).await;
    let mut events = fixture.events().await;
    let mut worst = Duration::ZERO;
    // Three restarts are allowed for each appearance of an item, so each round is a new one. The
    // delays put the kills at different phases of a frame and of the ring.
    for round in 0..4_u32 {
        fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
        receiver.next(SOON, "light", |frame| !frame.is_black()).await;
        let first = receiver.count();
        for kill in 0..3 {
            let wait = Duration::from_millis(u64::from(40 + round * 67 + kill * 113));
            tokio::time::sleep(wait).await;
            let victim = producer(&fixture).await;
            process::send(victim, Signal::KILL);
            let killed = SystemClock.now();
            let (index, _) = receiver.find(receiver.count(), SOON, "anything", |_| true).await;
            let mut before = receiver.since(index)[0].bytes.clone();
            // What the dead one had drawn ahead is shown first (4 frames): motion that counts is
            // the first that comes after the light has stood still, or that goes on for 6 frames.
            let mut run = 0;
            let mut stood = None;
            let (_, moving) = receiver
                .find(index + 1, SOON, "motion after the kill", |frame| {
                    let moved = frame.bytes != before;
                    before.clone_from(&frame.bytes);
                    if moved {
                        run += 1;
                        stood.get_or_insert(frame.at);
                    } else {
                        run = 0;
                        stood = None;
                    }
                    run >= 6
                })
                .await;
            let back = stood.unwrap_or(moving.at).since(killed);
            worst = worst.max(back);
            let event = events.of_type("producer_restarted", SOON).await;
            assert_eq!(event["reason"], "killed", "{event}");
            assert_ne!(producer(&fixture).await, victim);
            println!(
                "measured: round {round}, kill {kill} after {wait:?}: motion is back after {back:?}"
            );
            assert!(back <= BACK, "motion came back {back:?} after the kill");
        }
        for frame in receiver.since(first) {
            assert!(frame.whole, "a frame arrived in part");
            assert!(!frame.is_black(), "a frame was black");
        }
    }
    println!("measured: 12 kills: at worst motion was back after {worst:?}");
}

fn settings_of(receiver: &Receiver) -> String {
    motion::settings(receiver)
}

#[tokio::test]
async fn a_producer_that_dies_a_fourth_time_gives_way_to_the_next_item() {
    let receiver = Receiver::open(80 * 40);
    let fixture = Fixture::start(&settings_of(&receiver)).await;
    let mut events = fixture.events().await;
    let items = json!([
        {"kind": "effect", "effect": "plasma", "duration_s": 600},
        {"kind": "color", "color": "#00FF00"},
    ]);
    let playlist = fixture.play(items, true).await;
    let plasma = playlist["items"][0]["id"].as_str().unwrap();
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;
    let first = receiver.count();
    let mut killed = Vec::new();
    for kill in 0..4 {
        // The colour's producer has drawn its only frame and ended, or is about to.
        let victim = plasma_producer(&fixture, &killed).await;
        process::send(victim, Signal::KILL);
        killed.push(victim);
        if kill < 3 {
            let event = events.of_type("producer_restarted", SOON).await;
            assert_eq!(event["item_id"], plasma, "{event}");
            assert_eq!(event["reason"], "killed", "{event}");
        }
    }
    let event = events.of_type("item_skipped", SOON).await;
    assert_eq!(event["item_id"], plasma, "{event}");
    assert!(event["reason"].as_str().unwrap().contains("died 4 times"), "{event}");
    // White at brightness 0.8 would be 204; the colour has the others dark.
    receiver.find(first, SOON, "the next item", |frame| frame.is_all([0, 204, 0])).await;
    assert!(receiver.since(first).iter().all(|frame| frame.whole && !frame.is_black()));
}

/// The producer whose command line says that it draws plasma, and that was not killed yet.
async fn plasma_producer(fixture: &Fixture, killed: &[u32]) -> u32 {
    let until = SystemClock.now() + SOON;
    let mut look = tokio::time::interval(Duration::from_millis(2));
    loop {
        look.tick().await;
        let found = process::children(fixture.pid()).into_iter().find(|pid| {
            let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.contains("plasma") && !killed.contains(pid)
        });
        if let Some(pid) = found {
            return pid;
        }
        assert!(SystemClock.now() < until, "no producer of plasma runs");
    }
}

#[tokio::test]
async fn a_killed_daemon_takes_its_producers_along_and_the_next_start_tidies_up() {
    let receiver = Receiver::open(2048);
    let settings = format!("{}\n", ddp("wall", receiver.address(), ""));
    let mut fixture = Fixture::start(&settings).await;
    let items = json!([
        {"kind": "effect", "effect": "plasma", "duration_s": 600},
        {"kind": "effect", "effect": "rainbow", "duration_s": 600},
    ]);
    fixture.play(items, true).await;
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;
    fixture.status_when("two producers", SOON, |status| status["system"]["producers"] == 2).await;
    let producers = process::children(fixture.pid());
    assert_eq!(producers.len(), 2);
    fixture.kill();
    let killed = SystemClock.now();
    for producer in producers {
        assert!(process::has_ended(producer, Duration::from_secs(1)), "process {producer} is left");
    }
    println!(
        "measured: the producers ended {:?} after the daemon",
        SystemClock.now().since(killed)
    );
    assert!(!process::rings(fixture.instance()).is_empty(), "nothing could tidy up");
    let stale = process::rings(fixture.instance());

    let first = receiver.count();
    fixture.start_again().await;
    receiver.find(first, SOON, "light again", |frame| !frame.is_black()).await;
    for ring in &stale {
        assert!(fixture.log().contains(ring.as_str()), "{ring} in {}", fixture.log());
    }
    let status = fixture.status().await;
    assert_eq!(status["playing"]["effect"], "plasma", "{status}");
}
