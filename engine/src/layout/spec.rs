//! What the settings may say about a layout, and what of it is refused.

use serde::{Deserialize, Serialize};

use crate::Error;

/// More LEDs than any display that was ever planned for; a guard against a typing error.
pub const MAX_LEDS: u64 = 1_000_000;

/// Where the LEDs are: the `[layout]` table of the settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LayoutSpec {
    /// A full grid that divides the canvas evenly.
    Matrix(MatrixSpec),
    /// LEDs at any place, in the order of the list.
    Points(PointsSpec),
}

/// A full grid of LEDs, fed by one wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixSpec {
    /// LEDs across.
    pub columns: u32,
    /// LEDs down.
    pub rows: u32,
    /// The corner at which the wire comes in, seen from the front.
    #[serde(default)]
    pub start: Corner,
    /// Which way the wire leaves that corner.
    #[serde(default)]
    pub direction: Direction,
    /// Whether every second line runs back (a snake) instead of starting at the same side.
    #[serde(default)]
    pub serpentine: bool,
}

/// LEDs at given places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsSpec {
    /// `[x, y]` of each LED in wire order: 0, 0 is the top left of the canvas and 1, 1 the bottom right.
    pub points: Vec<[f64; 2]>,
    /// Side of the square that an LED sees, as a fraction of the canvas's height. Absent: a square
    /// of the canvas's area divided by the number of LEDs, and no larger than the canvas is high.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
}

/// A corner of the display, seen from the front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Corner {
    /// Top left.
    #[default]
    TopLeft,
    /// Top right.
    TopRight,
    /// Bottom left.
    BottomLeft,
    /// Bottom right.
    BottomRight,
}

/// Which way a matrix's lines run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Lines are rows.
    #[default]
    Horizontal,
    /// Lines are columns.
    Vertical,
}

impl LayoutSpec {
    /// How many LEDs there are.
    pub fn leds(&self) -> u64 {
        match self {
            Self::Matrix(matrix) => u64::from(matrix.columns) * u64::from(matrix.rows),
            Self::Points(points) => points.points.len() as u64,
        }
    }

    /// Whether a map can be built from it on some canvas.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the settings key of the first value that cannot be used.
    pub fn check(&self) -> Result<(), Error> {
        let key = match self {
            Self::Matrix(matrix) => {
                for (key, count) in [("columns", matrix.columns), ("rows", matrix.rows)] {
                    if count == 0 {
                        let reason = format!("a matrix of 0 {key} has no LEDs");
                        return Err(Error::invalid(format!("layout.{key}"), count, reason));
                    }
                }
                "layout.columns"
            }
            Self::Points(points) => {
                points.check()?;
                "layout.points"
            }
        };
        if self.leds() > MAX_LEDS {
            let reason = format!("{} LEDs are more than the limit of {MAX_LEDS}", self.leds());
            return Err(Error::invalid(key, self.leds(), reason));
        }
        Ok(())
    }
}

impl PointsSpec {
    fn check(&self) -> Result<(), Error> {
        if self.points.is_empty() {
            let reason = "a list of no points has no LEDs";
            return Err(Error::invalid("layout.points", "[]", reason));
        }
        for (idx, [x, y]) in self.points.iter().enumerate() {
            // Not a number is in no range, so it is refused here too.
            if !(0.0..=1.0).contains(x) || !(0.0..=1.0).contains(y) {
                let reason = format!("point {idx} is at [{x}, {y}]: both must be 0 to 1");
                let value = format!("[{x}, {y}]");
                return Err(Error::invalid(format!("layout.points[{idx}]"), value, reason));
            }
        }
        match self.size {
            Some(size) if !(0.0001..=1.0).contains(&size) => {
                let reason = format!("{size} is not between 0.0001 and 1 of the canvas's height");
                Err(Error::invalid("layout.size", size, reason))
            }
            _ => Ok(()),
        }
    }

