//! Videos, decoded by the system's ffmpeg in a process of its own.
//!
//! ```text
//! content --(standard input, opened anew)--> ffmpeg: decode, turn, fit, RGB
//!                                              |  NUT: each frame with its time, in microseconds
//!                                              v
//!                                 Nut -> Playing -> Pace -> sink      at the ring's pace
//! ```
//! Pixels and times come through one pipe, so that they cannot get out of step; the times are the
//! stream's own and not worked out from a rate. `docs/decisions` tells what else was tried.
//!
//! A video that is to last longer than it does goes through cycles. While one ends, the ffmpeg of
//! the next is started and waits in its pipe; a short video is kept in memory instead.

mod ffmpeg;
mod nut;
mod probe;
#[cfg(test)]
mod tests;
mod words;

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) use self::ffmpeg::PATIENCE;
use self::ffmpeg::{Decoder, Shape, Way};
pub(super) use self::probe::{MAX_SIDE, probe};
use super::kept::Kept;
use super::pace::Pace;
use super::{CanvasSpec, Fit, FrameSink, SinkClosed, SourceError, hardware};

/// How long before the end of a cycle the next one is started.
const AHEAD: Duration = Duration::from_secs(1);
/// Containers round times, some to a millisecond, and a frame that is due a moment after a tick is
/// meant for it: all are told so much earlier, or of 60 frames a second every third would come a
/// tick late and push out the one after it.
const ROUNDING: Duration = Duration::from_millis(1);
/// A frame that is due this much before what is shown is looked at only once the next is known.
const BEHIND: Duration = Duration::from_millis(100);
/// So far behind, decoding begins anew at what is shown.
const LOST: Duration = Duration::from_secs(3);
/// How much further ahead, because starting takes a while.
const LEAD: Duration = Duration::from_millis(300);

/// What is wanted of a video.
pub(super) struct VideoSpec<'a> {
    pub(super) ffmpeg: &'a Path,
    pub(super) fit: Fit,
    /// Its natural duration.
    pub(super) length: Duration,
    /// Devices that may decode it.
    pub(super) devices: &'a [PathBuf],
    /// Its frames per second, as far as they were counted.
    pub(super) rate: Option<f64>,
    /// Whether it begins again after that.
    pub(super) repeat: bool,
    pub(super) canvas: CanvasSpec,
    pub(super) start: Duration,
}

/// Shows a video until its end, or for as long as anyone looks.
pub(super) fn run(
    content: BorrowedFd<'_>,
    spec: &VideoSpec<'_>,
    sink: &mut dyn FrameSink,
) -> Result<(), SourceError> {
    let CanvasSpec { width, height, .. } = spec.canvas;
    let shape = Shape { width, height, fit: spec.fit };
    let mut show = Show {
        content,
        spec,
        ways: ways(content, spec),
        shape,
        pace: Pace::early(sink, spec.start, ROUNDING),
        kept: if spec.repeat { Kept::new(spec.canvas) } else { Kept::nothing() },
        rgb: vec![0; shape.frame_bytes()],
        held: None,
    };
    match show.run() {
        Ok(()) | Err(End::Closed(SinkClosed)) => Ok(()),
        Err(End::Failed(error)) => Err(error),
    }
}

/// What decodes, the last first: devices are tried before the processor, which always can.
fn ways(content: BorrowedFd<'_>, spec: &VideoSpec<'_>) -> Vec<Way> {
    let mut ways = vec![Way::Processor];
    if !spec.devices.is_empty() {
        ways.push(Way::Device);
    }
    if hardware::has_codecs(spec.devices) {
        let codec = probe::codec(spec.ffmpeg, content).ok().flatten();
        ways.extend(codec.and_then(|codec| hardware::decoder_of(&codec)).map(Way::Codec));
    }
    ways
}

/// Why there are no more frames.
enum End {
    Closed(SinkClosed),
    Failed(SourceError),
}

impl From<SinkClosed> for End {
    fn from(closed: SinkClosed) -> Self {
        Self::Closed(closed)
    }
}

impl From<SourceError> for End {
    fn from(error: SourceError) -> Self {
        Self::Failed(error)
    }
}

struct Show<'a> {
    content: BorrowedFd<'a>,
    spec: &'a VideoSpec<'a>,
    /// What may decode, what does last.
    ways: Vec<Way>,
    shape: Shape,
    pace: Pace<'a>,
    kept: Kept,
    rgb: Vec<u8>,
    /// A late frame that is shown unless the one after it is due as well.
    held: Option<(Vec<u8>, Duration)>,
}

/// How a pass through the content ended.
enum Pass {
    /// At its end; the next cycle's decoder may be running.
    End(Option<Box<Decoder>>),
    /// The display is far ahead.
    Lost,
    /// What decoded it cannot: something else does.
    Again,
}

