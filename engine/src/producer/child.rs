//! What happens inside a producer process.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use hal::process::become_child;
use hal::sandbox::{Granted, Profile};
use hal::shm::{self, Ring, RingWriter};

use super::confine;
use super::wire::{self, EXIT_FAILED, EXIT_LOST, Message, ProbeReport};
use crate::source::{self, FrameMeta, FrameSink, ProducerSpec, SinkClosed, SourceError, Tools};

/// Draws into a ring until nobody looks any more. The content is the standard input.
/// Returns the status to exit with.
pub fn produce(ring: &str, spec: &str, parent: u32, allow_unconfined: bool) -> u8 {
    let drawn = || -> Result<(), Failure> {
        let spec: ProducerSpec =
            serde_json::from_str(spec).map_err(|error| format!("bad producer spec: {error}"))?;
        let profile = confine::profile(&spec.source);
        become_child(parent, confine::limits(profile)).map_err(|error| error.chain())?;
        // Found by name, and so before the sandbox; nothing of a stranger is in it.
        let ring = Ring::open(ring).map_err(|error| error.chain())?;
        let mut sink = RingSink(ring.writer());
        let mut content = standard_input()?;
        let granted = confine::enter(
            profile,
            &content,
            confine::program(&spec.source),
            confine::devices(&spec.source),
        );
        tell(&granted)?;
        if confine::opens_content(&spec.source) {
            confine::permit(&granted, allow_unconfined)?;
        }
        Ok(source::run(&spec, Some(&mut content), &mut sink)?)
    };
    report(drawn().map(|()| None))
}

/// Looks at the standard input and says what it is. Returns the status to exit with.
/// `tools` are the programs that it may start, as JSON.
pub fn probe(tools: &str, parent: u32, allow_unconfined: bool) -> u8 {
    let looked = || -> Result<ProbeReport, Failure> {
        become_child(parent, confine::probe_limits()).map_err(|error| error.chain())?;
        let tools: Tools =
            serde_json::from_str(tools).map_err(|error| format!("bad tools: {error}"))?;
        let mut content = standard_input()?;
        let granted = confine::enter(Profile::Tool, &content, tools.ffmpeg.as_deref(), &[]);
        tell(&granted)?;
        // A picture's decoder needs no program: what is taken away more is taken before it begins.
        let granted = match source::is_picture(&mut content) {
            true => confine::enter(Profile::Pure, &content, None, &[]),
            false => granted,
        };
        confine::permit(&granted, allow_unconfined)?;
        Ok(look(&mut content, &tools)?)
    };
    report(looked().map(Some))
}

/// Says what this process was granted: its first line, before it has read anything.
fn tell(granted: &Granted) -> Result<(), String> {
    wire::write(&Message::Granted(granted.clone()), &[], io::stdout().lock())
        .map_err(|error| format!("nobody listens: {error}"))
}

pub(super) fn look(content: &mut File, tools: &Tools) -> Result<ProbeReport, SourceError> {
    let probe = source::probe(content, tools)?;
    Ok(ProbeReport {
        kind: probe.kind,
        content_type: probe.content_type,
        width: probe.width,
        height: probe.height,
        duration_s: probe.duration.map(|duration| duration.as_secs_f64()),
        frames: probe.frames,
        thumbnail: probe.thumbnail,
    })
}

/// Why nothing more comes, and the status that tells what kind of reason it is.
struct Failure {
    reason: String,
    status: u8,
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self { reason, status: EXIT_FAILED }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let is_lost = matches!(error, SourceError::VideoDied { .. });
        Self { reason: error.to_string(), status: if is_lost { EXIT_LOST } else { EXIT_FAILED } }
    }
}

fn report(result: Result<Option<ProbeReport>, Failure>) -> u8 {
    let (message, thumbnail, status) = match result {
        Ok(None) => return 0,
        Ok(Some(mut report)) => {
            let thumbnail = std::mem::take(&mut report.thumbnail);
            (Message::Probed(report), thumbnail, 0)
        }
        Err(Failure { reason, status }) => (Message::Failed(reason), Vec::new(), status),
    };
    match wire::write(&message, &thumbnail, io::stdout().lock()) {
        Ok(()) => status,
        // Nobody listens any more.
        Err(_) => 1,
    }
}

fn standard_input() -> Result<File, String> {
    let owned = io::stdin().as_fd().try_clone_to_owned();
    owned.map(File::from).map_err(|error| format!("the content cannot be read: {error}"))
}

/// A ring as the sources see it.
pub(super) struct RingSink(pub(super) RingWriter);

impl FrameSink for RingSink {
    fn put(&mut self, rgb: &[u8], meta: FrameMeta) -> Result<(), SinkClosed> {
        let meta = shm::FrameMeta { number: meta.number, pts: meta.pts, last: meta.last };
        self.0.put(rgb, meta).map_err(|_| SinkClosed)
    }

    fn reader_position(&self) -> Duration {
        self.0.ring().reader_position()
    }
}
