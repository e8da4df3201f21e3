//! Test ramps: light that rises from black, to see gamma, steps and the balance of colours.

use super::super::math::turn;
use super::super::param::{Param, Values};
use super::super::{Effect, EffectInfo};
use super::{Canvas, Size};
use crate::source::light::{FULL, encode_table};

pub(in super::super) const INFO: EffectInfo = EffectInfo {
    id: "test_ramp",
    name: "Test ramps",
    family: "test",
    description: "Grey, red, green and blue that rise from black and travel.",
    params: &[
        Param::speed("How fast the ramps travel."),
        Param::number("count", 1.0, 8.0, 1.0, "", "Ramps in the width."),
        Param::number(
            "top",
            0.05,
            1.0,
            1.0,
            "",
            "Where the ramps end; little shows the dark end closely.",
        ),
        Param::choice("even", &["bytes", "light"], "bytes", "What rises evenly."),
    ],
    build,
};

/// Which of red, green and blue are in each strip, from the top.
const STRIPS: [[u8; 3]; 4] = [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]];
/// Seconds in which a ramp travels the width.
const PASS: f64 = 12.0;

struct Ramp {
    speed: f64,
    count: f32,
    top: f32,
    in_light: bool,
    size: Size,
}

fn build(values: &Values<'_>, size: Size, _seed: u32) -> Box<dyn Effect> {
    Box::new(Ramp {
        speed: values.number("speed"),
        // A ramp that is cut off at the edge would hide where it ends.
        count: values.number("count").round() as f32,
        top: values.number("top") as f32,
        in_light: values.word("even") == "light",
        size,
    })
}

impl Ramp {
    /// The byte at a place in a ramp, 0..1.
    fn byte(&self, place: f32) -> u8 {
        let value = place * self.top;
        if self.in_light {
            encode_table()[(value * f32::from(FULL)) as usize]
        } else {
            (value * 255.0 + 0.5) as u8
        }
    }
}

impl Effect for Ramp {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let shift = turn(t * self.speed / PASS);
        // The first row of each strip is drawn, the others are copies.
        let tops: [usize; 5] = std::array::from_fn(|strip| strip * height / STRIPS.len());
        for (strip, channels) in STRIPS.iter().enumerate() {
            let rows = &mut canvas.rgb[tops[strip] * width * 3..tops[strip + 1] * width * 3];
            if rows.is_empty() {
                continue;
            }
            let (first, others) = rows.split_at_mut(width * 3);
            // Each strip begins elsewhere, so that their mean is no grey.
            let begin = 2.0 - shift + 0.25 * strip as f32;
            for (x, pixel) in first.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let place = (x as f32 + 0.5) / width as f32 * self.count + begin;
                let byte = self.byte(place.fract());
                *pixel = channels.map(|is_in| is_in * byte);
            }
            for row in others.chunks_exact_mut(width * 3) {
                row.copy_from_slice(first);
            }
        }
    }
}
