//! Brightness: acts at once, is written a while later.

use std::sync::Arc;
use std::time::Duration;

use engine::control::command::PlayerCommand;
use engine::producer::InProcess;
use hal::{ManualClock, MonoTime};
use serde_json::json;

use crate::fixture::{Display, Fixture, color, list};

fn written(fixture: &Fixture) -> f64 {
    let text = std::fs::read_to_string(fixture.settings_path()).unwrap();
    let settings: toml::Table = toml::from_str(&text).unwrap();
    settings["display"]["brightness"].as_float().unwrap()
}

async fn set(display: &Display, brightness: f64) {
    let patch = json!({"display": {"brightness": brightness}});
    let document = display.handle.patch_settings(patch, None).await.unwrap();
    assert_eq!(document.value["display"]["brightness"], brightness);
}

/// What control and the store had to do at this instant has been done after it.
async fn settle(display: &Display) {
    for _ in 0..2 {
        display.command(PlayerCommand::Stop).await;
    }
    display.handle.settings().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn brightness_is_written_two_seconds_after_its_last_change() {
    let fixture = Fixture::new();
    let clock = Arc::new(ManualClock::starting_at(MonoTime::from_nanos(1_000_000_000)));
    let producers = Arc::new(InProcess::new(fixture.name()));
    let display = fixture.start_with(producers, clock.clone());
    set(&display, 0.5).await;
    clock.advance(Duration::from_millis(1_900));
    settle(&display).await;
    assert_eq!(written(&fixture), 1.0);
    set(&display, 0.25).await;
    clock.advance(Duration::from_millis(1_900));
    settle(&display).await;
    assert_eq!(written(&fixture), 1.0, "it changed again");
    clock.advance(Duration::from_millis(100));
    settle(&display).await;
    assert_eq!(written(&fixture), 0.25);
}

#[tokio::test(flavor = "multi_thread")]
async fn brightness_is_kept_over_a_restart_however_soon() {
    let fixture = Fixture::new();
    let display = fixture.start();
    set(&display, 0.5).await;
    display.finish();
    assert_eq!(written(&fixture), 0.5);
    let display = fixture.start();
    assert_eq!(display.handle.status().display.brightness, 0.5);
    let playlist = display.playlist(list(vec![color([255; 3], 60.0)])).await;
    display.play(&playlist).await;
    display.shows([188; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_names_no_brightness_leaves_what_acts() {
    let fixture = Fixture::new();
    let display = fixture.start();
    for patch in [json!({}), json!({"display": {}})] {
        set(&display, 0.5).await;
        let document = display.handle.patch_settings(patch.clone(), None).await.unwrap();
        assert_eq!(document.value["display"]["brightness"], 0.5, "{patch}");
        assert_eq!(display.handle.status().display.brightness, 0.5, "{patch}");
    }
    // Without a value it is what it is by default.
    let patch = json!({"display": {"brightness": null}});
    display.handle.patch_settings(patch, None).await.unwrap();
    assert_eq!(display.handle.status().display.brightness, 0.8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_on_an_old_revision_and_one_of_fixed_keys_are_refused() {
    let display = Fixture::new().start();
    let old = display.handle.settings().await.unwrap().revision;
    set(&display, 0.5).await;
    let patch = json!({"display": {"brightness": 0.1}});
    let refused = display.handle.patch_settings(patch, Some(old)).await;
    assert!(matches!(refused, Err(engine::Error::Stale { .. })), "{refused:?}");
    let refused = display.handle.patch_settings(json!({"display": {"fps": 30}}), None).await;
    assert!(matches!(refused, Err(engine::Error::Invalid { .. })), "{refused:?}");
    let refused = display.handle.patch_settings(json!({"display": {"brightness": 2}}), None).await;
    assert!(matches!(refused, Err(engine::Error::Invalid { .. })), "{refused:?}");
    assert_eq!(display.handle.status().display.brightness, 0.5);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_changes_made_from_the_same_settings_one_is_taken() {
    let display = Fixture::new().start();
    let revision = display.handle.settings().await.unwrap().revision;
    let mut changes = tokio::task::JoinSet::new();
    for number in 1..=20 {
        let (handle, revision) = (display.handle.clone(), revision.clone());
        changes.spawn(async move {
            let brightness = f64::from(number) / 100.0;
            let patch = serde_json::json!({ "display": { "brightness": brightness } });
            handle.patch_settings(patch, Some(revision)).await
        });
    }
    let answers = changes.join_all().await;
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert!(refused.iter().all(|answer| matches!(answer, Err(engine::Error::Stale { .. }))));
}
