//! A ring's file in our address space: words as atomics, pixels by raw copies, waits by futex.
//!
//! No reference into shared pixels ever exists, since another process may write them at any time.
#![allow(unsafe_code)] // Shared memory is reached through raw pointers; nothing else in `shm` does.

use std::ptr;
use std::sync::atomic::{self, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use rustix::fs::Timespec;
use rustix::thread::futex;
use shared_memory::{Shmem, ShmemConf, ShmemError};

use super::abi::{FIXED_BYTES, Layout, at, ring_state, slot_at};
use super::slots::{Slot, Words};

/// The longest that a waiting writer sleeps before it beats its heart again.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// A mapped ring.
pub(super) struct Mapping {
    // Unmaps on drop; unlinks the name too, if it created it.
    shmem: Shmem,
    base: *mut u8,
    layout: Layout,
}

// SAFETY: the pointers of `shmem` and `base` stay valid wherever the value is, since a mapping
// belongs to the process; `Shmem` is only touched again when it is dropped, by one thread.
unsafe impl Send for Mapping {}
// SAFETY: through a shared `Mapping` words are reached as atomics only, and pixels by copies that
// the slot's owner state serializes between honest processes.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Creates and maps a new name, and tells its layout nobody yet: the header is all zeros.
    pub(super) fn create(name: &str, layout: Layout) -> Result<Self, ShmemError> {
        let size = usize::try_from(layout.total_bytes).map_err(|_| {
            ShmemError::MapCreateFailed(rustix::io::Errno::NOMEM.raw_os_error() as u32)
        })?;
        let shmem = ShmemConf::new().os_id(format!("/{name}")).size(size).create()?;
        let base = shmem.as_ptr();
        Ok(Self { shmem, base, layout })
    }

    /// Maps an existing name. The inner error says what is wrong with its header.
    pub(super) fn open(name: &str) -> Result<Result<Self, String>, ShmemError> {
        let shmem = ShmemConf::new().os_id(format!("/{name}")).open()?;
        let base = shmem.as_ptr();
        let file_bytes = shmem.len();
        if file_bytes < super::abi::HEADER_BYTES as usize {
            return Ok(Err(format!("a file of {file_bytes} bytes is too short for a header")));
        }
        let mut header = [0; FIXED_BYTES];
        for (index, bytes) in header.chunks_exact_mut(8).enumerate() {
            // SAFETY: the mapping is page-aligned and at least a header long; each word is read
            // once, atomically, and judged from the copy. The magic comes first, and its Acquire
            // orders the rest after what its writer wrote before it.
            let word = unsafe { AtomicU64::from_ptr(base.add(index * 8).cast()) };
            bytes.copy_from_slice(&word.load(Ordering::Acquire).to_le_bytes());
        }
        Ok(Layout::decode(&header, file_bytes as u64).map(|layout| Self { shmem, base, layout }))
    }

    /// Where everything lies.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// From now on (or no longer) the name is unlinked when this mapping goes.
    pub(super) fn set_owner(&mut self, owner: bool) {
        self.shmem.set_owner(owner);
    }

    /// A 32-bit word of the header; `offset` is one of [`at`].
    pub(super) fn word(&self, offset: usize) -> &AtomicU32 {
        self.word_at(offset)
    }

    /// A 64-bit word of the header; `offset` is one of [`at`].
    pub(super) fn long_word(&self, offset: usize) -> &AtomicU64 {
        self.long_word_at(offset)
    }

    /// Copies a whole frame into slot `index`, which the caller has claimed for writing.
    pub(super) fn write_pixels(&self, index: u32, pixels: &[u8]) {
        assert_eq!(pixels.len(), self.layout.spec.frame_bytes(), "bytes of a frame");
        let at = self.layout.slot(index) + slot_at::PIXELS;
        // SAFETY: `decode` or `of` put the whole slot inside the mapping, and a frame is no longer
        // than a slot; `pixels` is our own memory, so the two cannot overlap.
        unsafe { ptr::copy_nonoverlapping(pixels.as_ptr(), self.base.add(at), pixels.len()) }
    }

    /// Copies bytes of the frame in slot `index`, from byte `from` on, into `into`.
    pub(super) fn read_pixels(&self, index: u32, from: usize, into: &mut [u8]) {
        let end = from.checked_add(into.len());
        assert!(
            end.is_some_and(|end| end <= self.layout.spec.frame_bytes()),
            "bytes {from} and {} more of a frame of {}",
            into.len(),
            self.layout.spec.frame_bytes()
        );
        let at = self.layout.slot(index) + slot_at::PIXELS + from;
        // SAFETY: the range lies inside the slot's pixels (asserted), the slot inside the mapping;
        // `into` is our own memory. A cheat may change the bytes meanwhile: any byte is a valid
        // `u8`, and `verify` finds it out.
        unsafe { ptr::copy_nonoverlapping(self.base.add(at), into.as_mut_ptr(), into.len()) }
    }

    /// Waits until the header's word at `offset` differs from `seen`, or for `limit`, or less.
    pub(super) fn wait_word(&self, offset: usize, seen: u32, limit: Duration) {
        let limit = Timespec {
            tv_sec: limit.as_secs().min(i32::MAX as u64) as _,
            tv_nsec: limit.subsec_nanos() as _,
        };
        // However it ends (changed, timed out, interrupted), the caller looks again.
        let _ = futex::wait(self.word(offset), futex::Flags::empty(), seen, Some(&limit));
    }

    /// Wakes every process that waits for the header's word at `offset`.
    pub(super) fn wake_word(&self, offset: usize) {
        // A failure means that nobody could be waiting; there is nothing to do about it.
        let _ = futex::wake(self.word(offset), futex::Flags::empty(), i32::MAX as u32);
    }

    fn word_at(&self, offset: usize) -> &AtomicU32 {
        assert!(offset.is_multiple_of(4) && self.is_inside(offset, 4));
        // SAFETY: aligned and inside the mapping (asserted; the mapping is page-aligned), valid as
        // long as `self`, and never reached but as an atomic.
        unsafe { AtomicU32::from_ptr(self.base.add(offset).cast()) }
    }

    fn long_word_at(&self, offset: usize) -> &AtomicU64 {
        assert!(offset.is_multiple_of(8) && self.is_inside(offset, 8));
        // SAFETY: as in `word_at`.
        unsafe { AtomicU64::from_ptr(self.base.add(offset).cast()) }
    }

    fn is_inside(&self, offset: usize, bytes: u64) -> bool {
        offset as u64 + bytes <= self.layout.total_bytes
    }
}

