//! The slots' state machine under the model checker: every order of two threads' steps (up to a
//! bound of forced switches), with the code that ships.
//!
//! An ordinary test: the state machine is generic over its atomics, so no `--cfg loom` is needed.
#![allow(clippy::unwrap_used)] // Helpers may end a test as well.
#![allow(unsafe_code)] // The model of a slot's pixels is read and written through raw pointers.

use std::sync::atomic::Ordering;

use hal::shm::slots::{self, Slot, SlotMeta, WhenFull, Word, Words};
use hal::shm::take::Taker;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, fence};
use loom::thread;

struct Word32(AtomicU32);
struct Word64(AtomicU64);

macro_rules! word {
    ($newtype:ty, $value:ty) => {
        impl Word<$value> for $newtype {
            fn load(&self, order: Ordering) -> $value {
                self.0.load(order)
            }
            fn store(&self, value: $value, order: Ordering) {
                self.0.store(value, order);
            }
            fn replace(&self, current: $value, new: $value, success: Ordering) -> bool {
                self.0.compare_exchange(current, new, success, Ordering::Relaxed).is_ok()
            }
            fn bump(&self, order: Ordering) {
                self.0.fetch_add(1, order);
            }
        }
    };
}
word!(Word32, u32);
word!(Word64, u64);

struct ModelSlot {
    state: Word32,
    flags: Word32,
    sequence: Word64,
    number: Word64,
    pts: Word64,
    pixel_bytes: Word64,
    // Stands for the pixels: the checker fails if it is written while it is read.
    pixels: UnsafeCell<u64>,
}

struct Model {
    slots: Vec<ModelSlot>,
    committed: Word32,
    released: Word32,
    closed: AtomicBool,
}

impl Model {
    fn new(slots: u32) -> Self {
        let slot = |_| ModelSlot {
            state: Word32(AtomicU32::new(0)),
            flags: Word32(AtomicU32::new(0)),
            sequence: Word64(AtomicU64::new(0)),
            number: Word64(AtomicU64::new(0)),
            pts: Word64(AtomicU64::new(0)),
            pixel_bytes: Word64(AtomicU64::new(0)),
            pixels: UnsafeCell::new(0),
        };
        Self {
            slots: (0..slots).map(slot).collect(),
            committed: Word32(AtomicU32::new(0)),
            released: Word32(AtomicU32::new(0)),
            closed: AtomicBool::new(false),
        }
    }

    /// Writes frame `number`, due at `number`, as `RingWriter` does. `false` once closed.
    fn put(&self, number: u64, last: bool, when_full: WhenFull) -> bool {
        let Some(index) = slots::claim_for_writing(self, when_full) else { return false };
        slots::describe(self, index, SlotMeta { sequence: number, number, pts_ns: number, last });
        self.slots[index as usize].pixels.with_mut(|pixels| {
            // SAFETY: the claim makes this thread the only one; the checker fails if it does not.
            unsafe { *pixels = number }
        });
        slots::commit(self, index);
        true
    }

    /// Reads the held frame's pixels, as `RingReader` does.
    fn pixels(&self, taker: &Taker) -> u64 {
        let held = taker.held().expect("a frame is held");
        self.slots[held.index as usize].pixels.with(|pixels| {
            // SAFETY: as in `put`.
            unsafe { *pixels }
        })
    }
}

impl Words for Model {
    type U32 = Word32;
    type U64 = Word64;

    fn slots(&self) -> u32 {
        self.slots.len() as u32
    }
    fn slot(&self, index: u32) -> Slot<'_, Self> {
        let slot = &self.slots[index as usize];
        Slot {
            state: &slot.state,
            flags: &slot.flags,
            sequence: &slot.sequence,
            number: &slot.number,
            pts: &slot.pts,
            pixel_bytes: &slot.pixel_bytes,
        }
    }
    fn frame_bytes(&self) -> u64 {
        8
    }
    fn committed(&self) -> &Word32 {
        &self.committed
    }
    fn released(&self) -> &Word32 {
        &self.released
    }
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
    // A futex without its time limit: only a change of the word ends the wait. A release that the
    // writer could miss would leave it here for ever, and the checker would say so.
    fn wait_released(&self, seen: u32) {
        while self.released.0.load(Ordering::Acquire) == seen {
            thread::yield_now();
        }
    }
    fn wake_committed(&self) {}
    fn wake_released(&self) {}
    fn fence(&self, order: Ordering) {
        fence(order);
    }
}

