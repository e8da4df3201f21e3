//! Where a viewer sees the LEDs.

use engine::control::handle::LayoutSnapshot;
use serde::Serialize;
use utoipa::ToSchema;

/// The LEDs on a plane.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Layout {
    /// `matrix` or `points`.
    kind: &'static str,
    /// Columns of a matrix; 0 otherwise.
    columns: u32,
    /// Rows of a matrix; 0 otherwise.
    rows: u32,
    /// x and y of each LED's centre, 0 to 1 over the canvas, in the order of the preview.
    leds: Vec<[f32; 2]>,
}

impl From<&LayoutSnapshot> for Layout {
    fn from(layout: &LayoutSnapshot) -> Self {
        let leds = layout.leds.clone();
        Self { kind: layout.kind, columns: layout.columns, rows: layout.rows, leds }
    }
}
