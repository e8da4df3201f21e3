//! Matrix rain: columns of signs with a bright head and a fading tail.

use super::canvas::{Canvas, Size};
use super::math::{cycle, hash, smooth, unit};
use super::palette::light_of;
use super::param::{Param, Values};
use super::{Effect, EffectInfo};
use crate::source::light::srgb_encode;

pub(super) const INFO: EffectInfo = EffectInfo {
    id: "matrix_rain",
    name: "Matrix rain",
    family: "particles",
    description: "Columns of signs that fall with a bright head and a fading tail.",
    params: &[
        Param::speed("How fast the signs fall."),
        Param::color("color", "#00FF55", "The colour of the tails."),
        Param::number("rows", 8.0, 40.0, 20.0, "", "Signs in the short side."),
        Param::number("density", 0.1, 1.0, 0.75, "", "How many columns rain at a time."),
        Param::number("tail", 0.2, 2.0, 1.0, "×", "How long the tails are."),
    ],
    build,
};

/// Signs, seven wide and seven high, a row a byte; drawn for this program.
const SIGNS: [[u8; 7]; 24] = [
    [0x7F, 0x01, 0x12, 0x14, 0x10, 0x20, 0x40],
    [0x04, 0x08, 0x30, 0x50, 0x10, 0x10, 0x10],
    [0x10, 0x7F, 0x41, 0x02, 0x04, 0x08, 0x30],
    [0x00, 0x3E, 0x08, 0x08, 0x08, 0x08, 0x7F],
    [0x04, 0x7F, 0x0C, 0x14, 0x24, 0x44, 0x0C],
    [0x10, 0x7E, 0x12, 0x12, 0x22, 0x22, 0x4C],
    [0x08, 0x7F, 0x08, 0x7F, 0x04, 0x04, 0x04],
    [0x1E, 0x12, 0x22, 0x42, 0x04, 0x08, 0x30],
    [0x20, 0x3F, 0x24, 0x44, 0x04, 0x08, 0x10],
    [0x00, 0x7F, 0x01, 0x01, 0x01, 0x01, 0x7F],
    [0x22, 0x7F, 0x22, 0x22, 0x04, 0x08, 0x30],
    [0x60, 0x01, 0x61, 0x02, 0x04, 0x18, 0x60],
    [0x7E, 0x02, 0x04, 0x08, 0x14, 0x22, 0x41],
    [0x20, 0x7F, 0x22, 0x24, 0x20, 0x20, 0x1F],
    [0x41, 0x21, 0x12, 0x02, 0x04, 0x08, 0x30],
    [0x0C, 0x70, 0x10, 0x7F, 0x10, 0x20, 0x40],
    [0x3C, 0x00, 0x7F, 0x08, 0x08, 0x10, 0x20],
    [0x20, 0x20, 0x30, 0x2C, 0x22, 0x20, 0x20],
    [0x08, 0x08, 0x7F, 0x08, 0x2A, 0x49, 0x18],
    [0x1C, 0x22, 0x41, 0x41, 0x41, 0x22, 0x1C],
    [0x08, 0x18, 0x28, 0x08, 0x08, 0x08, 0x3E],
    [0x3E, 0x41, 0x02, 0x0C, 0x10, 0x20, 0x7F],
    [0x3E, 0x41, 0x41, 0x3F, 0x01, 0x41, 0x3E],
    [0x7F, 0x02, 0x04, 0x0E, 0x01, 0x41, 0x3E],
];

/// How a sign fills its cell: it has a border of one of nine parts.
const PARTS: f32 = 9.0;

struct MatrixRain {
    speed: f64,
    density: f32,
    tail: f32,
    seed: u32,
    columns: u32,
    rows: u32,
    /// Where each column and row of cells begins, in pixels, and where the last one ends.
    lefts: Vec<usize>,
    tops: Vec<usize>,
    /// How much of each pixel of a cell each sign covers, 0..=256; cells are `cell` pixels large.
    covers: Vec<u16>,
    cell: (usize, usize),
    /// Tail colours by strength, from black over the colour to almost white.
    ramp: Vec<[u32; 3]>,
    /// Strength of each cell of the column being drawn.
    strengths: Vec<f32>,
}

fn build(values: &Values<'_>, size: Size, seed: u32) -> Box<dyn Effect> {
    let pixels = size.unit / values.number("rows") as f32;
    let count = |side: u32| ((side as f32 / pixels).round() as u32).clamp(1, side);
    let (columns, rows) = (count(size.width), count(size.height));
    let edges = |count: u32, side: u32| -> Vec<usize> {
        (0..=count).map(|i| (u64::from(i) * u64::from(side) / u64::from(count)) as usize).collect()
    };
    let cell = (size.width.div_ceil(columns) as usize, size.height.div_ceil(rows) as usize);
    let light = light_of(values.color("color"));
    Box::new(MatrixRain {
        speed: values.number("speed"),
        density: values.number("density") as f32,
        tail: values.number("tail") as f32,
        seed: seed ^ 0x70,
        columns,
        rows,
        lefts: edges(columns, size.width),
        tops: edges(rows, size.height),
        covers: SIGNS.iter().flat_map(|sign| cover(sign, cell)).collect(),
        cell,
        ramp: (0..=256).map(|strength| shade(light, strength as f32 / 256.0)).collect(),
        strengths: vec![0.0; rows as usize],
    })
}