impl Words for Mapping {
    type U32 = AtomicU32;
    type U64 = AtomicU64;

    fn slots(&self) -> u32 {
        self.layout.spec.slots
    }

    fn slot(&self, index: u32) -> Slot<'_, Self> {
        let slot = self.layout.slot(index);
        Slot {
            state: self.word_at(slot + slot_at::STATE),
            flags: self.word_at(slot + slot_at::FLAGS),
            sequence: self.long_word_at(slot + slot_at::SEQUENCE),
            number: self.long_word_at(slot + slot_at::NUMBER),
            pts: self.long_word_at(slot + slot_at::PTS),
            pixel_bytes: self.long_word_at(slot + slot_at::PIXEL_BYTES),
        }
    }

    fn frame_bytes(&self) -> u64 {
        self.layout.spec.frame_bytes() as u64
    }

    fn committed(&self) -> &AtomicU32 {
        self.word(at::COMMITTED)
    }

    fn released(&self) -> &AtomicU32 {
        self.word(at::RELEASED)
    }

    fn is_closed(&self) -> bool {
        self.word(at::RING_STATE).load(Ordering::Acquire) != ring_state::OPEN
    }

    fn wait_released(&self, seen: u32) {
        self.beat();
        self.wait_word(at::RELEASED, seen, LONGEST_WAIT);
        self.beat();
    }

    fn wake_committed(&self) {
        self.wake_word(at::COMMITTED);
    }

    fn wake_released(&self) {
        self.wake_word(at::RELEASED);
    }

    fn fence(&self, order: Ordering) {
        atomic::fence(order);
    }
}
