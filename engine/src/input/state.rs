//! What is known of an input: counted by its thread, decided by control, read by anyone.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use std::sync::{Mutex, MutexGuard};

use hal::MonoTime;

use crate::control::snapshot::{InputSnapshot, InputSource, InputState};
use crate::settings::InputSettings;

/// One input. Its thread writes the counters, control the decisions.
#[derive(Debug)]
pub(crate) struct Desk {
    settings: InputSettings,
    width: u32,
    height: u32,
    target: String,
    /// When the newest frame was handed on; 0 if none ever was.
    frame_at: AtomicU64,
    /// Control wants to hear of the next frame.
    awaited: AtomicBool,
    active: AtomicBool,
    driving: AtomicBool,
    pub(super) frames: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) torn: AtomicU64,
    pub(super) cheats: AtomicU64,
    told: Mutex<Told>,
}

/// What changes rarely.
#[derive(Debug, Default)]
struct Told {
    failed: bool,
    error: Option<String>,
    access: Option<&'static str>,
    rate_fps: f64,
    sources: Vec<InputSource>,
}

impl Desk {
    pub(super) fn new(settings: InputSettings, width: u32, height: u32, target: String) -> Self {
        Self {
            settings,
            width,
            height,
            target,
            frame_at: AtomicU64::new(0),
            awaited: AtomicBool::new(true),
            active: AtomicBool::new(false),
            driving: AtomicBool::new(false),
            frames: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            torn: AtomicU64::new(0),
            cheats: AtomicU64::new(0),
            told: Mutex::default(),
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.settings.id
    }

    pub(super) fn settings(&self) -> &InputSettings {
        &self.settings
    }

    // === its thread ===

    /// A frame is on its way to render. Says whether control waits to hear that.
    pub(super) fn brought(&self, at: MonoTime) -> bool {
        self.frames.fetch_add(1, Relaxed);
        self.frame_at.store(at.as_nanos().max(1), SeqCst);
        self.awaited.swap(false, SeqCst)
    }

    /// Whether render shows its frames, and is to be woken for them.
    pub(super) fn is_driving(&self) -> bool {
        self.driving.load(Relaxed)
    }

    pub(super) fn works(&self, access: &'static str) {
        let mut told = self.told();
        told.failed = false;
        told.access = Some(access);
    }

    /// It ended for this reason, and is tried again. The reason stays to be read after that.
    pub(super) fn fails(&self, error: String) {
        let mut told = self.told();
        told.failed = true;
        told.access = None;
        told.error = Some(error);
        told.sources.clear();
    }

    /// All has been well for a while.
    pub(super) fn forgives(&self) {
        self.told().error = None;
    }

    pub(super) fn set_sources(&self, sources: Vec<InputSource>) {
        self.told().sources = sources;
    }

    pub(super) fn set_rate(&self, rate_fps: f64) {
        self.told().rate_fps = rate_fps;
    }

    // === control ===

    /// When the newest frame came.
    pub(super) fn frame_at(&self) -> Option<MonoTime> {
        let nanos = self.frame_at.load(SeqCst);
        (nanos > 0).then(|| MonoTime::from_nanos(nanos))
    }

    /// Control wants to be woken for the next frame. What has come is to be looked at after this.
    pub(super) fn await_frame(&self) {
        self.awaited.store(true, SeqCst);
    }

    /// Notes what control decided. Says whether that is new.
    pub(super) fn decided(&self, active: bool, driving: bool) -> bool {
        let was_active = self.active.swap(active, Relaxed);
        let was_driving = self.driving.swap(driving, Relaxed);
        (was_active, was_driving) != (active, driving)
    }

    // === anyone ===

    /// How it is now.
    pub(crate) fn snapshot(&self) -> InputSnapshot {
        let told = self.told();
        let (active, driving) = (self.active.load(Relaxed), self.driving.load(Relaxed));
        let state = match (told.failed, active, driving) {
            (true, ..) => InputState::Failed,
            (_, true, true) => InputState::Active,
            (_, true, false) => InputState::Standby,
            (_, false, _) => InputState::Idle,
        };
        let settings = &self.settings;
        InputSnapshot {
            id: settings.id.clone(),
            kind: settings.kind(),
            state,
            driving,
            priority: settings.priority,
            timeout_s: settings.timeout_s,
            on_loss: settings.on_loss_word(),
            fade_s: settings.fade_s,
            format: settings.format_word(),
            encoding: settings.encoding_word(),
            width: self.width,
            height: self.height,
            target: self.target.clone(),
            access: told.access,
            error: told.error.clone(),
            frames: self.frames.load(Relaxed),
            rate_fps: told.rate_fps,
            dropped: self.dropped.load(Relaxed),
            torn: self.torn.load(Relaxed),
            cheats: self.cheats.load(Relaxed),
            sources: told.sources.clone(),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
