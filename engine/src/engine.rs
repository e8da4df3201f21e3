//! The engine put together: `build` does all that can fail, `spawn` starts the threads.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use hal::output::{Kind, Open};
use hal::realtime::Wish as Schedule;
use hal::{Clock, Wake};
use tokio::sync::watch;

use crate::color::{ColorMap, ColorSpec};
use crate::control::event::Event;
use crate::control::handle::{Handle, LayoutSnapshot, Pulses};
use crate::control::shared::{self, Shared};
use crate::control::snapshot::DisplaySnapshot;
use crate::control::thread::{self, Control, ControlClient, ToControl};
use crate::demo;
use crate::error::Error;
use crate::input::{self, InputThreads, Inputs, Links};
use crate::jobs::{self, Jobs, JobsClient};
use crate::layout::{LayoutMap, LayoutSpec};
use crate::library::{Intake, Library, Limits, Wish};
use crate::output::{self, OutputHandle, OutputSpec};
use crate::preview::{self, PreviewSource};
use crate::producer::Launch;
use crate::render::{self, Lane, Render, RenderThread};
use crate::settings::{AtStart, Settings, SettingsFile};
use crate::source::{CanvasSpec, NO_FFMPEG, Tools, effect};
use crate::stats::FrameStats;
use crate::store::{self, Store, StoreClient};

/// The last light goes out to every device within this time, or not at all.
const FAREWELL: Duration = Duration::from_millis(800);
/// Below render: its bytes are nothing without the next tick.
const OUTPUT_PRIORITY: u8 = 15;

/// What an engine is made from.
pub struct Config {
    /// The data folder, which this process alone uses.
    pub data: PathBuf,
    /// A folder for what can be made again.
    pub cache: PathBuf,
    /// The settings, read and valid.
    pub settings: SettingsFile,
    /// The instance's name.
    pub instance: String,
    /// The kinds of output that there are.
    pub outputs: &'static [Kind],
    /// Who starts producers.
    pub launcher: Arc<dyn Launch>,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
}

/// An engine that is ready to run: everything is valid and open but the devices.
pub struct Engine {
    config: Config,
    settings: Settings,
    map: LayoutMap,
    layout: LayoutSnapshot,
    outputs: Vec<PlannedOutput>,
    library: Library,
    /// What the player begins with, and whether it is lit or only known.
    wish: Option<(Wish, bool)>,
    tools: Tools,
}

struct PlannedOutput {
    id: String,
    kind: String,
    open: Box<dyn Open>,
    range: std::ops::Range<usize>,
    color: ColorSpec,
}

/// A running engine.
pub struct Running {
    handle: Handle,
    control: JoinHandle<()>,
    render: RenderThread,
    outputs: Vec<Arc<OutputHandle>>,
    jobs: (JobsClient, JoinHandle<()>),
    preview: (PreviewSource, JoinHandle<()>),
    inputs: InputThreads,
    client: ControlClient,
    clock: Arc<dyn Clock>,
    broken: watch::Receiver<Option<&'static str>>,
}

