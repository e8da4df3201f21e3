//! A soft picture: colour and light computed on a coarse grid, spread over the pixels between.

use super::Canvas;
use super::canvas::Size;
use super::math::index;
use super::palette::Palette;

/// Grid points, each some pixels from the next; the first lies on the first pixel.
pub(super) struct Field {
    columns: usize,
    rows: usize,
    size: Size,
    step: f32,
    /// For each pixel of a row: the grid point before it, and how far it is on the way to the next.
    across: Vec<(u32, f32)>,
    /// Colour and light at each grid point.
    points: Vec<Point>,
    /// One row of the canvas, seen from the grid: a value, and its way to the next point.
    row: Vec<[f32; 4]>,
}

/// What is drawn at a point.
#[derive(Clone, Copy, Default)]
pub(super) struct Point {
    /// The place in the palette: any number in a ring, 0..=1 in a ramp.
    pub(super) color: f32,
    /// 0 black, 1 the colour as it is, 2 white.
    pub(super) light: f32,
}

impl Field {
    /// `detail` is the number of grid points in a unit.
    pub(super) fn new(size: Size, detail: f32) -> Self {
        let step = (size.unit / detail).max(1.0);
        let columns = (size.width as f32 / step) as usize + 2;
        let rows = (size.height as f32 / step) as usize + 2;
        let across = (0..size.width).map(|x| {
            let at = x as f32 / step;
            (at as u32, at.fract())
        });
        Self {
            columns,
            rows,
            size,
            step,
            across: across.collect(),
            points: vec![Point::default(); columns * rows],
            row: vec![[0.0; 4]; columns],
        }
    }

    /// Computes each point from its place in units from the middle, downwards.
    pub(super) fn fill(&mut self, mut at: impl FnMut(f32, f32) -> Point) {
        let (half_w, half_h) = self.size.half();
        let pitch = self.pitch();
        let pixel = 0.5 / self.size.unit;
        for (row, points) in self.points.chunks_exact_mut(self.columns).enumerate() {
            let y = row as f32 * pitch + pixel - half_h;
            for (column, point) in points.iter_mut().enumerate() {
                *point = at(column as f32 * pitch + pixel - half_w, y);
            }
        }
    }

    /// Units from one point to the next.
    pub(super) fn pitch(&self) -> f32 {
        self.step / self.size.unit
    }

    /// The points, row by row, and how many are in a row.
    pub(super) fn points_mut(&mut self) -> (&mut [Point], usize) {
        (&mut self.points, self.columns)
    }

    /// Colours every pixel of the canvas.
    pub(super) fn paint(&mut self, palette: &Palette, canvas: &mut Canvas) {
        let width = self.size.width as usize * 3;
        for (y, pixels) in canvas.rgb.chunks_exact_mut(width).enumerate() {
            self.cut_row(y, palette.scale);
            for (pixel, &(column, part)) in
                pixels.as_chunks_mut::<3>().0.iter_mut().zip(&self.across)
            {
                let Some([color, color_way, light, light_way]) = self.row.get(column as usize)
                else {
                    continue;
                };
                let color = palette.entry(index(color + color_way * part, Palette::MASK));
                let light = light + light_way * part;
                // The colour (times 256) by up to 256 is below 2²⁴; the rest of the light is white.
                let strength = index(light.min(256.0), 0x1FF) as u32;
                let white = index((light - 256.0).max(0.0), 0x1FF) as u32;
                *pixel = color.map(|value| (((value * strength) >> 16) + white).min(255) as u8);
            }
        }
    }

    fn cut_row(&mut self, y: usize, scale: f32) {
        let at = y as f32 / self.step;
        let (row, part) = (at as usize, at.fract());
        let points = &self.points[row.min(self.rows - 2) * self.columns..][..2 * self.columns];
        let (upper, lower) = points.split_at(self.columns);
        let mut next = [0.0; 2];
        for ((out, upper), lower) in self.row.iter_mut().zip(upper).zip(lower).rev() {
            let color = (upper.color + (lower.color - upper.color) * part) * scale;
            let light = (upper.light + (lower.light - upper.light) * part) * 256.0;
            *out = [color, next[0] - color, light, next[1] - light];
            next = [color, light];
        }
    }
}
