//! Where the LEDs are, as the settings say it.

use serde::Serialize;

use super::reader::{Fault, Section};

/// More LEDs than any display that was ever planned for; a guard against a typing error.
const MAX_LEDS: u64 = 1_000_000;

/// Where the LEDs are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LayoutSettings {
    /// A full grid that divides the canvas evenly.
    Matrix(MatrixSettings),
    /// LEDs at any place, in the order of the list.
    Points(PointsSettings),
}

/// A full grid of LEDs, fed by one wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatrixSettings {
    /// LEDs across, 1 to 65535.
    pub columns: u32,
    /// LEDs down, 1 to 65535.
    pub rows: u32,
    /// The corner at which the wire comes in, seen from the front.
    pub start: CornerSettings,
    /// Which way the wire leaves that corner.
    pub direction: DirectionSettings,
    /// Whether every second line runs back.
    pub serpentine: bool,
}

/// LEDs at given places.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointsSettings {
    /// x and y of each LED in wire order, 0 to 1: 0, 0 is the top left of the canvas.
    pub points: Vec<[f64; 2]>,
    /// Side of the square that an LED sees, as a fraction of the canvas's height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
}

/// A corner of the display, seen from the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CornerSettings {
    /// Top left.
    TopLeft,
    /// Top right.
    TopRight,
    /// Bottom left.
    BottomLeft,
    /// Bottom right.
    BottomRight,
}

/// Which way a matrix's lines run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionSettings {
    /// Lines are rows.
    Horizontal,
    /// Lines are columns.
    Vertical,
}

impl LayoutSettings {
    /// How many LEDs there are.
    pub fn leds(&self) -> usize {
        match self {
            Self::Matrix(matrix) => matrix.columns as usize * matrix.rows as usize,
            Self::Points(points) => points.points.len(),
        }
    }

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
            Kind::Matrix => Self::Matrix(MatrixSettings::read(&mut table)?),
            Kind::Points => Self::Points(PointsSettings::read(&mut table)?),
        };
        table.finish()?;
        Ok(layout)
    }
}

impl MatrixSettings {
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
            ("top-left", CornerSettings::TopLeft),
            ("top-right", CornerSettings::TopRight),
            ("bottom-left", CornerSettings::BottomLeft),
            ("bottom-right", CornerSettings::BottomRight),
        ];
        table.word("start", &mut matrix.start, &corners)?;
        let directions = [
            ("horizontal", DirectionSettings::Horizontal),
            ("vertical", DirectionSettings::Vertical),
        ];
        table.word("direction", &mut matrix.direction, &directions)?;
        table.flag("serpentine", &mut matrix.serpentine)?;
        Ok(matrix)
    }
}

impl PointsSettings {
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

impl Default for LayoutSettings {
    fn default() -> Self {
        Self::Matrix(MatrixSettings::default())
    }
}

impl Default for MatrixSettings {
    fn default() -> Self {
        Self {
            columns: 64,
            rows: 32,
            start: CornerSettings::TopLeft,
            direction: DirectionSettings::Horizontal,
            serpentine: false,
        }
    }
}
