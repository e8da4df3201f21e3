//! What a person does with the display, and what the LEDs do.

use std::sync::Arc;

use engine::Error;
use engine::control::command::{PlayWhat, PlayerCommand};
use engine::control::event::Event;
use engine::control::snapshot::PlayState;
use engine::library::model::ItemContent;
use engine::producer::Outcome;
use engine::source::effect;
use hal::SystemClock;

use crate::fixture::{Fate, Fixture, PATIENCE, color, list, wait_for};

const RED: [u8; 3] = [250, 10, 20];
const GREEN: [u8; 3] = [10, 240, 30];
const BLUE: [u8; 3] = [0, 20, 230];
const BLACK: [u8; 3] = [0; 3];

#[tokio::test(flavor = "multi_thread")]
async fn play_next_previous_and_stop_are_seen_on_the_leds() {
    let display = Fixture::new().start();
    let colors = vec![color(RED, 60.0), color(GREEN, 60.0), color(BLUE, 60.0)];
    let playlist = display.playlist(list(colors)).await;
    display.play(&playlist).await;
    display.shows(RED);
    display.command(PlayerCommand::Next).await;
    display.shows(GREEN);
    display.command(PlayerCommand::Previous).await;
    display.shows(RED);
    display.command(PlayerCommand::Previous).await;
    display.shows(BLUE);
    let nothing = display.command(PlayerCommand::Stop).await;
    assert_eq!(nothing, None);
    display.shows(BLACK);
    display.command(PlayerCommand::Resume).await;
    display.shows(RED);
}

