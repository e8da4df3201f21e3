//! What a ring is asked to carry: the geometry, the pixel format and the number of slots.

use super::abi::{self, Layout};
use crate::error::{Error, Remedy};

/// How the bytes of a frame are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum PixelFormat {
    /// A picture, three bytes per pixel: red, green, blue.
    Rgb8 = 1,
    /// A picture, four bytes per pixel: red, green, blue, alpha (not premultiplied).
    Rgba8 = 2,
    /// One value per LED in the layout's order, three bytes each; the height is 1.
    LedsRgb8 = 3,
}

impl PixelFormat {
    /// Bytes of one pixel or LED.
    pub const fn bytes_per_pixel(self) -> u32 {
        match self {
            Self::Rgb8 | Self::LedsRgb8 => 3,
            Self::Rgba8 => 4,
        }
    }

    pub(crate) fn from_word(word: u32) -> Option<Self> {
        [Self::Rgb8, Self::Rgba8, Self::LedsRgb8].into_iter().find(|&format| format as u32 == word)
    }
}

/// What a byte of a colour channel means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ColorSpace {
    /// Encoded as pictures are (IEC 61966-2-1).
    Srgb = 1,
    /// Proportional to light: 255 is full, 128 about half.
    Linear = 2,
}

impl ColorSpace {
    pub(crate) fn from_word(word: u32) -> Option<Self> {
        [Self::Srgb, Self::Linear].into_iter().find(|&space| space as u32 == word)
    }
}

/// The shape of a ring. Any value may be written down; [`RingSpec::validate`] tells which can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RingSpec {
    /// Pixels of a row (or LEDs), 1 to 1,048,576.
    pub width: u32,
    /// Rows, 1 to 65,536; 1 for [`PixelFormat::LedsRgb8`].
    pub height: u32,
    /// How the bytes are to be read.
    pub format: PixelFormat,
    /// What a byte means.
    pub color: ColorSpace,
    /// Frames that the ring can hold, 2 to 64. Three let a live writer and a reader never meet.
    pub slots: u32,
}

impl RingSpec {
    /// Bytes of one row; rows follow each other without a gap.
    pub const fn row_bytes(&self) -> usize {
        self.width as usize * self.format.bytes_per_pixel() as usize
    }

    /// Bytes of one frame.
    pub const fn frame_bytes(&self) -> usize {
        self.row_bytes().saturating_mul(self.height as usize)
    }

    /// Bytes that the whole ring takes in `/dev/shm`.
    pub fn total_bytes(&self) -> u64 {
        Layout::of(self).total_bytes
    }

    /// Tells whether such a ring can be made.
    ///
    /// # Errors
    /// Names the first value that is out of range, and the range.
    pub fn validate(&self) -> Result<(), Error> {
        self.check().map_err(|reason| Error::new(Remedy::FixSettings, format!("ring: {reason}")))
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        let ranges = [
            ("width", self.width, 1, abi::MAX_WIDTH),
            ("height", self.height, 1, abi::MAX_HEIGHT),
            ("slots", self.slots, abi::MIN_SLOTS, abi::MAX_SLOTS),
        ];
        for (what, value, least, most) in ranges {
            if !(least..=most).contains(&value) {
                return Err(format!("{what} {value} is outside {least} to {most}"));
            }
        }
        if self.format == PixelFormat::LedsRgb8 && self.height != 1 {
            return Err(format!("height {} of a ring of LEDs, expected 1", self.height));
        }
        // In u64: a frame of the largest width and height does not fit 32 bits.
        let frame = u64::from(self.width)
            * u64::from(self.height)
            * u64::from(self.format.bytes_per_pixel());
        if frame > abi::MAX_FRAME_BYTES {
            return Err(format!(
                "a frame of {}x{} has {frame} bytes, the most is {}",
                self.width,
                self.height,
                abi::MAX_FRAME_BYTES
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: RingSpec = RingSpec {
        width: 800,
        height: 480,
        format: PixelFormat::Rgb8,
        color: ColorSpace::Srgb,
        slots: 3,
    };

    #[track_caller]
    fn check(spec: RingSpec, expect: Result<(), &str>) {
        assert_eq!(spec.validate().map_err(|error| error.to_string()), expect.map_err(Into::into));
    }

    #[test]
    fn values_out_of_range_are_refused_by_name() {
        check(WALL, Ok(()));
        check(RingSpec { slots: 64, ..WALL }, Ok(()));
        check(RingSpec { slots: 1, ..WALL }, Err("ring: slots 1 is outside 2 to 64"));
        check(RingSpec { slots: 65, ..WALL }, Err("ring: slots 65 is outside 2 to 64"));
        check(RingSpec { width: 0, ..WALL }, Err("ring: width 0 is outside 1 to 1048576"));
        check(RingSpec { height: 65_537, ..WALL }, Err("ring: height 65537 is outside 1 to 65536"));
        check(
            RingSpec { format: PixelFormat::LedsRgb8, ..WALL },
            Err("ring: height 480 of a ring of LEDs, expected 1"),
        );
        check(
            RingSpec { width: 1_048_576, height: 65_536, format: PixelFormat::Rgba8, ..WALL },
            Err("ring: a frame of 1048576x65536 has 274877906944 bytes, the most is 268435456"),
        );
    }

    #[test]
    fn sizes_follow_from_the_geometry() {
        assert_eq!(WALL.row_bytes(), 2400);
        assert_eq!(WALL.frame_bytes(), 1_152_000);
        // A header of 512 bytes, and three times a slot header of 64 bytes and the pixels.
        assert_eq!(WALL.total_bytes(), 512 + 3 * (64 + 1_152_000));
    }
}
