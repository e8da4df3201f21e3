//! The one way in: what the rest of the program may ask of the engine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{broadcast, oneshot};

use super::challenge::Challenge;
use super::command::{PlayWhat, PlayerCommand};
use super::event::Event;
use super::shared::Shared;
use super::snapshot::{InputSnapshot, Metrics, PlayerSnapshot, Status};
use super::thread::{Answer, ControlClient, ToControl, Transport};
use crate::error::Error;
use crate::jobs::JobsClient;
use crate::library::model::{Listed, Media, MediaState, NewPlaylist, Page, Playlist};
use crate::library::{Intake, Part, Wish};
pub use crate::preview::Preview;
use crate::preview::PreviewSource;
use crate::pulse::Pulse;
use crate::store::{Store, StoreClient};

/// How long a caller waits for control, which answers within a millisecond when all is well.
const PATIENCE: Duration = Duration::from_secs(5);

/// Puts wishes to the engine and reads its state. Cheap to clone; may be used from any thread.
///
/// Async methods wait for control or the library with a time limit and answer [`Error::Busy`]
/// after it; they are awaited inside a tokio runtime. The others answer at once.
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
    pub(crate) control: ControlClient,
    pub(crate) store: StoreClient,
    pub(crate) jobs: JobsClient,
    pub(crate) preview: PreviewSource,
    pub(crate) intake: Intake,
    pub(crate) pulses: Pulses,
}

/// The pulses of the threads without which there is no display.
#[derive(Clone)]
pub(crate) struct Pulses {
    pub(crate) render: Pulse,
    pub(crate) control: Pulse,
}

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
pub struct Upload {
    part: Part,
    handle: Handle,
}

