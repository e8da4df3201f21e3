//! Sources: what draws the frames of one item. They run inside producer processes.
//!
//! ```text
//! ProducerSpec, content -> run -> FrameSink     one item, frame by frame
//! content -> probe -> Probe                     what a file is, told once after an upload
//! ```

mod animation;
mod error;
mod hardware;
mod kept;
mod light;
mod pace;
mod probe;
#[cfg(test)]
mod recording;
mod run;
mod sniff;
mod still;
mod tools;
mod video;

pub mod effect;

use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::time::Duration;

pub use animation::SHORTEST as SHORTEST_ANIMATION;
pub use error::{NO_FFMPEG, SourceError};
pub use probe::{Probe, probe};
pub use run::run;
pub use sniff::is_picture;
pub use still::{MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE};
pub use tools::Tools;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How a picture of another shape is put on the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Fills the canvas; what stands over is cut off evenly on both sides.
    #[default]
    Cover,
    /// All of the picture is seen; the rest of the canvas is black.
    Contain,
    /// Fills the canvas without keeping the proportions.
    Stretch,
}

/// A colour as people write it: three sRGB bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb8(pub [u8; 3]);

impl Rgb8 {
    /// No light.
    pub const BLACK: Self = Self([0; 3]);
}

impl std::str::FromStr for Rgb8 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a colour such as \"#FF8000\"");
        let digits = text.strip_prefix('#').ok_or_else(wrong)?;
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let value = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
        Ok(Self([(value >> 16) as u8, (value >> 8) as u8, value as u8]))
    }
}

impl std::fmt::Display for Rgb8 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02X}{g:02X}{b:02X}")
    }
}

impl Serialize for Rgb8 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rgb8 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a producer is to draw. The content of a file comes as its standard input, never as a path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SourceSpec {
    /// One picture, shown for as long as anyone looks.
    Still {
        /// How it meets the canvas.
        fit: Fit,
    },
    /// Pictures that follow each other: GIF, APNG, animated WebP.
    Animation {
        /// How each meets the canvas.
        fit: Fit,
        /// Whether one that counts its cycles begins again after its natural duration.
        repeat: bool,
    },
    /// A video, decoded by a program of the system.
    Video {
        /// How its frames meet the canvas.
        fit: Fit,
        /// The program.
        ffmpeg: PathBuf,
        /// Its natural duration.
        length: Duration,
        /// Devices that may decode it; where none does, the processor does.
        devices: Vec<PathBuf>,
        /// Its frames per second; none if they were not counted.
        rate: Option<f64>,
        /// Whether it begins again after that; else its last frame stays.
        repeat: bool,
    },
    /// A drawn effect.
    Effect {
        /// Id in the catalogue.
        effect: String,
        /// Values for its parameters, already checked; absent ones have their defaults.
        #[serde(default)]
        params: Map<String, Value>,
    },
    /// One plain colour.
    Color {
        /// The colour.
        color: Rgb8,
    },
}

impl SourceSpec {
    /// Lets what moves begin again after its natural duration; else its last frame stays.
    pub fn repeat(&mut self) {
        if let Self::Animation { repeat, .. } | Self::Video { repeat, .. } = self {
            *repeat = true;
        }
    }
}

/// The size of the canvas and the rate at which it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanvasSpec {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Frames per second of the display.
    pub fps: f64,
}

/// Everything that a producer process is told, as JSON on its command line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProducerSpec {
    /// What to draw.
    pub source: SourceSpec,
    /// What to draw on.
    pub canvas: CanvasSpec,
    /// The position in the item at which to begin.
    pub start: Duration,
}

/// Where a source puts its frames. Called from the producer's main thread only.
pub trait FrameSink {
    /// Takes one frame of exactly `width * height * 3` sRGB bytes, rows from the top. Blocks while
    /// there is no room for it.
    ///
    /// # Errors
    /// Nobody wants frames any more: the source ends.
    fn put(&mut self, rgb: &[u8], meta: FrameMeta) -> Result<(), SinkClosed>;

    /// The position in the item that the display has reached. A source that is behind it skips
    /// ahead. Never blocks.
    fn reader_position(&self) -> Duration;
}

/// What is said of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameMeta {
    /// The place on the source's grid of times; rises, with gaps where frames were skipped.
    pub number: u64,
    /// When the frame is due, from the beginning of the item.
    pub pts: Duration,
    /// Whether none follows.
    pub last: bool,
}

/// The reader of the frames is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reader of the frames is gone")]
pub struct SinkClosed;

/// A file's content, to be read and searched.
pub trait ReadSeek: Read + Seek {
    /// The open file, for a program that reads it by itself; none for bytes in memory.
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

impl ReadSeek for File {
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.as_fd())
    }
}

impl<T: AsRef<[u8]>> ReadSeek for Cursor<T> {}
