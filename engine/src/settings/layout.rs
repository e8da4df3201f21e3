//! Where the LEDs are, as the settings say it.

use super::reader::{Fault, Section};
use crate::layout::{Corner, Direction, LayoutSpec, MAX_LEDS, MatrixSpec, PointsSpec};

impl LayoutSpec {
    pub(super) fn read(mut table: Section<'_>) -> Result<Self, Fault> {
        #[derive(Clone, Copy)]
        enum Kind {
            Matrix,
            Points,
        }
        let kind = match table.take("kind") {
            Some(entry) if entry.is_text() && entry.text()? == "optics" => {
                return Err(entry.fault("\"optics\" is not available yet; use matrix or points"));
            }
            Some(entry) => entry.word(&[("matrix", Kind::Matrix), ("points", Kind::Points)])?,
            None => Kind::Matrix,
        };
        let layout = match kind {
            Kind::Matrix => Self::Matrix(MatrixSpec::read(&mut table)?),
            Kind::Points => Self::Points(PointsSpec::read(&mut table)?),
        };
        table.finish()?;
        Ok(layout)
    }
}

impl MatrixSpec {
    fn read(table: &mut Section<'_>) -> Result<Self, Fault> {
        let mut matrix = Self::default();
        table.whole("columns", &mut matrix.columns, 1..=65_535)?;
        table.whole("rows", &mut matrix.rows, 1..=65_535)?;
        let leds = u64::from(matrix.columns) * u64::from(matrix.rows);
        if leds > MAX_LEDS {
            let reason = format!("{leds} LEDs are more than the limit of {MAX_LEDS}");
            return Err(table.fault_at("columns", reason));
        }
        let corners = [
            ("top-left", Corner::TopLeft),
            ("top-right", Corner::TopRight),
            ("bottom-left", Corner::BottomLeft),
            ("bottom-right", Corner::BottomRight),
        ];
        table.word("start", &mut matrix.start, &corners)?;
        let directions = [("horizontal", Direction::Horizontal), ("vertical", Direction::Vertical)];
        table.word("direction", &mut matrix.direction, &directions)?;
        table.flag("serpentine", &mut matrix.serpentine)?;
        Ok(matrix)
    }
}

impl PointsSpec {
    fn read(table: &mut Section<'_>) -> Result<Self, Fault> {
        let list = table.need("points")?;
        let entries = list.list()?;
        if entries.is_empty() || entries.len() as u64 > MAX_LEDS {
            let count = entries.len();
            return Err(list.fault(format!("{count} points are not between 1 and {MAX_LEDS}")));
        }
        let mut points = Vec::with_capacity(entries.len());
        for entry in entries {
            let [x, y] = entry.list()?.try_into().map_err(|parts: Vec<_>| {
                entry.fault(format!("{} numbers are not x and y", parts.len()))
            })?;
            points.push([x.number(0.0..=1.0)?, y.number(0.0..=1.0)?]);
        }
        let size = table.take("size").map(|entry| entry.number(0.0001..=1.0)).transpose()?;
        Ok(Self { points, size })
    }
}

impl Default for LayoutSpec {
    fn default() -> Self {
        Self::Matrix(MatrixSpec::default())
    }
}

impl Default for MatrixSpec {
    fn default() -> Self {
        Self {
            columns: 64,
            rows: 32,
            start: Corner::default(),
            direction: Direction::default(),
            serpentine: false,
        }
    }
}
