//! Animations: pictures that follow each other at times of their own.
//!
//! ```text
//! bytes -> frames (put together by the decoder) -> fit, in linear light -> pts -> sink
//!                                                   |               ^
//!                                                   +---- Kept -----+   from the second cycle on
//! ```
//! A cycle is all frames once. An animation for ever goes through cycles without a seam. One that
//! counts goes through so many, then its last frame stays: for good, or, where the item is to last
//! longer, until its natural time is over and it all begins again.

mod frames;
mod gif;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::kept::Kept;
use super::pace::Pace;
use super::sniff::{Format, format_of};
use super::{CanvasSpec, Fit, FrameSink, Probe, ReadSeek, SourceError, still};
use crate::library::model::MediaKind;

/// An animation is shown for so long at least if nobody says otherwise.
pub const SHORTEST: Duration = Duration::from_secs(5);

/// Decodes all of an animation. `None` if the file holds a single picture.
pub(super) fn probe(bytes: &[u8], format: Format) -> Result<Option<Probe>, SourceError> {
    guarded(format, || {
        let Some(mut moving) = frames::open(bytes, format)? else { return Ok(None) };
        let mut probe: Option<Probe> = None;
        let (mut count, mut duration) = (0, Duration::ZERO);
        while let Some(frame) = moving.next() {
            let frame = frame?;
            count += 1;
            duration += frame.delay;
            if probe.is_none() {
                probe = Some(frame.picture.probe()?);
            }
        }
        // One that says it moves and has a single frame is a picture.
        Ok(probe.filter(|_| count > 1).map(|probe| Probe {
            kind: MediaKind::Animation,
            duration: Some(duration),
            frames: Some(count),
            ..probe
        }))
    })
}

/// Draws an animation for as long as anyone looks, or until its last frame.
pub(super) fn run(
    content: &mut dyn ReadSeek,
    fit: Fit,
    repeat: bool,
    canvas: CanvasSpec,
    start: Duration,
    sink: &mut dyn FrameSink,
) -> Result<(), SourceError> {
    let bytes = still::read(content)?;
    let format = format_of(&bytes)?;
    let mut show = Show {
        bytes: &bytes,
        format,
        fit,
        repeat,
        canvas,
        pace: Pace::new(sink, start),
        kept: Kept::new(canvas),
        plays: None,
    };
    guarded(format, || show.run())
}

/// Nothing of the decoder outlives its panic.
fn guarded<T>(
    format: Format,
    decode: impl FnOnce() -> Result<T, SourceError>,
) -> Result<T, SourceError> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or(Err(SourceError::DecoderStopped { format: format.name }))
}

struct Show<'a> {
    bytes: &'a [u8],
    format: Format,
    fit: Fit,
    repeat: bool,
    canvas: CanvasSpec,
    pace: Pace<'a>,
    kept: Kept,
    plays: Option<NonZeroU32>,
}

/// A cycle that went to its end.
struct Cycle {
    length: Duration,
    /// Its last frame and when it begins, if nobody wanted it in its time.
    passed: Option<(Vec<u8>, Duration)>,
}

impl Show<'_> {
    fn run(&mut self) -> Result<(), SourceError> {
        // Where the cycles that are counted begin, and how many of them are done.
        let mut begin = Duration::ZERO;
        let mut done = 0;
        let mut from = begin;
        loop {
            let Some(Cycle { length, passed }) = self.cycle(from)? else { return Ok(()) };
            // Whole cycles that nobody looks at are not gone through.
            let behind = self.pace.wanted().saturating_sub(begin).as_nanos() / length.as_nanos();
            done = (done + 1).max(behind as u64);
            if let Some(plays) = self.plays.map(|plays| u64::from(plays.get()))
                && done >= plays
            {
                let stays_from = begin + times(length, plays);
                let end = begin + times(length, plays).max(SHORTEST);
                let wanted = self.pace.wanted();
                if let Some((rgb, at)) = passed
                    && wanted >= stays_from
                    && (wanted < end || !self.repeat)
                    && self.pace.put(&rgb, at).is_err()
                {
                    return Ok(());
                }
                if !self.repeat {
                    self.pace.stay();
                    return Ok(());
                }
                let run = end - begin;
                let over = self.pace.wanted().saturating_sub(begin).as_nanos() / run.as_nanos();
                begin += times(run, (over as u64).max(1));
                done = 0;
            }
            from = begin + times(length, done);
        }
    }

    /// Shows all frames once, the first of them at `from`. `None` if nobody looks any more.
    fn cycle(&mut self, from: Duration) -> Result<Option<Cycle>, SourceError> {
        if self.kept.is_whole() {
            let Ok((length, was_put)) = self.kept.show(from, &mut self.pace) else {
                return Ok(None);
            };
            let last = self.kept.last().filter(|_| !was_put);
            let passed = last.map(|(at, rgb)| (rgb.to_vec(), from + at));
            return Ok(Some(Cycle { length, passed }));
        }
        let (bytes, format, fit) = (self.bytes, self.format, self.fit);
        let CanvasSpec { width, height, .. } = self.canvas;
        let damaged =
            |reason: &str| SourceError::Damaged { format: format.name, reason: reason.into() };
        let mut moving =
            frames::open(bytes, format)?.ok_or_else(|| damaged("it is a single picture"))?;
        self.plays = moving.plays;
        self.kept.begin();
        let mut at = Duration::ZERO;
        let mut passed = None;
        while let Some(frame) = moving.next() {
            let frame = frame?;
            let until = at + frame.delay;
            if self.pace.is_wanted(from + until) {
                let rgb = frame.picture.fitted(fit, width, height)?.into_raw();
                if self.pace.put(&rgb, from + at).is_err() {
                    return Ok(None);
                }
                self.kept.keep(&rgb, at);
                passed = None;
            } else {
                self.pace.pass();
                self.kept.miss();
                passed = Some((frame.picture, from + at));
            }
            at = until;
        }
        if at.is_zero() {
            return Err(damaged("it says that it moves, but has no frames"));
        }
        self.kept.end(at);
        let passed = match passed {
            Some((picture, since)) if self.plays.is_some() => {
                Some((picture.fitted(fit, width, height)?.into_raw(), since))
            }
            _ => None,
        };
        Ok(Some(Cycle { length: at, passed }))
    }
}

fn times(length: Duration, count: u64) -> Duration {
    let nanos = length.as_nanos().saturating_mul(u128::from(count));
    // 584 years.
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
