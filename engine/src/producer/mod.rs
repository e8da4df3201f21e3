//! Producers: who draws the frames of an item, in a process of its own.
//!
//! Control launches one for each appearance of an item, watches it, starts it anew if it dies, and
//! ends it by dropping it. What it draws comes through a ring that control made and render reads.

pub mod child;
mod confine;
mod in_process;
mod process;
mod wire;

use std::fs::File;
use std::path::Path;

use hal::sandbox::Granted;
use hal::shm::{ColorSpace, PixelFormat, RingReader, RingSpec};

pub use self::in_process::InProcess;
pub use self::process::ProcessLauncher;
pub use self::wire::ProbeReport;
use crate::source::{CanvasSpec, ProducerSpec};

/// Frames that a producer may be ahead of the display. One is held by render, one is being drawn;
/// the others bridge a delay of the machine.
const SLOTS: u32 = 4;

/// How a producer ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has drawn its last frame, which stays lit.
    Finished,
    /// The content cannot be shown: why, in words for a person.
    Failed(String),
    /// It was killed or crashed; the same content may work again.
    Died(String),
}

/// Called once, from any thread, when a producer has ended by itself or was dropped.
pub type Ended = Box<dyn FnOnce(Outcome) + Send>;

/// A running producer. Dropping it ends it at once.
pub trait Producer: Send {
    /// Its process, if it has one of its own.
    fn pid(&self) -> Option<u32>;
}

/// A producer and where its frames come from.
pub struct Launched {
    /// For render.
    pub reader: Box<RingReader>,
    /// To be kept for as long as frames are wanted.
    pub producer: Box<dyn Producer>,
}

/// Starts producers. Used by control and, for probing, by the jobs thread.
pub trait Launch: Send + Sync {
    /// Starts one. `content` is what it draws from.
    ///
    /// # Errors
    /// Why it cannot be started, in words for a person.
    fn launch(
        &self,
        spec: &ProducerSpec,
        content: Option<&Path>,
        ended: Ended,
    ) -> Result<Launched, String>;

    /// Looks at a file without showing it. Blocks until it is known or given up.
    ///
    /// # Errors
    /// Why it cannot be shown, in words for a person.
    fn probe(&self, content: File) -> Result<ProbeReport, String>;

    /// The weakest sandbox that a producer was granted since the start; none as long as none told.
    fn granted(&self) -> Option<Granted> {
        None
    }

    /// Whether producers open content also where the kernel cannot confine them.
    fn allows_unconfined(&self) -> bool {
        false
    }
}

/// The ring for a canvas.
fn ring_spec(canvas: &CanvasSpec) -> RingSpec {
    RingSpec {
        width: canvas.width,
        height: canvas.height,
        format: PixelFormat::Rgb8,
        color: ColorSpace::Srgb,
        slots: SLOTS,
    }
}

fn open_content(content: Option<&Path>) -> Result<Option<File>, String> {
    let Some(path) = content else { return Ok(None) };
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) => Err(format!("its file cannot be opened: {error}")),
    }
}
