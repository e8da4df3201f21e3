//! The reader's side of the slots: which frame is due, what is released, who cheats.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::abi::FLAG_LAST;
use super::slots::{FREE, READING, READY, SlotMeta, Word, Words, is_after};

/// A slot that the reader holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Which slot.
    pub index: u32,
    /// Its words, read once after the claim.
    pub meta: SlotMeta,
}

/// What [`Taker::take_due`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// The frame now held.
    pub meta: SlotMeta,
    /// Frames that were overtaken by it without having been taken.
    pub superseded: u32,
}

/// The reader's memory: the slot it holds. Never blocks and never allocates; every loop is bounded
/// by the number of slots, whatever stands in shared memory.
#[derive(Debug, Default)]
pub struct Taker {
    held: Option<Claimed>,
    cheats: u64,
}

impl Taker {
    /// Takes the newest frame that is due, in the order of commits, and releases the one held before
    /// and every older one. `None` if no newer frame is due; what is held stays held.
    pub fn take_due<W: Words>(&mut self, words: &W, position_ns: u64) -> Option<Take> {
        let mut freed = Freed::default();
        let taken = self.claim_newest(words, position_ns, &mut freed).map(|claimed| {
            let before = self.held.replace(claimed);
            if let Some(before) = before {
                self.let_go(words, before, &mut freed);
            }
            claimed.meta
        });
        // Also when nothing was taken: a frame no newer than the one held would stay for ever.
        let superseded = self.free_overtaken(words, &mut freed);
        freed.tell(words);
        if taken.is_none() {
            // An honest writer commits nothing older than what was taken.
            self.cheats += u64::from(superseded);
        }
        taken.map(|meta| Take { meta, superseded })
    }

    /// The frame that is held.
    pub fn held(&self) -> Option<Claimed> {
        self.held
    }

    /// After the pixels were read: whether the held slot is still as it was claimed.
    pub fn verify<W: Words>(&mut self, words: &W) -> bool {
        let Some(held) = self.held else { return false };
        // The reads of the pixels come before the second look at the words.
        words.fence(Acquire);
        let slot = words.slot(held.index);
        let whole = slot.state.load(Relaxed) == READING
            && slot.sequence.load(Relaxed) == held.meta.sequence;
        self.cheats += u64::from(!whole);
        whole
    }

    /// How often the writer broke the rules.
    pub fn cheats(&self) -> u64 {
        self.cheats
    }

    /// Releases what is held. Called once, at the end.
    pub fn release<W: Words>(&mut self, words: &W) {
        let mut freed = Freed::default();
        if let Some(held) = self.held.take() {
            self.let_go(words, held, &mut freed);
        }
        freed.tell(words);
    }

    fn claim_newest<W: Words>(
        &mut self,
        words: &W,
        position_ns: u64,
        freed: &mut Freed,
    ) -> Option<Claimed> {
        // Each round ends with a frame, or without one, or because a live writer took the slot that
        // was looked at. It can do so once per slot before this tick's frame waits for the next.
        for _ in 0..words.slots() {
            let index = self.newest_due(words, position_ns)?;
            let Some(claimed) = claim(words, index) else { continue };
            // What was seen before the claim may have been replaced meanwhile: look again.
            if words.slot(index).pixel_bytes.load(Relaxed) != words.frame_bytes() {
                self.cheats += 1;
                freed.give(words, index, FREE);
            } else if claimed.meta.pts_ns > position_ns || !self.is_news(claimed.meta.sequence) {
                freed.give(words, index, READY);
            } else {
                return Some(claimed);
            }
        }
        None
    }

    fn newest_due<W: Words>(&self, words: &W, position_ns: u64) -> Option<u32> {
        let mut newest = None;
        for index in 0..words.slots() {
            let slot = words.slot(index);
            if slot.state.load(Acquire) != READY || slot.pts.load(Relaxed) > position_ns {
                continue;
            }
            let sequence = slot.sequence.load(Relaxed);
            if self.is_news(sequence) && newest.is_none_or(|(_, other)| is_after(sequence, other)) {
                newest = Some((index, sequence));
            }
        }
        newest.map(|(index, _)| index)
    }

    fn is_news(&self, sequence: u64) -> bool {
        self.held.is_none_or(|held| is_after(sequence, held.meta.sequence))
    }

    /// Frees every ready frame that is not newer than the one held; returns how many.
    fn free_overtaken<W: Words>(&mut self, words: &W, freed: &mut Freed) -> u32 {
        if self.held.is_none() {
            return 0;
        }
        let mut superseded = 0;
        for index in 0..words.slots() {
            let slot = words.slot(index);
            if slot.state.load(Acquire) != READY || self.is_news(slot.sequence.load(Relaxed)) {
                continue;
            }
            // Claimed first: a live writer may just have put a newer frame into this slot.
            let Some(claimed) = claim(words, index) else { continue };
            if self.is_news(claimed.meta.sequence) {
                freed.give(words, index, READY);
            } else {
                superseded += 1;
                freed.give(words, index, FREE);
            }
        }
        superseded
    }

    fn let_go<W: Words>(&mut self, words: &W, held: Claimed, freed: &mut Freed) {
        // Exchanged, not stored: if somebody took it from us, it is not ours to give.
        if words.slot(held.index).state.replace(READING, FREE, AcqRel) {
            freed.any = true;
        } else {
            self.cheats += 1;
        }
    }
}

fn claim<W: Words>(words: &W, index: u32) -> Option<Claimed> {
    let slot = words.slot(index);
    if !slot.state.replace(READY, READING, AcqRel) {
        return None;
    }
    let meta = SlotMeta {
        sequence: slot.sequence.load(Relaxed),
        number: slot.number.load(Relaxed),
        pts_ns: slot.pts.load(Relaxed),
        last: slot.flags.load(Relaxed) & FLAG_LAST != 0,
    };
    Some(Claimed { index, meta })
}

/// Collects what a call gave back, so that the writer is woken once.
#[derive(Default)]
struct Freed {
    any: bool,
}

impl Freed {
    fn give<W: Words>(&mut self, words: &W, index: u32, state: u32) {
        words.slot(index).state.store(state, Release);
        self.any = true;
    }

    fn tell<W: Words>(self, words: &W) {
        if self.any {
            words.released().bump(Release);
            words.wake_released();
        }
    }
}
