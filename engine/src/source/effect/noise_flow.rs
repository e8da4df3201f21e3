//! Noise flow: coloured ink that is drawn out into threads and never comes back to the same shape.

use super::canvas::{Canvas, Size};
use super::field::{Field, Point};
use super::math::{smooth, turn};
use super::noise::{Noise, scroll};
use super::palette::Palette;
use super::param::{Param, Values};
use super::{Effect, EffectInfo};

pub(super) const INFO: EffectInfo = EffectInfo {
    id: "noise_flow",
    name: "Noise flow",
    family: "noise",
    description: "Coloured ink that is drawn out into veils and threads.",
    params: &[
        Param::speed("How fast the ink flows."),
        Param::palette("aurora"),
        Param::number("scale", 0.25, 4.0, 1.0, "×", "How large the shapes are."),
        Param::number("swirl", 0.0, 2.0, 1.0, "×", "How much the shapes are drawn out."),
        Param::number("contrast", 0.0, 1.0, 0.75, "", "How dark it gets between the veils."),
    ],
    build,
};

struct NoiseFlow {
    speed: f64,
    zoom: f32,
    swirl: f32,
    depth: f32,
    noise: Noise,
    palette: Palette,
    field: Field,
}

fn build(values: &Values<'_>, size: Size, seed: u32) -> Box<dyn Effect> {
    Box::new(NoiseFlow {
        speed: values.number("speed"),
        zoom: 1.5 / values.number("scale") as f32,
        swirl: values.number("swirl") as f32,
        depth: values.number("contrast") as f32,
        noise: Noise::new(seed ^ 0x20),
        palette: Palette::named(&values.word("palette")),
        field: Field::new(size, 90.0),
    })
}

impl Effect for NoiseFlow {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let time = t * self.speed;
        self.noise.set(time * 0.07);
        let (drift, shift) = (scroll(time * 0.06), turn(time * 0.011_180_34));
        let Self { zoom, swirl, depth, noise, .. } = self;
        self.field.fill(|x, y| {
            let (x, y) = (x * *zoom + drift, y * *zoom);
            let (qx, qy) = (noise.at(x, y), noise.at(x + 5.2, y + 11.3));
            let (rx, ry) = (x + 0.9 * *swirl * qx, y + 0.9 * *swirl * qy);
            let veil = noise.two(rx + 23.7, ry + 3.1);
            let thread = noise.at(1.6 * rx + 40.1 + 0.7 * veil, 1.6 * ry + 31.9 - 0.5 * qx);
            let light = smooth(-0.75, 0.3, veil + 0.35 * thread);
            Point {
                color: 0.15 + shift + 0.38 * veil + 0.3 * qx + 0.14 * thread,
                light: 1.0 - *depth + *depth * (0.04 + 1.16 * light * light),
            }
        });
        self.field.paint(&self.palette, canvas);
    }
}
