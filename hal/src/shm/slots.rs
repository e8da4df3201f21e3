//! The life of a slot, generic over its atomics so that the model checker runs this very code.
//!
//! ```text
//!            writer claims          writer commits         reader claims
//!   FREE ------------------> WRITING --------------> READY --------------> READING
//!    ^                          ^                      |                      |
//!    |                          +--- newest wins ------+                      |
//!    +------------------------------ reader releases -------------------------+
//! ```
//! Each arrow is one compare-exchange (or, from a state that only its holder may leave, one store).
//! Whoever holds a slot in WRITING or READING is alone with its words and its pixels.

use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release};

use super::abi::FLAG_LAST;

/// Nobody's: the writer may take it.
pub const FREE: u32 = 0;
/// The writer is filling it.
pub const WRITING: u32 = 1;
/// A whole frame that nobody has taken yet.
pub const READY: u32 = 2;
/// The reader has it.
pub const READING: u32 = 3;

/// One atomic word. Implemented for the standard atomics, and by the model test for its own.
pub trait Word<T> {
    /// Reads.
    fn load(&self, order: Ordering) -> T;
    /// Writes.
    fn store(&self, value: T, order: Ordering);
    /// Writes `new` if the word is `current`; tells whether it did.
    fn replace(&self, current: T, new: T, success: Ordering) -> bool;
    /// Counts up by one, round the end.
    fn bump(&self, order: Ordering);
}

/// The words of one slot.
pub struct Slot<'a, W: Words + ?Sized> {
    /// Whose it is: [`FREE`], [`WRITING`], [`READY`] or [`READING`].
    pub state: &'a W::U32,
    /// Bit 0: no later frame follows.
    pub flags: &'a W::U32,
    /// Counts the commits of the ring; the order of frames.
    pub sequence: &'a W::U64,
    /// The frame's number, for people.
    pub number: &'a W::U64,
    /// Nanoseconds since the item's start.
    pub pts: &'a W::U64,
    /// Bytes of the frame.
    pub pixel_bytes: &'a W::U64,
}

/// The words of one ring, and the two things that are done to wait on them.
pub trait Words {
    /// A 32-bit word.
    type U32: Word<u32>;
    /// A 64-bit word.
    type U64: Word<u64>;

    /// How many slots there are; constant.
    fn slots(&self) -> u32;
    /// The words of slot `index`, less than [`Words::slots`].
    fn slot(&self, index: u32) -> Slot<'_, Self>;
    /// Bytes of a frame; constant.
    fn frame_bytes(&self) -> u64;
    /// Counts commits.
    fn committed(&self) -> &Self::U32;
    /// Counts releases, and the closing.
    fn released(&self) -> &Self::U32;
    /// Whether the ring was closed.
    fn is_closed(&self) -> bool;
    /// Called by the writer without a slot: returns once [`Words::released`] differs from `seen`, or earlier.
    fn wait_released(&self, seen: u32);
    /// Lets whoever waits for a commit look again.
    fn wake_committed(&self);
    /// Lets the waiting writer look again.
    fn wake_released(&self);
    /// A memory fence.
    fn fence(&self, order: Ordering);
}

/// What a frame is, as it stands in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotMeta {
    /// The commit's number in the ring.
    pub sequence: u64,
    /// The frame's number.
    pub number: u64,
    /// Nanoseconds since the item's start.
    pub pts_ns: u64,
    /// Whether no later frame follows.
    pub last: bool,
}

/// What a writer does when no slot is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Waits for the reader: playback, where every frame counts.
    Wait,
    /// Takes the oldest frame that nobody has claimed: live light, where the newest counts.
    TakeOldest,
}

/// Whether sequence `a` comes after `b`. They wrap, so that a cheat's largest number ends nothing.
pub fn is_after(a: u64, b: u64) -> bool {
    (a.wrapping_sub(b) as i64) > 0
}

