//! Everything at one moment.

use engine::control::snapshot as engine_snapshot;
use serde::Serialize;
use utoipa::ToSchema;

use super::input::Input;

/// What the player is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlayState {
    /// Black, position 0.
    Stopped,
    /// Light moves.
    Playing,
    /// Light and position stand still.
    Paused,
}

/// The item that is lit, or about to be.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Playing {
    /// The playlist it comes from; null if it was asked for alone.
    playlist_id: Option<String>,
    /// The playlist's name.
    playlist_name: Option<String>,
    /// The item's id in its list.
    item_id: String,
    /// `media`, `effect` or `color`.
    kind: &'static str,
    /// The file's name, the effect's name or the colour.
    name: String,
    /// For a media item.
    media_id: Option<String>,
    /// For an effect item.
    effect: Option<String>,
    /// Its place in the list, from 0.
    index: usize,
    /// How many items the list has.
    count: usize,
    /// Seconds since its start.
    position_s: f64,
    /// How many seconds it is shown; null if for ever.
    duration_s: Option<f64>,
}

/// The state of the player.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Player {
    /// What it is doing.
    pub(crate) state: PlayState,
    /// Why it is stopped, if not because someone asked.
    reason: Option<String>,
    /// What is lit; null if nothing is.
    pub(crate) playing: Option<Playing>,
}

/// How an output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OutputState {
    /// Not opened yet.
    Opening,
    /// Its last write went well.
    Ok,
    /// Its last open or write failed; it is tried again.
    Failed,
}

/// One output.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Output {
    /// Its id in the settings.
    id: String,
    /// Its kind in the settings.
    kind: String,
    /// Where it writes to, for people.
    target: String,
    /// How it is.
    state: OutputState,
    /// What went wrong last, while it is failed.
    error: Option<String>,
    /// Frames written since start.
    frames: u64,
    /// LEDs on this output.
    leds: usize,
}

/// How late frames were handed over, in microseconds since start.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct Lateness {
    /// The median.
    p50: u64,
    /// Of a hundred, the second worst.
    p99: u64,
    /// The worst.
    max: u64,
}

/// Counters of the frames since start.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct Frames {
    /// Ticks whose bytes were handed to the outputs.
    presented: u64,
    /// Of those, handed over more than 1 ms after the deadline.
    late: u64,
    /// Of those, the ones where our own work passed the deadline.
    ran_late: u64,
    /// Ticks skipped whole.
    dropped: u64,
    /// Source frames overtaken by a newer one; no fault.
    superseded: u64,
    /// Lateness of all presented ticks.
    lateness_us: Lateness,
}

/// The canvas.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct Display {
    /// Pixels across.
    width: u32,
    /// Pixels down.
    height: u32,
    /// Frames per second.
    fps: f64,
    /// 0 to 1, in linear light.
    brightness: f64,
}

/// How far the processes are confined that open files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SandboxState {
    /// None of them has told yet.
    Unknown,
    /// By nothing.
    None,
    /// By a part of what is wished for.
    Partial,
    /// As wished for.
    Full,
}

/// What confines the processes that open files: the weakest that one was granted since the start.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct Sandbox {
    /// All in one word.
    state: SandboxState,
    /// The version of landlock's interface that the kernel has; 0 without it.
    landlock_abi: u32,
    /// How far files are out of reach: `full`, `partial` or `none`.
    landlock: &'static str,
    /// Whether system calls are filtered.
    seccomp: bool,
    /// What is missing and why, and what follows from that; null if nothing is.
    reason: Option<String>,
}

/// The process and what the machine granted it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct System {
    /// Process id of the daemon.
    pid: u32,
    /// How the render thread is scheduled: `fifo`, `nice` or `normal`.
    realtime: &'static str,
    /// Producer processes that are running.
    producers: usize,
    sandbox: Sandbox,
    /// Why someone should look; empty if all is well.
    reasons: Vec<String>,
}