#[tokio::test(flavor = "multi_thread")]
async fn items_follow_each_other_by_themselves_round_and_round() {
    let display = Fixture::new().start();
    let colors = vec![color(RED, 0.25), color(GREEN, 0.25), color(BLUE, 0.25)];
    let playlist = display.playlist(list(colors)).await;
    let mut events = display.handle.subscribe().changes;
    display.play(&playlist).await;
    for index in [0, 1, 2, 0, 1] {
        wait_for(&mut events, |event| match event {
            Event::Player { player } => {
                player.playing.filter(|playing| playing.lit && playing.index == index)
            }
            _ => None,
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_keeps_the_position_and_a_seek_changes_it() {
    let display = Fixture::new().start();
    let playlist = display.playlist(list(vec![color(RED, 60.0), color(GREEN, 60.0)])).await;
    display.play(&playlist).await;
    display.shows(RED);
    display.until(|status| status.player.playing.as_ref().is_some_and(|p| p.lit)).await;
    display.command(PlayerCommand::Pause).await;
    let position = |display: &crate::fixture::Display| {
        display.handle.status().player.playing.unwrap().position_s
    };
    let before = position(&display);
    display.command(PlayerCommand::Seek { position_s: 30.0 }).await;
    display
        .until(|status| {
            status.player.playing.as_ref().is_some_and(|p| p.lit && p.position_s == 30.0)
        })
        .await;
    assert!(before < 30.0);
    assert_eq!(display.handle.status().player.state, PlayState::Paused);
    assert_eq!(position(&display), 30.0, "it stands still");
    display.command(PlayerCommand::Resume).await;
    display.until(|status| status.player.state == PlayState::Playing).await;
    assert!(position(&display) >= 30.0);
    let wrong = display.handle.player(PlayerCommand::Seek { position_s: 60.5 }).await;
    assert!(matches!(wrong, Err(Error::Invalid { .. })), "{wrong:?}");
    display.shows(RED);
}

#[tokio::test(flavor = "multi_thread")]
async fn wishes_without_anything_that_plays_are_refused() {
    let display = Fixture::new().start();
    for wish in [PlayerCommand::Pause, PlayerCommand::Next, PlayerCommand::Previous] {
        let refused = display.handle.player(wish.clone()).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{wish:?}: {refused:?}");
    }
    let missing = PlayWhat::Playlist { playlist_id: "0".repeat(32), item_id: None };
    let refused = display.handle.player(PlayerCommand::Play(missing)).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_the_list_that_plays_leaves_the_light_and_changes_what_follows() {
    let display = Fixture::new().start();
    let playlist = display.playlist(list(vec![color(RED, 60.0), color(GREEN, 60.0)])).await;
    display.play(&playlist).await;
    display.shows(RED);
    let mut kept = color(RED, 60.0);
    kept.id = Some(playlist.items[0].id.clone());
    let edited = list(vec![kept, color(BLUE, 60.0)]);
    display.handle.replace_playlist(&playlist.id, edited, None).await.unwrap();
    let playing = display.command(PlayerCommand::Next).await.unwrap();
    assert_eq!((playing.index, playing.count), (1, 2));
    display.shows(BLUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_the_list_that_plays_stops_it_and_says_so() {
    let display = Fixture::new().start();
    let playlist = display.playlist(list(vec![color(RED, 60.0)])).await;
    display.play(&playlist).await;
    display.shows(RED);
    display.handle.delete_playlist(&playlist.id, None).await.unwrap();
    let status = display.until(|status| status.player.state == PlayState::Stopped).await;
    assert_eq!(status.player.reason.as_deref(), Some("the playlist was deleted"));
    display.shows(BLACK);
    let again = display.handle.player(PlayerCommand::Resume).await;
    assert!(matches!(again, Err(Error::Conflict { .. })), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_whose_producer_fails_is_skipped_with_an_event() {
    let fixture = Fixture::new();
    let producers = Arc::new(fixture.producers());
    let outcome = Outcome::Failed("it is not a picture".into());
    producers.fates.lock().unwrap().push(Fate { color: GREEN, outcome, times: 1000 });
    let display = fixture.start_with(producers, Arc::new(SystemClock));
    let colors = vec![color(GREEN, 60.0), color(RED, 60.0)];
    let playlist = display.playlist(list(colors)).await;
    let mut events = display.handle.subscribe().changes;
    display.play(&playlist).await;
    let (item_id, reason) = wait_for(&mut events, |event| match event {
        Event::ItemSkipped { item_id, reason, .. } => Some((item_id, reason)),
        _ => None,
    })
    .await;
    assert_eq!(item_id, playlist.items[0].id);
    assert_eq!(reason, "it is not a picture");
    display.shows(RED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_nothing_that_can_be_shown_stops_with_the_reason() {
    let fixture = Fixture::new();
    let producers = Arc::new(fixture.producers());
    for color in [GREEN, RED] {
        let outcome = Outcome::Failed("it is not a picture".into());
        producers.fates.lock().unwrap().push(Fate { color, outcome, times: 1000 });
    }
    let display = fixture.start_with(producers.clone(), Arc::new(SystemClock));
    let playlist = display.playlist(list(vec![color(GREEN, 60.0), color(RED, 60.0)])).await;
    display.play(&playlist).await;
    let status = display.until(|status| status.player.state == PlayState::Stopped).await;
    let reason = status.player.reason.unwrap();
    assert!(reason.contains("it is not a picture"), "{reason}");
    assert_eq!(producers.launches(), 2, "each is tried once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_dies_is_started_again_three_times_and_no_more() {
    for (deaths, expected) in [(3, GREEN), (4, RED)] {
        let fixture = Fixture::new();
        let producers = Arc::new(fixture.producers());
        let outcome = Outcome::Died("killed".into());
        producers.fates.lock().unwrap().push(Fate { color: GREEN, outcome, times: deaths });
        let display = fixture.start_with(producers, Arc::new(SystemClock));
        let colors = vec![color(GREEN, 60.0), color(RED, 60.0)];
        let playlist = display.playlist(list(colors)).await;
        let mut events = display.handle.subscribe().changes;
        display.play(&playlist).await;
        for _ in 0..3 {
            let reason = wait_for(&mut events, |event| match event {
                Event::ProducerRestarted { reason, .. } => Some(reason),
                _ => None,
            })
            .await;
            assert_eq!(reason, "killed");
        }
        display.shows(expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_without_a_picture_is_given_up_after_two_seconds_and_the_old_light_stays_till_then()
{
    let fixture = Fixture::new();
    let producers = Arc::new(fixture.producers());
    // Ends well, without having drawn.
    let outcome = Outcome::Finished;
    producers.fates.lock().unwrap().push(Fate { color: GREEN, outcome, times: 1 });
    let display = fixture.start_with(producers, Arc::new(SystemClock));
    let colors = vec![color(RED, 60.0), color(GREEN, 60.0), color(BLUE, 60.0)];
    let playlist = display.playlist(list(colors)).await;
    let mut events = display.handle.subscribe().changes;
    display.play(&playlist).await;
    display.shows(RED);
    display.command(PlayerCommand::Next).await;
    let reason = wait_for(&mut events, |event| match event {
        Event::ItemSkipped { reason, .. } => Some(reason),
        _ => None,
    })
    .await;
    assert_eq!(reason, "it had no picture within 2 s");
    display.shows(BLUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_last_plays_after_a_restart() {
    let mut fixture = Fixture::new();
    fixture.at_start = "resume";
    let display = fixture.start();
    let playlist = display.playlist(list(vec![color(RED, 60.0), color(GREEN, 60.0)])).await;
    let (playlist_id, item_id) = (playlist.id.clone(), Some(playlist.items[1].id.clone()));
    display.command(PlayerCommand::Play(PlayWhat::Playlist { playlist_id, item_id })).await;
    display.shows(GREEN);
    display.finish();
    let display = fixture.start();
    display.shows(GREEN);
    let playing = display.handle.status().player.playing.unwrap();
    assert_eq!((playing.playlist_id, playing.index), (Some(playlist.id), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_plays_where_nothing_was_ever_asked_for() {
    let mut fixture = Fixture::new();
    fixture.at_start = "resume";
    let display = fixture.start();
    let status = display.until(|status| status.player.state == PlayState::Playing).await;
    let playing = status.player.playing.unwrap();
    assert_eq!(playing.playlist_name.as_deref(), Some("Demonstration"));
    assert_eq!(playing.kind, "effect");
    let list = display.handle.playlist(&playing.playlist_id.unwrap()).await.unwrap();
    let shown: Vec<_> = list
        .items
        .iter()
        .map(|item| match &item.content {
            ItemContent::Effect { effect, .. } => effect.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    let all = effect::catalogue().iter().filter(|info| info.family != "test").map(|info| info.id);
    assert_eq!(shown, all.collect::<Vec<_>>(), "every effect but the test patterns");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_alone_plays_for_ever_and_moves() {
    let display = Fixture::new().start();
    let effect = PlayWhat::Effect { effect: "plasma".into(), params: serde_json::Map::new() };
    let playing = display.command(PlayerCommand::Play(effect)).await.unwrap();
    assert_eq!(playing.duration_s, None);
    let mut colors = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let seen = tokio::task::block_in_place(|| {
            display.seen.wait_until(|seen| {
                seen.last.as_ref().is_some_and(|last| !colors.contains(&last.bytes))
            })
        });
        colors.insert(seen.last.unwrap().bytes);
    }
    // The output is open before anything plays, so the status may say so.
    // The last of those that were replaced goes a moment later, without an event.
    let settled = async {
        while display.handle.status().system.producers != 1 {
            display.handle.settings().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("one producer is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_wishes_at_once_leave_no_producers_behind() {
    let display = Fixture::new().start();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let handle = display.handle.clone();
        clients.spawn(async move {
            let mut most = 0;
            for _ in 0..40 {
                let effect =
                    PlayWhat::Effect { effect: "plasma".into(), params: Default::default() };
                // A wish too many is refused, which is fair.
                let _ = handle.player(PlayerCommand::Play(effect)).await;
                most = most.max(handle.status().system.producers);
            }
            most
        });
    }
    let most = clients.join_all().await.into_iter().max().unwrap();
    assert!(most <= 16, "{most} producers at once");
    // The last of those that were replaced goes a moment later, without an event.
    let settled = async {
        while display.handle.status().system.producers != 1 {
            display.handle.settings().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("one producer is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_what_was_done_last() {
    let mut fixture = Fixture::new();
    fixture.at_start = "resume";
    for _ in 0..8 {
        let display = fixture.start();
        let effect = PlayWhat::Effect { effect: "plasma".into(), params: Default::default() };
        let (_, _) = tokio::join!(
            display.handle.player(PlayerCommand::Play(effect)),
            display.handle.player(PlayerCommand::Stop),
        );
        let last = display.handle.status().player.state;
        display.finish();
        let display = fixture.start();
        // What is resumed is resumed at once; what is not must not come later.
        if last == PlayState::Playing {
            display.until(|status| status.player.state == last).await;
        } else {
            display.handle.playlists(Default::default()).await.unwrap();
            assert_eq!(display.handle.status().player.state, last);
        }
        display.finish();
    }
}
