//! Why a source cannot draw, in words for the person who chose the item.

use super::still::{MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE};

/// Why a video is rejected on a machine without ffmpeg. Media rejected with these words are looked
/// at again at each start, so that they become ready once it is installed.
pub const NO_FFMPEG: &str =
    "this is a video, and ffmpeg, which decodes videos, is not installed (apt install ffmpeg)";

/// Why there is no picture. The same content fails in the same way each time, except after `Read`
/// and `VideoDied`.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The content has no bytes.
    #[error("the file is empty")]
    Empty,
    /// The content is of no kind that is read here.
    #[error(
        "this is neither a picture nor a video that Prismatron can open (it looks like {looks_like})"
    )]
    NotAPicture {
        /// What its first bytes tell.
        looks_like: String,
    },
    /// More bytes than a picture may have.
    #[error("this file has more than {} MiB; that is the limit for a picture", MAX_FILE_BYTES >> 20)]
    TooManyBytes,
    /// More pixels than are decoded here.
    #[error(
        "this picture is {width} × {height} pixels; the limit is {} megapixels and {MAX_SIDE} pixels for a side",
        MAX_PIXELS / 1_000_000
    )]
    TooLarge {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Decoding asked for more memory than it may have.
    #[error("this {format} picture needs more memory than a picture may use")]
    TooMuchMemory {
        /// Its format's name.
        format: &'static str,
    },
    /// The content stops too early.
    #[error("the file ends in the middle of the picture")]
    Truncated,
    /// The content contradicts its format.
    #[error("this {format} picture is damaged: {reason}")]
    Damaged {
        /// Its format's name.
        format: &'static str,
        /// What the decoder found.
        reason: String,
    },
    /// The format is known, this way of using it is not.
    #[error("this kind of {format} picture cannot be opened: {reason}")]
    Unsupported {
        /// Its format's name.
        format: &'static str,
        /// What is not known.
        reason: String,
    },
    /// The decoder panicked.
    #[error("this {format} picture could not be opened: its decoder stopped on it")]
    DecoderStopped {
        /// Its format's name.
        format: &'static str,
    },
    /// The content is a video, and the program that decodes videos is missing.
    #[error("{NO_FFMPEG}")]
    NoFfmpeg,
    /// The content is sound alone.
    #[error("it has sound but no picture")]
    NoPicture,
    /// More pixels than a video may have.
    #[error(
        "this video is {width} × {height} pixels; the limit is {} pixels for a side",
        super::video::MAX_SIDE
    )]
    VideoTooLarge {
        /// Pixels across, as they are stored.
        width: u32,
        /// Pixels down, as they are stored.
        height: u32,
    },
    /// ffmpeg cannot go on with the content.
    #[error("this video cannot be decoded: {reason}")]
    Video {
        /// ffmpeg's own words, cleaned, or what was missed.
        reason: String,
    },
    /// ffmpeg neither went on nor ended.
    #[error("this video cannot be decoded: no frame came for {} seconds", super::video::PATIENCE.as_secs())]
    VideoSilent,
    /// ffmpeg did not end by itself: it was killed, or it crashed. The same content may work again.
    #[error("ffmpeg was ended by signal {signal} while it decoded this video")]
    VideoDied {
        /// The signal.
        signal: i32,
    },
    /// The content could not be read.
    #[error("the file could not be read")]
    Read(#[source] std::io::Error),
    /// A still was asked for without content.
    #[error("no file was given for the still")]
    NoContent,
    /// The canvas or its rate cannot be drawn on.
    #[error("a canvas of {width} × {height} pixels at {fps} frames per second cannot be drawn on")]
    Canvas {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Frames per second.
        fps: f64,
    },
    /// The effect or its parameters are not in the catalogue.
    #[error(transparent)]
    Effect(#[from] crate::Error),
}
