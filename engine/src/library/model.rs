//! The library's nouns, the same from disk to button.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::source::{Fit, Rgb8};

/// What a media file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// Stored, and being looked at.
    Processing,
    /// May be played.
    Ready,
    /// Cannot be played; the item's `error` says why.
    Rejected,
}

/// A media file in the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Media {
    /// Opaque id.
    pub id: String,
    /// The name a person gave it: a plain file name, never a path.
    pub name: String,
    /// What it is.
    pub kind: MediaKind,
    /// Pixels across, after rotation; 0 while unknown.
    pub width: u32,
    /// Pixels down, after rotation; 0 while unknown.
    pub height: u32,
    /// Seconds: a video once through, an animation for one cycle; none for a still.
    pub duration_s: Option<f64>,
    /// How many frames that is, where they were counted; none for a still.
    pub frames: Option<u64>,
    /// Size of the file.
    pub bytes: u64,
    /// How far it is.
    pub state: MediaState,
    /// Why it was rejected, in words for a person.
    pub error: Option<String>,
    /// Content type found by looking at the content: `image/png`.
    pub content_type: String,
    /// blake3 of the content, in hex; also the name of the file on disk.
    pub hash: String,
    /// When it was added (RFC 3339).
    pub created_at: String,
}

/// How an item takes over from the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransitionKind {
    /// At once.
    #[default]
    Cut,
    /// The two mixed, in linear light.
    Crossfade,
    /// Through a plain colour: the one before fades to it in the first half, this one comes out of
    /// it in the second.
    Fade,
}

/// How the light of a transition follows its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransitionCurve {
    /// Evenly.
    #[default]
    Linear,
    /// Slowly at the beginning and the end: `x² (3 − 2 x)`. Each half of a fade by itself.
    Smooth,
}

/// How, and in what time, an item takes over from the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Which.
    pub kind: TransitionKind,
    /// Seconds, from the start of the incoming item.
    #[serde(default = "one_second")]
    pub duration_s: f64,
    /// How light follows time; of no meaning for a cut.
    #[serde(default)]
    pub curve: TransitionCurve,
    /// Through what colour; of no meaning but for a fade.
    #[serde(default = "black")]
    pub color: Rgb8,
}

impl Default for Transition {
    fn default() -> Self {
        Self {
            kind: TransitionKind::default(),
            duration_s: one_second(),
            curve: TransitionCurve::default(),
            color: black(),
        }
    }
}

fn one_second() -> f64 {
    1.0
}

fn black() -> Rgb8 {
    Rgb8::BLACK
}

/// What an item of a playlist shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ItemContent {
    /// A media file.
    Media {
        /// Its id. May name an item that has been deleted: then it is skipped.
        media_id: String,
    },
    /// An effect of the catalogue.
    Effect {
        /// Its id.
        effect: String,
        /// Values for its parameters; absent ones have their defaults.
        #[serde(default)]
        params: Map<String, Value>,
    },
    /// A plain colour.
    Color {
        /// The colour, `#RRGGBB`.
        color: Rgb8,
    },
}

/// An item of a playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Opaque id, unique in its playlist, kept when the list is replaced.
    pub id: String,
    /// What it shows.
    #[serde(flatten)]
    pub content: ItemContent,
    /// Seconds; none means the content's natural duration.
    pub duration_s: Option<f64>,
    /// How a picture of another shape meets the canvas.
    #[serde(default)]
    pub fit: Fit,
    /// How it takes over from the item before; none means a cut.
    pub transition: Option<Transition>,
    /// How many times in a row it is shown.
    #[serde(default = "once")]
    pub repeat: u32,
    /// Whether it is played at all.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn once() -> u32 {
    1
}

fn yes() -> bool {
    true
}

/// An item as a caller wishes it: the id may be missing, then one is made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewItem {
    /// The id of an item that is kept.
    pub id: Option<String>,
    /// What it shows.
    pub content: ItemContent,
    /// Seconds; none means natural.
    pub duration_s: Option<f64>,
    /// How it meets the canvas.
    pub fit: Fit,
    /// How it takes over.
    pub transition: Option<Transition>,
    /// How many times in a row, 1 to 1000.
    pub repeat: u32,
    /// Whether it is played at all.
    pub enabled: bool,
}

impl NewItem {
    /// An item of this content, all else as if nothing was said.
    pub fn of(content: ItemContent) -> Self {
        Self {
            id: None,
            content,
            duration_s: None,
            fit: Fit::default(),
            transition: None,
            repeat: once(),
            enabled: yes(),
        }
    }
}

/// A playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Playlist {
    /// Opaque id.
    pub id: String,
    /// The name a person gave it.
    pub name: String,
    /// In the order of play.
    pub items: Vec<Item>,
    /// Whether the first item follows the last.
    pub r#loop: bool,
    /// Whether each round has an order of its own.
    pub shuffle: bool,
    /// Counts the changes of this list.
    pub revision: u64,
    /// When it was made (RFC 3339).
    pub created_at: String,
}

/// A playlist as a caller wishes it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewPlaylist {
    /// The name; not empty.
    pub name: String,
    /// In the order of play.
    pub items: Vec<NewItem>,
    /// Whether the first item follows the last.
    pub r#loop: bool,
    /// Whether each round has an order of its own.
    pub shuffle: bool,
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most this many, 1 to 1000.
    pub limit: u64,
    /// After skipping this many.
    pub offset: u64,
    /// A field's name, with `-` before it for falling order. Each list says which fields it knows.
    pub sort: Option<String>,
    /// Only those whose name contains this, without regard to case.
    pub q: Option<String>,
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 100, offset: 0, sort: None, q: None }
    }
}

/// A part of a list, and how long the whole (after `q`) is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed<T> {
    /// The part.
    pub items: Vec<T>,
    /// The length of the whole.
    pub total: u64,
}
