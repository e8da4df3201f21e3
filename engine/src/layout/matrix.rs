//! Sampling a matrix: rows are summed downwards as vectors, then each sum of rows across.
//!
//! For each row of LEDs:
//! 1. `sums` (i32, at most 32767 rows of 65535): the light of all rows of pixels wholly inside.
//! 2. `total` (f32): `sums` plus the shares of the rows cut by the upper and the lower edge. A cut
//!    row is decoded once and serves both LED rows.
//! 3. `line`: totals summed across each LED, with shares of the cut columns, over the area.
//! 4. `line` goes to its places on the wire.
//!
//! An f32 holds 24 bits, so steps 2 and 3 add less than half a step of 65535 to the error.

use crate::color::curve::srgb_to_linear16;

use super::light::Lanes;
use super::map::Rows;
use super::spec::{Direction, MatrixSpec};
use super::wire::Cell;

/// Pixels across that are summed in f32 before they join a sum in f64, so that the error does not
/// grow with the width of an LED.
const STRETCH: usize = 64;

/// What of one axis an LED covers.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    /// The pixel cut by the near edge, and how much of it is inside: 0..1, 0 if the edge cuts none.
    head: u32,
    head_share: f32,
    /// Pixels wholly inside: half-open.
    whole_from: u32,
    whole_to: u32,
    /// The pixel cut by the far edge, as for the head. An LED inside one pixel has only a head.
    tail: u32,
    tail_share: f32,
}

/// A matrix fitted to a canvas. Owned by the render thread.
#[derive(Debug)]
pub(super) struct MatrixSampler {
    spec: MatrixSpec,
    lanes: Lanes,
    across: Vec<Span>,
    down: Vec<Span>,
    /// Pixels across each LED, if that is the same whole number for all.
    even_width: Option<u32>,
    /// Each LED is exactly one pixel.
    one_to_one: bool,
    /// One over the pixels that an LED covers.
    per_area: f32,
    codes: Vec<u8>,
    light: Vec<u16>,
    edge: Vec<u16>,
    sums: Vec<i32>,
    total: Vec<f32>,
    line: Vec<[u16; 3]>,
}

impl MatrixSampler {
    /// The spec has been checked.
    pub(super) fn build(spec: &MatrixSpec, width: u32, height: u32) -> Self {
        let area =
            f64::from(width) / f64::from(spec.columns) * f64::from(height) / f64::from(spec.rows);
        let values = width as usize * 3;
        Self {
            spec: spec.clone(),
            lanes: Lanes::detect(),
            across: spans(width, spec.columns),
            down: spans(height, spec.rows),
            even_width: width.is_multiple_of(spec.columns).then(|| width / spec.columns),
            one_to_one: width == spec.columns && height == spec.rows,
            per_area: (1.0 / area) as f32,
            codes: vec![0; values],
            light: vec![0; values],
            edge: vec![0; values],
            sums: vec![0; values],
            total: vec![0.0; values],
            line: vec![[0; 3]; spec.columns as usize],
        }
    }

    /// See [`super::LayoutMap::sample`].
    pub(super) fn sample<R: Rows + ?Sized>(&mut self, rows: &R, leds: &mut [[u16; 3]]) {
        // The row of pixels that `edge` holds.
        let mut edge_row = None;
        for led_row in 0..self.spec.rows {
            if self.one_to_one {
                self.read_exactly(rows, led_row);
            } else {
                self.sum_down(rows, self.down[led_row as usize], &mut edge_row);
                self.sum_across();
            }
            self.put(led_row, leds);
        }
    }

    fn read_exactly<R: Rows + ?Sized>(&mut self, rows: &R, y: u32) {
        rows.copy_row(y, &mut self.codes);
        let (table, linear) = (srgb_to_linear16(), rows.is_linear());
        for (led, &code) in self.line.as_flattened_mut().iter_mut().zip(&self.codes) {
            *led = if linear { u16::from(code) * 257 } else { table[usize::from(code)] };
        }
    }