/// Everything at one moment.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Status {
    /// The daemon's version.
    version: &'static str,
    /// The instance's name.
    instance: String,
    /// Seconds since the daemon started.
    uptime_s: f64,
    #[serde(flatten)]
    player: Player,
    /// Who drives the LEDs: `playlist`, the id of a live input, or `none`.
    source: String,
    display: Display,
    /// LEDs of the layout.
    leds: usize,
    frames: Frames,
    /// In the order of the settings.
    outputs: Vec<Output>,
    /// In the order of the settings.
    inputs: Vec<Input>,
    system: System,
}

impl From<engine_snapshot::PlayState> for PlayState {
    fn from(state: engine_snapshot::PlayState) -> Self {
        match state {
            engine_snapshot::PlayState::Stopped => Self::Stopped,
            engine_snapshot::PlayState::Playing => Self::Playing,
            engine_snapshot::PlayState::Paused => Self::Paused,
        }
    }
}

impl From<engine_snapshot::Playing> for Playing {
    fn from(playing: engine_snapshot::Playing) -> Self {
        Self {
            playlist_id: playing.playlist_id,
            playlist_name: playing.playlist_name,
            item_id: playing.item_id,
            kind: playing.kind,
            name: playing.name,
            media_id: playing.media_id,
            effect: playing.effect,
            index: playing.index,
            count: playing.count,
            position_s: playing.position_s,
            duration_s: playing.duration_s,
        }
    }
}

impl From<engine_snapshot::PlayerSnapshot> for Player {
    fn from(player: engine_snapshot::PlayerSnapshot) -> Self {
        Self {
            state: player.state.into(),
            reason: player.reason,
            playing: player.playing.map(Into::into),
        }
    }
}

impl From<engine_snapshot::OutputState> for OutputState {
    fn from(state: engine_snapshot::OutputState) -> Self {
        match state {
            engine_snapshot::OutputState::Opening => Self::Opening,
            engine_snapshot::OutputState::Ok => Self::Ok,
            engine_snapshot::OutputState::Failed => Self::Failed,
        }
    }
}

impl From<engine_snapshot::OutputSnapshot> for Output {
    fn from(output: engine_snapshot::OutputSnapshot) -> Self {
        Self {
            id: output.id,
            kind: output.kind,
            target: output.target,
            state: output.state.into(),
            error: output.error,
            frames: output.frames,
            leds: output.leds,
        }
    }
}

impl From<engine_snapshot::FrameCounts> for Frames {
    fn from(frames: engine_snapshot::FrameCounts) -> Self {
        let engine_snapshot::Lateness { p50, p99, max } = frames.lateness_us;
        Self {
            presented: frames.presented,
            late: frames.late,
            ran_late: frames.ran_late,
            dropped: frames.dropped,
            superseded: frames.superseded,
            lateness_us: Lateness { p50, p99, max },
        }
    }
}

impl From<engine_snapshot::DisplaySnapshot> for Display {
    fn from(display: engine_snapshot::DisplaySnapshot) -> Self {
        Self {
            width: display.width,
            height: display.height,
            fps: display.fps,
            brightness: display.brightness,
        }
    }
}

impl From<engine_snapshot::SandboxSnapshot> for Sandbox {
    fn from(sandbox: engine_snapshot::SandboxSnapshot) -> Self {
        Self {
            state: match sandbox.state {
                engine_snapshot::SandboxState::Unknown => SandboxState::Unknown,
                engine_snapshot::SandboxState::None => SandboxState::None,
                engine_snapshot::SandboxState::Partial => SandboxState::Partial,
                engine_snapshot::SandboxState::Full => SandboxState::Full,
            },
            landlock_abi: sandbox.landlock_abi,
            landlock: sandbox.landlock,
            seccomp: sandbox.seccomp,
            reason: sandbox.reason,
        }
    }
}

impl From<engine_snapshot::SystemSnapshot> for System {
    fn from(system: engine_snapshot::SystemSnapshot) -> Self {
        Self {
            pid: system.pid,
            realtime: system.realtime,
            producers: system.producers,
            sandbox: system.sandbox.into(),
            reasons: system.reasons,
        }
    }
}

