//! Sparkle: lights that flash up and fade over a dark glow.

use super::canvas::{Canvas, Size};
use super::dots::Dots;
use super::field::{Field, Point};
use super::math::{cycle, hash, turn, unit, wave};
use super::palette::Palette;
use super::param::{Param, Values};
use super::{Effect, EffectInfo};

pub(super) const INFO: EffectInfo = EffectInfo {
    id: "sparkle",
    name: "Sparkle",
    family: "particles",
    description: "Lights that flash up and fade over a dark glow.",
    params: &[
        Param::speed("How fast the lights come and go."),
        Param::palette("neon"),
        Param::number("density", 0.05, 1.0, 0.45, "", "How many lights there are."),
        Param::number("size", 0.5, 3.0, 1.0, "×", "How large the lights are."),
        Param::number("glow", 0.0, 1.0, 0.4, "", "How bright it is behind the lights."),
    ],
    build,
};

/// Cells of a unit; each holds one light at a time.
const CELLS: f32 = 15.0;

struct Sparkle {
    speed: f64,
    density: f32,
    radius: f32,
    glow: f32,
    seed: u32,
    size: Size,
    palette: Palette,
    field: Field,
    dots: Dots,
}

fn build(values: &Values<'_>, size: Size, seed: u32) -> Box<dyn Effect> {
    Box::new(Sparkle {
        speed: values.number("speed"),
        density: values.number("density") as f32,
        radius: values.number("size") as f32 * size.unit,
        glow: values.number("glow") as f32,
        seed: seed ^ 0x50,
        size,
        palette: Palette::named(&values.word("palette")),
        field: Field::new(size, 40.0),
        dots: Dots::new(),
    })
}

impl Effect for Sparkle {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let time = t * self.speed;
        self.behind(time, canvas);
        let (half_w, half_h) = self.size.half();
        let (columns, rows) = ((half_w * CELLS).ceil() as i32, (half_h * CELLS).ceil() as i32);
        for row in -rows..rows {
            for column in -columns..columns {
                self.light(time, column, row, canvas);
            }
        }
    }
}

impl Sparkle {
    fn behind(&mut self, time: f64, canvas: &mut Canvas) {
        let (a, b, c) =
            (turn(time * 0.041_421_356), turn(time * 0.030_277_564), turn(time * 0.019_258_24));
        let glow = self.glow;
        self.field.fill(|x, y| {
            let hills = wave(0.55 * x + 0.3 * y + a) + wave(0.6 * y - 0.35 * x - b);
            let color = 0.16 * wave(0.4 * x - 0.5 * y + b) + 0.1 * hills + c;
            Point { color, light: glow * (0.34 + 0.14 * hills) }
        });
        self.field.paint(&self.palette, canvas);
    }

    fn light(&self, time: f64, column: i32, row: i32, canvas: &mut Canvas) {
        let cell = hash(self.seed, column as u32, row as u32);
        let rate = 0.22 + 0.3 * f64::from(unit(hash(cell, 1, 0)));
        let (flash, part) = cycle(time * rate + f64::from(unit(hash(cell, 2, 0))));
        let random = |what| unit(hash(cell, flash, what));
        if random(3) >= self.density {
            return;
        }
        let x = (column as f32 + 0.1 + 0.8 * random(4)) / CELLS;
        let y = (row as f32 + 0.1 + 0.8 * random(5)) / CELLS;
        // Up in an eighth of the time, then down ever more slowly.
        let rise = (part * 8.0).min(1.0);
        let fall = ((1.0 - part) * (8.0 / 7.0)).min(1.0);
        let large = random(6);
        let strength = rise * rise * fall * fall * (0.5 + 0.5 * large);
        let color = self.palette.light(random(7));
        let peak = strength * strength * 0.8;
        let light = |share: f32| color.map(|value| value * strength * share);
        let radius = self.radius * (0.01 + 0.01 * large * large);
        let at = self.size.pixel(x, y);
        self.dots.add(canvas, at, radius * 3.0, light(0.22));
        self.dots.add(canvas, at, radius, color.map(|value| value * strength + peak));
        if large > 0.6 {
            self.rays(canvas, at, radius, light(0.5));
        }
    }

    /// Four points of light, as on a cut stone.
    fn rays(&self, canvas: &mut Canvas, at: (f32, f32), radius: f32, light: [f32; 3]) {
        for step in 1..=6 {
            let far = step as f32 * radius * 0.62;
            let left = 1.0 - step as f32 / 7.0;
            let light = light.map(|value| value * left);
            for (dx, dy) in [(far, 0.0), (-far, 0.0), (0.0, far), (0.0, -far)] {
                self.dots.add(canvas, (at.0 + dx, at.1 + dy), radius * 0.5 * left, light);
            }
        }
    }
}
