//! Sampling points: one way down the canvas, whatever the size of the squares.
//!
//! Squares may overlap and be of any size, so summing each alone has no upper limit of work. Here
//! every row is summed once: `above[x]` holds the light of all pixels left of column x in the rows
//! done so far. What an LED sees is the difference of four such values, two taken where its upper
//! edge is and two at its lower edge; an edge inside a row or a pixel takes the share in between.
//!
//! `above` counts whole steps of light in a u64: at most 32767 x 32767 pixels of 65535 are below
//! 2^47, so that it is exact, and so is each value as an f64 until its edge cuts a pixel.

use super::light::Lanes;
use super::map::Rows;
use super::plain::Area;

/// One horizontal edge of one LED's square.
#[derive(Clone, Copy, Debug)]
struct Edge {
    /// The row of pixels that it is in, and how far into it: 0..=1.
    row: u32,
    depth: f32,
    led: u32,
    /// The lower edge of the square; the upper one comes first.
    is_lower: bool,
}

/// A vertical edge: the pixel that it is in, and how far into it.
#[derive(Clone, Copy, Debug)]
struct Cut {
    pixel: u32,
    depth: f32,
}

#[derive(Clone, Copy, Debug)]
struct Square {
    left: Cut,
    right: Cut,
    per_area: f64,
}

/// Points fitted to a canvas. Owned by the render thread.
#[derive(Debug)]
pub(super) struct PointSampler {
    lanes: Lanes,
    squares: Vec<Square>,
    /// From the top of the canvas to the bottom.
    edges: Vec<Edge>,
    codes: Vec<u8>,
    light: Vec<u16>,
    /// One more than there are pixels across, and so is `within`.
    above: Vec<[u64; 3]>,
    /// The light of all pixels left of column x in the present row.
    within: Vec<[u64; 3]>,
    /// What was above each LED's upper edge.
    at_upper: Vec<[f64; 3]>,
}

impl PointSampler {
    /// The areas are inside the canvas and none is empty.
    pub(super) fn build(areas: impl Iterator<Item = Area>, width: u32, height: u32) -> Self {
        let mut squares = Vec::new();
        let mut edges = Vec::new();
        for (led, area) in (0..).zip(areas) {
            let mut edge = |at, is_lower| {
                let cut = Cut::at(at, height);
                edges.push(Edge { row: cut.pixel, depth: cut.depth, led, is_lower });
                f64::from(cut.pixel) + f64::from(cut.depth)
            };
            let tall = -edge(area.top, false) + edge(area.bottom, true);
            let (left, right) = (Cut::at(area.left, width), Cut::at(area.right, width));
            // Of the edges as they were rounded, so that a plain colour stays itself.
            let wide = f64::from(right.pixel - left.pixel) + f64::from(right.depth)
                - f64::from(left.depth);
            squares.push(Square { left, right, per_area: 1.0 / (wide * tall) });
        }
        // Stable: of one LED's edges in the same row the upper one stays first.
        edges.sort_by_key(|edge| edge.row);
        let pixels = width as usize;
        Self {
            lanes: Lanes::detect(),
            at_upper: vec![[0.0; 3]; squares.len()],
            squares,
            edges,
            codes: vec![0; pixels * 3],
            light: vec![0; pixels * 3],
            above: vec![[0; 3]; pixels + 1],
            within: vec![[0; 3]; pixels + 1],
        }
    }

    /// See [`super::LayoutMap::sample`].
    pub(super) fn sample<R: Rows + ?Sized>(&mut self, rows: &R, leds: &mut [[u16; 3]]) {
        self.above.fill([0; 3]);
        // Rows above the first edge make no difference to any LED.
        let mut present: Option<u32> = None;
        for in_row in self.edges.chunk_by(|a, b| a.row == b.row) {
            let row = in_row[0].row;
            for y in present.map_or(row, |y| y + 1)..=row {
                if present.is_some() {
                    add_row(&mut self.above, &self.within);
                }
                rows.copy_row(y, &mut self.codes);
                self.lanes.light(rows.is_linear(), &self.codes, &mut self.light);
                sum_row(&self.light, &mut self.within);
                present = Some(y);
            }
            for edge in in_row {
                let led = edge.led as usize;
                let square = self.squares[led];
                let depth = f64::from(edge.depth);
                let left = square.left.light(&self.above, &self.within, depth);
                let right = square.right.light(&self.above, &self.within, depth);
                for channel in 0..3 {
                    let above = right[channel] - left[channel];
                    if edge.is_lower {
                        let seen = above - self.at_upper[led][channel];
                        leds[led][channel] = (seen * square.per_area + 0.5) as u16;
                    } else {
                        self.at_upper[led][channel] = above;
                    }
                }
            }
        }
    }
}

impl Cut {
    /// An edge at the far end of the canvas is at the end of its last pixel.
    fn at(place: f64, pixels: u32) -> Self {
        let pixel = (place as u32).min(pixels - 1);
        Self { pixel, depth: (place - f64::from(pixel)) as f32 }
    }

    /// The light left of this edge, and above an edge that far into the present row.
    fn light(self, above: &[[u64; 3]], within: &[[u64; 3]], depth: f64) -> [f64; 3] {
        let idx = self.pixel as usize;
        std::array::from_fn(|channel| {
            let left = above[idx][channel] as f64 + depth * within[idx][channel] as f64;
            let right = above[idx + 1][channel] as f64 + depth * within[idx + 1][channel] as f64;
            left + f64::from(self.depth) * (right - left)
        })
    }
}

fn add_row(above: &mut [[u64; 3]], within: &[[u64; 3]]) {
    for (above, within) in above.as_flattened_mut().iter_mut().zip(within.as_flattened()) {
        *above += within;
    }
}

fn sum_row(light: &[u16], within: &mut [[u64; 3]]) {
    let mut sum = [0; 3];
    let (pixels, _) = light.as_chunks::<3>();
    for (within, pixel) in within[1..].iter_mut().zip(pixels) {
        for (sum, &light) in sum.iter_mut().zip(pixel) {
            *sum += u64::from(light);
        }
        *within = sum;
    }
}
