//! The reading end of a ring, made for the render thread: it never waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::ring::{Ring, to_ns};
use super::take::Taker;
use super::writer::FrameMeta;

/// A frame that was just taken; its pixels are read with [`RingReader::copy_row`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What is known of it.
    pub meta: FrameMeta,
    /// Frames that it overtook: they were written and never taken.
    pub superseded: u32,
}

/// The frame that a reader holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldMeta {
    /// What is known of it.
    pub meta: FrameMeta,
    /// The number of its commit; another frame has another.
    pub sequence: u64,
}

/// The reading end. Never blocks, never allocates, and makes no system call but one futex wake when
/// it gives a slot back. Dropping it releases the frame that it holds.
///
/// ```no_run
/// # fn show(_: &[u8]) {}
/// # fn tick(reader: &mut hal::shm::RingReader, position: std::time::Duration, row: &mut [u8]) {
/// if reader.take_due(position).is_some() {
///     for y in 0..reader.ring().spec().height {
///         reader.copy_row(y, row);
///         show(row);
///     }
///     if !reader.verify() {
///         // The writer wrote into our slot: the last good light stays.
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct RingReader {
    ring: Arc<Ring>,
    taker: Taker,
}

impl RingReader {
    pub(super) fn of(ring: &Arc<Ring>) -> Self {
        let had_one = ring.has_reader.swap(true, Ordering::AcqRel);
        assert!(!had_one, "ring {:?}: this handle has a reader already", ring.name());
        Self { ring: ring.clone(), taker: Taker::default() }
    }

    /// The ring that it reads.
    pub fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// Takes the newest ready frame that is due at `position`, counted from the item's start, and
    /// releases the one held before and all that were overtaken. `None` if no newer frame is due:
    /// what is held stays held. [`Duration::MAX`] takes the newest, whenever it is due.
    pub fn take_due(&mut self, position: Duration) -> Option<Taken> {
        let take = self.taker.take_due(&self.ring.mapping, to_ns(position))?;
        Some(Taken { meta: take.meta.into(), superseded: take.superseded })
    }

    /// The frame that is held.
    pub fn held(&self) -> Option<HeldMeta> {
        let meta = self.taker.held()?.meta;
        Some(HeldMeta { meta: meta.into(), sequence: meta.sequence })
    }

    /// Copies row `y` of the held frame into the caller's scratch.
    ///
    /// # Panics
    /// If no frame is held, `y` is not a row, or `into` is not exactly as long as one.
    pub fn copy_row(&self, y: u32, into: &mut [u8]) {
        let spec = self.ring.spec();
        assert!(y < spec.height && into.len() == spec.row_bytes(), "row {y}, {} bytes", into.len());
        let Some(held) = self.taker.held() else { panic!("no frame is held") };
        self.ring.mapping.read_pixels(held.index, y as usize * spec.row_bytes(), into);
    }

    /// After the rows were read: whether the slot is still as it was claimed. If not, the writer
    /// cheated, which is counted, and what was read must not be shown.
    pub fn verify(&mut self) -> bool {
        self.taker.verify(&self.ring.mapping)
    }

    /// How often the writer broke the rules.
    pub fn cheats(&self) -> u64 {
        self.taker.cheats()
    }
}

impl Drop for RingReader {
    fn drop(&mut self) {
        self.taker.release(&self.ring.mapping);
        self.ring.has_reader.store(false, Ordering::Release);
    }
}
