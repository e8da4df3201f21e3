//! Events: a snapshot and the changes after it are the live state.

use std::collections::BTreeMap;

use engine::control::command::PlayerCommand;
use engine::control::event::Event;
use engine::control::handle::Numbered;
use engine::control::snapshot::{PlayerSnapshot, Status};
use engine::library::model::{Media, Page};
use tokio::sync::broadcast::error::TryRecvError;

use crate::fixture::{Fixture, color, list, png};

/// A mirror of the display that is fed by events alone.
struct Mirror {
    seq: u64,
    player: PlayerSnapshot,
    brightness: f64,
    outputs: BTreeMap<String, (engine::control::snapshot::OutputState, Option<String>)>,
}

impl Mirror {
    fn of(seq: u64, state: &Status) -> Self {
        let outputs = state.outputs.iter();
        Self {
            seq,
            player: state.player.clone(),
            brightness: state.display.brightness,
            outputs: outputs.map(|o| (o.id.clone(), (o.state, o.error.clone()))).collect(),
        }
    }

    fn apply(&mut self, change: Numbered) {
        assert_eq!(change.seq, self.seq + 1, "nothing is left out");
        self.seq = change.seq;
        match change.event {
            Event::Player { player } => self.player = player,
            Event::Brightness { brightness } => self.brightness = brightness,
            Event::Output { id, state, error } => {
                self.outputs.insert(id, (state, error));
            }
            _ => {}
        }
    }

    /// The player without its position, which moves on between events.
    fn still(&self) -> PlayerSnapshot {
        let mut player = self.player.clone();
        if let Some(playing) = &mut player.playing {
            playing.position_s = 0.0;
        }
        player
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_and_the_changes_after_it_are_the_live_state() {
    let display = Fixture::new().start();
    let colors: Vec<_> = (0..4).map(|i| color([i * 40 + 20; 3], 0.1)).collect();
    let playlist = display.playlist(list(colors)).await;
    let begin = display.handle.subscribe();
    let (mut mirror, mut changes) = (Mirror::of(begin.seq, &begin.state), begin.changes);
    let mut random = 42_u64;
    for _ in 0..150 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let choice = (random >> 33) % 8;
        let position_s = ((random >> 40) % 5) as f64 / 100.0;
        let wish = match choice {
            0 => {
                display.play(&playlist).await;
                continue;
            }
            1 => PlayerCommand::Next,
            2 => PlayerCommand::Previous,
            3 => PlayerCommand::Pause,
            4 => PlayerCommand::Resume,
            5 => PlayerCommand::Seek { position_s },
            6 if random.is_multiple_of(3) => PlayerCommand::Stop,
            _ => {
                let patch = serde_json::json!({"display": {"brightness": position_s}});
                display.handle.patch_settings(patch, None).await.unwrap();
                continue;
            }
        };
        // Some cannot be done now.
        let _ = display.handle.player(wish).await;
        // Events of the past up to this instant, against the state at this instant.
        let now = display.handle.subscribe();
        let live = Mirror::of(now.seq, &now.state);
        while mirror.seq < live.seq {
            match changes.try_recv() {
                Ok(change) => mirror.apply(change),
                Err(TryRecvError::Empty) => panic!("event {} was told", mirror.seq + 1),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(mirror.still(), live.still());
        assert_eq!(mirror.brightness, live.brightness);
        assert_eq!(mirror.outputs, live.outputs);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_of_a_file_last_is_how_it_is() {
    let display = Fixture::new().start();
    let mut changes = display.handle.subscribe().changes;
    let adding = (0..12u8).map(|shade| display.add("a.png", png([shade * 20; 3])));
    // All at once: while one is looked at, the next comes in.
    let added = futures_join(adding).await;
    for media in &added {
        display.handle.media_settled(&media.id, crate::fixture::PATIENCE).await.unwrap();
    }
    let renaming =
        (0..40).map(|number| display.handle.rename_media(&added[0].id, format!("{number}.png")));
    for renamed in futures_join(renaming).await {
        renamed.unwrap();
    }
    let mut told: BTreeMap<String, Media> = BTreeMap::new();
    while let Ok(change) = changes.try_recv() {
        if let Event::Media { media } = change.event {
            told.insert(media.id.clone(), media);
        }
    }
    let listed = display.handle.media_list(Page::default()).await.unwrap();
    assert_eq!(listed.items.len(), 12);
    for media in listed.items {
        assert_eq!(told.get(&media.id), Some(&media));
    }
}

/// Polls all of them together and waits for all.
async fn futures_join<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = all.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut pending {
            if output.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(context)
            {
                *output = Some(done);
            }
        }
        if pending.iter().all(|(_, output)| output.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    pending.into_iter().filter_map(|(_, output)| output).collect()
}
