//! Live inputs: other programs that draw.

use engine::control::snapshot as engine_snapshot;
use serde::Serialize;
use utoipa::ToSchema;

/// How a live input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputState {
    /// No source.
    Idle,
    /// Its source drives the LEDs.
    Active,
    /// It has a source, which someone else outranks.
    Standby,
    /// It cannot be drawn into; it is tried again.
    Failed,
}

/// A program that draws.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct InputSource {
    /// Its process, as it says.
    pid: u32,
    /// What that process calls itself; empty if it is not known.
    name: String,
}

/// One live input.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Input {
    /// Its id in the settings.
    id: String,
    /// Its kind in the settings.
    kind: &'static str,
    /// How it is.
    state: InputState,
    /// Whether it drives the LEDs; also by light that is held, or by black, after its source went.
    driving: bool,
    /// Larger wins; the playlist has 50.
    priority: u32,
    /// Without a frame for this long its source is gone.
    timeout_s: f64,
    /// What happens then: `release`, `hold` or `black`.
    on_loss: &'static str,
    /// How long its light is mixed with the other when it comes and goes.
    fade_s: f64,
    /// What a frame is: `canvas` or `leds`.
    format: &'static str,
    /// What a byte is: `srgb` or `linear`.
    encoding: &'static str,
    /// Pixels across, or LEDs.
    width: u32,
    /// Pixels down; 1 for LEDs.
    height: u32,
    /// Where to draw.
    target: String,
    /// Who may draw: `group` or `owner`; null while nobody can.
    access: Option<&'static str>,
    /// What went wrong last; forgotten when frames have come for a while after it.
    error: Option<String>,
    /// Frames shown or ready to be, since start.
    frames: u64,
    /// Frames a second that its source makes.
    rate_fps: f64,
    /// Frames that were overtaken by newer ones before they were looked at; no fault.
    dropped: u64,
    /// Copies thrown away because the frame changed meanwhile.
    torn: u64,
    /// How often a program pushed another aside.
    cheats: u64,
    /// Who draws.
    sources: Vec<InputSource>,
}

impl From<engine_snapshot::InputState> for InputState {
    fn from(state: engine_snapshot::InputState) -> Self {
        match state {
            engine_snapshot::InputState::Idle => Self::Idle,
            engine_snapshot::InputState::Active => Self::Active,
            engine_snapshot::InputState::Standby => Self::Standby,
            engine_snapshot::InputState::Failed => Self::Failed,
        }
    }
}

impl From<engine_snapshot::InputSource> for InputSource {
    fn from(source: engine_snapshot::InputSource) -> Self {
        Self { pid: source.pid, name: source.name }
    }
}

impl From<engine_snapshot::InputSnapshot> for Input {
    fn from(input: engine_snapshot::InputSnapshot) -> Self {
        Self {
            id: input.id,
            kind: input.kind,
            state: input.state.into(),
            driving: input.driving,
            priority: input.priority,
            timeout_s: input.timeout_s,
            on_loss: input.on_loss,
            fade_s: input.fade_s,
            format: input.format,
            encoding: input.encoding,
            width: input.width,
            height: input.height,
            target: input.target,
            access: input.access,
            error: input.error,
            frames: input.frames,
            rate_fps: input.rate_fps,
            dropped: input.dropped,
            torn: input.torn,
            cheats: input.cheats,
            sources: input.sources.into_iter().map(Into::into).collect(),
        }
    }
}
