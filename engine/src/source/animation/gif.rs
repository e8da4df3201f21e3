//! The blocks of a GIF file, without its pixels: how many pictures, how often, and is it whole.

use std::num::NonZeroU32;

/// What the blocks tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// How many pictures begin in it; not counted beyond two.
    pub(super) pictures: u32,
    /// How often it is shown again after the first time, 0 for ever; none if nothing is said.
    pub(super) repeats: Option<u16>,
    /// Whether the blocks lead to the file's last mark.
    pub(super) has_end: bool,
}

impl Shape {
    /// How often all of it is shown; none means for ever. Without a word of it, once: so do
    /// browsers, and they count the first time apart.
    pub(super) fn plays(self) -> Option<NonZeroU32> {
        match self.repeats {
            None => NonZeroU32::new(1),
            Some(0) => None,
            Some(repeats) => NonZeroU32::new(u32::from(repeats) + 1),
        }
    }
}

/// Walks from block to block. What is not a block ends the walk.
pub(super) fn shape(bytes: &[u8]) -> Shape {
    let mut shape = Shape::default();
    let mut walk = Walk { bytes, at: 0 };
    shape.has_end = walk.blocks(&mut shape).is_some();
    shape
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn blocks(&mut self, shape: &mut Shape) -> Option<()> {
        let head = self.take(13)?;
        let flags = head[10];
        self.color_table(flags)?;
        loop {
            match self.byte()? {
                0x2C => {
                    shape.pictures = (shape.pictures + 1).min(2);
                    let flags = self.take(9)?[8];
                    self.color_table(flags)?;
                    self.take(1)?;
                    self.sub_blocks()?;
                }
                0x21 => {
                    let label = self.byte()?;
                    let start = self.at;
                    self.sub_blocks()?;
                    if label == 0xFF && shape.repeats.is_none() {
                        shape.repeats = repeats(&self.bytes[start..self.at]);
                    }
                }
                0x3B => return Some(()),
                // Between blocks some writers leave an empty one.
                0 => {}
                _ => return None,
            }
        }
    }

    fn color_table(&mut self, flags: u8) -> Option<()> {
        if flags & 0x80 != 0 {
            self.take(3 << ((flags & 7) + 1))?;
        }
        Some(())
    }

    fn sub_blocks(&mut self) -> Option<()> {
        loop {
            let length = self.byte()?;
            if length == 0 {
                return Some(());
            }
            self.take(usize::from(length))?;
        }
    }
}

/// The count in an application's block that is known to hold one.
fn repeats(block: &[u8]) -> Option<u16> {
    let known = [b"\x0BNETSCAPE2.0".as_slice(), b"\x0BANIMEXTS1.0"];
    let rest = known.iter().find_map(|name| block.strip_prefix(*name))?;
    match rest {
        [3, 1, low, high, ..] => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    }
}
