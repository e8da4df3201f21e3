//! The writing end of a ring: one process, one thread, frame after frame.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::getpid;

use super::abi::at;
use super::mapping::Mapping;
use super::owner::Owner;
use super::ring::{Ring, to_ns};
use super::slots::{self, SlotMeta, WhenFull};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Remedy};

/// What is known of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameMeta {
    /// The frame's number in the item, for people; frames are ordered by the order of their commits.
    pub number: u64,
    /// When it is due, counted from the item's start.
    pub pts: Duration,
    /// No later frame follows: a still, or the end.
    pub last: bool,
}

impl From<SlotMeta> for FrameMeta {
    fn from(meta: SlotMeta) -> Self {
        Self { number: meta.number, pts: Duration::from_nanos(meta.pts_ns), last: meta.last }
    }
}

/// The ring was closed: there is nobody to write for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ring was closed")]
pub struct RingClosed;

/// The writing end. Dropping it lets another writer in.
#[derive(Debug)]
pub struct RingWriter {
    ring: Arc<Ring>,
    // Of the newest commit.
    sequence: u64,
}

impl RingWriter {
    pub(super) fn of(ring: &Arc<Ring>) -> Result<Self, Error> {
        let refuse = |reason: String| {
            Err(Error::new(Remedy::FixSettings, format!("ring \"{}\": {reason}", ring.name())))
        };
        if ring.has_writer.swap(true, Ordering::AcqRel) {
            return refuse("this handle has a writer already".into());
        }
        if let Err(pid) = enter(&ring.mapping) {
            ring.has_writer.store(false, Ordering::Release);
            return refuse(format!("process {pid} writes already"));
        }
        ring.mapping.beat();
        Ok(Self { ring: ring.clone(), sequence: slots::take_over(&ring.mapping) })
    }

    /// The ring that it writes to.
    pub fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// Writes a frame into a free slot; playback. Blocks while there is none.
    ///
    /// # Errors
    /// Once the ring is closed, also while it waits.
    ///
    /// # Panics
    /// If `pixels` is not exactly one frame.
    pub fn put(&mut self, pixels: &[u8], meta: FrameMeta) -> Result<(), RingClosed> {
        self.write(pixels, meta, WhenFull::Wait)
    }

    /// Writes a frame into a free slot or, if there is none, over the oldest one that the reader
    /// has not claimed; live light. Blocks only if every slot is claimed, which can happen with two
    /// slots, for as long as the reader changes over.
    ///
    /// # Errors
    /// Once the ring is closed.
    ///
    /// # Panics
    /// If `pixels` is not exactly one frame.
    pub fn put_newest(&mut self, pixels: &[u8], meta: FrameMeta) -> Result<(), RingClosed> {
        self.write(pixels, meta, WhenFull::TakeOldest)
    }

    fn write(&mut self, pixels: &[u8], meta: FrameMeta, full: WhenFull) -> Result<(), RingClosed> {
        let mapping = &self.ring.mapping;
        let frame_bytes = self.ring.spec().frame_bytes();
        assert_eq!(pixels.len(), frame_bytes, "bytes of a frame of ring {:?}", self.ring.name());
        mapping.beat();
        let index = slots::claim_for_writing(mapping, full).ok_or(RingClosed)?;
        self.sequence = self.sequence.wrapping_add(1);
        let meta = SlotMeta {
            sequence: self.sequence,
            number: meta.number,
            pts_ns: to_ns(meta.pts),
            last: meta.last,
        };
        slots::describe(mapping, index, meta);
        mapping.write_pixels(index, pixels);
        slots::commit(mapping, index);
        Ok(())
    }
}

impl Drop for RingWriter {
    fn drop(&mut self) {
        let pid = self.ring.mapping.word(at::WRITER_PID);
        // Exchanged: if a successor took us for dead, the word is its own by now.
        let _ = pid.compare_exchange(own_pid(), 0, Ordering::AcqRel, Ordering::Relaxed);
        self.ring.has_writer.store(false, Ordering::Release);
    }
}

impl Mapping {
    /// Shows that the writer lives.
    pub(super) fn beat(&self) {
        let now = SystemClock.now().as_nanos();
        self.long_word(at::WRITER_HEARTBEAT).store(now, Ordering::Relaxed);
    }
}

/// Puts our id where the writer's stands, unless a living writer's is there, which is the error.
fn enter(mapping: &Mapping) -> Result<(), u32> {
    let word = mapping.word(at::WRITER_PID);
    let mut before = 0;
    loop {
        match word.compare_exchange(before, own_pid(), Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Ok(()),
            Err(pid) if pid != 0 && (Owner { pid, start: 0 }).is_alive() => return Err(pid),
            Err(pid) => before = pid,
        }
    }
}

fn own_pid() -> u32 {
    getpid().as_raw_pid() as u32
}
