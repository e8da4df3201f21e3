//! Test flash: a flash each second and a bar that passes between, to see lag and dropped frames.

use super::super::math::turn;
use super::super::param::{Param, Values};
use super::super::{Effect, EffectInfo};
use super::{Area, Canvas, Size};

pub(in super::super) const INFO: EffectInfo = EffectInfo {
    id: "test_flash",
    name: "Test flash",
    family: "test",
    description: "A flash each second, a bar that passes from one to the next, and a count of ten seconds.",
    params: &[
        Param::speed("How often it flashes; 1 is once in a second."),
        Param::number("length", 0.02, 0.5, 0.1, "s", "How long a flash is, at speed 1."),
        Param::color("color", "#FFFFFF", "The colour of the flash."),
        Param::color("bar", "#00C8FF", "The colour of the bar."),
    ],
    build,
};

const GROUND: [u8; 3] = [10, 14, 40];
/// The way of the bar, and the part of it in which the flash is lit.
const TRACK: [u8; 3] = [24, 34, 84];
const MARK: [u8; 3] = [96, 30, 60];
/// The lit second of ten, and the others.
const SECOND: [u8; 3] = [255, 150, 0];
const OTHERS: [[u8; 3]; 2] = [[52, 30, 4], [34, 20, 3]];
const SECONDS: u32 = 10;
/// Where the flash ends and the track begins, and where that ends, in heights.
const EDGES: [f32; 2] = [0.4, 0.8];

struct Flash {
    speed: f64,
    length: f32,
    color: [u8; 3],
    bar: [u8; 3],
    size: Size,
}

fn build(values: &Values<'_>, size: Size, _seed: u32) -> Box<dyn Effect> {
    Box::new(Flash {
        speed: values.number("speed"),
        length: values.number("length") as f32,
        color: values.color("color").0,
        bar: values.color("bar").0,
        size,
    })
}

impl Effect for Flash {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let (size, time) = (self.size, t * self.speed);
        let part = turn(time);
        let area = |from, to| Area::of(size, from, to);
        let flash = if part < self.length { self.color } else { GROUND };
        // Each goes on to the bottom, and the next is laid over it: so no seam is left.
        area((0.0, 0.0), (1.0, 1.0)).fill(canvas, flash);
        area((0.0, EDGES[0]), (1.0, 1.0)).fill(canvas, TRACK);
        area((0.0, EDGES[0]), (self.length, EDGES[1])).fill(canvas, MARK);
        // The bar's left edge is the time; at the end of its way it comes in again.
        let wide = 0.06;
        for left in [part, part - 1.0] {
            area((left, EDGES[0]), (left + wide, EDGES[1])).fill(canvas, self.bar);
        }
        let lit = time.rem_euclid(f64::from(SECONDS)) as u32;
        for second in 0..SECONDS {
            let left = second as f32 / SECONDS as f32;
            let color = if second == lit { SECOND } else { OTHERS[(second % 2) as usize] };
            area((left, EDGES[1]), (1.0, 1.0)).fill(canvas, color);
        }
    }
}
