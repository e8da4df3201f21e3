//! What control tells the rest of the program: the state to read, and the events to follow it by.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use hal::realtime::Granted;
use hal::sandbox::Landlock;
use hal::{Clock, MonoTime};
use tokio::sync::broadcast;

use super::event::Event;
use super::handle::{LayoutSnapshot, Numbered, Subscription};
use super::snapshot::{
    DisplaySnapshot, InputSnapshot, InputState, Metrics, OutputSnapshot, OutputState, PlayState,
    PlayerSnapshot, SandboxSnapshot, SandboxState, Status, SystemSnapshot,
};
use crate::input::Desk;
use crate::output::OutputHandle;
use crate::producer::Launch;
use crate::stats::FrameStats;

/// Events that a reader may lag behind before it has to begin with a snapshot again.
const BACKLOG: usize = 256;

/// State that others read. Written by control (player, brightness) and by whoever has an event.
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) instance: String,
    pub(crate) started: MonoTime,
    pub(crate) stats: Arc<FrameStats>,
    pub(crate) outputs: Vec<Arc<OutputHandle>>,
    pub(crate) inputs: Vec<Arc<Desk>>,
    pub(crate) granted: Arc<OnceLock<Granted>>,
    pub(crate) layout: Arc<LayoutSnapshot>,
    pub(crate) producers: AtomicUsize,
    launcher: Arc<dyn Launch>,
    producer_restarts: AtomicU64,
    told: Mutex<Told>,
    bus: broadcast::Sender<Numbered>,
}

/// What is told in order: the lock makes a snapshot and the events after it fit together.
struct Told {
    seq: u64,
    player: PlayerSnapshot,
    /// When `player` was true; its position moves on from there.
    as_of: MonoTime,
    display: DisplaySnapshot,
    /// The input that drives, if one does.
    driver: Option<String>,
    /// Who was last said to drive.
    source: String,
}

impl Told {
    fn source(&self) -> &str {
        let player = if self.player.playing.is_some() { "playlist" } else { "none" };
        self.driver.as_deref().unwrap_or(player)
    }
}

/// What `Shared` is made from.
pub(crate) struct Parts {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) instance: String,
    pub(crate) stats: Arc<FrameStats>,
    pub(crate) outputs: Vec<Arc<OutputHandle>>,
    pub(crate) inputs: Vec<Arc<Desk>>,
    pub(crate) granted: Arc<OnceLock<Granted>>,
    pub(crate) launcher: Arc<dyn Launch>,
    pub(crate) layout: LayoutSnapshot,
    pub(crate) display: DisplaySnapshot,
}

impl Shared {
    pub(crate) fn new(parts: Parts) -> Self {
        let started = parts.clock.now();
        let (bus, _) = broadcast::channel(BACKLOG);
        Self {
            clock: parts.clock,
            instance: parts.instance,
            started,
            stats: parts.stats,
            outputs: parts.outputs,
            inputs: parts.inputs,
            granted: parts.granted,
            layout: Arc::new(parts.layout),
            producers: AtomicUsize::new(0),
            launcher: parts.launcher,
            producer_restarts: AtomicU64::new(0),
            told: Mutex::new(Told {
                seq: 0,
                player: PlayerSnapshot::default(),
                as_of: started,
                display: parts.display,
                driver: None,
                source: "none".into(),
            }),
            bus,
        }
    }

    /// Everything at this moment.
    pub(crate) fn status(&self) -> Status {
        self.status_as_of(&self.told())
    }

    /// The numbers for those who watch over a long time.
    pub(crate) fn metrics(&self) -> Metrics {
        Metrics {
            status: self.status(),
            lateness: self.stats.histogram(),
            producer_restarts: self.producer_restarts.load(Ordering::Relaxed),
        }
    }

    /// The state, and the events after it.
    pub(crate) fn subscribe(&self) -> Subscription {
        let told = self.told();
        Subscription {
            seq: told.seq,
            state: self.status_as_of(&told),
            changes: self.bus.subscribe(),
        }
    }

    /// The brightness as last wished.
    pub(crate) fn brightness(&self) -> f64 {
        self.told().display.brightness
    }

