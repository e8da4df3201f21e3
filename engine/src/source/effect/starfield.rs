//! Starfield: a flight through stars and faint clouds.

use super::canvas::{Canvas, Size};
use super::dots::Dots;
use super::field::{Field, Point};
use super::math::{cycle, hash, smooth, turn, unit};
use super::noise::Noise;
use super::palette::{Palette, light_of};
use super::param::{Param, Values};
use super::{Effect, EffectInfo};

pub(super) const INFO: EffectInfo = EffectInfo {
    id: "starfield",
    name: "Starfield",
    family: "particles",
    description: "A flight through stars and faint clouds.",
    params: &[
        Param::speed("How fast the flight is."),
        Param::number("density", 0.1, 1.0, 0.5, "", "How many stars there are."),
        Param::number("size", 0.5, 3.0, 1.0, "×", "How large the stars are."),
        Param::color("color", "#78A8FF", "The light of most stars; some are warmer or colder."),
        Param::number("nebula", 0.0, 1.0, 0.5, "", "How bright the clouds behind the stars are."),
    ],
    build,
};

const MOST_STARS: f64 = 520.0;
/// Pictures of a star along its way, which make its trail.
const TRAIL: u32 = 10;

struct Starfield {
    speed: f64,
    stars: Vec<Star>,
    size: Size,
    seed: u32,
    radius: f32,
    nebula: f32,
    noise: Noise,
    palette: Palette,
    field: Field,
    dots: Dots,
}

struct Star {
    start: f64,
    /// Flights from afar to the eye in a second, at speed 1.
    rate: f64,
    light: [f32; 3],
}

fn build(values: &Values<'_>, size: Size, seed: u32) -> Box<dyn Effect> {
    let seed = seed ^ 0x40;
    let base = light_of(values.color("color"));
    let star = |number: u32| {
        let random = |what| unit(hash(seed, number, what));
        let other = match number % 6 {
            0 => [1.0, 0.42, 0.12],
            1 => [0.25, 0.45, 1.0],
            2 => [1.0, 0.25, 0.5],
            _ => base,
        };
        let part = 0.9 * random(1);
        Star {
            start: f64::from(random(2)),
            rate: 0.07 + 0.07 * f64::from(random(3)),
            light: std::array::from_fn(|i| base[i] + (other[i] - base[i]) * part),
        }
    };
    Box::new(Starfield {
        speed: values.number("speed"),
        stars: (0..(values.number("density") * MOST_STARS) as u32).map(star).collect(),
        size,
        seed,
        radius: values.number("size") as f32 * size.unit,
        nebula: values.number("nebula") as f32,
        noise: Noise::new(seed ^ 0x41),
        palette: Palette::named("neon"),
        field: Field::new(size, 45.0),
        dots: Dots::new(),
    })
}

impl Effect for Starfield {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let time = t * self.speed;
        self.clouds(time, canvas);
        let (half_w, half_h) = self.size.half();
        let reach = (half_w * half_w + half_h * half_h).sqrt();
        for (number, star) in self.stars.iter().enumerate() {
            let (flight, part) = cycle(time * star.rate + star.start);
            let random = |what| unit(hash(self.seed ^ flight, number as u32, what));
            // A direction and a distance from the line of flight, never on it.
            let (x, y) = (random(5) * 2.0 - 1.0, random(6) * 2.0 - 1.0);
            let (x, y) = (x * reach, y * reach);
            let away = (x * x + y * y).sqrt().max(0.01);
            let (x, y) = (x * (1.0 + 0.05 / away), y * (1.0 + 0.05 / away));
            self.star(star, (x, y), part, 0.5 + 0.5 * random(7), canvas);
        }
    }
}

impl Starfield {
    fn clouds(&mut self, time: f64, canvas: &mut Canvas) {
        if self.nebula == 0.0 {
            canvas.rgb.fill(0);
            return;
        }
        self.noise.set(time * 0.02);
        let shift = turn(time * 0.004_142_136);
        let (noise, nebula) = (&self.noise, self.nebula);
        self.field.fill(|x, y| {
            let bend = noise.at(1.1 * x + 8.0, 1.1 * y + 3.0);
            let cloud = noise.two(1.5 * x + 0.6 * bend, 1.5 * y - 0.6 * bend);
            let thick = smooth(-0.35, 1.0, cloud);
            Point { color: 0.05 + shift + 0.3 * bend, light: nebula * (0.1 + 0.9 * thick) }
        });
        self.field.paint(&self.palette, canvas);
    }

    /// `part` of the way is over: from the depth 1 to almost 0.
    fn star(&self, star: &Star, place: (f32, f32), part: f32, strength: f32, canvas: &mut Canvas) {
        const NEAR: f32 = 0.03;
        const FOCUS: f32 = 0.42;
        let depth = 1.0 - part * (1.0 - NEAR);
        let strength = strength * smooth(0.0, 0.35, part) * (0.4 + 0.6 * part);
        let (half_w, half_h) = self.size.half();
        for step in 0..TRAIL {
            let behind = step as f32 / TRAIL as f32;
            let depth = depth + behind * 0.035;
            let (x, y) = (place.0 * FOCUS / depth, place.1 * FOCUS / depth);
            if x.abs() > half_w + 0.1 || y.abs() > half_h + 0.1 {
                continue;
            }
            let radius = self.radius * (0.005 + 0.0034 / (depth + 0.08)).min(0.03);
            let left = (1.0 - behind) * (1.0 - behind);
            // Slow stars draw their trail onto themselves; then it may not add up.
            let share = if step == 0 { 1.0 } else { 0.5 * left };
            let light = star.light.map(|light| light * strength * share);
            let at = self.size.pixel(x, y);
            self.dots.add(canvas, at, radius * (0.5 + 0.5 * left), light);
            if step == 0 {
                self.dots.add(canvas, at, radius * 3.0, light.map(|light| light * 0.15));
            }
        }
    }
}