impl Show<'_> {
    fn run(&mut self) -> Result<(), End> {
        let length = self.spec.length;
        let repeats = self.spec.repeat && !length.is_zero();
        // Where a cycle begins, and where in it.
        let place = |wanted: Duration| {
            if !repeats {
                return (Duration::ZERO, wanted);
            }
            let within = (wanted.as_nanos() % length.as_nanos()) as u64;
            let within = Duration::from_nanos(within);
            (wanted - within, within)
        };
        let (mut begin, mut offset) = place(self.spec.start);
        let mut decoder: Option<Box<Decoder>> = None;
        let mut back = Duration::from_secs(1);
        loop {
            if self.kept.is_whole() && offset.is_zero() {
                self.kept.show(begin, &mut self.pace)?;
                // Cycles that nobody looks at are not gone through.
                begin = (begin + length).max(place(self.pace.wanted()).0);
                continue;
            }
            let running = match decoder.take() {
                Some(running) => *running,
                None => self.start(offset)?,
            };
            match self.pass(running, begin, offset, repeats)? {
                Pass::Lost => (begin, offset) = place(self.pace.wanted() + LEAD),
                Pass::Again if self.pace.has_put() => (begin, offset) = place(self.pace.wanted()),
                Pass::Again => {}
                Pass::End(_) if !self.pace.has_put() && self.turns_away() => {}
                // Nothing of it is after the position: then its end is shown.
                Pass::End(_) if !self.pace.has_put() => {
                    if offset.is_zero() {
                        let reason = "no frame came out of it".to_owned();
                        return Err(SourceError::Video { reason }.into());
                    }
                    // Twice as far each time: the last frame of some is seen for long.
                    let end = if length.is_zero() { offset } else { offset.min(length) };
                    offset = end.saturating_sub(back);
                    back *= 2;
                }
                Pass::End(_) if !repeats => {
                    self.pace.stay();
                    return Ok(());
                }
                Pass::End(next) => {
                    (begin, offset) = (begin + length, Duration::ZERO);
                    decoder = next;
                }
            }
        }
    }

    fn start(&self, offset: Duration) -> Result<Decoder, SourceError> {
        Decoder::start(self.spec.ffmpeg, self.content, offset, self.shape, self.least(), self.way())
    }

    fn way(&self) -> &Way {
        self.ways.last().unwrap_or(&Way::Processor)
    }

    /// Gives up a device that does not decode this. Says whether something else is left.
    fn turns_away(&mut self) -> bool {
        self.ways.len() > 1 && self.ways.pop().is_some()
    }

    /// The least time between two frames, where there are more than twice as many as the display
    /// shows: then one left out is hardly missed, and all are too many to be made.
    fn least(&self) -> Option<Duration> {
        let shown = 2.0 * self.spec.canvas.fps;
        // A little less, because times are rounded.
        self.spec.rate.filter(|rate| *rate > shown * 1.05).map(|_| self.tick().mul_f64(0.49))
    }

    /// How long the display shows a frame.
    fn tick(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.spec.canvas.fps)
    }

    /// Shows what a decoder has, its beginning at `begin + offset`.
    fn pass(
        &mut self,
        mut decoder: Decoder,
        begin: Duration,
        offset: Duration,
        repeats: bool,
    ) -> Result<Pass, End> {
        self.kept.begin();
        if !offset.is_zero() {
            self.kept.miss();
        }
        self.held = None;
        let mut next_decoder = None;
        let mut is_first = true;
        loop {
            let time = match decoder.next(&mut self.rgb) {
                Ok(Some(time)) => time,
                Ok(None) => break,
                Err(_) if self.turns_away() => return Ok(Pass::Again),
                Err(stopped) => return Err(decoder.failed(stopped).into()),
            };
            // An item begins with its first frame, also if its sound begins before.
            let begins = is_first && (offset.is_zero() || !self.pace.has_put());
            let time = if begins { Duration::ZERO } else { time };
            is_first = false;
            let at = begin + offset + time;
            self.frame(at, offset + time)?;
            if self.pace.wanted() > at + LOST {
                return Ok(Pass::Lost);
            }
            // Not if all is kept: then the next cycle needs none.
            let is_near = offset + time + AHEAD >= self.spec.length;
            if repeats && next_decoder.is_none() && is_near && !self.kept.is_collecting() {
                next_decoder = Some(Box::new(self.start(Duration::ZERO)?));
            }
        }
        match decoder.finish() {
            Err(_) if self.turns_away() => return Ok(Pass::Again),
            ended => ended?,
        }
        if let Some((rgb, at)) = self.held.take() {
            self.pace.put(&rgb, at)?;
        }
        self.kept.end(self.spec.length);
        Ok(Pass::End(next_decoder))
    }

    /// Puts the frame that was just decoded, or holds it back, or passes over it.
    fn frame(&mut self, at: Duration, within: Duration) -> Result<(), SinkClosed> {
        let wanted = self.pace.wanted();
        if let Some((rgb, held_at)) = self.held.take() {
            // Where decoding is too slow, leaving out what is decoded makes it no faster.
            if at > wanted || self.pace.since_put() >= self.tick() {
                self.pace.put(&rgb, held_at)?;
            } else {
                self.pace.pass();
            }
        }
        if at + BEHIND < wanted {
            self.kept.miss();
            self.held = Some((self.rgb.clone(), at));
            return Ok(());
        }
        self.kept.keep(&self.rgb, within);
        self.pace.put(&self.rgb, at)
    }
}