impl Upload {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Full`] or [`Error::Internal`]; the upload is over then.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.part.write(bytes)
    }

    /// Makes the bytes durable and an item of them; it is then looked at by a producer process.
    ///
    /// # Errors
    /// [`Error::Full`] or [`Error::Internal`].
    pub fn finish(self) -> Result<Added, Error> {
        let stored = self.part.finish()?;
        let shared = self.handle.shared.clone();
        // Told from the store's thread, here and below: changes are told in their order.
        let (media, existed) = self.handle.store.run_blocking(move |store| {
            let (media, existed) = store.library.add_media(stored)?;
            if !existed {
                shared.tell(Event::Media { media: media.clone() });
            }
            Ok((media, existed))
        })?;
        self.handle.jobs.look();
        Ok(Added { media, existed })
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
        self.shared.status()
    }

    /// The numbers for those who watch over a long time.
    pub fn metrics(&self) -> Metrics {
        self.shared.metrics()
    }

    /// The state and the changes after it.
    pub fn subscribe(&self) -> Subscription {
        self.shared.subscribe()
    }

    /// Asks render and control for a sign of life.
    pub fn challenge(&self) -> Challenge {
        let Pulses { render, control } = &self.pulses;
        let challenge = Challenge::new(&[("render", render), ("control", control)]);
        self.control.nudge();
        challenge
    }

    /// Has `render` or `control` stop for good, so that whoever watches over the daemon can be tested.
    #[cfg(debug_assertions)]
    pub fn stall(&self, part: &str) {
        match part {
            "render" => self.pulses.render.stall(),
            "control" => self.pulses.control.stall(),
            _ => {}
        }
    }

    /// A reader of the preview; asks render for frames only while someone waits for one.
    pub fn preview(&self) -> Preview {
        Preview::new(self.preview.clone())
    }

    /// Where the LEDs are.
    pub fn layout(&self) -> Arc<LayoutSnapshot> {
        self.shared.layout.clone()
    }

    /// Every live input, in the order of the settings.
    pub fn inputs(&self) -> Vec<InputSnapshot> {
        self.shared.inputs.iter().map(|desk| desk.snapshot()).collect()
    }

    /// Puts a wish to the player; answers with its state after it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a thing that does not exist, [`Error::Conflict`] if it cannot be
    /// done now, [`Error::Invalid`] for a position outside the item.
    pub async fn player(&self, command: PlayerCommand) -> Result<PlayerSnapshot, Error> {
        let wish = match command {
            PlayerCommand::Play(PlayWhat::Resume) | PlayerCommand::Resume => Transport::Resume,
            PlayerCommand::Play(PlayWhat::Playlist { playlist_id, item_id }) => {
                return self.play(Wish::Playlist { playlist_id, item_id }).await;
            }
            PlayerCommand::Play(PlayWhat::Media { media_id }) => {
                return self.play(Wish::Media { media_id }).await;
            }
            PlayerCommand::Play(PlayWhat::Effect { effect, params }) => {
                return self.play(Wish::Effect { effect, params }).await;
            }
            PlayerCommand::Pause => Transport::Pause,
            PlayerCommand::Stop => Transport::Stop,
            PlayerCommand::Next => Transport::Next,
            PlayerCommand::Previous => Transport::Previous,
            PlayerCommand::Seek { position_s } => Transport::Seek(position_s),
        };
        self.ask(|answer| ToControl::Transport { wish, answer }).await
    }

    async fn play(&self, wish: Wish) -> Result<PlayerSnapshot, Error> {
        let meant = wish.clone();
        let (program, index) = self.store.run(move |store| store.program_for(&meant)).await?;
        let program = Arc::new(program);
        self.ask(|answer| ToControl::Play { program, index, asked: Some((wish, answer)) }).await
    }

    async fn ask<T>(&self, message: impl FnOnce(Answer<T>) -> ToControl) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        self.control.send(message(answer))?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(Error::Busy { part: "control" }),
        }
    }

    // === settings ===

    /// The settings.
    ///
    /// # Errors
    /// [`Error::Busy`].
    pub async fn settings(&self) -> Result<SettingsDocument, Error> {
        let brightness = self.shared.brightness();
        self.store.run(move |store| Ok(document(store, brightness))).await
    }

    /// Applies an RFC 7396 merge patch. `revision` must be the present one, if it is given.
    /// Brightness acts at once and is written 2 s after its last change.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value that cannot be used, or a key that cannot be changed while
    /// the display runs; [`Error::Stale`] for an old revision.
    pub async fn patch_settings(
        &self,
        patch: Value,
        revision: Option<String>,
    ) -> Result<SettingsDocument, Error> {
        let brightness = self.shared.brightness();
        let known = revision.as_ref().map(|_| brightness);
        let wanted = self.store.run(move |store| {
            // An edit by hand that cannot be used would be lost with the next write.
            store.settings.reload().map_err(|error| Error::Conflict {
                reason: format!("the settings file was edited and cannot be used: {error}"),
            })?;
            let present = document(store, brightness);
            if let Some(revision) = revision
                && revision != present.revision
            {
                return Err(Error::Stale { what: "settings".into(), current: present.revision });
            }
            only_brightness(&patch)?;
            let wanted = store.settings.preview(&patch)?;
            // What acts may differ from what is written: a patch of nothing leaves it.
            Ok(patch.pointer("/display/brightness").map(|_| wanted.display.brightness))
        });
        if let Some(wanted) = wanted.await?
            && wanted != brightness
        {
            self.ask(|answer| ToControl::Brightness { brightness: wanted, known, answer }).await?;
        }
        self.settings().await
    }

    // === media ===

    /// Begins an upload of a file that a person calls `name` (any text; made safe).
    /// `bytes` is the size if it is known beforehand.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Full`] or [`Error::Internal`].
    pub fn upload(&self, name: &str, bytes: Option<u64>) -> Result<Upload, Error> {
        Ok(Upload { part: self.intake.begin(name, bytes)?, handle: self.clone() })
    }

    /// Media, newest first. Sorts by `name`, `created_at`, `bytes`, `kind`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a page that cannot be.
    pub async fn media_list(&self, page: Page) -> Result<Listed<Media>, Error> {
        self.store.run(move |store| store.library.media_list(&page)).await
    }

    /// One media file.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn media(&self, id: &str) -> Result<Media, Error> {
        let id = id.to_owned();
        self.store.run(move |store| store.library.media(&id)).await
    }

    /// Waits until the media file is no longer [`MediaState::Processing`], at most `limit`; then
    /// as [`Handle::media`].
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn media_settled(&self, id: &str, limit: Duration) -> Result<Media, Error> {
        let mut settled = self.jobs.settled();
        let wait = async {
            loop {
                settled.borrow_and_update();
                let media = self.media(id).await?;
                if media.state != MediaState::Processing || settled.changed().await.is_err() {
                    return Ok(media);
                }
            }
        };
        match tokio::time::timeout(limit, wait).await {
            Ok(media) => media,
            Err(_) => self.media(id).await,
        }
    }

    /// Gives a media file another name.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Invalid`] for a text that is no name.
    pub async fn rename_media(&self, id: &str, name: String) -> Result<Media, Error> {
        let id = id.to_owned();
        let (shared, control) = (self.shared.clone(), self.control.clone());
        let renamed = self.store.run(move |store| {
            let media = store.library.rename_media(&id, &name)?;
            shared.tell(Event::Media { media: media.clone() });
            control.send_waiting(ToControl::MediaChanged);
            Ok(media)
        });
        renamed.await
    }

    /// Deletes a media file.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] names the playlists that use it, unless `force`.
    pub async fn delete_media(&self, id: &str, force: bool) -> Result<(), Error> {
        let id = id.to_owned();
        let (shared, control) = (self.shared.clone(), self.control.clone());
        let deleted = self.store.run(move |store| {
            store.library.delete_media(&id, force)?;
            shared.tell(Event::MediaDeleted { id });
            control.send_waiting(ToControl::MediaChanged);
            Ok(())
        });
        deleted.await
    }

    /// The file with the uploaded bytes, and its content type.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn media_content(&self, id: &str) -> Result<(PathBuf, String), Error> {
        let id = id.to_owned();
        self.store
            .run(move |store| {
                let media = store.library.media(&id)?;
                Ok((store.library.content_path(&media), media.content_type))
            })
            .await
    }

    /// A small PNG of a ready media file.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a file that has none.
    pub async fn media_thumbnail(&self, id: &str) -> Result<PathBuf, Error> {
        let id = id.to_owned();
        self.store
            .run(move |store| {
                let path = store.library.thumbnail_path(&store.library.media(&id)?);
                if path.exists() { Ok(path) } else { Err(Error::not_found("thumbnail", id)) }
            })
            .await
    }

    // === playlists ===

    /// Playlists by name. Sorts by `name`, `created_at`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a page that cannot be.
    pub async fn playlists(&self, page: Page) -> Result<Listed<Playlist>, Error> {
        self.store.run(move |store| store.library.playlists(&page)).await
    }

    /// One playlist.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn playlist(&self, id: &str) -> Result<Playlist, Error> {
        let id = id.to_owned();
        self.store.run(move |store| store.library.playlist(&id)).await
    }

    /// Makes a playlist. Checks every item: effects and their parameters, durations, media ids.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the item and the value.
    pub async fn create_playlist(&self, new: NewPlaylist) -> Result<Playlist, Error> {
        let shared = self.shared.clone();
        let made = self.store.run(move |store| {
            let made = store.library.create_playlist(new)?;
            shared.tell(Event::Playlist { id: made.id.clone(), revision: made.revision });
            Ok(made)
        });
        made.await
    }

    /// Replaces a playlist; `revision` must be the present one, if it is given. What is lit stays
    /// lit; what follows is chosen from the new list.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`], or [`Error::Invalid`] that names the item and the
    /// value.
    pub async fn replace_playlist(
        &self,
        id: &str,
        new: NewPlaylist,
        revision: Option<u64>,
    ) -> Result<Playlist, Error> {
        let replaced = id.to_owned();
        let (shared, control) = (self.shared.clone(), self.control.clone());
        let made = self.store.run(move |store| {
            let made = store.library.replace_playlist(&replaced, new, revision)?;
            shared.tell(Event::Playlist { id: made.id.clone(), revision: made.revision });
            let program = Some(Arc::new(store.program_of(&made)));
            control.send_waiting(ToControl::Edited { playlist_id: replaced, program });
            Ok(made)
        });
        made.await
    }

    /// Deletes a playlist; if it plays, the player stops.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`].
    pub async fn delete_playlist(&self, id: &str, revision: Option<u64>) -> Result<(), Error> {
        let id = id.to_owned();
        let (shared, control) = (self.shared.clone(), self.control.clone());
        let deleted = self.store.run(move |store| {
            store.library.delete_playlist(&id, revision)?;
            shared.tell(Event::PlaylistDeleted { id: id.clone() });
            control.send_waiting(ToControl::Edited { playlist_id: id, program: None });
            Ok(())
        });
        deleted.await
    }
}

/// The settings as they act now: brightness may not have been written yet.
fn document(store: &Store, brightness: f64) -> SettingsDocument {
    let mut value = store.settings.value();
    value["display"]["brightness"] = brightness.into();
    let revision = blake3::hash(value.to_string().as_bytes()).to_hex()[..16].to_owned();
    SettingsDocument { value, revision }
}

/// Refuses a patch of anything that cannot be changed while the display runs.
fn only_brightness(patch: &Value) -> Result<(), Error> {
    let not_an_object = || Error::invalid("", patch, "a merge patch is an object");
    let refuse = |field: String, value: &Value| {
        let reason = "can only be changed in settings.toml, with a restart";
        Err(Error::invalid(field, value, reason))
    };
    for (table, values) in patch.as_object().ok_or_else(not_an_object)? {
        match values.as_object() {
            Some(keys) if table == "display" => {
                if let Some((key, value)) = keys.iter().find(|(key, _)| *key != "brightness") {
                    return refuse(format!("display.{key}"), value);
                }
            }
            _ => return refuse(table.clone(), values),
        }
    }
    Ok(())
}