/// Claims a slot for writing and returns its index, or `None` once the ring is closed.
///
/// Called by the one writer. With [`WhenFull::TakeOldest`] it waits only while every slot is claimed.
pub fn claim_for_writing<W: Words>(words: &W, when_full: WhenFull) -> Option<u32> {
    loop {
        // Read before the look: a release between look and wait changes it, and the wait returns.
        let seen = words.released().load(Acquire);
        if words.is_closed() {
            return None;
        }
        if let Some(index) = claim_free(words) {
            return Some(index);
        }
        match when_full {
            WhenFull::Wait => words.wait_released(seen),
            WhenFull::TakeOldest => match oldest_ready(words) {
                Some(index) if words.slot(index).state.replace(READY, WRITING, AcqRel) => {
                    return Some(index);
                }
                // The reader was faster; it claimed that one or freed another.
                Some(_) => {}
                None => words.wait_released(seen),
            },
        }
    }
}

fn claim_free<W: Words>(words: &W) -> Option<u32> {
    (0..words.slots()).find(|&index| words.slot(index).state.replace(FREE, WRITING, AcqRel))
}

fn oldest_ready<W: Words>(words: &W) -> Option<u32> {
    let mut oldest = None;
    for index in 0..words.slots() {
        let slot = words.slot(index);
        if slot.state.load(Acquire) == READY {
            let sequence = slot.sequence.load(Relaxed);
            if oldest.is_none_or(|(_, other)| is_after(other, sequence)) {
                oldest = Some((index, sequence));
            }
        }
    }
    oldest.map(|(index, _)| index)
}

/// Writes the words of a claimed slot. Called before its pixels are written.
pub fn describe<W: Words>(words: &W, index: u32, meta: SlotMeta) {
    let slot = words.slot(index);
    slot.sequence.store(meta.sequence, Relaxed);
    slot.number.store(meta.number, Relaxed);
    slot.pts.store(meta.pts_ns, Relaxed);
    slot.flags.store(if meta.last { FLAG_LAST } else { 0 }, Relaxed);
    slot.pixel_bytes.store(words.frame_bytes(), Relaxed);
    // Pixels may not become visible before the claim: a reader that copies without a claim
    // looks at state and sequence once more after its copy.
    words.fence(Release);
}

/// Hands a described and filled slot to the reader.
pub fn commit<W: Words>(words: &W, index: u32) {
    words.slot(index).state.store(READY, Release);
    words.committed().bump(Release);
    words.wake_committed();
}

/// Readies a ring for a new writer: frees what a killed one left half written and returns the
/// sequence of the newest frame, from which the new writer counts on.
///
/// Called by the one writer before its first frame.
pub fn take_over<W: Words>(words: &W) -> u64 {
    let mut newest = 0;
    for index in 0..words.slots() {
        let slot = words.slot(index);
        let sequence = slot.sequence.load(Relaxed);
        if is_after(sequence, newest) {
            newest = sequence;
        }
        slot.state.replace(WRITING, FREE, AcqRel);
    }
    newest
}

/// Whether any frame waits to be taken. May be called by anyone.
pub fn has_ready<W: Words>(words: &W) -> bool {
    (0..words.slots()).any(|index| words.slot(index).state.load(Acquire) == READY)
}

mod std_words {
    use super::{Ordering, Word};
    use std::sync::atomic::{AtomicU32, AtomicU64};

    macro_rules! word {
        ($atomic:ty, $value:ty) => {
            impl Word<$value> for $atomic {
                fn load(&self, order: Ordering) -> $value {
                    self.load(order)
                }
                fn store(&self, value: $value, order: Ordering) {
                    self.store(value, order);
                }
                fn replace(&self, current: $value, new: $value, success: Ordering) -> bool {
                    self.compare_exchange(current, new, success, Ordering::Relaxed).is_ok()
                }
                fn bump(&self, order: Ordering) {
                    self.fetch_add(1, order);
                }
            }
        };
    }
    word!(AtomicU32, u32);
    word!(AtomicU64, u64);
}