impl Engine {
    /// Opens the library and works out the layout and the outputs.
    ///
    /// # Errors
    /// Names the setting or the file that stands in the way.
    pub fn build(config: Config) -> Result<Self, Error> {
        let settings = config.settings.settings().clone();
        let display = &settings.display;
        let spec = &settings.layout;
        let map = LayoutMap::build(spec, display.width, display.height)?;
        let layout = snapshot(spec, &map);
        let outputs = settings
            .outputs
            .iter()
            .enumerate()
            .map(|(index, output)| {
                let field = |key: &str| format!("outputs[{index}].{key}");
                let kind = config.outputs.iter().find(|kind| kind.name == output.kind);
                let kind = kind.ok_or_else(|| {
                    let known: Vec<_> = config.outputs.iter().map(|kind| kind.name).collect();
                    let reason = format!("there is no such kind; there are {}", known.join(", "));
                    Error::invalid(field("kind"), &output.kind, reason)
                })?;
                let range = output.range(map.leds());
                let shape = output.shape(map.leds());
                let open = (kind.parse)(&output.options, shape).map_err(|error| {
                    let value = output.options.get(&error.key).cloned().unwrap_or_default();
                    Error::invalid(field(&error.key), value, error.reason)
                })?;
                let color = output.color;
                Ok(PlannedOutput {
                    id: output.id.clone(),
                    kind: output.kind.clone(),
                    open,
                    range,
                    color,
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let mut library = Library::open(&config.data, &config.cache, effect::check_params)?;
        if library.made_now() {
            demo::fill(&mut library)?;
        }
        let tools = settings.producers.tools();
        if tools.ffmpeg.is_some() {
            let again = library.look_again(NO_FFMPEG)?;
            if again > 0 {
                tracing::info!(count = again, "ffmpeg is here now: videos are looked at again");
            }
        }
        let wish = match &settings.player.at_start {
            AtStart::Nothing => library.wish()?.map(|wish| (wish, false)),
            AtStart::Resume => {
                let lights = !library.stopped()?;
                library.wish()?.map(|wish| (wish, lights))
            }
            AtStart::Playlist(playlist_id) => {
                let wish = Wish::Playlist { playlist_id: playlist_id.clone(), item_id: None };
                Some((wish, true))
            }
        };
        Ok(Self { config, settings, map, layout, outputs, library, wish, tools })
    }

    /// Starts the threads; light follows within moments.
    ///
    /// # Errors
    /// [`Error::Internal`] if the system has no threads left.
    pub fn spawn(self) -> Result<Running, Error> {
        let Self { config, settings, map, layout, outputs, library, wish, tools } = self;
        let clock = config.clock.clone();
        let stats = Arc::new(FrameStats::default());
        let leds = map.leds();
        let control_wake = Wake::new();
        let render_wake = Wake::new();
        let (client, inbox) = thread::channel(control_wake.clone());

        let mut lanes = Vec::new();
        let mut handles = Vec::new();
        // Outputs begin before there is anyone to tell; until then their state is only read.
        let audience: Arc<OnceLock<Arc<Shared>>> = Arc::default();
        let (broken_sender, broken) = watch::channel(None);
        for planned in outputs {
            let spec = OutputSpec {
                id: planned.id.clone(),
                kind: planned.kind,
                open: planned.open,
                leds: planned.range.len(),
                bytes: planned.range.len() * 3,
                wish: Schedule { fifo: Some(OUTPUT_PRIORITY), nice: Some(-5) },
            };
            let (mailbox, handle) = output::spawn(spec, clock.clone(), tell(audience.clone()))?;
            lanes.push(Lane {
                range: planned.range,
                color: ColorMap::build(&planned.color),
                mailbox,
            });
            handles.push(Arc::new(handle));
        }

        // Before anyone is told that the display runs: who comes then finds the rings.
        let (mut made, mut feeds) = (Vec::new(), Vec::new());
        for input in settings.inputs.iter().filter(|input| input.enabled) {
            let (input, feed) = input::make(input, &config.instance, &settings.display, leds);
            made.push(input);
            feeds.push(feed);
        }
        let desks: Vec<_> = made.iter().map(|input| input.desk.clone()).collect();

        let (tap, tap_reader, tap_wish) = render::tap(leds);
        let (link, channel) = render::link(render_wake.clone(), control_wake.clone());
        let brightness = settings.display.brightness;
        let fps = settings.display.fps;
        let render =
            Render::new(clock.clone(), channel, map, lanes, tap, stats.clone(), brightness)
                .with_feeds(feeds);
        let guard = Guard { part: "render", broken: broken_sender.clone() };
        let render_pulse = render.pulse();
        let render =
            render::spawn(render, fps, render_wake.clone(), guard).map_err(Error::internal)?;
        let preview = preview::spawn(clock.clone(), tap_reader, tap_wish, render_wake.clone())
            .map_err(Error::internal)?;

        let (width, height) = (settings.display.width, settings.display.height);
        let shared = Arc::new(Shared::new(shared::Parts {
            clock: clock.clone(),
            instance: config.instance,
            stats,
            outputs: handles.clone(),
            inputs: desks.clone(),
            granted: render.granted(),
            launcher: config.launcher.clone(),
            layout,
            display: DisplaySnapshot { width, height, fps, brightness },
        }));
        let _ = audience.set(shared.clone());
        let intake = Intake::new(&config.data, Limits::default());
        let (store, _) = store::spawn(Store { library, settings: config.settings, tools })
            .map_err(Error::internal)?;
        let control = Control::new(thread::Parts {
            clock: clock.clone(),
            wake: control_wake.clone(),
            inbox,
            client: client.clone(),
            render: link,
            launcher: config.launcher.clone(),
            store: store.clone(),
            shared: shared.clone(),
            canvas: CanvasSpec { width, height, fps },
            leds,
            inputs: Inputs::new(desks),
            seed: clock.now().as_nanos(),
        });
        let pulses = Pulses { render: render_pulse, control: control.pulse() };
        let control = std::thread::Builder::new()
            .name("control".into())
            .spawn(move || {
                let _guard = Guard { part: "control", broken: broken_sender };
                control.run();
            })
            .map_err(Error::internal)?;
        let links = Links {
            clock: clock.clone(),
            shared: shared.clone(),
            control: control_wake,
            render: render_wake,
            fps,
        };
        let inputs = input::spawn(made, &links).map_err(Error::internal)?;
        let jobs = jobs::spawn(Jobs {
            clock: clock.clone(),
            launcher: config.launcher,
            store: store.clone(),
            control: client.clone(),
            shared: shared.clone(),
        })
        .map_err(Error::internal)?;
        if let Some((wish, lights)) = wish {
            begin(&store, &client, wish, lights);
        }
        let handle = Handle {
            shared,
            control: client.clone(),
            store,
            jobs: jobs.0.clone(),
            preview: preview.0.clone(),
            intake,
            pulses,
        };
        Ok(Running {
            handle,
            control,
            render,
            outputs: handles,
            jobs,
            preview,
            inputs,
            client,
            clock,
            broken,
        })
    }
}

/// Tells when a thread that cannot be missed breaks down.
pub(crate) struct Guard {
    part: &'static str,
    broken: watch::Sender<Option<&'static str>>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.broken.send_replace(Some(self.part));
        }
    }
}

/// What an output's thread calls when its state changes.
fn tell(audience: Arc<OnceLock<Arc<Shared>>>) -> output::Changed {
    Box::new(move |id, state, error| {
        if let Some(shared) = audience.get() {
            let error = error.map(str::to_owned);
            shared.tell(Event::Output { id: id.to_owned(), state, error });
        }
    })
}

impl Running {
    /// The way in.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Ends everything in order: black goes out to every device that answers, what was to be
    /// written is written. Bounded by the slowest device, and by a second.
    pub fn finish(self) {
        self.jobs.0.end();
        self.inputs.end();
        self.client.send_waiting(ToControl::End);
        join(self.control);
        self.render.join();
        for output in &self.outputs {
            output.finish();
        }
        let until = self.clock.now() + FAREWELL;
        for output in &self.outputs {
            if !output.wait_ended(&*self.clock, until) {
                tracing::warn!(output = output.id(), "did not take the last frame in time");
            }
        }
        self.inputs.join();
        self.preview.0.end();
        join(self.preview.1);
        // What it looks at is looked at again after the next start.
        if self.jobs.0.wait_ended(&*self.clock, until) {
            join(self.jobs.1);
        } else {
            tracing::warn!("a file is still being looked at");
        }
        // All that waits to be written is written before this is done; handles that others keep
        // may go on reading.
        let done = self.handle.store.run_blocking(|store| store.library.backup());
        if let Err(error) = done {
            tracing::warn!(%error, "the library could not be closed in order");
        }
    }

    /// Waits until a thread breaks down without which there is no display, and names it.
    pub async fn broken(&self) -> &'static str {
        let mut broken = self.broken.clone();
        match broken.wait_for(Option::is_some).await {
            Ok(part) => part.unwrap_or("engine"),
            // Its threads ended in order.
            Err(_) => std::future::pending().await,
        }
    }
}

fn join(thread: JoinHandle<()>) {
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Plays what was wished for before the start. What cannot be is told, not fatal.
fn begin(store: &StoreClient, client: &ControlClient, wish: Wish, lights: bool) {
    let client = client.clone();
    store.run_later(move |store| match store.program_for(&wish) {
        Ok((program, index)) => {
            let program = Arc::new(program);
            client.send_waiting(if lights {
                ToControl::Play { program, index, asked: None }
            } else {
                ToControl::Know { program }
            });
        }
        Err(error) => tracing::warn!(%error, "what was asked for last cannot be played"),
    });
}

fn snapshot(spec: &LayoutSpec, map: &LayoutMap) -> LayoutSnapshot {
    let (kind, columns, rows) = match spec {
        LayoutSpec::Matrix(matrix) => ("matrix", matrix.columns, matrix.rows),
        LayoutSpec::Points(_) => ("points", 0, 0),
    };
    LayoutSnapshot { kind, columns, rows, leds: map.positions().collect() }
}
