//! What a producer process says on its standard output: one line of JSON, and a thumbnail after it.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::library::model::MediaKind;

/// The most that is read from a producer: a thumbnail is at most 256 × 256 pixels.
pub(super) const MOST_BYTES: u64 = 1 << 20;
/// Exit status of a producer that says why its content cannot be shown.
pub(super) const EXIT_FAILED: u8 = 3;

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// What it is.
    pub kind: MediaKind,
    /// For example `image/png`.
    pub content_type: String,
    /// Pixels across, after rotation.
    pub width: u32,
    /// Pixels down, after rotation.
    pub height: u32,
    /// Seconds: a video once through, an animation for one cycle; none for a still.
    pub duration_s: Option<f64>,
    /// How many frames that is, where they were counted; none for a still.
    pub frames: Option<u64>,
    /// A small PNG.
    #[serde(skip)]
    pub thumbnail: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Message {
    Probed(ProbeReport),
    Failed(String),
}

pub(super) fn write(message: &Message, thumbnail: &[u8], mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut out, message)?;
    out.write_all(b"\n")?;
    out.write_all(thumbnail)?;
    out.flush()
}

/// Reads what a producer said. It may be hostile: anything unexpected is `None`.
pub(super) fn read(said: &[u8]) -> Option<Message> {
    let end = said.iter().position(|&byte| byte == b'\n')?;
    let mut message: Message = serde_json::from_slice(&said[..end]).ok()?;
    if let Message::Probed(report) = &mut message {
        report.thumbnail = said[end + 1..].to_vec();
    }
    Some(message)
}
