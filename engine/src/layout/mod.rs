//! Layouts: where on the canvas each LED is, and how much light falls on it.
//!
//! ```text
//! LayoutSpec --build--> LayoutMap --sample(rows)--> light per LED, in wire order
//! ```
//! A layout is a list of rectangles, one per LED. An LED gets the mean light of its rectangle, with
//! exact fractional edges. A matrix and a list of points take different fast ways to that mean;
//! `sample_plain` is the slow and obvious one that both are tested against.

mod light;
mod map;
mod matrix;
mod plain;
mod points;
mod spec;
mod wire;

/// Linear light of one LED: red, green, blue; 65535 = full.
pub type Led = [u16; 3];

pub use map::{LayoutMap, Rows};
pub use plain::Area;
pub use spec::{Corner, Direction, LayoutSpec, MAX_LEDS, MatrixSpec, PointsSpec};
