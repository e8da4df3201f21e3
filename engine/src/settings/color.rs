//! How light becomes bytes on one output, as the settings say it.

use serde::{Serialize, Serializer};

use super::reader::{Fault, Section};

/// The keys of an output that say how light becomes bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColorSettings {
    /// The order of the colours on the wire, one of [`ColorSettings::ORDERS`].
    pub order: &'static str,
    /// The curve.
    pub gamma: GammaSettings,
    /// How much of its light each of red, green and blue keeps, each 0 to 1.
    pub white: [f64; 3],
}

/// How bytes follow light: `byte = 255 · srgb_encode(light)^g`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GammaSettings {
    /// `byte = 255 · light`, for LEDs whose light follows the byte.
    Srgb,
    /// The exponent, 0.1 to 5.
    Power(f64),
}

impl ColorSettings {
    /// Every order there is.
    pub const ORDERS: [&'static str; 6] = ["RGB", "RBG", "GRB", "GBR", "BRG", "BGR"];

    pub(super) fn read(table: &mut Section<'_>) -> Result<Self, Fault> {
        let mut color = Self::default();
        table.word("order", &mut color.order, &Self::ORDERS.map(|order| (order, order)))?;
        if let Some(entry) = table.take("gamma") {
            color.gamma = if entry.is_text() {
                entry.word(&[("srgb", GammaSettings::Srgb)])?
            } else {
                GammaSettings::Power(entry.number(0.1..=5.0)?)
            };
        }
        if let Some(entry) = table.take("white") {
            let parts = entry.list()?;
            if parts.len() != 3 {
                let count = parts.len();
                return Err(entry.fault(format!("{count} numbers are not red, green and blue")));
            }
            for (keeps, part) in color.white.iter_mut().zip(&parts) {
                *keeps = part.number(0.0..=1.0)?;
            }
        }
        Ok(color)
    }
}

impl Default for ColorSettings {
    fn default() -> Self {
        Self { order: "RGB", gamma: GammaSettings::Srgb, white: [1.0; 3] }
    }
}

impl Serialize for GammaSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Srgb => serializer.serialize_str("srgb"),
            Self::Power(exponent) => serializer.serialize_f64(*exponent),
        }
    }
}
