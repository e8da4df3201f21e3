//! The bytes of a ring, ABI version 1: offsets, constants, and the check of a header that a stranger wrote.
//!
//! `docs/frame-abi.md` and `examples/prismatron_frames.h` say the same in words and in C.

use super::spec::{ColorSpace, PixelFormat, RingSpec};

#[cfg(not(target_endian = "little"))]
compile_error!("the frame ring is little-endian, and its words are used in place");

/// The first eight bytes of every ring; written last.
pub const MAGIC: u64 = u64::from_le_bytes(*b"PRSMRING");
/// The version of this layout.
pub const VERSION: u32 = 1;
/// Bytes of the ring's header, and the offset of the first slot.
pub const HEADER_BYTES: u32 = 512;
/// Bytes of the header that never change once the magic is written.
pub const FIXED_BYTES: usize = 128;
/// Bytes of a slot's header; its pixels follow.
pub const SLOT_HEADER_BYTES: u64 = 64;
/// What slots are aligned to: one cache line.
pub const LINE_BYTES: u64 = 64;

/// The least number of slots: one being shown and one being written.
pub const MIN_SLOTS: u32 = 2;
/// The largest number of slots.
pub const MAX_SLOTS: u32 = 64;
/// The largest width, in pixels or LEDs.
pub const MAX_WIDTH: u32 = 1 << 20;
/// The largest height, in rows.
pub const MAX_HEIGHT: u32 = 1 << 16;
/// The largest frame, in bytes.
pub const MAX_FRAME_BYTES: u64 = 256 << 20;

/// Offsets in the ring's header. The first two cache lines are fixed, each later one has one writer.
pub mod at {
    #![allow(missing_docs)] // Named as in docs/frame-abi.md, which says what each word means.
    pub const MAGIC: usize = 0;
    pub const VERSION: usize = 8;
    pub const HEADER_BYTES: usize = 12;
    pub const TOTAL_BYTES: usize = 16;
    pub const WIDTH: usize = 24;
    pub const HEIGHT: usize = 28;
    pub const STRIDE: usize = 32;
    pub const FORMAT: usize = 36;
    pub const COLOR: usize = 40;
    pub const SLOTS: usize = 44;
    pub const SLOTS_OFFSET: usize = 48;
    pub const SLOT_STRIDE: usize = 56;
    pub const OWNER_PID: usize = 64;
    pub const OWNER_START: usize = 72;
    pub const GENERATION: usize = 80;
    pub const RING_STATE: usize = 128;
    pub const WRITER_PID: usize = 192;
    pub const WRITER_HEARTBEAT: usize = 200;
    pub const READER_POSITION: usize = 256;
    pub const COMMITTED: usize = 320;
    pub const RELEASED: usize = 384;
}

/// Offsets in a slot.
pub mod slot_at {
    #![allow(missing_docs)] // Named as in docs/frame-abi.md, which says what each word means.
    pub const STATE: usize = 0;
    pub const FLAGS: usize = 4;
    pub const SEQUENCE: usize = 8;
    pub const NUMBER: usize = 16;
    pub const PTS: usize = 24;
    pub const PIXEL_BYTES: usize = 32;
    pub const PIXELS: usize = 64;
}

/// Values of the ring's state.
pub mod ring_state {
    #![allow(missing_docs)] // The names say it.
    pub const MAKING: u32 = 0;
    pub const OPEN: u32 = 1;
    pub const CLOSED: u32 = 2;
}

/// The slot's flag that no later frame follows.
pub const FLAG_LAST: u32 = 1;

/// Where everything lies in a ring; every offset is known to be inside the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What the ring carries.
    pub spec: RingSpec,
    /// Bytes of the file that belong to the ring.
    pub total_bytes: u64,
    /// Offset of slot 0.
    pub slots_offset: u64,
    /// Bytes from one slot to the next.
    pub slot_stride: u64,
}

impl Layout {
    /// The layout that this version gives a ring of `spec`.
    pub fn of(spec: &RingSpec) -> Self {
        let slots_offset = u64::from(HEADER_BYTES);
        let slot_stride =
            (SLOT_HEADER_BYTES + spec.frame_bytes() as u64).next_multiple_of(LINE_BYTES);
        Self {
            spec: *spec,
            total_bytes: slots_offset + slot_stride.saturating_mul(u64::from(spec.slots)),
            slots_offset,
            slot_stride,
        }
    }