    /// Tells everyone.
    pub(crate) fn tell(&self, event: Event) {
        let mut told = self.told();
        match &event {
            Event::Player { player } => {
                told.player = player.clone();
                told.as_of = self.clock.now();
            }
            Event::Brightness { brightness } => told.display.brightness = *brightness,
            Event::ProducerRestarted { .. } => {
                self.producer_restarts.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        self.send(&mut told, event);
        self.tell_source(&mut told);
    }

    /// Another input drives the LEDs, or none does.
    pub(crate) fn set_driver(&self, driver: Option<String>) {
        let mut told = self.told();
        told.driver = driver;
        self.tell_source(&mut told);
    }

    fn tell_source(&self, told: &mut Told) {
        if told.source() != told.source {
            told.source = told.source().to_owned();
            let source = told.source.clone();
            self.send(told, Event::Source { source });
        }
    }

    fn send(&self, told: &mut Told, event: Event) {
        told.seq += 1;
        // Nobody listening is no fault.
        let _ = self.bus.send(Numbered { seq: told.seq, event });
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn status_as_of(&self, told: &Told) -> Status {
        let now = self.clock.now();
        let mut player = told.player.clone();
        if player.state == PlayState::Playing
            && let Some(playing) = &mut player.playing
            && playing.lit
        {
            let position = playing.position_s + now.since(told.as_of).as_secs_f64();
            playing.position_s = playing.duration_s.map_or(position, |end| position.min(end));
        }
        let outputs: Vec<OutputSnapshot> =
            self.outputs.iter().map(|output| output.snapshot()).collect();
        let inputs: Vec<InputSnapshot> = self.inputs.iter().map(|desk| desk.snapshot()).collect();
        let reasons = outputs.iter().filter_map(complaint);
        let reasons = reasons.chain(inputs.iter().filter_map(input_complaint)).collect();
        Status {
            version: env!("CARGO_PKG_VERSION"),
            instance: self.instance.clone(),
            uptime_s: now.since(self.started).as_secs_f64(),
            player,
            source: told.source().to_owned(),
            display: told.display,
            leds: self.layout.leds.len(),
            frames: self.stats.counts(),
            system: SystemSnapshot {
                pid: std::process::id(),
                realtime: self.granted.get().map_or("normal", |granted| granted.as_str()),
                producers: self.producers.load(Ordering::Relaxed),
                sandbox: sandbox(&*self.launcher),
                reasons,
            },
            outputs,
            inputs,
        }
    }
}

/// What confines producers, and what follows if it is not enough.
fn sandbox(launcher: &dyn Launch) -> SandboxSnapshot {
    let Some(granted) = launcher.granted() else {
        return SandboxSnapshot { landlock: Landlock::None.as_str(), ..Default::default() };
    };
    let state = match (granted.seccomp, granted.landlock) {
        (true, Landlock::Full) => SandboxState::Full,
        (false, Landlock::None) => SandboxState::None,
        _ => SandboxState::Partial,
    };
    let older = || {
        let version = granted.landlock_abi;
        (granted.landlock == Landlock::Partial).then(|| {
            format!("landlock is of version {version} here; seccomp refuses what it cannot")
        })
    };
    let reason = granted.reason.clone().or_else(older).map(|missing| {
        let follows = match (granted.is_enough(), launcher.allows_unconfined()) {
            (true, _) => "",
            (false, true) => "; files are opened all the same (producers.allow_unconfined is true)",
            (false, false) => "; files are not opened (producers.allow_unconfined is false)",
        };
        format!("{missing}{follows}")
    });
    SandboxSnapshot {
        state,
        landlock_abi: granted.landlock_abi,
        landlock: granted.landlock.as_str(),
        seccomp: granted.seccomp,
        reason,
    }
}

fn input_complaint(input: &InputSnapshot) -> Option<String> {
    let error = input.error.as_deref().unwrap_or("it does not work");
    (input.state == InputState::Failed).then(|| format!("input \"{}\": {error}", input.id))
}

fn complaint(output: &OutputSnapshot) -> Option<String> {
    let error = output.error.as_deref().unwrap_or("it does not work");
    (output.state == OutputState::Failed).then(|| format!("output \"{}\": {error}", output.id))
}
