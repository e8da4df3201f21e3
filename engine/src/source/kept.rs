//! Frames that were made once and fit into memory, for every cycle after the first.

use std::time::Duration;

use super::pace::Pace;
use super::{CanvasSpec, SinkClosed};

/// What the frames of one item may take.
const ROOM: usize = 64 << 20;

/// The frames of a cycle, fitted to the canvas. Until it is whole it only collects.
#[derive(Debug)]
pub(super) struct Kept {
    /// Each with its time from the cycle's beginning.
    frames: Vec<(Duration, Vec<u8>)>,
    /// How many frames there is room for.
    room: usize,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Collecting,
    /// A frame was passed over in this cycle, the next may be whole.
    Missed,
    /// There will never be room.
    TooMany,
    /// All are here; the cycle is so long.
    Whole(Duration),
}

impl Kept {
    pub(super) fn new(canvas: CanvasSpec) -> Self {
        let frame = canvas.width as usize * canvas.height as usize * 3;
        Self { frames: Vec::new(), room: ROOM / frame.max(1), state: State::Missed }
    }

    /// For an item of one cycle: nothing is kept.
    pub(super) fn nothing() -> Self {
        Self { frames: Vec::new(), room: 0, state: State::TooMany }
    }

    /// Whether the present cycle may become whole.
    pub(super) fn is_collecting(&self) -> bool {
        self.state == State::Collecting
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.state, State::Whole(_))
    }

    /// A cycle begins with its first frame.
    pub(super) fn begin(&mut self) {
        self.frames.clear();
        if self.state == State::Missed {
            self.state = State::Collecting;
        }
    }

    /// The next frame of the cycle.
    pub(super) fn keep(&mut self, rgb: &[u8], at: Duration) {
        if self.state != State::Collecting {
            return;
        }
        if self.frames.len() == self.room {
            self.state = State::TooMany;
            self.frames = Vec::new();
            return;
        }
        self.frames.push((at, rgb.to_vec()));
    }

    /// The next frame of the cycle was passed over.
    pub(super) fn miss(&mut self) {
        if self.state == State::Collecting {
            self.state = State::Missed;
            self.frames = Vec::new();
        }
    }

    /// The cycle went to its end.
    pub(super) fn end(&mut self, length: Duration) {
        if self.state == State::Collecting && !self.frames.is_empty() {
            self.state = State::Whole(length);
        }
    }

    /// The last frame of the cycle and its time.
    pub(super) fn last(&self) -> Option<(Duration, &[u8])> {
        self.frames.last().map(|(at, rgb)| (*at, rgb.as_slice()))
    }

    /// Shows a whole cycle from `from` on. Says how long it is, and whether its last frame was put.
    pub(super) fn show(
        &self,
        from: Duration,
        pace: &mut Pace<'_>,
    ) -> Result<(Duration, bool), SinkClosed> {
        let State::Whole(length) = self.state else { return Ok((Duration::ZERO, false)) };
        let mut was_put = false;
        for (index, (at, rgb)) in self.frames.iter().enumerate() {
            let until = self.frames.get(index + 1).map_or(length, |(next, _)| *next);
            was_put = pace.is_wanted(from + until);
            if was_put {
                pace.put(rgb, from + *at)?;
            } else {
                pace.pass();
            }
        }
        Ok((length, was_put))
    }
}