    /// The fixed part of the header of such a ring, owner and magic still to come.
    pub fn encode(&self) -> [u8; FIXED_BYTES] {
        let mut header = [0; FIXED_BYTES];
        let words = [
            (at::VERSION, VERSION),
            (at::HEADER_BYTES, HEADER_BYTES),
            (at::WIDTH, self.spec.width),
            (at::HEIGHT, self.spec.height),
            (at::STRIDE, self.spec.row_bytes() as u32),
            (at::FORMAT, self.spec.format as u32),
            (at::COLOR, self.spec.color as u32),
            (at::SLOTS, self.spec.slots),
        ];
        for (offset, word) in words {
            header[offset..offset + 4].copy_from_slice(&word.to_le_bytes());
        }
        let long_words = [
            (at::TOTAL_BYTES, self.total_bytes),
            (at::SLOTS_OFFSET, self.slots_offset),
            (at::SLOT_STRIDE, self.slot_stride),
        ];
        for (offset, word) in long_words {
            header[offset..offset + 8].copy_from_slice(&word.to_le_bytes());
        }
        header
    }

    /// Checks the fixed part of a header against the size of its file.
    ///
    /// # Errors
    /// Says which value is wrong. What is accepted lies inside the file, slot by slot.
    pub fn decode(header: &[u8; FIXED_BYTES], file_bytes: u64) -> Result<Self, String> {
        let u32_at = |offset: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&header[offset..offset + 4]);
            u32::from_le_bytes(word)
        };
        let u64_at = |offset: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&header[offset..offset + 8]);
            u64::from_le_bytes(word)
        };
        match u64_at(at::MAGIC) {
            MAGIC => {}
            0 => return Err("its header is not complete".into()),
            magic => return Err(format!("not a frame ring: it begins with {magic:#018x}")),
        }
        let version = u32_at(at::VERSION);
        if version != VERSION {
            return Err(format!("ABI version {version}, expected {VERSION}"));
        }
        // A later minor change may lengthen the header; it then says so here.
        let header_bytes = u32_at(at::HEADER_BYTES);
        if header_bytes < HEADER_BYTES {
            return Err(format!("header of {header_bytes} bytes, expected {HEADER_BYTES}"));
        }
        let format = u32_at(at::FORMAT);
        let color = u32_at(at::COLOR);
        let spec = RingSpec {
            width: u32_at(at::WIDTH),
            height: u32_at(at::HEIGHT),
            format: PixelFormat::from_word(format)
                .ok_or_else(|| format!("unknown pixel format {format}"))?,
            color: ColorSpace::from_word(color)
                .ok_or_else(|| format!("unknown colour space {color}"))?,
            slots: u32_at(at::SLOTS),
        };
        spec.check()?;
        let stride = u32_at(at::STRIDE);
        if stride as usize != spec.row_bytes() {
            return Err(format!("stride of {stride} bytes, expected {}", spec.row_bytes()));
        }
        let slots_offset = u64_at(at::SLOTS_OFFSET);
        if slots_offset < u64::from(header_bytes) || !slots_offset.is_multiple_of(LINE_BYTES) {
            return Err(format!("slots begin at byte {slots_offset}"));
        }
        let slot_stride = u64_at(at::SLOT_STRIDE);
        let slot_bytes = SLOT_HEADER_BYTES + spec.frame_bytes() as u64;
        if slot_stride < slot_bytes || !slot_stride.is_multiple_of(LINE_BYTES) {
            return Err(format!("slot stride of {slot_stride} bytes for a slot of {slot_bytes}"));
        }
        let total_bytes = u64_at(at::TOTAL_BYTES);
        let end = slot_stride
            .checked_mul(u64::from(spec.slots))
            .and_then(|slots| slots.checked_add(slots_offset))
            .filter(|&end| end <= total_bytes);
        if end.is_none() {
            return Err(format!("slots do not fit into {total_bytes} bytes"));
        }
        if total_bytes > file_bytes {
            return Err(format!("a ring of {total_bytes} bytes in a file of {file_bytes}"));
        }
        Ok(Self { spec, total_bytes, slots_offset, slot_stride })
    }

    /// The offset of slot `index`, which is less than the number of slots.
    pub(super) fn slot(&self, index: u32) -> usize {
        assert!(index < self.spec.slots, "slot {index} of {}", self.spec.slots);
        (self.slots_offset + self.slot_stride * u64::from(index)) as usize
    }
}
