//! Films: how many of their frames arrive, when, and whole, also while their producers are killed.

use std::collections::BTreeSet;
use std::time::Duration;

use hal::{Clock, SystemClock};
use rustix::process::Signal;
use serde_json::json;

use crate::fixture::{Fixture, SOON, ddp};
use crate::receiver::Receiver;
use crate::{clip, process};

const FPS: u32 = 60;

/// Makes a numbered film of `seconds` and uploads it.
async fn film(fixture: &Fixture, seconds: u32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("film.mp4");
    clip::h264(&file, FPS, FPS * seconds);
    fixture.upload("film.mp4", std::fs::read(file).unwrap()).await
}

#[tokio::test]
async fn a_film_of_sixty_frames_per_second_arrives_frame_by_frame() {
    if !clip::can_be_made("a film of sixty frames per second") {
        return;
    }
    let seconds = std::env::var("PRISMATRON_TEST_SECONDS").ok();
    let seconds: u32 = seconds.map_or(60, |text| text.parse().unwrap());
    let receiver = Receiver::open(clip::COLUMNS * clip::ROWS);
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    let fixture = Fixture::start_alone(&clip::settings(&output)).await;
    let media_id = film(&fixture, seconds).await;
    let before = fixture.status().await;
    let first = receiver.count();
    fixture.play(json!([{"kind": "media", "media_id": media_id}]), false).await;

    let frames_in_all = FPS * seconds;
    let (begin, begun) =
        receiver.find(first, SOON, "the film", |frame| clip::number(frame).is_some()).await;
    let limit = Duration::from_secs(u64::from(seconds)) + SOON;
    let (end, ended) =
        receiver.find(begin, limit, "black at the end", |frame| frame.is_black()).await;
    let after = fixture.status().await;
    let frames = &receiver.since(begin)[..end - begin];

    let numbers: Vec<_> = frames.iter().map(|frame| clip::number(frame)).collect();
    let torn = numbers.iter().filter(|number| number.is_none()).count();
    let numbers: Vec<_> = numbers.into_iter().flatten().collect();
    let seen: BTreeSet<_> = numbers.iter().copied().collect();
    let took = ended.at.since(begun.at).as_secs_f64();
    let fps = frames.len() as f64 / took;
    // Each frame is due at its own time: how far from it the first sight of each was.
    let mut off: Vec<f64> = Vec::new();
    let mut last = None;
    for frame in frames {
        let number = clip::number(frame);
        if number != last
            && let Some(number) = number
        {
            let due = f64::from(number) / f64::from(FPS);
            off.push((frame.at.since(begun.at).as_secs_f64() - due) * 1000.0);
            last = Some(number);
        }
    }
    off.sort_by(f64::total_cmp);
    let count = |key: &str| {
        let of = |status: &serde_json::Value| status["frames"][key].as_u64().unwrap();
        of(&after) - of(&before)
    };
    println!(
        "measured: H.264 of 800 × 480 at {FPS} fps to {} LEDs for {took:.1} s: {fps:.3} fps, {} of {frames_in_all} \
         different frames seen; off their time by {:.1} to {:.1} ms, median {:.1}; late {} ran_late {} dropped {} \
         superseded {}",
        clip::COLUMNS * clip::ROWS,
        seen.len(),
        off[0],
        off[off.len() - 1],
        off[off.len() / 2],
        count("late"),
        count("ran_late"),
        count("dropped"),
        count("superseded"),
    );
    assert!(frames.iter().all(|frame| frame.whole), "a frame arrived in part");
    assert_eq!(torn, 0, "frames that are not one frame of the film");
    assert!(numbers.is_sorted(), "frames came out of their order");
    assert!((fps - 60.0).abs() <= 0.5, "{fps} frames per second");
    assert!(
        seen.len() as f64 >= f64::from(frames_in_all) * 0.95,
        "{} different frames",
        seen.len()
    );
    // The film's own clock: a minute of it is a minute.
    let drift = (took - f64::from(seconds)).abs();
    assert!(drift <= 0.1, "{seconds} s of film took {took} s");
}

#[tokio::test]
async fn a_hundred_kills_of_a_films_producer_tear_nothing_and_are_never_black() {
    if !clip::can_be_made("a hundred kills of a film's producer") {
        return;
    }
    let kills = std::env::var("PRISMATRON_TEST_KILLS").ok();
    let kills: u32 = kills.map_or(100, |text| text.parse().unwrap());
    let receiver = Receiver::open(clip::COLUMNS * clip::ROWS);
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    let mut fixture = Fixture::start_alone(&clip::settings(&output)).await;
    let pid = fixture.pid();
    let media_id = film(&fixture, 20).await;
    let is_film = |frame: &crate::receiver::Frame| clip::number(frame).is_some();

    let mut first = None;
    let mut state = 20_u32;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u64::from(state >> 8) % below
    };
    let mut killed = 0;
    let mut slowest = Duration::ZERO;
    while killed < kills {
        // Three restarts are allowed for each appearance of an item, so each round is a new one.
        fixture.post("/api/player/play", json!({"media_id": media_id})).await;
        if first.is_none() {
            first = Some(receiver.find(0, SOON, "the film", is_film).await.0);
        }
        for _ in 0..3.min(kills - killed) {
            tokio::time::sleep(Duration::from_millis(20 + random(500))).await;
            let victims = process::children(fixture.pid());
            assert!(!victims.is_empty(), "no producer runs:\n{}", fixture.log());
            for victim in victims {
                process::send(victim, Signal::KILL);
            }
            let at = SystemClock.now();
            killed += 1;
            // The next one may come while the new producer is still starting; only now and then the
            // film is given the time to move on.
            if random(3) == 0 {
                let now = receiver.count();
                let mut run = BTreeSet::new();
                let (_, moving) = receiver
                    .find(now, SOON, "motion after a kill", |frame| {
                        run.extend(clip::number(frame));
                        run.len() >= 8
                    })
                    .await;
                slowest = slowest.max(moving.at.since(at));
            }
        }
    }
    let first = first.unwrap();
    let now = receiver.count();
    receiver.find(now, SOON, "the film", is_film).await;
    let frames = receiver.since(first);
    let torn = frames.iter().filter(|frame| clip::number(frame).is_none()).count();
    let black = frames.iter().filter(|frame| frame.is_black()).count();
    println!(
        "measured: {killed} kills of a film's producer: {} frames, {torn} torn, {black} black; eight new frames \
         were seen at most {slowest:?} after a kill",
        frames.len()
    );
    assert!(frames.iter().all(|frame| frame.whole), "a frame arrived in part");
    assert_eq!((torn, black), (0, 0), "torn and black frames");
    assert!(fixture.is_alive() && fixture.pid() == pid);
}
