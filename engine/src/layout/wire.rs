//! The order in which a matrix's wire visits its LEDs.

use super::spec::{Corner, Direction, MatrixSpec};

/// Where in the picture an LED of a matrix is: column from the left, row from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) column: u32,
    pub(super) row: u32,
}

impl MatrixSpec {
    fn starts_right(&self) -> bool {
        matches!(self.start, Corner::TopRight | Corner::BottomRight)
    }

    fn starts_below(&self) -> bool {
        matches!(self.start, Corner::BottomLeft | Corner::BottomRight)
    }

    /// The place on the wire of the LED in a cell.
    pub(super) fn led_at(&self, cell: Cell) -> u32 {
        let column = turned(cell.column, self.columns, self.starts_right());
        let row = turned(cell.row, self.rows, self.starts_below());
        let (line, along, length) = match self.direction {
            Direction::Horizontal => (row, column, self.columns),
            Direction::Vertical => (column, row, self.rows),
        };
        line * length + turned(along, length, self.serpentine && line % 2 == 1)
    }

    /// The cell of the LED at a place on the wire: the inverse of [`Self::led_at`].
    pub(super) fn cell_of(&self, led: u32) -> Cell {
        let length = match self.direction {
            Direction::Horizontal => self.columns,
            Direction::Vertical => self.rows,
        };
        let line = led / length;
        let along = turned(led % length, length, self.serpentine && line % 2 == 1);
        let (column, row) = match self.direction {
            Direction::Horizontal => (along, line),
            Direction::Vertical => (line, along),
        };
        Cell {
            column: turned(column, self.columns, self.starts_right()),
            row: turned(row, self.rows, self.starts_below()),
        }
    }
}

fn turned(idx: u32, count: u32, turn: bool) -> u32 {
    if turn { count - 1 - idx } else { idx }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Corner::{BottomLeft, BottomRight, TopLeft, TopRight};
    use Direction::{Horizontal, Vertical};

    /// The wire as a drawing: the LED number in each cell of a 3 x 2 matrix, row by row.
    fn check(start: Corner, direction: Direction, serpentine: bool, expected: [[u32; 3]; 2]) {
        let spec = MatrixSpec { columns: 3, rows: 2, start, direction, serpentine };
        for (row, leds) in expected.iter().enumerate() {
            for (column, &led) in leds.iter().enumerate() {
                let cell = Cell { column: column as u32, row: row as u32 };
                assert_eq!(spec.led_at(cell), led, "{spec:?} {cell:?}");
                assert_eq!(spec.cell_of(led), cell, "{spec:?} led {led}");
            }
        }
    }

    #[test]
    fn the_wire_runs_from_its_corner_in_its_direction() {
        check(TopLeft, Horizontal, false, [[0, 1, 2], [3, 4, 5]]);
        check(TopLeft, Horizontal, true, [[0, 1, 2], [5, 4, 3]]);
        check(TopLeft, Vertical, false, [[0, 2, 4], [1, 3, 5]]);
        check(TopLeft, Vertical, true, [[0, 3, 4], [1, 2, 5]]);
        check(TopRight, Horizontal, false, [[2, 1, 0], [5, 4, 3]]);
        check(TopRight, Horizontal, true, [[2, 1, 0], [3, 4, 5]]);
        check(TopRight, Vertical, false, [[4, 2, 0], [5, 3, 1]]);
        check(TopRight, Vertical, true, [[4, 3, 0], [5, 2, 1]]);
        check(BottomLeft, Horizontal, false, [[3, 4, 5], [0, 1, 2]]);
        check(BottomLeft, Horizontal, true, [[5, 4, 3], [0, 1, 2]]);
        check(BottomLeft, Vertical, false, [[1, 3, 5], [0, 2, 4]]);
        check(BottomLeft, Vertical, true, [[1, 2, 5], [0, 3, 4]]);
        check(BottomRight, Horizontal, false, [[5, 4, 3], [2, 1, 0]]);
        check(BottomRight, Horizontal, true, [[3, 4, 5], [2, 1, 0]]);
        check(BottomRight, Vertical, false, [[5, 3, 1], [4, 2, 0]]);
        check(BottomRight, Vertical, true, [[5, 2, 1], [4, 3, 0]]);
    }
}
