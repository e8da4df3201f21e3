//! What a file is: looked at once, after it was uploaded.

use std::time::Duration;

use super::sniff::{Guess, guess, head};
use super::{ReadSeek, SourceError, Tools, animation, still, video};
use crate::library::model::MediaKind;

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
    match guess(&head(content).map_err(SourceError::Read)?)? {
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
