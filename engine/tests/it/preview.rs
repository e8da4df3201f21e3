//! The preview: what the LEDs show, for viewers.

use engine::control::command::PlayerCommand;

use crate::fixture::{Fixture, PATIENCE, color, list};

#[tokio::test(flavor = "multi_thread")]
async fn every_viewer_sees_the_present_light_also_if_it_stands_still() {
    let display = Fixture::new().start();
    let playlist = display.playlist(list(vec![color([90, 160, 200], 60.0)])).await;
    display.play(&playlist).await;
    display.shows([90, 160, 200]);
    for _ in 0..3 {
        let mut viewer = display.handle.preview();
        // The light from before may be there once more.
        let mut frame = next(&mut viewer).await;
        while frame.rgb != [90, 160, 200, 90, 160, 200] {
            frame = next(&mut viewer).await;
        }
        assert!(frame.number > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_gets_each_light_once_and_waits_for_another() {
    let display = Fixture::new().start();
    let playlist = display.playlist(list(vec![color([50; 3], 60.0), color([60; 3], 60.0)])).await;
    display.play(&playlist).await;
    display.shows([50; 3]);
    let mut viewer = display.handle.preview();
    while next(&mut viewer).await.rgb != [50; 6] {}
    let seen = next_number(&display).await;
    let waiting = tokio::spawn(async move { viewer.next().await.unwrap() });
    display.command(PlayerCommand::Next).await;
    let frame = tokio::time::timeout(PATIENCE, waiting).await.unwrap().unwrap();
    assert_eq!(frame.rgb, [60; 6]);
    assert!(frame.number > seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn brightness_is_seen_in_the_preview() {
    let display = Fixture::new().start();
    let playlist = display.playlist(list(vec![color([255; 3], 60.0)])).await;
    display.play(&playlist).await;
    display.shows([255; 3]);
    let patch = serde_json::json!({"display": {"brightness": 0.5}});
    display.handle.patch_settings(patch, None).await.unwrap();
    display.shows([188; 3]);
    let mut viewer = display.handle.preview();
    while next(&mut viewer).await.rgb != [188; 6] {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_is_told_of_the_end() {
    let display = Fixture::new().start();
    let mut viewer = display.handle.preview();
    let waiting = tokio::spawn(async move { while viewer.next().await.is_some() {} });
    display.finish();
    tokio::time::timeout(PATIENCE, waiting).await.unwrap().unwrap();
}

async fn next(
    viewer: &mut engine::control::handle::Preview,
) -> std::sync::Arc<engine::control::handle::PreviewFrame> {
    tokio::time::timeout(PATIENCE, viewer.next()).await.unwrap().unwrap()
}

async fn next_number(display: &crate::fixture::Display) -> u64 {
    next(&mut display.handle.preview()).await.number
}
