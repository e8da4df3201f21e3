//! Effects: pictures that are a function of time, of a few parameters and of a seed.
//!
//! A frame depends on nothing that was drawn before it, so any frame can be skipped, and the same
//! moment looks the same after a restart. Lengths are in units of the canvas's short side, so that an
//! effect looks the same on a wall and on a 16 × 16 matrix.

mod canvas;
mod dots;
mod field;
mod math;
mod noise;
mod palette;
mod param;
mod small;

mod fire;
mod matrix_rain;
mod noise_flow;
mod plasma;
mod rainbow;
mod ripples;
mod sparkle;
mod starfield;
mod test;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use canvas::Canvas;
pub use param::{Param, ParamKind};

use canvas::Size;
use param::Values;

/// Every effect, in the order in which they are offered.
static CATALOGUE: [EffectInfo; 13] = [
    plasma::INFO,
    noise_flow::INFO,
    rainbow::INFO,
    fire::INFO,
    starfield::INFO,
    matrix_rain::INFO,
    ripples::INFO,
    sparkle::INFO,
    test::BARS,
    test::GRID,
    test::RAMP,
    test::CHASE,
    test::FLASH,
];

/// The family of test patterns, which are there to find faults and not to be looked at for long.
pub const TEST_FAMILY: &str = "test";

/// A moving picture.
pub trait Effect: Send {
    /// Draws the moment `t` (seconds from the beginning of the item, at least 0, exact for a year)
    /// over the whole canvas, which has the size that the effect was built for. Allocates nothing.
    fn draw(&mut self, t: f64, canvas: &mut Canvas);
}

/// An effect as the catalogue tells it.
#[derive(Debug)]
pub struct EffectInfo {
    /// Id in `snake_case`.
    pub id: &'static str,
    /// For people.
    pub name: &'static str,
    /// Which effects it stands with.
    pub family: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// What can be set.
    pub params: &'static [Param],
    build: fn(&Values<'_>, Size, u32) -> Box<dyn Effect>,
}

impl EffectInfo {
    /// The parameters as a JSON Schema.
    #[must_use]
    pub fn schema(&self) -> Value {
        param::schema(self.params)
    }
}

/// Every effect that can be drawn.
#[must_use]
pub fn catalogue() -> &'static [EffectInfo] {
    &CATALOGUE
}

/// Tells whether an effect can be drawn with these parameters; absent ones have their defaults.
///
/// # Errors
/// `NotFound` for the effect, `Invalid` for a parameter: its field is `params.NAME`.
pub fn check_params(effect: &str, params: &Map<String, Value>) -> Result<(), crate::Error> {
    param::check(find(effect)?, params)
}

/// Makes an effect for a canvas of this size, which may not be empty.
///
/// # Errors
/// As [`check_params`].
pub fn build(
    effect: &str,
    params: &Map<String, Value>,
    width: u32,
    height: u32,
    seed: u32,
) -> Result<Box<dyn Effect>, crate::Error> {
    let info = find(effect)?;
    param::check(info, params)?;
    let values = Values::new(info.params, params);
    let make = |size| (info.build)(&values, size, math::hash(seed, 0, 0));
    Ok(small::enlarged(Size::new(width, height), make))
}

fn find(effect: &str) -> Result<&'static EffectInfo, crate::Error> {
    let found = CATALOGUE.iter().find(|info| info.id == effect);
    found.ok_or_else(|| crate::Error::not_found("effect", effect))
}
