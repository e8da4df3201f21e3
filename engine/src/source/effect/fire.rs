//! Fire: tongues of flame that rise from the lower edge, with sparks above them.

use super::canvas::{Canvas, Size};
use super::dots::Dots;
use super::field::{Field, Point};
use super::math::{cycle, hash, unit, wave};
use super::noise::{Noise, scroll};
use super::palette::Palette;
use super::param::{Param, Values};
use super::{Effect, EffectInfo};

pub(super) const INFO: EffectInfo = EffectInfo {
    id: "fire",
    name: "Fire",
    family: "nature",
    description: "Flames that rise from the lower edge, with sparks above them.",
    params: &[
        Param::speed("How fast the flames rise."),
        Param::choice(
            "fuel",
            &["wood", "gas", "copper", "magic"],
            "wood",
            "What burns, by its colour.",
        ),
        Param::number(
            "height",
            0.2,
            1.5,
            0.8,
            "",
            "How high the flames rise; 1 is the short side.",
        ),
        Param::number("unrest", 0.0, 2.0, 1.0, "×", "How much the flames lick and tear."),
        Param::number("sparks", 0.0, 1.0, 0.5, "", "How many sparks fly."),
    ],
    build,
};

const MOST_SPARKS: f64 = 90.0;

struct Fire {
    speed: f64,
    height: f32,
    unrest: f32,
    sparks: u32,
    seed: u32,
    size: Size,
    noise: Noise,
    palette: Palette,
    field: Field,
    dots: Dots,
}

fn build(values: &Values<'_>, size: Size, seed: u32) -> Box<dyn Effect> {
    let stops: &[(f64, u32)] = match values.word("fuel").as_str() {
        "gas" => &[
            (0.0, 0x00_00_00),
            (0.18, 0x06_06_40),
            (0.42, 0x0A_2C_D8),
            (0.68, 0x20_98_FF),
            (0.86, 0x90_E4_FF),
            (1.0, 0xF4_FC_FF),
        ],
        "copper" => &[
            (0.0, 0x00_00_00),
            (0.18, 0x00_24_14),
            (0.42, 0x00_90_38),
            (0.68, 0x30_E8_50),
            (0.86, 0xB8_FF_78),
            (1.0, 0xFC_FF_E0),
        ],
        "magic" => &[
            (0.0, 0x00_00_00),
            (0.18, 0x24_04_44),
            (0.42, 0x98_10_C8),
            (0.68, 0xFF_40_B0),
            (0.86, 0xFF_A8_C8),
            (1.0, 0xFF_F4_F0),
        ],
        _ => &[
            (0.0, 0x00_00_00),
            (0.16, 0x30_02_00),
            (0.34, 0xA8_0E_00),
            (0.54, 0xF8_48_00),
            (0.74, 0xFF_9A_08),
            (0.9, 0xFF_DA_48),
            (1.0, 0xFF_F6_C0),
        ],
    };
    Box::new(Fire {
        speed: values.number("speed"),
        height: values.number("height") as f32,
        unrest: values.number("unrest") as f32,
        sparks: (values.number("sparks") * MOST_SPARKS) as u32,
        seed: seed ^ 0x30,
        size,
        noise: Noise::new(seed ^ 0x31),
        palette: Palette::ramp(stops),
        field: Field::new(size, 96.0),
        dots: Dots::new(),
    })
}

impl Effect for Fire {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let time = t * self.speed;
        self.noise.set(time * 0.22);
        let (rise, fast) = (scroll(time * 1.05), scroll(time * 1.7));
        let floor = self.size.half().1;
        let Self { height, unrest, noise, .. } = self;
        self.field.fill(|x, y| {
            let up = (floor - y).max(0.0) / *height;
            // The flames lean and tear more the higher they are.
            let lean = *unrest * noise.at(1.3 * x + 30.0, 0.9 * y + 0.7 * rise);
            let x = x + 0.16 * lean * (0.25 + up);
            let broad = noise.at(2.6 * x, 1.15 * y + rise);
            let narrow = noise.at(5.6 * x + 7.0 + 0.5 * broad, 2.3 * y + fast + 11.0);
            let fine = noise.at(11.0 * x + 3.0, 4.4 * y + fast * 2.0 + 20.0);
            let lick = 0.62 * broad + 0.36 * narrow + 0.16 * fine;
            let heat = 0.94 - 0.98 * up + *unrest * lick * (0.3 + 0.7 * up.min(1.0));
            let heat = heat.clamp(0.0, 1.0);
            Point { color: heat, light: 1.0 }
        });
        self.field.paint(&self.palette, canvas);
        self.fly(time, canvas);
    }
}

impl Fire {
    fn fly(&self, time: f64, canvas: &mut Canvas) {
        let (half_w, half_h) = self.size.half();
        for spark in 0..self.sparks {
            let random = |what| unit(hash(self.seed, spark, what));
            let rate = 0.22 + 0.3 * f64::from(random(1));
            let (flight, part) = cycle(time * rate + f64::from(random(2)));
            let random = |what| unit(hash(self.seed ^ flight, spark, what));
            let x = (random(3) * 2.0 - 1.0) * half_w
                + 0.05 * wave(part * (1.0 + random(4)) + random(5))
                + 0.15 * (random(6) - 0.5) * part;
            let y = half_h - self.height * (0.25 + part * (0.6 + 0.9 * random(7)));
            let strength = (part * 8.0).min(1.0) * (1.0 - part) * (0.7 + 0.3 * wave(part * 7.0));
            let color = self.palette.light(0.92 - 0.35 * part);
            let radius = (0.006 + 0.008 * random(8)) * self.size.unit;
            let at = self.size.pixel(x, y);
            self.dots.add(canvas, at, radius, color.map(|light| light * strength));
            self.dots.add(canvas, at, radius * 4.0, color.map(|light| light * strength * 0.08));
        }
    }
}