/// Which part of each pixel of a cell a sign covers.
fn cover(sign: &[u8; 7], (width, height): (usize, usize)) -> Vec<u16> {
    const FINE: usize = 4;
    let is_set = |x: f32, y: f32| {
        let (column, row) = ((x * PARTS) as usize, (y * PARTS) as usize);
        (1..8).contains(&column)
            && (1..8).contains(&row)
            && sign[row - 1] & (0x40 >> (column - 1)) != 0
    };
    let part = |at: usize, fine: usize, side: usize| {
        (at as f32 + (fine as f32 + 0.5) / FINE as f32) / side as f32
    };
    let pixel = |x: usize, y: usize| {
        let points = (0..FINE * FINE)
            .filter(|i| is_set(part(x, i % FINE, width), part(y, i / FINE, height)))
            .count();
        (points * 256 / (FINE * FINE)) as u16
    };
    (0..height).flat_map(|y| (0..width).map(move |x| pixel(x, y))).collect()
}

/// Strength to colour: black, the colour, and from 0.75 on towards white.
fn shade(light: [f32; 3], strength: f32) -> [u32; 3] {
    let part = (strength / 0.75).min(1.0);
    let white = smooth(0.74, 0.95, strength) * 0.85;
    light.map(|value| {
        let mixed = value * part * part + white * (1.0 - value);
        (srgb_encode(f64::from(mixed.min(1.0))) * 255.0).round() as u32
    })
}

impl Effect for MatrixRain {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let time = t * self.speed;
        for column in 0..self.columns {
            self.fall(time, column);
            for row in 0..self.rows {
                self.sign(time, column, row, canvas);
            }
        }
    }
}

impl MatrixRain {
    /// Finds the strength of each cell of a column: two drops, the second slower and fainter.
    fn fall(&mut self, time: f64, column: u32) {
        self.strengths.fill(0.0);
        for drop in 0..2 {
            let own = hash(self.seed, column, drop);
            let random = |what| unit(hash(own, what, 0));
            let (pace, most) = if drop == 0 { (8.0, 1.0) } else { (5.0, 0.5) };
            let pace = pace + 5.0 * f64::from(random(1));
            let length = self.tail * (7.0 + 12.0 * random(2));
            // From above the top until the tail has left, and then a pause.
            let way = self.rows as f32 + length + 6.0 * random(3);
            let (run, part) = cycle(time * pace / f64::from(way) + f64::from(random(4)));
            if unit(hash(own, run, 5)) >= self.density {
                continue;
            }
            let head = part * way - 1.0;
            for (row, strength) in self.strengths.iter_mut().enumerate() {
                let behind = head - row as f32;
                let value = if behind < 0.0 {
                    // The head comes in over one cell, so that it does not jump.
                    (1.0 + behind).max(0.0)
                } else {
                    let left = (1.0 - behind / length).max(0.0);
                    // White for a cell, then the colour, ever darker.
                    (1.0 - behind * 0.3).max(0.8) * left * (0.5 + 0.5 * left)
                };
                *strength = strength.max(value * most);
            }
        }
    }

    fn sign(&self, time: f64, column: u32, row: u32, canvas: &mut Canvas) {
        let (left, right) = (self.lefts[column as usize], self.lefts[column as usize + 1]);
        let (top, bottom) = (self.tops[row as usize], self.tops[row as usize + 1]);
        let strength = self.strengths[row as usize];
        let own = hash(self.seed ^ 0x71, column, row);
        // Most signs stay for seconds, some change all the time.
        let rate = if own & 7 == 0 { 2.6 } else { 0.2 };
        let (change, _) = cycle(time * rate + f64::from(unit(own)));
        let sign = hash(own, change, 1) as usize % SIGNS.len();
        let front = self.ramp[(strength * 256.0) as usize & 511];
        // A sign glows a little over its whole cell.
        let back = self.ramp[(strength * 118.0) as usize & 511];
        let covers = &self.covers[sign * self.cell.0 * self.cell.1..][..self.cell.0 * self.cell.1];
        let width = canvas.width as usize * 3;
        for (y, covers) in (top..bottom).zip(covers.chunks_exact(self.cell.0)) {
            let pixels = &mut canvas.rgb[y * width + left * 3..y * width + right * 3];
            for (pixel, &cover) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(covers) {
                let cover = u32::from(cover);
                for ((byte, front), back) in pixel.iter_mut().zip(front).zip(back) {
                    *byte = ((front * cover + back * (256 - cover)) >> 8) as u8;
                }
            }
        }
    }
}
