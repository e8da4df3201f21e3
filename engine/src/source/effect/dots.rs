//! Soft dots of light, added to what is there as light and not as bytes, so that a dot that moves
//! between two pixels keeps its strength.

use super::super::light::{FULL, decode_table, encode_table};
use super::Canvas;

pub(super) struct Dots {
    decode: &'static [u16; 256],
    encode: &'static [u8],
}

impl Dots {
    pub(super) fn new() -> Self {
        Self { decode: decode_table(), encode: encode_table() }
    }

    /// Adds a round dot; place and radius in pixels, light 0..=1 in its middle. A radius below what a
    /// pixel can show becomes less light.
    pub(super) fn add(&self, canvas: &mut Canvas, at: (f32, f32), radius: f32, light: [f32; 3]) {
        const LEAST: f32 = 1.2;
        let thin = (radius / LEAST).min(1.0);
        let radius = radius.max(LEAST);
        let (x, y) = (at.0 - 0.5, at.1 - 0.5);
        let (width, height) = (canvas.width as f32, canvas.height as f32);
        if !(x + radius > 0.0 && x - radius < width && y + radius > 0.0 && y - radius < height) {
            return;
        }
        let light = light.map(|value| value * thin * thin * f32::from(FULL));
        let span = |at: f32, most: u32| {
            ((at - radius).max(0.0) as u32)..((at + radius + 1.0).clamp(0.0, most as f32) as u32)
        };
        let inverse = 1.0 / (radius * radius);
        for row in span(y, canvas.height) {
            let dy = row as f32 - y;
            let columns = span(x, canvas.width);
            let first = (row * canvas.width + columns.start) as usize * 3;
            let pixels = canvas.rgb[first..][..columns.len() * 3].as_chunks_mut::<3>().0;
            for (pixel, column) in pixels.iter_mut().zip(columns) {
                let dx = column as f32 - x;
                let inside = 1.0 - (dx * dx + dy * dy) * inverse;
                if inside <= 0.0 {
                    continue;
                }
                let strength = inside * inside;
                for (byte, light) in pixel.iter_mut().zip(light) {
                    let sum =
                        u32::from(self.decode[usize::from(*byte)]) + (light * strength) as u32;
                    *byte = self.encode[sum.min(u32::from(FULL)) as usize];
                }
            }
        }
    }
}
