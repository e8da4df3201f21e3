//! Motion in time: how many frames arrive, how evenly, and what the daemon says about itself.

use std::time::Duration;

use serde_json::json;

use crate::fixture::{Fixture, SOON, ddp};
use crate::receiver::Receiver;

const LEDS: usize = 80 * 40;

/// Settings of 3200 LEDs on the usual canvas.
pub(crate) fn settings(receiver: &Receiver) -> String {
    let output = ddp("wall", receiver.address(), "gamma = \"srgb\"");
    format!(
        "[display]\nwidth = 800\nheight = 480\nfps = 60\nbrightness = 0.8\n\
         [layout]\nkind = \"matrix\"\ncolumns = 80\nrows = 40\nserpentine = true\n\
         [player]\nat_start = \"nothing\"\n{output}"
    )
}

#[tokio::test]
async fn plasma_arrives_at_sixty_frames_per_second_whole_and_moving() {
    let seconds = std::env::var("PRISMATRON_TEST_SECONDS").ok();
    let seconds: f64 = seconds.map_or(60.0, |text| text.parse().unwrap());
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start_alone(&settings(&receiver)).await;
    fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;
    let before = fixture.status().await;

    let (first, begin) = receiver.find(receiver.count(), SOON, "anything", |_| true).await;
    let end = begin.at + Duration::from_secs_f64(seconds);
    let limit = Duration::from_secs_f64(seconds) + SOON;
    let (last, end) = receiver.find(first, limit, "the end", |frame| frame.at >= end).await;
    let after = fixture.status().await;
    let frames = &receiver.since(first)[..=last - first];

    let took = end.at.since(begin.at).as_secs_f64();
    let fps = (last - first) as f64 / took;
    let count = |key: &str| {
        let of = |status: &serde_json::Value| status["frames"][key].as_u64().unwrap();
        of(&after) - of(&before)
    };
    let [presented, late, ran_late, dropped] =
        ["presented", "late", "ran_late", "dropped"].map(count);
    let mut gaps: Vec<_> = frames.windows(2).map(|pair| pair[1].at.since(pair[0].at)).collect();
    gaps.sort();
    let changes = frames.windows(2).filter(|pair| pair[0].bytes != pair[1].bytes).count();
    println!(
        "plasma 800 × 480 to {LEDS} LEDs over DDP for {took:.1} s: {fps:.3} fps, {changes} changes in {} frames; \
         gap p50 {:?} p99 {:?} max {:?}; presented {presented} late {late} ran_late {ran_late} dropped {dropped}; \
         lateness {} us; scheduling {}",
        frames.len(),
        gaps[gaps.len() / 2],
        gaps[gaps.len() * 99 / 100],
        gaps[gaps.len() - 1],
        after["frames"]["lateness_us"],
        after["system"]["realtime"],
    );
    assert!(frames.iter().all(|frame| frame.whole), "a frame arrived in part");
    assert!(frames.iter().all(|frame| !frame.is_black()), "a frame was black");
    assert!((fps - 60.0).abs() <= 0.5, "{fps} frames per second");
    // In a run of a few seconds a single tick would be more than the share that is allowed.
    let allowed = (presented as f64 * 0.005).max(1.0);
    assert!(ran_late as f64 <= allowed, "{ran_late} of {presented} ran late");
    assert!(changes as f64 >= frames.len() as f64 * 0.9, "{changes} of {} moved", frames.len());
}
