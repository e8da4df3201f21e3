//! Media files.

use engine::library::model as engine_model;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a media file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MediaKind {
    /// One picture.
    Image,
    /// Pictures with times of their own: GIF, APNG, animated WebP.
    Animation,
    /// A video.
    Video,
    /// Not known yet, or nothing that can be shown.
    Unknown,
}

/// Where a media file is on its way into the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MediaState {
    /// Stored, and being looked at.
    Processing,
    /// May be played.
    Ready,
    /// Cannot be played; `error` says why.
    Rejected,
}

/// A media file in the library.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Media {
    /// Opaque.
    id: String,
    /// The name a person gave it.
    name: String,
    /// What it is.
    kind: MediaKind,
    /// Pixels across, after rotation; 0 while unknown.
    width: u32,
    /// Pixels down, after rotation; 0 while unknown.
    height: u32,
    /// Seconds: a video once through, an animation for one cycle; null for a still.
    duration_s: Option<f64>,
    /// How many frames that is, where they were counted; null for a still.
    frames: Option<u64>,
    /// Size of the file.
    bytes: u64,
    /// How far it is.
    state: MediaState,
    /// Why it was rejected.
    error: Option<String>,
    /// Found by looking at the content: `image/png`.
    content_type: String,
    /// When it was added.
    #[schema(format = DateTime)]
    created_at: String,
}

/// A change of a media file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MediaChange {
    /// Its new name.
    #[schema(min_length = 1)]
    pub(crate) name: String,
}

/// The body of an upload, for the API document.
#[derive(ToSchema)]
#[allow(dead_code)]
pub(crate) struct UploadForm {
    /// The file.
    #[schema(value_type = String, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

impl From<engine_model::MediaKind> for MediaKind {
    fn from(kind: engine_model::MediaKind) -> Self {
        match kind {
            engine_model::MediaKind::Image => Self::Image,
            engine_model::MediaKind::Animation => Self::Animation,
            engine_model::MediaKind::Video => Self::Video,
            engine_model::MediaKind::Unknown => Self::Unknown,
        }
    }
}

impl From<engine_model::MediaState> for MediaState {
    fn from(state: engine_model::MediaState) -> Self {
        match state {
            engine_model::MediaState::Processing => Self::Processing,
            engine_model::MediaState::Ready => Self::Ready,
            engine_model::MediaState::Rejected => Self::Rejected,
        }
    }
}

impl From<engine_model::Media> for Media {
    fn from(media: engine_model::Media) -> Self {
        Self {
            id: media.id,
            name: media.name,
            kind: media.kind.into(),
            width: media.width,
            height: media.height,
            duration_s: media.duration_s,
            frames: media.frames,
            bytes: media.bytes,
            state: media.state.into(),
            error: media.error,
            content_type: media.content_type,
            created_at: media.created_at,
        }
    }
}