    fn sum_down<R: Rows + ?Sized>(&mut self, rows: &R, span: Span, edge_row: &mut Option<u32>) {
        self.sums.fill(0);
        for y in span.whole_from..span.whole_to {
            rows.copy_row(y, &mut self.codes);
            self.lanes.light(rows.is_linear(), &self.codes, &mut self.light);
            self.lanes.add(&self.light, &mut self.sums);
        }
        let mut hold = |edge: &mut [u16], y: u32| {
            if *edge_row != Some(y) {
                rows.copy_row(y, &mut self.codes);
                self.lanes.light(rows.is_linear(), &self.codes, edge);
                *edge_row = Some(y);
            }
        };
        if span.head_share > 0.0 {
            hold(&mut self.edge, span.head);
        }
        self.lanes.add_edge(&self.sums, span.head_share, &self.edge, &mut self.total);
        if span.tail_share > 0.0 {
            hold(&mut self.edge, span.tail);
            self.lanes.add_last_edge(span.tail_share, &self.edge, &mut self.total);
        }
    }

    fn sum_across(&mut self) {
        let (total, _) = self.total.as_chunks::<3>();
        let (line, per_area) = (&mut self.line[..], self.per_area);
        self.lanes.run(
            #[inline(always)]
            || match self.even_width {
                Some(1) => even::<1>(total, per_area, line),
                Some(2) => even::<2>(total, per_area, line),
                Some(3) => even::<3>(total, per_area, line),
                Some(4) => even::<4>(total, per_area, line),
                Some(5) => even::<5>(total, per_area, line),
                Some(6) => even::<6>(total, per_area, line),
                Some(8) => even::<8>(total, per_area, line),
                Some(10) => even::<10>(total, per_area, line),
                _ => uneven(total, &self.across, per_area, line),
            },
        );
    }

    fn put(&self, row: u32, leds: &mut [[u16; 3]]) {
        let first = self.spec.led_at(Cell { column: 0, row }) as usize;
        let last = self.spec.led_at(Cell { column: self.spec.columns - 1, row }) as usize;
        match self.spec.direction {
            Direction::Horizontal if first <= last => {
                leds[first..=last].copy_from_slice(&self.line);
            }
            Direction::Horizontal => {
                for (led, &light) in leds[last..=first].iter_mut().rev().zip(&self.line) {
                    *led = light;
                }
            }
            Direction::Vertical => {
                for (column, &light) in (0..).zip(&self.line) {
                    leds[self.spec.led_at(Cell { column, row }) as usize] = light;
                }
            }
        }
    }
}

/// LEDs that are all the same whole number of pixels wide: a length known to the compiler.
#[inline(always)]
fn even<const WIDTH: usize>(total: &[[f32; 3]], per_area: f32, line: &mut [[u16; 3]]) {
    let (pixels, _) = total.as_chunks::<WIDTH>();
    for (led, pixels) in line.iter_mut().zip(pixels) {
        let sum = pixels.iter().fold([0.0; 3], |sum, pixel| plus(sum, *pixel, 1.0));
        *led = [nearest(sum[0] * per_area), nearest(sum[1] * per_area), nearest(sum[2] * per_area)];
    }
}

#[inline(always)]
fn uneven(total: &[[f32; 3]], across: &[Span], per_area: f32, line: &mut [[u16; 3]]) {
    for (led, span) in line.iter_mut().zip(across) {
        let mut sum = [0.0; 3];
        sum = plus(sum, total[span.head as usize], span.head_share);
        sum = plus(sum, total[span.tail as usize], span.tail_share);
        let whole = &total[span.whole_from as usize..span.whole_to as usize];
        if whole.len() <= STRETCH {
            sum = whole.iter().fold(sum, |sum, pixel| plus(sum, *pixel, 1.0));
        } else {
            let mut long = sum.map(f64::from);
            for stretch in whole.chunks(STRETCH) {
                let part = stretch.iter().fold([0.0; 3], |sum, pixel| plus(sum, *pixel, 1.0));
                long = std::array::from_fn(|i| long[i] + f64::from(part[i]));
            }
            sum = long.map(|sum| sum as f32);
        }
        *led = [nearest(sum[0] * per_area), nearest(sum[1] * per_area), nearest(sum[2] * per_area)];
    }
}