    /// Side of each LED's square in pixels of a canvas.
    pub(super) fn side(&self, width: u32, height: u32) -> f64 {
        let (width, height) = (f64::from(width), f64::from(height));
        let even = (width * height / self.points.len() as f64).sqrt();
        self.size.map_or(even.min(height), |size| size * height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<LayoutSpec, String> {
        let spec: LayoutSpec = toml::from_str(text).map_err(|e| e.message().to_owned())?;
        spec.check().map_err(|e| e.to_string())?;
        Ok(spec)
    }

    #[test]
    fn a_matrix_needs_only_its_size() {
        let spec = parse("kind = \"matrix\"\ncolumns = 64\nrows = 32").unwrap();
        let expected = MatrixSpec {
            columns: 64,
            rows: 32,
            start: Corner::TopLeft,
            direction: Direction::Horizontal,
            serpentine: false,
        };
        assert_eq!(spec, LayoutSpec::Matrix(expected));
        assert_eq!(spec.leds(), 2048);
    }

    #[test]
    fn every_word_of_a_matrix_is_understood() {
        let corners = [
            ("top-left", Corner::TopLeft),
            ("top-right", Corner::TopRight),
            ("bottom-left", Corner::BottomLeft),
            ("bottom-right", Corner::BottomRight),
        ];
        let directions = [("horizontal", Direction::Horizontal), ("vertical", Direction::Vertical)];
        for (corner_word, corner) in corners {
            for (direction_word, direction) in directions {
                let text = format!(
                    "kind = \"matrix\"\ncolumns = 3\nrows = 2\nserpentine = true\n\
                     start = \"{corner_word}\"\ndirection = \"{direction_word}\""
                );
                let LayoutSpec::Matrix(matrix) = parse(&text).unwrap() else { panic!() };
                assert_eq!((matrix.start, matrix.direction), (corner, direction));
                assert!(matrix.serpentine);
            }
        }
    }

    #[test]
    fn what_cannot_be_a_layout_is_refused_with_its_value() {
        fn check(text: &str, part: &str) {
            let message = parse(text).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
        check("kind = \"matrix\"\ncolumns = 0\nrows = 2", "layout.columns: a matrix of 0 columns");
        check("kind = \"matrix\"\ncolumns = 1\nrows = 0", "layout.rows: a matrix of 0 rows");
        check("kind = \"matrix\"\ncolumns = 1001\nrows = 1000", "1001000 LEDs are more than");
        check("kind = \"matrix\"\ncolumns = 4294967295\nrows = 4294967295", "more than the limit");
        check("kind = \"matrix\"\ncolumns = 1\nrows = 1\nserpentin = true", "serpentin");
        check("kind = \"matrix\"\ncolumns = 1\nrows = 1\nstart = \"middle\"", "middle");
        check("kind = \"matrix\"\ncolumns = -1\nrows = 1", "-1");
        check("kind = \"spiral\"", "spiral");
        check("kind = \"points\"\npoints = []", "layout.points: a list of no points");
        check(
            "kind = \"points\"\npoints = [[0, 0], [0.5, 1.25]]",
            "layout.points[1]: point 1 is at [0.5, 1.25]",
        );
        check("kind = \"points\"\npoints = [[nan, 0.5]]", "point 0 is at [NaN, 0.5]");
        check("kind = \"points\"\npoints = [[0.5, 0.5]]\nsize = 0.0", "layout.size: 0 is not");
        check("kind = \"points\"\npoints = [[0.5, 0.5]]\nradius = 0.1", "radius");
    }

    #[test]
    fn squares_without_a_size_cover_the_canvas_once() {
        let mut spec = PointsSpec { points: vec![[0.5, 0.5]; 24], size: None };
        assert_eq!(spec.side(60, 40), 10.0);
        spec.points.truncate(1);
        assert_eq!(spec.side(60, 40), 40.0, "no larger than the canvas is high");
        spec.size = Some(0.25);
        assert_eq!(spec.side(60, 40), 10.0);
    }
}
