//! Live inputs: other programs draw, and drive the LEDs by priority.
//!
//! ```text
//!  another process ==ring==> input thread --feed, three buffers--> render
//!                              '- "there is light" -> control: Arbiter -- Drive --> render
//! ```
//! - [`arbiter`] decides who drives; `gate` how often a frame may pass; both know no thread.
//! - `ring` is the thread of one live ring, `feed` the way of its frames, `state` what is told of it.
//! - [`Inputs`] is what control has of all this.

pub mod arbiter;
mod feed;
mod gate;
mod ring;
mod state;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hal::shm::{ColorSpace, LiveRing, PixelFormat, RingSpec, live};
use hal::{Clock, MonoTime, Wake};

use self::arbiter::{Arbiter, Driver, Rule};
pub use self::feed::{Feed, LiveFrame, Picture, feed};
pub(crate) use self::gate::Gate;
use self::ring::RingInput;
pub(crate) use self::state::Desk;
use crate::control::shared::Shared;
use crate::render::Face;
use crate::settings::{DisplaySettings, InputFormat, InputSettings};

/// An input that was made, without its thread.
pub(crate) struct Made {
    pub(crate) desk: Arc<Desk>,
    first: Result<LiveRing, hal::Error>,
    name: String,
    spec: RingSpec,
    input: triple_buffer::Input<LiveFrame>,
}

/// Makes the ring of an input and render's end of it. A ring that cannot be made is tried again by
/// its thread: the display runs on without it.
pub(crate) fn make(
    settings: &InputSettings,
    instance: &str,
    display: &DisplaySettings,
    leds: usize,
) -> (Made, Feed) {
    let (width, height, format) = match settings.format {
        InputFormat::Canvas => (display.width, display.height, PixelFormat::Rgb8),
        InputFormat::Leds => (leds as u32, 1, PixelFormat::LedsRgb8),
    };
    let color = if settings.linear { ColorSpace::Linear } else { ColorSpace::Srgb };
    let spec = RingSpec { width, height, format, color, slots: live::LIVE_SLOTS };
    let name = format!("prismatron_{instance}_{}", settings.name);
    let first = LiveRing::create(&name, &spec);
    let target = format!("/dev/shm/{name}");
    let desk = Arc::new(Desk::new(settings.clone(), width, height, target));
    let canvas_width = (settings.format == InputFormat::Canvas).then_some(width);
    let picture = Picture { canvas_width, linear: settings.linear };
    let (input, feed) = feed(picture, spec.frame_bytes());
    (Made { desk, first, name, spec, input }, feed)
}

/// The running threads of all inputs.
pub(crate) struct InputThreads {
    ending: Arc<AtomicBool>,
    wake: Wake,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads share with the rest.
pub(crate) struct Links {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) control: Wake,
    pub(crate) render: Wake,
    pub(crate) fps: f64,
}

/// Starts a thread for each input.
///
/// # Errors
/// If the system has no thread left.
pub(crate) fn spawn(made: Vec<Made>, links: &Links) -> io::Result<InputThreads> {
    let (ending, wake) = (Arc::new(AtomicBool::new(false)), Wake::new());
    let mut threads = Vec::new();
    for made in made {
        let thread_name = format!("input-{}", made.desk.id());
        let input = RingInput {
            clock: links.clock.clone(),
            name: made.name,
            spec: made.spec,
            desk: made.desk,
            feed: made.input,
            gate: Gate::new(links.fps),
            shared: links.shared.clone(),
            control: links.control.clone(),
            render: links.render.clone(),
            wake: wake.clone(),
            ending: ending.clone(),
        };
        let first = made.first;
        threads.push(std::thread::Builder::new().name(thread_name).spawn(|| input.run(first))?);
    }
    Ok(InputThreads { ending, wake, threads })
}

impl InputThreads {
    /// Asks them to end.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Release);
        self.wake.notify();
    }

    /// Waits for their end, which takes a quarter of a second at most; names are removed by then.
    pub(crate) fn join(self) {
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("an input's thread had broken down");
            }
        }
    }
}

/// A new driver, as render has to show it and others are told of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ruling {
    pub(crate) face: Face,
    pub(crate) fade: Duration,
    /// The id of the input that drives, if one does.
    pub(crate) driver: Option<String>,
}

/// Control's view of all inputs.
pub(crate) struct Inputs {
    desks: Vec<Arc<Desk>>,
    arbiter: Arbiter,
    driver: Driver,
}

impl Inputs {
    pub(crate) fn new(desks: Vec<Arc<Desk>>) -> Self {
        let rule = |desk: &Arc<Desk>| {
            let settings = desk.settings();
            Rule {
                priority: settings.priority,
                timeout: Duration::from_secs_f64(settings.timeout_s),
                on_loss: settings.on_loss,
            }
        };
        let arbiter = Arbiter::new(desks.iter().map(rule).collect());
        Self { desks, arbiter, driver: Driver::Nobody }
    }

    /// A person asked the player for light.
    pub(crate) fn let_go(&mut self) {
        self.arbiter.let_go();
    }

    /// When to judge again although nothing is heard.
    pub(crate) fn deadline(&self) -> Option<MonoTime> {
        self.arbiter.deadline()
    }

    /// Decides who drives, and gives the inputs whose state that changes; the first is new if it is
    /// not the same as before.
    pub(crate) fn judge(&mut self, now: MonoTime, plays: bool) -> (Option<Ruling>, Vec<Arc<Desk>>) {
        let driver = loop {
            for (input, desk) in self.desks.iter().enumerate() {
                // A frame older than its timeout changes nothing: it was heard, or it is too late.
                if let Some(at) = desk.frame_at()
                    && now.since(at) < Duration::from_secs_f64(desk.settings().timeout_s)
                {
                    self.arbiter.hear(input, at);
                }
            }
            let driver = self.arbiter.decide(now, plays);
            // Silent ones are waited for. What came before they were is heard in another turn.
            let silent = self.desks.iter().enumerate();
            let silent = silent.filter(|(input, _)| !self.arbiter.is_active(*input));
            let mut came = false;
            for (_, desk) in silent {
                let before = desk.frame_at();
                desk.await_frame();
                came |= desk.frame_at() != before;
            }
            if !came {
                break driver;
            }
        };
        let mut changed = Vec::new();
        for (input, desk) in self.desks.iter().enumerate() {
            if desk.decided(self.arbiter.is_active(input), driver.input() == Some(input)) {
                changed.push(desk.clone());
            }
        }
        let before = std::mem::replace(&mut self.driver, driver);
        let ruling =
            (face(before) != face(driver) || before.input() != driver.input()).then(|| {
                // Coming or going, it is the input's fade.
                let input = driver.input().or(before.input());
                let fade = input.map_or(0.0, |input| self.desks[input].settings().fade_s);
                Ruling {
                    face: face(driver),
                    fade: Duration::from_secs_f64(fade),
                    driver: driver.input().map(|input| self.desks[input].id().to_owned()),
                }
            });
        (ruling, changed)
    }
}

/// What render shows of a driver.
fn face(driver: Driver) -> Face {
    match driver {
        Driver::Nobody | Driver::Playlist => Face::Playlist,
        Driver::Input(input) | Driver::Held(input) => Face::Input(input),
        Driver::Dark(_) => Face::Black,
    }
}
