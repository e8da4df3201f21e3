//! The one way in: what the rest of the program may ask of the engine.

use std::path::PathBuf;

use serde_json::Value;
use tokio::sync::{broadcast, watch};

use super::command::PlayerCommand;
use super::event::Event;
use super::snapshot::{Playing, Status};
use crate::error::Error;
use crate::library::model::{Listed, Media, NewPlaylist, Page, Playlist};

/// Puts wishes to the engine and reads its state. Cheap to clone; may be used from any thread.
///
/// Async methods wait for control or the library with a time limit and answer [`Error::Busy`]
/// after it; they need no particular runtime. The others answer at once.
#[derive(Clone)]
pub struct Handle {}

/// A change, with its place in the order of all changes.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Numbered {
    /// Counts changes since the daemon started.
    pub seq: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// The state as of one change, and the changes after it.
pub struct Subscription {
    /// The number of the last change that `state` contains.
    pub seq: u64,
    /// Everything as of that change.
    pub state: Status,
    /// The changes after it. A reader that lags must subscribe again.
    pub changes: broadcast::Receiver<Numbered>,
}

/// The LEDs as last lit, for a viewer: sRGB bytes, R G B per LED, in the order of the layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviewFrame {
    /// The tick it belongs to.
    pub number: u64,
    /// Three bytes per LED.
    pub rgb: Vec<u8>,
}

/// Where a viewer sees the LEDs on a plane.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct LayoutSnapshot {
    /// `matrix` or `points`.
    pub kind: &'static str,
    /// Columns of a matrix; 0 otherwise.
    pub columns: u32,
    /// Rows of a matrix; 0 otherwise.
    pub rows: u32,
    /// x and y of each LED's centre, 0 to 1 over the canvas.
    pub leds: Vec<[f32; 2]>,
}

/// The answer to an upload.
#[derive(Clone, Debug, PartialEq)]
pub struct Added {
    /// The item.
    pub media: Media,
    /// Whether the same content was there already.
    pub existed: bool,
}

/// An upload under way. Blocking: drive it from a thread that may wait for the disk.
/// Dropped before [`Upload::finish`], it leaves nothing behind.
pub struct Upload {}

impl Upload {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Full`] or [`Error::Internal`]; the upload is over then.
    pub fn write(&mut self, _bytes: &[u8]) -> Result<(), Error> {
        unimplemented!()
    }

    /// Makes the bytes durable and an item of them; it is then looked at by a producer process.
    ///
    /// # Errors
    /// [`Error::Full`] or [`Error::Internal`].
    pub fn finish(self) -> Result<Added, Error> {
        unimplemented!()
    }
}

/// The settings as JSON and the revision that a change must name.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingsDocument {
    /// Everything, defaults filled in.
    pub value: Value,
    /// Changes with every change.
    pub revision: String,
}

impl Handle {
    /// Everything at this moment.
    pub fn status(&self) -> Status {
        unimplemented!()
    }

    /// The state and the changes after it.
    pub fn subscribe(&self) -> Subscription {
        unimplemented!()
    }

    /// A reader of the preview; asks render for frames only while someone waits for one.
    pub fn preview(&self) -> Preview {
        unimplemented!()
    }

    /// Where the LEDs are.
    pub fn layout(&self) -> LayoutSnapshot {
        unimplemented!()
    }

    /// Puts a wish to the player; answers with what plays after it.
    pub async fn player(&self, _command: PlayerCommand) -> Result<Option<Playing>, Error> {
        unimplemented!()
    }

    /// The settings.
    pub async fn settings(&self) -> Result<SettingsDocument, Error> {
        unimplemented!()
    }

    /// Applies an RFC 7396 merge patch. `revision` must be the present one, if it is given.
    pub async fn patch_settings(
        &self,
        _patch: Value,
        _revision: Option<String>,
    ) -> Result<SettingsDocument, Error> {
        unimplemented!()
    }

    /// Begins an upload of a file that a person calls `name` (any text; made safe).
    /// `bytes` is the size if it is known beforehand.
    pub fn upload(&self, _name: &str, _bytes: Option<u64>) -> Result<Upload, Error> {
        unimplemented!()
    }

    /// Media, newest first. Sorts by `name`, `created_at`, `bytes`, `kind`.
    pub async fn media_list(&self, _page: Page) -> Result<Listed<Media>, Error> {
        unimplemented!()
    }

    /// One media file.
    pub async fn media(&self, _id: &str) -> Result<Media, Error> {
        unimplemented!()
    }

    /// Waits until the media file is no longer [`Processing`], at most `limit`; then as `media`.
    ///
    /// [`Processing`]: crate::library::model::MediaState::Processing
    pub async fn media_settled(
        &self,
        _id: &str,
        _limit: std::time::Duration,
    ) -> Result<Media, Error> {
        unimplemented!()
    }

    /// Gives a media file another name.
    pub async fn rename_media(&self, _id: &str, _name: String) -> Result<Media, Error> {
        unimplemented!()
    }

    /// Deletes a media file. [`Error::Conflict`] names the playlists that use it, unless `force`.
    pub async fn delete_media(&self, _id: &str, _force: bool) -> Result<(), Error> {
        unimplemented!()
    }

    /// The file with the uploaded bytes, and its content type.
    pub async fn media_content(&self, _id: &str) -> Result<(PathBuf, String), Error> {
        unimplemented!()
    }

    /// A small PNG of a ready media file.
    pub async fn media_thumbnail(&self, _id: &str) -> Result<PathBuf, Error> {
        unimplemented!()
    }

    /// Playlists by name. Sorts by `name`, `created_at`.
    pub async fn playlists(&self, _page: Page) -> Result<Listed<Playlist>, Error> {
        unimplemented!()
    }

    /// One playlist.
    pub async fn playlist(&self, _id: &str) -> Result<Playlist, Error> {
        unimplemented!()
    }

    /// Makes a playlist. Checks every item: effects and their parameters, durations, media ids.
    pub async fn create_playlist(&self, _new: NewPlaylist) -> Result<Playlist, Error> {
        unimplemented!()
    }

    /// Replaces a playlist; `revision` must be the present one, if it is given.
    pub async fn replace_playlist(
        &self,
        _id: &str,
        _new: NewPlaylist,
        _revision: Option<u64>,
    ) -> Result<Playlist, Error> {
        unimplemented!()
    }

    /// Deletes a playlist; if it plays, the player stops.
    pub async fn delete_playlist(&self, _id: &str, _revision: Option<u64>) -> Result<(), Error> {
        unimplemented!()
    }
}

/// One viewer's reader of the preview: newest frame only.
pub struct Preview {
    _latest: watch::Receiver<PreviewFrame>,
}

impl Preview {
    /// The next frame that is newer than the last one given, or the present one if light stands
    /// still and this viewer has not seen it.
    pub async fn next(&mut self) -> PreviewFrame {
        unimplemented!()
    }
}
