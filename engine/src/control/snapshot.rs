//! What the engine looks like at one moment, as every reader sees it.

use serde::Serialize;

/// What the player is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlayState {
    /// Black, position 0.
    #[default]
    Stopped,
    /// Light moves.
    Playing,
    /// Light and position stand still.
    Paused,
}

/// The item that is lit, or about to be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Playing {
    /// The playlist it comes from; none if it was asked for alone.
    pub playlist_id: Option<String>,
    /// The playlist's name.
    pub playlist_name: Option<String>,
    /// The item's id in its list.
    pub item_id: String,
    /// `media`, `effect` or `color`.
    pub kind: &'static str,
    /// What a person calls it: the file's name, the effect's name, the colour.
    pub name: String,
    /// The media file's id, for a media item.
    pub media_id: Option<String>,
    /// The effect's id, for an effect item.
    pub effect: Option<String>,
    /// Its place in the list, from 0.
    pub index: usize,
    /// How many items the list has.
    pub count: usize,
    /// Seconds since its start, as of this snapshot.
    pub position_s: f64,
    /// How many seconds it is shown; none if for ever.
    pub duration_s: Option<f64>,
    /// Whether its light is on; before that its position stands still.
    pub lit: bool,
}

/// The state of the player as told by events and status.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlayerSnapshot {
    /// What it is doing.
    pub state: PlayState,
    /// Why it is stopped, if not because someone asked.
    pub reason: Option<String>,
    /// What is lit.
    pub playing: Option<Playing>,
}

/// How an output is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputState {
    /// Not opened yet.
    #[default]
    Opening,
    /// Its last write went well.
    Ok,
    /// Its last open or write failed; it is tried again.
    Failed,
}

/// One output in the status.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputSnapshot {
    /// Its id in the settings.
    pub id: String,
    /// Its kind in the settings.
    pub kind: String,
    /// Where it writes to, for people.
    pub target: String,
    /// How it is.
    pub state: OutputState,
    /// What went wrong last, while it is failed.
    pub error: Option<String>,
    /// Frames written since start.
    pub frames: u64,
    /// LEDs on this output.
    pub leds: usize,
}

/// How a live input is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InputState {
    /// No source.
    #[default]
    Idle,
    /// Its source drives the LEDs.
    Active,
    /// It has a source, which someone else outranks.
    Standby,
    /// It cannot be drawn into; it is tried again.
    Failed,
}

/// A program that draws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputSource {
    /// Its process, as it says.
    pub pid: u32,
    /// What that process calls itself; empty if it is not known.
    pub name: String,
}

/// One live input in the status.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputSnapshot {
    /// Its id in the settings.
    pub id: String,
    /// Its kind in the settings.
    pub kind: &'static str,
    /// How it is.
    pub state: InputState,
    /// Whether it drives the LEDs; also by light that is held, or by black, after its source went.
    pub driving: bool,
    /// Larger wins; the playlist has 50.
    pub priority: u32,
    /// Without a frame for this long its source is gone.
    pub timeout_s: f64,
    /// What happens then: `release`, `hold` or `black`.
    pub on_loss: &'static str,
    /// How long its light is mixed with the other when it comes and goes.
    pub fade_s: f64,
    /// What a frame is: `canvas` or `leds`.
    pub format: &'static str,
    /// What a byte is: `srgb` or `linear`.
    pub encoding: &'static str,
    /// Pixels across, or LEDs.
    pub width: u32,
    /// Pixels down; 1 for LEDs.
    pub height: u32,
    /// Where to draw.
    pub target: String,
    /// Who may: `group` or `owner`; none while there is no ring.
    pub access: Option<&'static str>,
    /// What went wrong last; forgotten when frames have come for a while after it.
    pub error: Option<String>,
    /// Frames shown or ready to be, since start.
    pub frames: u64,
    /// Frames a second that its source makes.
    pub rate_fps: f64,
    /// Frames that were overtaken by newer ones before they were looked at. No fault.
    pub dropped: u64,
    /// Copies thrown away because the frame changed meanwhile.
    pub torn: u64,
    /// How often a writer pushed a living one aside.
    pub cheats: u64,
    /// Who draws.
    pub sources: Vec<InputSource>,
}

/// Counters of the render thread; the words are defined in `docs/architecture.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct FrameCounts {
    /// Ticks whose bytes were handed to the mailboxes.
    pub presented: u64,
    /// Of those, handed over more than 1 ms after the deadline.
    pub late: u64,
    /// Of those, the ones where our own work passed the deadline.
    pub ran_late: u64,
    /// Ticks skipped whole.
    pub dropped: u64,
    /// Source frames that were due but overtaken by a newer one. No fault.
    pub superseded: u64,
    /// Lateness of all presented ticks.
    pub lateness_us: Lateness,
}

/// How late ticks were handed over, in microseconds since start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Lateness {
    /// The median.
    pub p50: u64,
    /// Of a hundred, the second worst.
    pub p99: u64,
    /// The worst.
    pub max: u64,
}

/// The canvas and how bright it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct DisplaySnapshot {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Frames per second.
    pub fps: f64,
    /// 0 to 1, in linear light.
    pub brightness: f64,
}

/// How far producers are confined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxState {
    /// No producer has told yet.
    #[default]
    Unknown,
    /// By nothing.
    None,
    /// By a part of what is wished for.
    Partial,
    /// As wished for.
    Full,
}

/// What confines producers: the weakest that one was granted since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SandboxSnapshot {
    /// All in one word.
    pub state: SandboxState,
    /// The version of landlock's interface that the kernel has; 0 without it.
    pub landlock_abi: u32,
    /// How far files are out of reach: `full`, `partial` or `none`.
    pub landlock: &'static str,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// What is missing and why, and what follows from that.
    pub reason: Option<String>,
}

/// The process and what the machine granted it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SystemSnapshot {
    /// Process id of the daemon.
    pub pid: u32,
    /// How the render thread is scheduled: `fifo`, `nice` or `normal`.
    pub realtime: &'static str,
    /// Producer processes that are running.
    pub producers: usize,
    /// What confines them.
    pub sandbox: SandboxSnapshot,
    /// Whether a controller or a person should look: the reasons, empty if all is well.
    pub reasons: Vec<String>,
}

/// How many ticks were handed over how late.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LatenessHistogram {
    /// For each bound in microseconds, how many ticks were less late than that. Rising.
    pub below_us: Vec<(u64, u64)>,
    /// All ticks.
    pub count: u64,
    /// The lateness of all ticks together, in microseconds.
    pub sum_us: u64,
}

/// The numbers for those who watch over a long time. All but the status count since the start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// Everything at this moment.
    pub status: Status,
    /// How late ticks were.
    pub lateness: LatenessHistogram,
    /// Producers that died and were started again.
    pub producer_restarts: u64,
}

/// Everything at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The daemon's version.
    pub version: &'static str,
    /// The instance's name.
    pub instance: String,
    /// Seconds since the daemon started.
    pub uptime_s: f64,
    /// The player.
    #[serde(flatten)]
    pub player: PlayerSnapshot,
    /// Who drives the LEDs: `playlist`, the id of an input, or `none` when stopped.
    pub source: String,
    /// The canvas.
    pub display: DisplaySnapshot,
    /// LEDs of the layout.
    pub leds: usize,
    /// The render thread's counters.
    pub frames: FrameCounts,
    /// Every output, in the order of the settings.
    pub outputs: Vec<OutputSnapshot>,
    /// Every live input, in the order of the settings.
    pub inputs: Vec<InputSnapshot>,
    /// The process.
    pub system: SystemSnapshot,
}
