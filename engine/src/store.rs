//! The store thread: the one place that reads and writes the library and the settings.
//!
//! Others hand it work and wait for the answer, or do not. So nothing that decides or draws ever
//! waits for a disk, and two changes never meet.

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::error::Error;
use crate::library::model::{
    Item, ItemContent, Media, MediaKind, MediaState, Playlist, TransitionKind,
};
use crate::library::{Library, Wish};
use crate::player::{self, FadeSpec, Playable, Program, ProgramItem};
use crate::settings::SettingsFile;
use crate::source::{Fit, NO_FFMPEG, SHORTEST_ANIMATION, SourceSpec, Tools, effect};

/// Work that may wait. One more is refused as busy.
const BACKLOG: usize = 256;
/// How long a caller waits for the disk.
const PATIENCE: Duration = Duration::from_secs(30);

/// A wish for just the natural duration, written with fewer digits, is no wish for more.
const ROUNDING: Duration = Duration::from_millis(10);

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// Library and settings. Owned by the store thread.
pub(crate) struct Store {
    pub(crate) library: Library,
    pub(crate) settings: SettingsFile,
    /// What producers may start.
    pub(crate) tools: Tools,
}

/// Hands work to the store thread.
#[derive(Clone)]
pub(crate) struct StoreClient {
    jobs: Sender<Job>,
}

/// Starts the store thread. It ends when the last client is dropped.
///
/// # Errors
/// If the system has no thread left.
pub(crate) fn spawn(store: Store) -> io::Result<(StoreClient, JoinHandle<()>)> {
    let (jobs, receiver): (_, Receiver<Job>) = crossbeam_channel::bounded(BACKLOG);
    let thread = std::thread::Builder::new().name("store".into()).spawn(move || {
        let mut store = store;
        for job in receiver {
            job(&mut store);
        }
    })?;
    Ok((StoreClient { jobs }, thread))
}

impl StoreClient {
    /// Runs work and waits for it, inside a tokio runtime.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let busy = Error::Busy { part: "library" };
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |store| drop(answer.send(work(store))));
        self.jobs.try_send(job).map_err(|_| busy.clone())?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(busy),
        }
    }

    /// Runs work and waits for it, on a thread that may.
    pub(crate) fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let busy = Error::Busy { part: "library" };
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |store| drop(answer.send(work(store))));
        self.jobs.send(job).map_err(|_| busy.clone())?;
        answered.blocking_recv().unwrap_or(Err(busy))
    }

    /// Runs work some time soon. Never waits; if too much waits already, it is not done, and a
    /// warning says so.
    pub(crate) fn run_later(&self, work: impl FnOnce(&mut Store) + Send + 'static) {
        if self.jobs.try_send(Box::new(work)).is_err() {
            tracing::warn!("the library is too busy: something was left undone");
        }
    }
}

impl Store {
    /// A playlist, ready for the player.
    pub(crate) fn program(&self, playlist_id: &str) -> Result<Program, Error> {
        let playlist = self.library.playlist(playlist_id)?;
        Ok(self.program_of(&playlist))
    }

    /// As `program`, for a playlist at hand.
    pub(crate) fn program_of(&self, playlist: &Playlist) -> Program {
        Program {
            playlist_id: Some(playlist.id.clone()),
            playlist_name: Some(playlist.name.clone()),
            items: playlist
                .items
                .iter()
                .filter(|item| item.enabled)
                .map(|item| self.program_item(item))
                .collect(),
            looping: playlist.r#loop,
            shuffle: playlist.shuffle,
        }
    }

    /// What a wish means now, and which item it begins with.
    pub(crate) fn program_for(&self, wish: &Wish) -> Result<(Program, usize), Error> {
        let alone = |content: ItemContent| {
            let item = Item {
                id: "alone".into(),
                content,
                duration_s: None,
                fit: Fit::default(),
                transition: None,
                repeat: 1,
                enabled: true,
            };
            // What is asked for alone stays until something else is asked for.
            let mut item = ProgramItem { duration: None, ..self.program_item(&item) };
            if let Ok(playable) = &mut item.show {
                playable.source.repeat();
            }
            Program { items: vec![item], looping: true, ..Program::default() }
        };
        match wish {
            Wish::Playlist { playlist_id, item_id } => {
                let program = self.program(playlist_id)?;
                let index = match item_id {
                    None => 0,
                    Some(id) => program
                        .items
                        .iter()
                        .position(|item| &item.id == id)
                        .ok_or_else(|| self.not_played(playlist_id, id))?,
                };
                Ok((program, index))
            }
            Wish::Media { media_id } => {
                let media = self.library.media(media_id)?;
                if let Some(reason) = rejection(&media) {
                    return Err(Error::Conflict {
                        reason: format!("\"{}\": {reason}", media.name),
                    });
                }
                Ok((alone(ItemContent::Media { media_id: media_id.clone() }), 0))
            }
            Wish::Effect { effect, params } => {
                effect::check_params(effect, params)?;
                let (effect, params) = (effect.clone(), params.clone());
                Ok((alone(ItemContent::Effect { effect, params }), 0))
            }
        }
    }

