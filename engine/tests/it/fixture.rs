//! A display with everything real but hardware and processes: 8 × 4 pixels, two LEDs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::control::command::{PlayWhat, PlayerCommand};
use engine::control::event::Event;
use engine::control::handle::Numbered;
use engine::control::snapshot::{Playing, Status};
use engine::library::model::{ItemContent, NewItem, NewPlaylist, Playlist};
use engine::producer::{Ended, InProcess, Launch, Launched, Outcome, ProbeReport};
use engine::settings::SettingsFile;
use engine::source::{Fit, ProducerSpec, Rgb8, SourceSpec};
use engine::{Config, Engine, Handle, Running};
use hal::output::memory::{self, MemoryHandle};
use hal::{Clock, SystemClock, Wake, Woken};
use tokio::sync::broadcast;

/// How long a test waits for what has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A data folder that outlives the displays that are started on it.
pub(crate) struct Fixture {
    folder: Arc<tempfile::TempDir>,
    name: String,
    /// What the `[player]` table says.
    pub(crate) at_start: &'static str,
}

/// A display that runs. Ended when it is dropped.
pub(crate) struct Display {
    running: Option<Running>,
    pub(crate) handle: Handle,
    pub(crate) seen: MemoryHandle,
    _folder: Arc<tempfile::TempDir>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
            name: format!("prismatron_test_it_{}_{number}", std::process::id()),
            at_start: "nothing",
        }
    }

    /// Live rings are named by it: of its own, beside every other test's.
    pub(crate) fn instance(&self) -> String {
        self.name.replace('_', "-")
    }

    /// What the names of its rings begin with.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn settings_path(&self) -> PathBuf {
        self.folder.path().join("settings.toml")
    }

    pub(crate) fn start(&self) -> Display {
        let launcher = Arc::new(InProcess::new(self.name.clone()));
        self.start_with(launcher, Arc::new(SystemClock))
    }

    /// With other producers. Settings that are there are kept.
    pub(crate) fn start_with(&self, launcher: Arc<dyn Launch>, clock: Arc<dyn Clock>) -> Display {
        let path = self.settings_path();
        if !path.exists() {
            let text = format!(
                "[display]\nwidth = 8\nheight = 4\nfps = 100\nbrightness = 1.0\n\
                 [layout]\nkind = \"matrix\"\ncolumns = 2\nrows = 1\n\
                 [player]\nat_start = \"{}\"\n\
                 [[outputs]]\nid = \"eye\"\nkind = \"memory\"\nname = \"{}\"\ngamma = 1.0\n",
                self.at_start, self.name
            );
            std::fs::write(&path, text).unwrap();
        }
        let outputs = hal::output::kinds();
        let config = Config {
            data: self.folder.path().to_owned(),
            cache: self.folder.path().join("cache"),
            settings: SettingsFile::load(&path, outputs).unwrap(),
            instance: self.instance(),
            outputs,
            launcher,
            clock,
        };
        let engine = Engine::build(config).unwrap();
        let seen = memory::named(&self.name).unwrap();
        let running = engine.spawn().unwrap();
        let _folder = self.folder.clone();
        Display { handle: running.handle(), running: Some(running), seen, _folder }
    }

    /// Producers of this display, with a hook.
    pub(crate) fn producers(&self) -> Producers {
        Producers {
            inner: InProcess::new(self.name.clone()),
            launches: AtomicUsize::new(0),
            fates: Mutex::default(),
            probe_gate: Wake::new(),
            holds_probes: false.into(),
        }
    }
}

impl Display {
    /// Waits until every LED has this colour.
    pub(crate) fn shows(&self, rgb: [u8; 3]) {
        tokio::task::block_in_place(|| {
            self.seen.wait_until(|seen| {
                seen.last.as_ref().is_some_and(|last| last.bytes == rgb.repeat(2))
            });
        });
    }

    pub(crate) async fn command(&self, command: PlayerCommand) -> Option<Playing> {
        self.handle.player(command).await.unwrap().playing
    }

    pub(crate) async fn play(&self, playlist: &Playlist) -> Option<Playing> {
        let playlist_id = playlist.id.clone();
        self.command(PlayerCommand::Play(PlayWhat::Playlist { playlist_id, item_id: None })).await
    }

    pub(crate) async fn playlist(&self, new: NewPlaylist) -> Playlist {
        self.handle.create_playlist(new).await.unwrap()
    }

    /// Waits until the status is as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&Status) -> bool) -> Status {
        let mut subscription = self.handle.subscribe();
        let wait = async {
            loop {
                let status = self.handle.status();
                if wanted(&status) {
                    return status;
                }
                let _ = subscription.changes.recv().await;
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(status) => status,
            Err(_) => panic!("waited in vain: {:?}", self.handle.status().player),
        }
    }