impl From<engine_snapshot::Status> for Status {
    fn from(status: engine_snapshot::Status) -> Self {
        Self {
            version: status.version,
            instance: status.instance,
            uptime_s: status.uptime_s,
            player: status.player.into(),
            source: status.source,
            display: status.display.into(),
            leds: status.leds,
            frames: status.frames.into(),
            outputs: status.outputs.into_iter().map(Into::into).collect(),
            inputs: status.inputs.into_iter().map(Into::into).collect(),
            system: status.system.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_has_the_shape_that_scripts_rely_on() {
        let status = engine_snapshot::Status {
            version: "1.2.3",
            instance: "main".into(),
            uptime_s: 1.5,
            player: engine_snapshot::PlayerSnapshot::default(),
            source: "none".into(),
            display: engine_snapshot::DisplaySnapshot {
                width: 800,
                height: 480,
                fps: 60.0,
                brightness: 0.5,
            },
            leds: 2048,
            frames: engine_snapshot::FrameCounts::default(),
            outputs: vec![engine_snapshot::OutputSnapshot {
                id: "wall".into(),
                kind: "ddp".into(),
                target: "192.0.2.1:4048".into(),
                state: engine_snapshot::OutputState::Failed,
                error: Some("no route".into()),
                frames: 3,
                leds: 2048,
            }],
            inputs: vec![engine_snapshot::InputSnapshot {
                id: "live".into(),
                kind: "ring",
                state: engine_snapshot::InputState::Standby,
                driving: false,
                priority: 40,
                timeout_s: 2.5,
                on_loss: "release",
                fade_s: 0.0,
                format: "canvas",
                encoding: "srgb",
                width: 800,
                height: 480,
                target: "/dev/shm/prismatron_main_live".into(),
                access: Some("group"),
                error: None,
                frames: 7,
                rate_fps: 60.0,
                dropped: 1,
                torn: 0,
                cheats: 0,
                sources: vec![engine_snapshot::InputSource { pid: 9, name: "painter".into() }],
            }],
            system: engine_snapshot::SystemSnapshot {
                realtime: "normal",
                sandbox: engine_snapshot::SandboxSnapshot {
                    state: engine_snapshot::SandboxState::Partial,
                    landlock_abi: 2,
                    landlock: "partial",
                    seccomp: true,
                    reason: None,
                },
                ..Default::default()
            },
        };
        let found = serde_json::to_value(Status::from(status)).unwrap();
        let expected = serde_json::json!({
            "version": "1.2.3", "instance": "main", "uptime_s": 1.5,
            "state": "stopped", "reason": null, "playing": null, "source": "none",
            "display": {"width": 800, "height": 480, "fps": 60.0, "brightness": 0.5},
            "leds": 2048,
            "frames": {
                "presented": 0, "late": 0, "ran_late": 0, "dropped": 0, "superseded": 0,
                "lateness_us": {"p50": 0, "p99": 0, "max": 0},
            },
            "outputs": [{
                "id": "wall", "kind": "ddp", "target": "192.0.2.1:4048", "state": "failed",
                "error": "no route", "frames": 3, "leds": 2048,
            }],
            "inputs": [{
                "id": "live", "kind": "ring", "state": "standby", "driving": false,
                "priority": 40, "timeout_s": 2.5, "on_loss": "release", "fade_s": 0.0,
                "format": "canvas", "encoding": "srgb", "width": 800, "height": 480,
                "target": "/dev/shm/prismatron_main_live", "access": "group", "error": null,
                "frames": 7, "rate_fps": 60.0, "dropped": 1, "torn": 0, "cheats": 0,
                "sources": [{"pid": 9, "name": "painter"}],
            }],
            "system": {
                "pid": 0, "realtime": "normal", "producers": 0, "reasons": [],
                "sandbox": {
                    "state": "partial", "landlock_abi": 2, "landlock": "partial",
                    "seccomp": true, "reason": null,
                },
            },
        });
        assert_eq!(found, expected);
    }
}