    /// Why a list cannot begin with an item.
    fn not_played(&self, playlist_id: &str, item_id: &str) -> Error {
        let playlist = self.library.playlist(playlist_id);
        if playlist.is_ok_and(|list| list.items.iter().any(|item| item.id == item_id)) {
            let reason = format!("item \"{item_id}\" is switched off");
            return Error::Conflict { reason };
        }
        Error::not_found("item", item_id)
    }

    fn program_item(&self, item: &Item) -> ProgramItem {
        let mut program_item = ProgramItem {
            id: item.id.clone(),
            kind: "media",
            name: String::new(),
            media_id: None,
            effect: None,
            duration: item.duration_s.map(Duration::from_secs_f64),
            transition: transition(item),
            repeat: item.repeat,
            show: Err(String::new()),
        };
        match &item.content {
            ItemContent::Media { media_id } => {
                program_item.media_id = Some(media_id.clone());
                match self.library.media(media_id) {
                    Ok(media) => {
                        let natural = natural(&media);
                        let duration = *program_item.duration.get_or_insert(natural);
                        program_item.name = media.name.clone();
                        program_item.show = self.show_media(&media, item.fit);
                        if let Ok(playable) = &mut program_item.show
                            && duration > natural + ROUNDING
                        {
                            playable.source.repeat();
                        }
                    }
                    Err(error) => {
                        program_item.duration.get_or_insert(player::STILL);
                        program_item.name = media_id.clone();
                        program_item.show = Err(match error {
                            Error::NotFound { .. } => format!("media \"{media_id}\" was deleted"),
                            other => other.to_string(),
                        });
                    }
                }
            }
            ItemContent::Effect { effect: id, params } => {
                program_item.kind = "effect";
                program_item.effect = Some(id.clone());
                program_item.duration.get_or_insert(player::EFFECT);
                let info = effect::catalogue().iter().find(|info| info.id == id);
                program_item.name = info.map_or_else(|| id.clone(), |info| info.name.to_owned());
                let source = SourceSpec::Effect { effect: id.clone(), params: params.clone() };
                program_item.show = effect::check_params(id, params)
                    .map(|()| Playable { source, content: None })
                    .map_err(|error| error.to_string());
            }
            ItemContent::Color { color } => {
                program_item.kind = "color";
                program_item.name = color.to_string();
                program_item.duration.get_or_insert(player::STILL);
                let source = SourceSpec::Color { color: *color };
                program_item.show = Ok(Playable { source, content: None });
            }
        }
        program_item
    }

    fn show_media(&self, media: &Media, fit: Fit) -> Result<Playable, String> {
        if let Some(reason) = rejection(media) {
            return Err(reason);
        }
        let source = match media.kind {
            // One that is still being looked at is tried: its producer will tell.
            MediaKind::Image | MediaKind::Unknown => SourceSpec::Still { fit },
            MediaKind::Animation => SourceSpec::Animation { fit, repeat: false },
            MediaKind::Video => SourceSpec::Video {
                fit,
                ffmpeg: self.tools.ffmpeg.clone().ok_or(NO_FFMPEG)?,
                length: natural(media),
                devices: self.tools.devices.clone(),
                rate: rate(media),
                repeat: false,
            },
        };
        Ok(Playable { source, content: Some(self.library.content_path(media)) })
    }

    /// Writes the brightness to the settings file.
    pub(crate) fn write_brightness(&mut self, brightness: f64) -> Result<(), Error> {
        let patch: Value = json!({ "display": { "brightness": brightness } });
        self.settings.patch(&patch, None).map(drop)
    }
}

/// How long a media file is shown if nobody says otherwise.
fn natural(media: &Media) -> Duration {
    let own = media.duration_s.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let own = own.filter(|duration| !duration.is_zero());
    match (media.kind, own) {
        (MediaKind::Video, Some(once)) => once,
        (MediaKind::Animation, Some(cycle)) => cycle.max(SHORTEST_ANIMATION),
        // A video that does not tell how long it is stays, as pictures do.
        _ => player::STILL,
    }
}

/// Frames per second of a video, on the whole.
fn rate(media: &Media) -> Option<f64> {
    let seconds = media.duration_s.filter(|seconds| *seconds > 0.0)?;
    Some(media.frames? as f64 / seconds)
}

fn rejection(media: &Media) -> Option<String> {
    (media.state == MediaState::Rejected)
        .then(|| media.error.clone().unwrap_or_else(|| "it cannot be shown".into()))
}

fn transition(item: &Item) -> FadeSpec {
    let Some(wanted) = &item.transition else { return FadeSpec::CUT };
    let through = match wanted.kind {
        TransitionKind::Cut => return FadeSpec::CUT,
        TransitionKind::Crossfade => None,
        TransitionKind::Fade => Some(wanted.color),
    };
    let span = Duration::try_from_secs_f64(wanted.duration_s).unwrap_or_default();
    FadeSpec { span, curve: wanted.curve, through }
}
