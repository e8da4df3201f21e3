//! The way of a live frame from its input's thread to render: three buffers that go round.
//!
//! The newest frame wins; neither side waits, and nothing is allocated once it is made.

use hal::MonoTime;

use crate::color::curve::srgb_to_linear16;
use crate::layout::{LayoutMap, Led, Rows};

/// What the bytes of a live frame are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Canvas pixels across, or none if there is one value for each LED.
    pub canvas_width: Option<u32>,
    /// Bytes are amounts of light, and not encoded as in pictures.
    pub linear: bool,
}

/// A frame on its way.
#[derive(Clone, Debug)]
pub struct LiveFrame {
    /// The bytes, in the format of the input.
    pub pixels: Vec<u8>,
    /// When it was there.
    pub at: MonoTime,
}

/// Render's end.
pub struct Feed {
    output: triple_buffer::Output<LiveFrame>,
    picture: Picture,
}

/// Both ends, for frames of so many bytes.
pub fn feed(picture: Picture, frame_bytes: usize) -> (triple_buffer::Input<LiveFrame>, Feed) {
    let black = LiveFrame { pixels: vec![0; frame_bytes], at: MonoTime::ZERO };
    let (input, output) = triple_buffer::triple_buffer(&black);
    (input, Feed { output, picture })
}

impl Feed {
    /// Takes the newest frame, if there is one that was not taken; says when it was there.
    pub(crate) fn take(&mut self) -> Option<MonoTime> {
        self.output.update().then(|| self.output.output_buffer().at)
    }

    /// The light of the frame that was taken last. Does not allocate.
    pub(crate) fn light(&self, map: &mut LayoutMap, leds: &mut [Led]) {
        let pixels = &self.output.output_buffer().pixels;
        let linear = self.picture.linear;
        match self.picture.canvas_width {
            Some(width) => {
                map.sample(&Canvas { pixels, row: width as usize * 3, linear }, leds);
            }
            None => {
                let table = srgb_to_linear16();
                for (led, codes) in leds.iter_mut().zip(pixels.chunks_exact(3)) {
                    for (light, &code) in led.iter_mut().zip(codes) {
                        *light =
                            if linear { u16::from(code) * 257 } else { table[usize::from(code)] };
                    }
                }
            }
        }
    }
}

struct Canvas<'a> {
    pixels: &'a [u8],
    row: usize,
    linear: bool,
}

impl Rows for Canvas<'_> {
    fn copy_row(&self, y: u32, into: &mut [u8]) {
        let from = y as usize * self.row;
        into.copy_from_slice(&self.pixels[from..from + self.row]);
    }

    fn is_linear(&self) -> bool {
        self.linear
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{LayoutSpec, MatrixSpec};

    /// The light of two LEDs that see one pixel each.
    fn light(leds: bool, linear: bool, pixels: [u8; 6]) -> [Led; 2] {
        let matrix = MatrixSpec { columns: 2, rows: 1, ..MatrixSpec::default() };
        let mut map = LayoutMap::build(&LayoutSpec::Matrix(matrix), 2, 1).unwrap();
        let picture = Picture { canvas_width: (!leds).then_some(2), linear };
        let (mut input, mut feed) = feed(picture, 6);
        input.input_buffer_mut().pixels.copy_from_slice(&pixels);
        input.publish();
        assert!(feed.take().is_some() && feed.take().is_none());
        let mut light = [[0; 3]; 2];
        feed.light(&mut map, &mut light);
        light
    }

    #[test]
    fn bytes_are_pictures_or_light_as_the_input_says() {
        let pixels = [0, 128, 255, 1, 64, 200];
        let table = srgb_to_linear16();
        for leds in [false, true] {
            let found = light(leds, true, pixels);
            assert_eq!(found, [[0, 128 * 257, 65535], [257, 64 * 257, 200 * 257]], "leds {leds}");
            let found = light(leds, false, pixels);
            for (light, code) in found.iter().flatten().zip(pixels) {
                let exact = table[usize::from(code)];
                assert!(light.abs_diff(exact) <= 2, "leds {leds}, code {code}: {light}");
            }
        }
    }
}
