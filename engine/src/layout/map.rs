//! A layout fitted to a canvas: from rows of bytes to light per LED.

use crate::Error;

use super::matrix::MatrixSampler;
use super::plain::Area;
use super::points::PointSampler;
use super::spec::LayoutSpec;

/// Largest side of a canvas in pixels: a column of this many white pixels still sums up in an `i32`.
const MAX_SIDE: u32 = 32_767;

/// A picture that gives its rows one at a time, as three sRGB bytes per pixel.
///
/// Rows are copied because the pixels may be in memory that another process writes.
pub trait Rows {
    /// Copies row `y`, counted from the top; `into` is three times the width of the canvas.
    fn copy_row(&self, y: u32, into: &mut [u8]);

    /// Whether the bytes are amounts of light, 255 = full, and not encoded as sRGB.
    fn is_linear(&self) -> bool {
        false
    }
}

/// A layout fitted to one canvas, with all the memory that sampling needs.
#[derive(Debug)]
pub struct LayoutMap {
    spec: LayoutSpec,
    width: u32,
    height: u32,
    sampler: Sampler,
}

#[derive(Debug)]
enum Sampler {
    Matrix(MatrixSampler),
    Points(PointSampler),
}

impl LayoutMap {
    /// Fits a layout to a canvas.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the layout or the size of the canvas cannot be used; it names the key.
    pub fn build(spec: &LayoutSpec, canvas_width: u32, canvas_height: u32) -> Result<Self, Error> {
        for (key, side) in [("display.width", canvas_width), ("display.height", canvas_height)] {
            if !(1..=MAX_SIDE).contains(&side) {
                let reason = format!("{side} pixels are not between 1 and {MAX_SIDE}");
                return Err(Error::invalid(key, side, reason));
            }
        }
        spec.check()?;
        let sampler = match spec {
            LayoutSpec::Matrix(matrix) => {
                Sampler::Matrix(MatrixSampler::build(matrix, canvas_width, canvas_height))
            }
            LayoutSpec::Points(_) => {
                let areas =
                    (0..spec.leds()).map(|led| area(spec, canvas_width, canvas_height, led));
                Sampler::Points(PointSampler::build(areas, canvas_width, canvas_height))
            }
        };
        Ok(Self { spec: spec.clone(), width: canvas_width, height: canvas_height, sampler })
    }

    /// How many LEDs there are.
    pub fn leds(&self) -> usize {
        self.spec.leds() as usize
    }

    /// The light of every LED in wire order, 65535 = full. Does not allocate.
    ///
    /// At most 2 steps from the exact mean, plus rounding; exact where each LED is one pixel.
    ///
    /// # Panics
    /// If `leds` is not [`Self::leds`] long.
    pub fn sample<R: Rows + ?Sized>(&mut self, rows: &R, leds: &mut [[u16; 3]]) {
        assert_eq!(leds.len(), self.leds(), "plane of another layout");
        match &mut self.sampler {
            Sampler::Matrix(matrix) => matrix.sample(rows, leds),
            Sampler::Points(points) => points.sample(rows, leds),
        }
    }

    /// What [`Self::sample`] computes, from its definition in `f64`. Slow, and allocates.
    ///
    /// # Panics
    /// If `leds` is not [`Self::leds`] long.
    pub fn sample_plain<R: Rows + ?Sized>(&self, rows: &R, leds: &mut [[u16; 3]]) {
        assert_eq!(leds.len(), self.leds(), "plane of another layout");
        let width = self.width as usize;
        let mut canvas = vec![0; width * self.height as usize * 3];
        for (y, row) in (0..).zip(canvas.chunks_exact_mut(width * 3)) {
            rows.copy_row(y, row);
        }
        for (idx, led) in leds.iter_mut().enumerate() {
            let light = self.area(idx).light(&canvas, width, rows.is_linear());
            *led = light.map(|light| light.round() as u16);
        }
    }

    /// What an LED sees of the canvas.
    ///
    /// # Panics
    /// If there is no such LED.
    pub fn area(&self, led: usize) -> Area {
        assert!(led < self.leds(), "LED {led} of {}", self.leds());
        area(&self.spec, self.width, self.height, led as u64)
    }

    /// Where each LED is, in wire order: `[x, y]` as fractions of the canvas from its top left.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = [f32; 2]> + '_ {
        (0..self.leds()).map(|led| match &self.spec {
            LayoutSpec::Matrix(matrix) => {
                let cell = matrix.cell_of(led as u32);
                let x = (f64::from(cell.column) + 0.5) / f64::from(matrix.columns);
                let y = (f64::from(cell.row) + 0.5) / f64::from(matrix.rows);
                [x as f32, y as f32]
            }
            LayoutSpec::Points(points) => points.points[led].map(|place| place as f32),
        })
    }
}

fn area(spec: &LayoutSpec, width: u32, height: u32, led: u64) -> Area {
    let (canvas_width, canvas_height) = (f64::from(width), f64::from(height));
    match spec {
        LayoutSpec::Matrix(matrix) => {
            let cell = matrix.cell_of(led as u32);
            let (columns, rows) = (f64::from(matrix.columns), f64::from(matrix.rows));
            Area {
                left: f64::from(cell.column) * canvas_width / columns,
                right: f64::from(cell.column + 1) * canvas_width / columns,
                top: f64::from(cell.row) * canvas_height / rows,
                bottom: f64::from(cell.row + 1) * canvas_height / rows,
            }
        }
        LayoutSpec::Points(points) => {
            // A square that hangs over the edge of the canvas sees only what is on it.
            let half = points.side(width, height) / 2.0;
            let [x, y] = points.points[led as usize];
            let (x, y) = (x * canvas_width, y * canvas_height);
            Area {
                left: (x - half).max(0.0),
                right: (x + half).min(canvas_width),
                top: (y - half).max(0.0),
                bottom: (y + half).min(canvas_height),
            }
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
