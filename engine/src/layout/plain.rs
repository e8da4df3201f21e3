//! The mean light of a rectangle, written as its definition: what the fast ways are tested against.

use crate::color::curve::srgb_decode;

/// What one LED sees of the canvas, in pixels; the edges need not be whole numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Right edge.
    pub right: f64,
    /// Upper edge.
    pub top: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Area {
    /// The mean light in the area, 65535 = full, of a canvas of sRGB bytes, or of bytes
    /// that are amounts of light.
    pub(super) fn light(&self, canvas: &[u8], width: usize, linear: bool) -> [f64; 3] {
        let mut sum = [0.0; 3];
        let mut seen = 0.0;
        for y in self.top.floor() as usize..self.bottom.ceil() as usize {
            for x in self.left.floor() as usize..self.right.ceil() as usize {
                let share = overlap(self.left, self.right, x) * overlap(self.top, self.bottom, y);
                seen += share;
                for (channel, sum) in sum.iter_mut().enumerate() {
                    let code = canvas[(y * width + x) * 3 + channel];
                    let code = f64::from(code) / 255.0;
                    *sum += share * if linear { code } else { srgb_decode(code) } * 65535.0;
                }
            }
        }
        sum.map(|sum| sum / seen)
    }
}

/// How much of pixel `idx` lies between two edges, 0..=1.
fn overlap(from: f64, to: f64, idx: usize) -> f64 {
    let start = idx as f64;
    (to.min(start + 1.0) - from.max(start)).max(0.0)
}
