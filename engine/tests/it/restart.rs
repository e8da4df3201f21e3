//! How often a producer that dies is started again: three times within a minute each, on a clock
//! that the test moves.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::control::event::Event;
use engine::control::handle::Numbered;
use engine::control::snapshot::PlayState;
use engine::library::model::NewPlaylist;
use engine::producer::{Ended, InProcess, Launch, Launched, Outcome, ProbeReport};
use engine::source::ProducerSpec;
use hal::{ManualClock, MonoTime};
use tokio::sync::broadcast;

use crate::fixture::{Display, Fixture, color, list, wait_for};

const RED: [u8; 3] = [250, 10, 20];

/// Producers that die when the test says so.
struct Mortal {
    inner: InProcess,
    /// The newest, and where each began.
    newest: Mutex<Option<Ended>>,
    starts: Mutex<Vec<Duration>>,
}

impl Mortal {
    fn kill(&self) {
        let ended = self.newest.lock().unwrap().take().expect("one lives");
        ended(Outcome::Died("it was killed".to_owned()));
    }
}

impl Launch for Mortal {
    fn launch(
        &self,
        spec: &ProducerSpec,
        content: Option<&Path>,
        ended: Ended,
    ) -> Result<Launched, String> {
        *self.newest.lock().unwrap() = Some(ended);
        self.starts.lock().unwrap().push(spec.start);
        // What it draws stays, so that its end is the test's alone.
        self.inner.launch(spec, content, Box::new(|_| {}))
    }

    fn probe(&self, content: File) -> Result<ProbeReport, String> {
        self.inner.probe(content)
    }
}

struct Stage {
    clock: Arc<ManualClock>,
    mortal: Arc<Mortal>,
    display: Display,
    events: broadcast::Receiver<Numbered>,
}

impl Stage {
    /// A display that shows one item for a day.
    async fn new() -> Self {
        let fixture = Fixture::new();
        let clock = Arc::new(ManualClock::starting_at(MonoTime::from_nanos(1_000_000_000)));
        let mortal = Arc::new(Mortal {
            inner: InProcess::new(fixture.name().to_owned()),
            newest: Mutex::default(),
            starts: Mutex::default(),
        });
        let display = fixture.start_with(mortal.clone(), clock.clone());
        let events = display.handle.subscribe().changes;
        // Not looping, so that nothing is prepared to follow it.
        let list = NewPlaylist { r#loop: false, ..list(vec![color(RED, 86_400.0)]) };
        let playlist = display.playlist(list).await;
        display.play(&playlist).await;
        let mut stage = Self { clock, mortal, display, events };
        stage.until_lit().await;
        stage
    }

    /// Moves time, tick by tick, until the item is lit.
    async fn until_lit(&mut self) {
        while !self.display.handle.status().player.playing.is_some_and(|playing| playing.lit) {
            self.clock.advance(Duration::from_millis(10));
            // The other threads have something to do; asking control is a way to let them.
            self.display.handle.settings().await.unwrap();
        }
    }

    /// Kills the producer and waits until another one is started.
    async fn is_mended(&mut self) {
        self.mortal.kill();
        let reason = wait_for(&mut self.events, |event| match event {
            Event::ProducerRestarted { reason, .. } => Some(reason),
            Event::ItemSkipped { reason, .. } => panic!("given up: {reason}"),
            _ => None,
        });
        assert_eq!(reason.await, "it was killed");
    }

    /// Kills the producer and waits until the item is given up; says why.
    async fn is_given_up(&mut self) -> String {
        self.mortal.kill();
        wait_for(&mut self.events, |event| match event {
            Event::ProducerRestarted { .. } => panic!("mended once more"),
            Event::ItemSkipped { reason, .. } => Some(reason),
            _ => None,
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_deaths_within_a_minute_each_are_mended_and_the_fourth_is_the_last() {
    let mut stage = Stage::new().await;
    for _ in 0..3 {
        // A minute to the nanosecond is still within a minute.
        stage.clock.advance(Duration::from_secs(60));
        stage.is_mended().await;
    }
    stage.clock.advance(Duration::from_secs(60));
    let reason = stage.is_given_up().await;
    assert_eq!(reason, "its producer died 4 times, at last: it was killed");
    stage.display.until(|status| status.player.state == PlayState::Stopped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_ran_for_more_than_a_minute_is_mended_however_often_it_dies() {
    let mut stage = Stage::new().await;
    for _ in 0..8 {
        stage.clock.advance(Duration::from_nanos(60_000_000_001));
        stage.is_mended().await;
    }
    // And then three more at once, as if nothing had been: the last of the eight is the first.
    for _ in 0..2 {
        stage.is_mended().await;
    }
    assert!(stage.is_given_up().await.contains("died 4 times"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_is_started_again_at_its_position() {
    let mut stage = Stage::new().await;
    stage.clock.advance(Duration::from_secs(90));
    stage.is_mended().await;
    let starts = stage.mortal.starts.lock().unwrap().clone();
    assert_eq!((starts.len(), starts[0]), (2, Duration::ZERO));
    let off = starts[1].abs_diff(Duration::from_secs(90));
    assert!(off < Duration::from_secs(1), "{starts:?}");
}
