//! Plasma: slow waves of colour that bend each other, with shade between them.

use super::canvas::{Canvas, Size};
use super::field::{Field, Point};
use super::math::{hash, turn, unit, wave};
use super::palette::Palette;
use super::param::{Param, Values};
use super::{Effect, EffectInfo};

pub(super) const INFO: EffectInfo = EffectInfo {
    id: "plasma",
    name: "Plasma",
    family: "waves",
    description: "Slow waves of colour that bend each other.",
    params: &[
        Param::speed("How fast the waves move."),
        Param::palette("rainbow"),
        Param::number("scale", 0.25, 4.0, 1.0, "×", "How large the waves are."),
        Param::number("contrast", 0.0, 1.0, 0.3, "", "How dark it gets between the waves."),
    ],
    build,
};

/// Cycles a second. Their ratios are far from simple ones, so that nothing repeats.
const RATES: [f64; 8] = [
    0.061_803_399,
    0.048_717_693,
    0.071_302_559,
    0.039_116_487,
    0.055_728_091,
    0.082_914_377,
    0.043_301_271,
    0.027_143_189,
];

struct Plasma {
    speed: f64,
    zoom: f32,
    depth: f32,
    starts: [f32; 8],
    palette: Palette,
    field: Field,
}

fn build(values: &Values<'_>, size: Size, seed: u32) -> Box<dyn Effect> {
    Box::new(Plasma {
        speed: values.number("speed"),
        zoom: 1.0 / values.number("scale") as f32,
        depth: 0.5 * values.number("contrast") as f32,
        starts: std::array::from_fn(|i| unit(hash(seed, i as u32, 10))),
        palette: Palette::named(&values.word("palette")),
        field: Field::new(size, 110.0),
    })
}

impl Effect for Plasma {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let time = t * self.speed;
        let [a, b, c, d, e, f, g, h] =
            std::array::from_fn(|i| turn(time * RATES[i]) + self.starts[i]);
        let (zoom, depth) = (self.zoom, self.depth);
        self.field.fill(|x, y| {
            let (x, y) = (x * zoom, y * zoom);
            let bent_x = x + 0.16 * wave(y * 0.83 + a) + 0.09 * wave(1.9 * y - 1.1 * x + b);
            let bent_y = y + 0.16 * wave(x * 0.71 + c) + 0.09 * wave(1.7 * x + 1.3 * y + d);
            let rings = bent_x * bent_x + bent_y * bent_y;
            let color = 0.17 * wave(bent_x * 0.9 + e)
                + 0.17 * wave(bent_y * 1.1 - f)
                + 0.12 * wave((bent_x + bent_y) * 0.8 + g)
                + 0.12 * wave(rings - c);
            let shade = wave(1.3 * bent_x - 0.9 * bent_y - b + color)
                + wave(0.8 * bent_x + 1.5 * bent_y + f - color);
            Point { color: color + h, light: 1.0 - depth + 0.5 * depth * shade }
        });
        self.field.paint(&self.palette, canvas);
    }
}
