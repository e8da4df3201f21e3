//! Where an item stands in time: which frames are still wanted, and what the sink is told of them.

use std::time::Duration;

use super::{FrameMeta, FrameSink, SinkClosed};

/// Someone who can never keep up still sees a frame this often.
const AT_LEAST_EVERY: Duration = Duration::from_millis(200);

/// A sink with the item's place in time.
pub(super) struct Pace<'a> {
    sink: &'a mut dyn FrameSink,
    start: Duration,
    /// How much before their time frames are told to be due.
    early: Duration,
    /// Of the next frame, put or passed over.
    number: u64,
    /// The newest frame that was put, to say again that it is the last; empty before the first.
    newest: Vec<u8>,
    newest_pts: Duration,
    /// Where the display was then.
    seen: Duration,
}

impl<'a> Pace<'a> {
    /// Frames are wanted from `start` on.
    pub(super) fn new(sink: &'a mut dyn FrameSink, start: Duration) -> Self {
        Self::early(sink, start, Duration::ZERO)
    }

    /// As `new`, for frames whose times are rounded by as much as `early`.
    pub(super) fn early(sink: &'a mut dyn FrameSink, start: Duration, early: Duration) -> Self {
        let newest = Vec::new();
        Self { sink, start, early, number: 0, newest, newest_pts: start, seen: Duration::ZERO }
    }

    /// The position from which frames are wanted.
    pub(super) fn wanted(&self) -> Duration {
        self.sink.reader_position().max(self.start)
    }

    /// Whether a frame is to be put that is seen until `until`.
    pub(super) fn is_wanted(&self, until: Duration) -> bool {
        until > self.wanted() || self.is_overdue()
    }

    /// Whether so little was put lately that any frame is better than none.
    pub(super) fn is_overdue(&self) -> bool {
        self.has_put() && self.since_put() >= AT_LEAST_EVERY
    }

    /// How far the display has moved since a frame was put.
    pub(super) fn since_put(&self) -> Duration {
        self.sink.reader_position().saturating_sub(self.seen)
    }

    pub(super) fn has_put(&self) -> bool {
        !self.newest.is_empty()
    }

    /// Puts the next frame, which is seen from `at` on: not before the start, and never before the
    /// frame before it.
    pub(super) fn put(&mut self, rgb: &[u8], at: Duration) -> Result<(), SinkClosed> {
        let pts = at.saturating_sub(self.early).max(self.newest_pts);
        self.sink.put(rgb, FrameMeta { number: self.number, pts, last: false })?;
        self.number += 1;
        self.newest.clear();
        self.newest.extend_from_slice(rgb);
        self.newest_pts = pts;
        self.seen = self.sink.reader_position();
        Ok(())
    }

    /// Passes over the next frame.
    pub(super) fn pass(&mut self) {
        self.number += 1;
    }

    /// Says that the frame that was put last stays.
    pub(super) fn stay(&mut self) {
        if self.has_put() {
            let meta = FrameMeta { number: self.number, pts: self.newest_pts, last: true };
            // Without a reader there is nobody to be told.
            let _ = self.sink.put(&self.newest, meta);
        }
    }
}