/// Two forced switches find what two threads can do wrong in seconds; `LOOM_MAX_PREEMPTIONS=3` takes
/// minutes for each test.
fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(2));
    builder.max_branches = 20_000;
    builder.check(model);
}

/// Waits for a commit after `seen`, as a reader that has nothing else to do.
fn wait_committed(ring: &Model, seen: u32) {
    while ring.committed.0.load(Ordering::Acquire) == seen {
        thread::yield_now();
    }
}

/// Takes until the frame marked as the last; returns the numbers taken and how many were overtaken.
fn take_until_last(ring: &Model, position: impl Fn(usize) -> u64) -> (Vec<u64>, u32) {
    let mut taker = Taker::default();
    let mut numbers = Vec::new();
    let mut superseded = 0;
    loop {
        let seen = ring.committed.0.load(Ordering::Acquire);
        let Some(take) = taker.take_due(ring, position(numbers.len())) else {
            wait_committed(ring, seen);
            continue;
        };
        assert_eq!(ring.pixels(&taker), take.meta.number, "the pixels of another frame");
        assert!(taker.verify(ring));
        numbers.push(take.meta.number);
        superseded += take.superseded;
        if take.meta.last {
            assert_eq!(taker.cheats(), 0);
            return (numbers, superseded);
        }
    }
}

#[test]
fn a_waiting_writer_loses_no_frame_and_each_is_taken_once_in_order() {
    check(|| {
        let ring = Arc::new(Model::new(2));
        let writer = thread::spawn({
            let ring = ring.clone();
            move || (1..=3).all(|number| ring.put(number, number == 3, WhenFull::Wait))
        });
        // The n-th frame is asked for only after the one before was taken.
        let (numbers, superseded) = take_until_last(&ring, |taken| taken as u64 + 1);
        assert_eq!((numbers, superseded), (vec![1, 2, 3], 0));
        assert!(writer.join().unwrap());
    });
}

#[test]
fn a_late_reader_counts_every_frame_of_a_waiting_writer_as_taken_or_overtaken() {
    check(|| {
        let ring = Arc::new(Model::new(2));
        let writer = thread::spawn({
            let ring = ring.clone();
            move || (1..=3).all(|number| ring.put(number, number == 3, WhenFull::Wait))
        });
        let (numbers, superseded) = take_until_last(&ring, |_| u64::MAX);
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        assert_eq!(numbers.len() as u32 + superseded, 3, "{numbers:?}");
        assert!(writer.join().unwrap());
    });
}

fn the_newest_frame_always_arrives(slots: u32) {
    check(move || {
        let ring = Arc::new(Model::new(slots));
        let writer = thread::spawn({
            let ring = ring.clone();
            move || (1..=3).all(|number| ring.put(number, number == 3, WhenFull::TakeOldest))
        });
        let (numbers, _) = take_until_last(&ring, |_| u64::MAX);
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        assert!(writer.join().unwrap());
    });
}

#[test]
fn with_two_slots_the_newest_frame_arrives_and_no_claimed_slot_is_written() {
    the_newest_frame_always_arrives(2);
}

#[test]
fn with_three_slots_the_newest_frame_arrives_and_no_claimed_slot_is_written() {
    the_newest_frame_always_arrives(3);
}

#[test]
fn closing_ends_a_wait_for_a_slot() {
    check(|| {
        let ring = Arc::new(Model::new(2));
        let writer = thread::spawn({
            let ring = ring.clone();
            move || (1..).take_while(|&number| ring.put(number, false, WhenFull::Wait)).count()
        });
        ring.closed.store(true, Ordering::Release);
        ring.released.bump(Ordering::Release);
        assert!(writer.join().unwrap() <= 2);
    });
}

#[test]
fn a_release_at_the_end_of_the_reader_wakes_the_writer() {
    check(|| {
        let ring = Arc::new(Model::new(2));
        assert!(ring.put(1, false, WhenFull::Wait));
        let mut taker = Taker::default();
        assert!(taker.take_due(&*ring, u64::MAX).is_some());
        let writer = thread::spawn({
            let ring = ring.clone();
            move || (2..=3).all(|number| ring.put(number, false, WhenFull::Wait))
        });
        taker.release(&*ring);
        assert!(writer.join().unwrap());
        assert!(slots::has_ready(&*ring));
    });
}
