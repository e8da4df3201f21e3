//! Colour: what happens to light on its way to a device's bytes.
//!
//! ```text
//! canvas bytes --curve--> light --layout--> light per LED --mix--> light
//!     --brightness, white--> light of the device --gamma, order--> bytes
//! ```
//! Everything between the first arrow and the last is linear light, 65535 = full.

pub mod curve;
mod mix;
mod pipeline;
mod spec;

pub use mix::{FULL_WEIGHT, mix, mix_with_color};
pub use pipeline::ColorMap;
pub use spec::{ColorOrder, ColorSpec, Gamma, White};