    /// Adds a file and waits until it has been looked at.
    pub(crate) async fn upload(&self, name: &str, bytes: Vec<u8>) -> engine::library::model::Media {
        let added = self.add(name, bytes).await;
        self.handle.media_settled(&added.id, PATIENCE).await.unwrap()
    }

    /// Adds a file.
    pub(crate) async fn add(&self, name: &str, bytes: Vec<u8>) -> engine::library::model::Media {
        let (handle, name) = (self.handle.clone(), name.to_owned());
        let upload = move || {
            let mut upload = handle.upload(&name, Some(bytes.len() as u64)).unwrap();
            upload.write(&bytes).unwrap();
            upload.finish().unwrap().media
        };
        tokio::task::spawn_blocking(upload).await.unwrap()
    }

    /// Ends it and says how long that took.
    pub(crate) fn finish(mut self) -> Duration {
        let begun = SystemClock.now();
        tokio::task::block_in_place(|| self.running.take().unwrap().finish());
        SystemClock.now().since(begun)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            tokio::task::block_in_place(|| running.finish());
        }
    }
}

/// Waits for the first event that is wanted; what comes before it is passed over.
pub(crate) async fn wait_for<T>(
    changes: &mut broadcast::Receiver<Numbered>,
    mut wanted: impl FnMut(Event) -> Option<T>,
) -> T {
    let wait = async {
        loop {
            let change = changes.recv().await.expect("events go on, and the test keeps up");
            if let Some(found) = wanted(change.event) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the event comes")
}

pub(crate) fn color(rgb: [u8; 3], seconds: f64) -> NewItem {
    item(ItemContent::Color { color: Rgb8(rgb) }, seconds)
}

pub(crate) fn item(content: ItemContent, seconds: f64) -> NewItem {
    let (id, duration_s) = (None, Some(seconds));
    NewItem { id, duration_s, ..NewItem::of(content) }
}

pub(crate) fn list(items: Vec<NewItem>) -> NewPlaylist {
    NewPlaylist { name: "List".into(), items, r#loop: true, shuffle: false }
}

/// A picture of one colour.
pub(crate) fn png(rgb: [u8; 3]) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(16, 8, image::Rgb(rgb));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// What becomes of a producer that is to draw a colour.
#[derive(Clone, Debug)]
pub(crate) struct Fate {
    pub(crate) color: [u8; 3],
    /// How it ends at once, instead of drawing.
    pub(crate) outcome: Outcome,
    /// How often.
    pub(crate) times: usize,
}

/// Producers as threads that are counted, and fail if they are told to.
pub(crate) struct Producers {
    inner: InProcess,
    launches: AtomicUsize,
    pub(crate) fates: Mutex<Vec<Fate>>,
    probe_gate: Wake,
    holds_probes: std::sync::atomic::AtomicBool,
}

impl Producers {
    pub(crate) fn launches(&self) -> usize {
        self.launches.load(Ordering::Acquire)
    }

    /// Looking at a file takes until [`Producers::release_probes`].
    pub(crate) fn hold_probes(&self) {
        self.holds_probes.store(true, Ordering::Release);
    }

    pub(crate) fn release_probes(&self) {
        self.holds_probes.store(false, Ordering::Release);
        self.probe_gate.notify();
    }

    fn fate_of(&self, spec: &ProducerSpec) -> Option<Outcome> {
        let SourceSpec::Color { color } = spec.source else { return None };
        let mut fates = self.fates.lock().unwrap();
        let fate = fates.iter_mut().find(|fate| fate.color == color.0 && fate.times > 0)?;
        fate.times -= 1;
        Some(fate.outcome.clone())
    }
}

impl Launch for Producers {
    fn launch(
        &self,
        spec: &ProducerSpec,
        content: Option<&Path>,
        ended: Ended,
    ) -> Result<Launched, String> {
        self.launches.fetch_add(1, Ordering::AcqRel);
        let Some(outcome) = self.fate_of(spec) else {
            return self.inner.launch(spec, content, ended);
        };
        // Its picture is never asked for: a ring without a writer.
        let nothing =
            ProducerSpec { source: SourceSpec::Still { fit: Fit::Cover }, ..spec.clone() };
        let launched = self.inner.launch(&nothing, None, Box::new(|_| {}))?;
        std::thread::spawn(move || ended(outcome));
        Ok(launched)
    }

    fn probe(&self, content: File) -> Result<ProbeReport, String> {
        loop {
            let seen = self.probe_gate.current();
            if !self.holds_probes.load(Ordering::Acquire) {
                return self.inner.probe(content);
            }
            let until = SystemClock.now() + PATIENCE;
            assert_eq!(SystemClock.wait(&self.probe_gate, seen, Some(until)), Woken::Notified);
        }
    }
}
