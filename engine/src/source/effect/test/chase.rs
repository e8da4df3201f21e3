//! Test chase: one lit cell that walks in reading order, to see order, direction and wiring.

use super::super::param::{Param, Values};
use super::super::{Effect, EffectInfo};
use super::{Area, Canvas, Size};

pub(in super::super) const INFO: EffectInfo = EffectInfo {
    id: "test_chase",
    name: "Test chase",
    family: "test",
    description: "One lit cell walks in reading order, from the green one to the red one.",
    params: &[
        Param::speed("How fast it walks; 1 is six cells in a second."),
        Param::number("columns", 1.0, 128.0, 16.0, "", "Cells in the width."),
        Param::number("rows", 1.0, 128.0, 8.0, "", "Cells in the height."),
        Param::choice("shape", &["cell", "column", "row"], "cell", "What is lit at a time."),
        Param::color("color", "#FFFFFF", "The colour of what is lit."),
    ],
    build,
};

/// The cells that are not lit, like a chess-board.
const GROUND: [[u8; 3]; 2] = [[8, 16, 48], [16, 24, 72]];
const FIRST: [u8; 3] = [0, 96, 0];
const LAST: [u8; 3] = [112, 0, 0];
const STEPS_IN_A_SECOND: f64 = 6.0;

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Cell,
    Column,
    Row,
}

struct Chase {
    speed: f64,
    columns: u32,
    rows: u32,
    shape: Shape,
    color: [u8; 3],
    size: Size,
    /// What stands still.
    board: Canvas,
}

fn build(values: &Values<'_>, size: Size, _seed: u32) -> Box<dyn Effect> {
    let count = |name: &str| values.number(name).round() as u32;
    let mut chase = Chase {
        speed: values.number("speed"),
        columns: count("columns"),
        rows: count("rows"),
        shape: match values.word("shape").as_str() {
            "column" => Shape::Column,
            "row" => Shape::Row,
            _ => Shape::Cell,
        },
        color: values.color("color").0,
        size,
        board: Canvas::new(size.width, size.height),
    };
    let last = chase.steps() - 1;
    let mut board = std::mem::replace(&mut chase.board, Canvas::new(0, 0));
    // Every other cell is laid over one plain colour: so no seam is left between two of them.
    chase.cells((0, 0), (chase.columns, chase.rows)).fill(&mut board, GROUND[0]);
    for (column, row) in (0..chase.rows).flat_map(|y| (0..chase.columns).map(move |x| (x, y))) {
        if (column + row) % 2 == 1 {
            chase.cells((column, row), (column + 1, row + 1)).fill(&mut board, GROUND[1]);
        }
    }
    chase.place(last).fill(&mut board, LAST);
    chase.place(0).fill(&mut board, FIRST);
    chase.board = board;
    Box::new(chase)
}

impl Chase {
    fn steps(&self) -> u32 {
        match self.shape {
            Shape::Cell => self.columns * self.rows,
            Shape::Column => self.columns,
            Shape::Row => self.rows,
        }
    }

    /// What is lit at a step.
    fn place(&self, step: u32) -> Area {
        let (columns, rows) = (self.columns, self.rows);
        match self.shape {
            Shape::Cell => {
                let (column, row) = (step % columns, step / columns);
                self.cells((column, row), (column + 1, row + 1))
            }
            Shape::Column => self.cells((step, 0), (step + 1, rows)),
            Shape::Row => self.cells((0, step), (columns, step + 1)),
        }
    }

    /// From the upper left corner of one cell to that of another.
    fn cells(&self, from: (u32, u32), to: (u32, u32)) -> Area {
        let share = |(column, row): (u32, u32)| {
            (column as f32 / self.columns as f32, row as f32 / self.rows as f32)
        };
        Area::of(self.size, share(from), share(to))
    }
}

impl Effect for Chase {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        canvas.rgb.copy_from_slice(&self.board.rgb);
        let walked = t * self.speed * STEPS_IN_A_SECOND;
        let step = walked.rem_euclid(f64::from(self.steps())) as u32;
        self.place(step).fill(canvas, self.color);
    }
}
