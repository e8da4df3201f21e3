//! What a file is: looked at once, after it was uploaded.

use std::io::Read;
use std::time::Duration;

use super::sniff::{Guess, guess};
use super::{ReadSeek, SourceError, Tools, animation, still, video};
use crate::library::model::MediaKind;

/// How much of a file tells what it may be.
const HEAD: u64 = 4096;

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What it is.
    pub kind: MediaKind,
    /// `image/png` and the like.
    pub content_type: String,
    /// Pixels across, as it is seen.
    pub width: u32,
    /// Pixels down, as it is seen.
    pub height: u32,
    /// How long it lasts by itself: a video once, an animation for one cycle; none for a still.
    pub duration: Option<Duration>,
    /// How many frames that is, if they could be counted; none for a still.
    pub frames: Option<u64>,
    /// A PNG of at most 256 × 256 pixels, in the same proportions.
    pub thumbnail: Vec<u8>,
}

/// Decodes all of a picture or an animation and some of a video, so that what it lets through can
/// be shown.
///
/// # Errors
/// The content is nothing that can be shown; the message says why.
pub fn probe(content: &mut dyn ReadSeek, tools: &Tools) -> Result<Probe, SourceError> {
    let mut head = Vec::new();
    content.rewind().map_err(SourceError::Read)?;
    content.take(HEAD).read_to_end(&mut head).map_err(SourceError::Read)?;
    match guess(&head)? {
        Guess::Picture(format) => {
            let bytes = still::read(content)?;
            match animation::probe(&bytes, format)? {
                Some(probe) => Ok(probe),
                None => still::probe(&bytes, format),
            }
        }
        Guess::Video => video_probe(content, tools),
        // What only ffmpeg knows is no video unless it can be decoded.
        Guess::Unknown(looks_like) => video_probe(content, tools)
            .map_err(|_| SourceError::NotAPicture { looks_like: looks_like.to_owned() }),
    }
}

fn video_probe(content: &mut dyn ReadSeek, tools: &Tools) -> Result<Probe, SourceError> {
    let ffmpeg = tools.ffmpeg.as_deref().ok_or(SourceError::NoFfmpeg)?;
    let content = content.descriptor().ok_or(SourceError::NoContent)?;
    video::probe(content, ffmpeg)
}
