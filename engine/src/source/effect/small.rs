//! Small canvases: the effect is drawn larger and its light averaged, so that nothing falls between
//! the LEDs.

use super::super::light::{decode_table, encode_table};
use super::canvas::Size;
use super::{Canvas, Effect};

/// A unit has at least this many pixels.
const LEAST_UNIT: f32 = 96.0;

/// Makes the effect for the size itself, or for a multiple of it.
pub(super) fn enlarged(size: Size, make: impl FnOnce(Size) -> Box<dyn Effect>) -> Box<dyn Effect> {
    let times = (LEAST_UNIT / size.unit).ceil() as u32;
    if times <= 1 {
        return make(size);
    }
    let large = Size::new(size.width * times, size.height * times);
    Box::new(Enlarged {
        effect: make(large),
        large: Canvas::new(large.width, large.height),
        times: times as usize,
    })
}

struct Enlarged {
    effect: Box<dyn Effect>,
    large: Canvas,
    times: usize,
}

impl Effect for Enlarged {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        self.effect.draw(t, &mut self.large);
        let (decode, encode) = (decode_table(), encode_table());
        let count = (self.times * self.times) as u64;
        let band = self.large.width as usize * 3 * self.times;
        let rows = canvas.rgb.chunks_exact_mut(canvas.width as usize * 3);
        for (row, band) in rows.zip(self.large.rgb.chunks_exact(band)) {
            for (column, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let mut sums = [0_u64; 3];
                for line in band.chunks_exact(self.large.width as usize * 3) {
                    let block = &line[column * self.times * 3..][..self.times * 3];
                    for source in block.as_chunks::<3>().0 {
                        for (sum, &byte) in sums.iter_mut().zip(source) {
                            *sum += u64::from(decode[usize::from(byte)]);
                        }
                    }
                }
                *pixel = sums.map(|sum| encode[(sum / count) as usize]);
            }
        }
    }
}
