//! Files: from the upload to the light, and what of it the player hears.

use std::sync::Arc;

use engine::control::command::{PlayWhat, PlayerCommand};
use engine::control::snapshot::PlayState;
use engine::library::model::{ItemContent, MediaState};
use hal::SystemClock;

use crate::fixture::{Fixture, color, item, list, png};

const GREY: [u8; 3] = [90, 160, 200];
const RED: [u8; 3] = [250, 10, 20];

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_picture_is_looked_at_and_plays() {
    let display = Fixture::new().start();
    let media = display.upload("grey.png", png(GREY)).await;
    assert_eq!((media.state, media.width, media.height), (MediaState::Ready, 16, 8));
    let media_id = media.id.clone();
    display.command(PlayerCommand::Play(PlayWhat::Media { media_id })).await;
    display.shows(GREY);
    assert!(display.handle.media_thumbnail(&media.id).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_is_rejected_and_cannot_be_played() {
    let display = Fixture::new().start();
    let media = display.upload("note.png", b"only words".to_vec()).await;
    assert_eq!(media.state, MediaState::Rejected);
    assert!(media.error.is_some());
    let played =
        display.handle.player(PlayerCommand::Play(PlayWhat::Media { media_id: media.id })).await;
    assert!(matches!(played, Err(engine::Error::Conflict { .. })), "{played:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_the_file_that_is_lit_leaves_it_lit_and_skips_it_from_then_on() {
    let display = Fixture::new().start();
    let media = display.upload("grey.png", png(GREY)).await;
    let picture = ItemContent::Media { media_id: media.id.clone() };
    let playlist = display.playlist(list(vec![item(picture, 60.0), color(RED, 60.0)])).await;
    display.play(&playlist).await;
    display.shows(GREY);
    assert!(display.handle.delete_media(&media.id, false).await.is_err(), "a list uses it");
    display.handle.delete_media(&media.id, true).await.unwrap();
    assert_eq!(display.handle.status().player.state, PlayState::Playing);
    display.shows(GREY);
    display.command(PlayerCommand::Next).await;
    display.shows(RED);
    let playing = display.command(PlayerCommand::Next).await.unwrap();
    assert_eq!(playing.index, 1, "the only one that is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_other_files_leave_the_producer_of_the_next_item_alone() {
    let fixture = Fixture::new();
    let producers = Arc::new(fixture.producers());
    let display = fixture.start_with(producers.clone(), Arc::new(SystemClock));
    let playlist = display.playlist(list(vec![color(RED, 60.0), color(GREY, 60.0)])).await;
    display.play(&playlist).await;
    display.shows(RED);
    display.until(|status| status.player.playing.as_ref().is_some_and(|p| p.lit)).await;
    assert_eq!(producers.launches(), 2);
    for shade in 0..5 {
        display.upload(&format!("{shade}.png"), png([shade; 3])).await;
    }
    // Two round trips: what was told before the first has been acted on before the second.
    for position_s in [70.0, 70.0] {
        assert!(display.handle.player(PlayerCommand::Seek { position_s }).await.is_err());
        display.handle.playlist(&playlist.id).await.unwrap();
    }
    assert_eq!(producers.launches(), 2);
}
