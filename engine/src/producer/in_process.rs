//! Producers as threads of this process: for tests and benches of what is around them.
//!
//! The daemon never uses this: a picture that breaks its decoder would take the light with it.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hal::shm::Ring;

use super::child::{self, RingSink};
use super::{Ended, Launch, Launched, Outcome, ProbeReport, Producer, open_content, ring_spec};
use crate::source::{self, ProducerSpec, Tools};

/// Starts producers as threads.
#[derive(Debug)]
pub struct InProcess {
    prefix: String,
    launched: AtomicU64,
}

impl InProcess {
    /// Rings are named `<prefix>_<n>`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), launched: AtomicU64::new(0) }
    }
}

struct Thread {
    ring: Arc<Ring>,
}

impl Producer for Thread {
    fn pid(&self) -> Option<u32> {
        None
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.ring.close();
    }
}

impl Launch for InProcess {
    fn launch(
        &self,
        spec: &ProducerSpec,
        content: Option<&Path>,
        ended: Ended,
    ) -> Result<Launched, String> {
        let name = format!("{}_{}", self.prefix, self.launched.fetch_add(1, Ordering::Relaxed));
        let ring = Ring::create(&name, &ring_spec(&spec.canvas)).map_err(|error| error.chain())?;
        let writing = Ring::open(&name).map_err(|error| error.chain())?;
        let mut content = open_content(content)?;
        let spec = spec.clone();
        let draw = move || {
            let mut sink = RingSink(writing.writer());
            let content = content.as_mut().map(|file| file as &mut dyn source::ReadSeek);
            ended(match source::run(&spec, content, &mut sink) {
                Ok(()) => Outcome::Finished,
                Err(error) => Outcome::Failed(error.to_string()),
            });
        };
        std::thread::Builder::new()
            .name("producer".into())
            .spawn(draw)
            .map_err(|error| format!("no thread for it: {error}"))?;
        Ok(Launched { reader: Box::new(ring.reader()), producer: Box::new(Thread { ring }) })
    }

    fn probe(&self, mut content: File) -> Result<ProbeReport, String> {
        child::look(&mut content, &Tools::find(None)).map_err(|error| error.to_string())
    }
}