#[inline(always)]
fn plus(sum: [f32; 3], pixel: [f32; 3], share: f32) -> [f32; 3] {
    [sum[0] + share * pixel[0], sum[1] + share * pixel[1], sum[2] + share * pixel[2]]
}

/// The nearest whole number, of 0..65535.5. Adding 2^23 leaves a float no room for a fraction, so
/// that its lowest bits are the number; a cast would check the range first.
#[inline(always)]
fn nearest(light: f32) -> u16 {
    (light + 8_388_608.0).to_bits() as u16
}

/// Divides an axis evenly. Edges are computed in whole numbers of 1/`leds` pixel and so are exact.
fn spans(pixels: u32, leds: u32) -> Vec<Span> {
    let unit = u64::from(leds);
    let share = |part: u64| (part as f64 / f64::from(leds)) as f32;
    (0..u64::from(leds))
        .map(|led| {
            let from = led * u64::from(pixels);
            let to = from + u64::from(pixels);
            let (whole_from, whole_to) = (from.div_ceil(unit), to / unit);
            // Where nothing is cut the share is 0 and the pixel only has to exist.
            let pixel = |idx: u64| idx.min(u64::from(pixels) - 1) as u32;
            if whole_from > whole_to {
                return Span {
                    head: pixel(from / unit),
                    head_share: share(to - from),
                    whole_from: 0,
                    whole_to: 0,
                    tail: 0,
                    tail_share: 0.0,
                };
            }
            Span {
                head: pixel(from / unit),
                head_share: share(whole_from * unit - from),
                whole_from: whole_from as u32,
                whole_to: whole_to as u32,
                tail: pixel(to / unit),
                tail_share: share(to - whole_to * unit),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_between_pixels_cut_them_in_exact_shares() {
        fn check(pixels: u32, leds: u32, expected: &[(f32, std::ops::Range<u32>, f32)]) {
            let found: Vec<_> = spans(pixels, leds)
                .iter()
                .map(|span| (span.head_share, span.whole_from..span.whole_to, span.tail_share))
                .collect();
            assert_eq!(found, expected, "{pixels} pixels over {leds} LEDs");
        }
        check(6, 3, &[(0.0, 0..2, 0.0), (0.0, 2..4, 0.0), (0.0, 4..6, 0.0)]);
        check(5, 2, &[(0.0, 0..2, 0.5), (0.5, 3..5, 0.0)]);
        check(1, 2, &[(0.0, 0..0, 0.5), (0.5, 1..1, 0.0)]);
        check(1, 3, &[(0.0, 0..0, 1.0 / 3.0), (1.0 / 3.0, 0..0, 0.0), (1.0 / 3.0, 1..1, 0.0)]);
        check(3, 4, &[(0.0, 0..0, 0.75), (0.25, 1..1, 0.5), (0.5, 2..2, 0.25), (0.75, 3..3, 0.0)]);
    }

    #[test]
    fn shares_of_a_span_add_up_to_its_length() {
        for (pixels, leds) in [(480, 250), (800, 64), (7, 13), (1, 1000), (32767, 3), (100, 99)] {
            for span in spans(pixels, leds) {
                let length = f64::from(span.head_share)
                    + f64::from(span.whole_to - span.whole_from)
                    + f64::from(span.tail_share);
                let expected = f64::from(pixels) / f64::from(leds);
                assert!((length - expected).abs() < 1e-5 * expected, "{span:?}");
                assert!(span.head < pixels && span.tail < pixels, "{span:?}");
            }
        }
    }

    #[test]
    fn numbers_become_the_nearest_whole_one() {
        for (light, expected) in [(0.0, 0), (0.4, 0), (0.6, 1), (14146.2, 14146), (65535.0, 65535)]
        {
            assert_eq!(nearest(light), expected);
        }
    }
}
