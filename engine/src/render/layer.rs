//! A layer: one appearance of an item, as render sees it.

use hal::MonoTime;
use hal::shm::RingReader;

use crate::layout::{LayoutMap, Led, Rows};
use crate::player::Token;
use crate::stats::FrameStats;

/// The frames of one appearance and the LEDs as its newest due frame lights them.
///
/// Made by control with everything allocated; owned by render from then on, and sent back to be
/// dropped, because that unmaps memory.
pub struct Layer {
    pub(crate) token: Token,
    reader: Box<RingReader>,
    /// Frames of a producer that took the place of a dead one; wins once a frame of it is due.
    successor: Option<Box<RingReader>>,
    /// Position zero on the timeline. Meaningless until lit.
    pub(super) zero: MonoTime,
    /// Linear light, one per LED.
    pub(super) leds: Vec<Led>,
    /// Where a frame is sampled to before it is known to be whole.
    spare: Vec<Led>,
    /// No frame after the present one will come.
    last: bool,
    /// How often the writer of `reader` had broken the rules when that was last looked at.
    cheats: u64,
    /// Whether control has not yet heard of it.
    cheated: bool,
}

impl Layer {
    /// A layer of `leds` LEDs, dark until its first frame.
    pub fn new(token: Token, reader: Box<RingReader>, leds: usize) -> Self {
        Self {
            token,
            reader,
            successor: None,
            zero: MonoTime::ZERO,
            leds: vec![[0; 3]; leds],
            spare: vec![[0; 3]; leds],
            last: false,
            cheats: 0,
            cheated: false,
        }
    }

    /// Whether it will look the same at any later time.
    pub(super) fn is_still(&self) -> bool {
        self.last && self.successor.is_none()
    }

    /// Takes over a new producer's frames; gives back a successor that had not come to light.
    pub(super) fn succeed(&mut self, reader: Box<RingReader>) -> Option<Box<RingReader>> {
        self.successor.replace(reader)
    }

    /// Brings the LEDs up to the newest frame that is due at `show_time`. Says whether they changed
    /// and hands out a reader that is no longer needed.
    pub(super) fn update(
        &mut self,
        show_time: MonoTime,
        map: &mut LayoutMap,
        stats: &FrameStats,
    ) -> (bool, Option<Box<RingReader>>) {
        let position = show_time.since(self.zero);
        let mut done_with = None;
        if let Some(mut successor) = self.successor.take() {
            successor.ring().set_reader_position(position);
            if let Some(taken) = successor.take_due(position) {
                stats.superseded(u64::from(taken.superseded));
                done_with = Some(std::mem::replace(&mut self.reader, successor));
                self.cheats = 0;
                return (self.sample(taken.meta.last, map, stats), done_with);
            }
            self.successor = Some(successor);
        }
        self.reader.ring().set_reader_position(position);
        let taken = self.reader.take_due(position);
        self.count_cheats(stats);
        let Some(taken) = taken else { return (false, done_with) };
        stats.superseded(u64::from(taken.superseded));
        (self.sample(taken.meta.last, map, stats), done_with)
    }

    /// Says once that the present writer has broken the rules since this was last asked.
    pub(super) fn take_cheat(&mut self) -> bool {
        std::mem::take(&mut self.cheated)
    }

    fn count_cheats(&mut self, stats: &FrameStats) {
        let cheats = self.reader.cheats();
        // The first one is told; what a process does that is on its way out is of no interest.
        self.cheated |= self.cheats == 0 && cheats > 0;
        stats.cheated(cheats - self.cheats);
        self.cheats = cheats;
    }

    fn sample(&mut self, last: bool, map: &mut LayoutMap, stats: &FrameStats) -> bool {
        map.sample(&HeldRows(&self.reader), &mut self.spare);
        let whole = self.reader.verify();
        self.count_cheats(stats);
        if !whole {
            return false;
        }
        self.last = last;
        std::mem::swap(&mut self.leds, &mut self.spare);
        true
    }
}

/// The rows of the frame that a reader holds.
struct HeldRows<'a>(&'a RingReader);

impl Rows for HeldRows<'_> {
    fn copy_row(&self, y: u32, into: &mut [u8]) {
        self.0.copy_row(y, into);
    }
}
