//! Ripples: rings that run from drops on water and cross each other.

use super::canvas::{Canvas, Size};
use super::field::{Field, Point};
use super::math::{cycle, hash, smooth, turn, unit, wave};
use super::palette::Palette;
use super::param::{Param, Values};
use super::{Effect, EffectInfo};

pub(super) const INFO: EffectInfo = EffectInfo {
    id: "ripples",
    name: "Ripples",
    family: "nature",
    description: "Rings that run from drops on water and cross each other.",
    params: &[
        Param::speed("How fast the water moves."),
        Param::palette("ocean"),
        Param::number("drops", 0.2, 4.0, 1.2, "1/s", "Drops in a second, at speed 1."),
        Param::number("size", 0.5, 3.0, 1.0, "×", "How far apart the rings of a drop are."),
        Param::number("height", 0.2, 2.0, 1.0, "×", "How high the rings stand."),
    ],
    build,
};

/// Seconds until a drop is forgotten.
const LIFE: f64 = 4.5;
/// Units a second.
const PACE: f32 = 0.3;
/// Entries in the profile of a drop's rings, which is `SPAN` wavelengths long.
const PROFILE: usize = 512;
const SPAN: f32 = 3.5;

struct Ripples {
    speed: f64,
    slots: u32,
    wavelength: f32,
    height: f32,
    seed: u32,
    size: Size,
    /// The water's height behind the foremost ring.
    profile: Vec<f32>,
    levels: Vec<f32>,
    palette: Palette,
    field: Field,
}

fn build(values: &Values<'_>, size: Size, seed: u32) -> Box<dyn Effect> {
    let profile = (0..=PROFILE).map(|entry| {
        let back = entry as f32 / PROFILE as f32;
        let envelope = smooth(0.0, 0.22, back) * (1.0 - smooth(0.22, 1.0, back));
        envelope * wave(back * SPAN)
    });
    let mut field = Field::new(size, 130.0);
    let points = field.points_mut().0.len();
    Box::new(Ripples {
        speed: values.number("speed"),
        slots: (values.number("drops") * LIFE).ceil().max(1.0) as u32,
        wavelength: 0.085 * values.number("size") as f32,
        height: values.number("height") as f32,
        seed: seed ^ 0x60,
        size,
        profile: profile.collect(),
        levels: vec![0.0; points],
        palette: Palette::named(&values.word("palette")),
        field,
    })
}

impl Effect for Ripples {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let time = t * self.speed;
        self.swell(time);
        for slot in 0..self.slots {
            self.drop(time, slot);
        }
        self.shade();
        self.field.paint(&self.palette, canvas);
    }
}

impl Ripples {
    /// The slow water beneath: its colour, and a little height.
    fn swell(&mut self, time: f64) {
        let [a, b, c, d] = [0.061_803_399, 0.047_213_595, 0.035_898_385, 0.013_122_318]
            .map(|rate| turn(time * rate));
        let mut levels = self.levels.iter_mut();
        self.field.fill(|x, y| {
            let bent = x + 0.1 * wave(0.9 * y + a);
            let hills = wave(0.8 * bent + 0.5 * y + b) + wave(1.1 * y - 0.6 * bent - c);
            if let Some(level) = levels.next() {
                *level = 0.1 * hills;
            }
            Point { color: d + 0.11 * hills + 0.08 * wave(0.4 * x - a), light: 0.0 }
        });
    }

    fn drop(&mut self, time: f64, slot: u32) {
        let random = |what| unit(hash(self.seed, slot, what));
        // Slots take turns, each a little out of step.
        let start = (f64::from(slot) + 0.8 * f64::from(random(1))) / f64::from(self.slots);
        let (fall, part) = cycle(time / LIFE + start);
        let random = |what| unit(hash(self.seed ^ fall, slot, what));
        let (half_w, half_h) = self.size.half();
        let (x, y) = ((random(2) * 2.0 - 1.0) * half_w, (random(3) * 2.0 - 1.0) * half_h);
        let front = part * LIFE as f32 * PACE + 0.3 * self.wavelength;
        let fade = (1.0 - part) * (1.0 - part) * smooth(0.0, 0.05, part);
        let strength = self.height * fade * (0.6 + 0.4 * random(4));
        let length = SPAN * self.wavelength;
        let scale = PROFILE as f32 / length;

        let step = self.field.pitch();
        let columns = self.field.points_mut().1;
        for (row, levels) in self.levels.chunks_exact_mut(columns).enumerate() {
            let dy = row as f32 * step - half_h - y;
            if dy.abs() >= front {
                continue;
            }
            let reach = (front * front - dy * dy).sqrt();
            let first = ((x - reach + half_w) / step).max(0.0) as usize;
            let last = (((x + reach + half_w) / step).max(0.0) as usize + 1).min(columns);
            for (column, level) in levels.iter_mut().enumerate().take(last).skip(first) {
                let dx = column as f32 * step - half_w - x;
                let back = front - (dx * dx + dy * dy).sqrt();
                if back > 0.0 && back < length {
                    let at = back * scale;
                    let entry = at as usize;
                    if let Some(&[from, to]) = self.profile.get(entry..entry + 2) {
                        *level += strength * (from + (to - from) * (at - entry as f32));
                    }
                }
            }
        }
    }

    /// Light falls from the upper left: slopes towards it shine.
    fn shade(&mut self) {
        let pitch = self.field.pitch();
        let (points, columns) = self.field.points_mut();
        let steep = 0.032 / pitch;
        for (at, point) in points.iter_mut().enumerate() {
            let here = self.levels[at];
            let right = self.levels.get(at + 1).copied().unwrap_or(here);
            let below = self.levels.get(at + columns).copied().unwrap_or(here);
            let right = if (at + 1) % columns == 0 { here } else { right };
            let slope = ((right - here) + (below - here)) * steep;
            point.color += 0.16 * here;
            let light = 0.74 + 0.2 * here + 0.6 * slope;
            let glint = (slope - 0.35).max(0.0);
            point.light = light.clamp(0.06, 1.0) + (1.1 * glint).min(0.75);
        }
    }
}
