//! Smooth noise that moves by itself: each lattice point has a slope that turns at its own rate.

use super::math::{hash, turn, unit, wave};

/// Points on a side of the lattice, which closes on itself.
const SIDE: usize = 64;

pub(super) struct Noise {
    /// Where each slope points at the beginning and how fast it turns, both in turns.
    spins: Vec<(f64, f64)>,
    slopes: Vec<[f32; 2]>,
}

impl Noise {
    pub(super) fn new(seed: u32) -> Self {
        let spin = |point: u32| {
            let rate = 0.6 + 0.8 * f64::from(unit(hash(seed, point, 2)));
            let sign = if hash(seed, point, 3) & 1 == 0 { 1.0 } else { -1.0 };
            (f64::from(unit(hash(seed, point, 1))), rate * sign)
        };
        let points = (SIDE * SIDE) as u32;
        Self { spins: (0..points).map(spin).collect(), slopes: vec![[0.0; 2]; SIDE * SIDE] }
    }

    /// Turns the slopes to a time in (mean) turns.
    pub(super) fn set(&mut self, turns: f64) {
        for (slope, (start, rate)) in self.slopes.iter_mut().zip(&self.spins) {
            let angle = turn(start + rate * turns);
            *slope = [wave(angle), wave(angle + 0.25)];
        }
    }

    /// A value in about -1..1; `x` and `y` in lattice cells, above -1000.
    #[inline]
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        // A multiple of the side makes them positive, so that cutting is rounding down.
        let (x, y) = (x + 1024.0, y + 1024.0);
        let (column, row) = (x as u32, y as u32);
        let (fx, fy) = (x - column as f32, y - row as f32);
        let slope = |dx: u32, dy: u32| {
            let column = (column + dx) as usize % SIDE;
            let row = (row + dy) as usize % SIDE;
            let [sx, sy] = self.slopes[(row * SIDE + column) % (SIDE * SIDE)];
            sx * (fx - dx as f32) + sy * (fy - dy as f32)
        };
        let (ux, uy) = (fade(fx), fade(fy));
        let top = mix(slope(0, 0), slope(1, 0), ux);
        let bottom = mix(slope(0, 1), slope(1, 1), ux);
        1.4 * mix(top, bottom, uy)
    }

    /// Two sizes of noise together, the second half as large and half as strong.
    #[inline]
    pub(super) fn two(&self, x: f32, y: f32) -> f32 {
        self.at(x, y) + 0.5 * self.at(2.0 * x + 17.3, 2.0 * y + 9.1)
    }
}

/// A distance in lattice cells, cut to where the lattice repeats.
pub(super) fn scroll(cells: f64) -> f32 {
    turn(cells / SIDE as f64) * SIDE as f32
}

#[inline(always)]
fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

#[inline(always)]
fn mix(from: f32, to: f32, part: f32) -> f32 {
    from + (to - from) * part
}
