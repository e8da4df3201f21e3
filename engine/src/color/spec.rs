//! What the settings may say about an output's colours, and what of it is refused.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How light becomes bytes on one output: three keys of an `[[outputs]]` table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ColorSpec {
    /// The order in which the device wants its colours.
    pub order: ColorOrder,
    /// What the device does with a byte.
    pub gamma: Gamma,
    /// The white point.
    pub white: White,
}

/// The order of the three colours on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorOrder {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Red, blue, green.
    Rbg,
    /// Green, red, blue: most WS2812.
    Grb,
    /// Green, blue, red.
    Gbr,
    /// Blue, red, green.
    Brg,
    /// Blue, green, red: most APA102.
    Bgr,
}

/// How bytes follow light: `byte = 255 · srgb_encode(light)^g`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Gamma {
    /// `"srgb"`: `byte = 255 · light`, for LEDs whose light follows the byte.
    #[default]
    Srgb,
    /// A number from 0.1 to 5; 1 sends bytes as they are in the picture.
    Power(f64),
}

/// How much of its light each colour keeps, so that equal parts look white; each 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct White([f64; 3]);

impl ColorOrder {
    const ALL: [(&'static str, Self, [usize; 3]); 6] = [
        ("RGB", Self::Rgb, [0, 1, 2]),
        ("RBG", Self::Rbg, [0, 2, 1]),
        ("GRB", Self::Grb, [1, 0, 2]),
        ("GBR", Self::Gbr, [1, 2, 0]),
        ("BRG", Self::Brg, [2, 0, 1]),
        ("BGR", Self::Bgr, [2, 1, 0]),
    ];

    fn row(self) -> (&'static str, Self, [usize; 3]) {
        Self::ALL[self as usize]
    }

    /// The word for it in the settings.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Which colour (red 0, green 1, blue 2) each byte on the wire carries.
    pub fn channels(self) -> [usize; 3] {
        self.row().2
    }
}

impl std::str::FromStr for ColorOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, order, _)) = Self::ALL.iter().find(|(name, ..)| *name == text) {
            return Ok(*order);
        }
        Err(if text.len() == 4 && "RGBW".chars().all(|channel| text.contains(channel)) {
            format!(
                "\"{text}\" has four channels; only orders of three are supported, such as \"GRB\""
            )
        } else {
            format!("\"{text}\" is not one of \"RGB\", \"RBG\", \"GRB\", \"GBR\", \"BRG\", \"BGR\"")
        })
    }
}

impl Serialize for ColorOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ColorOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Gamma {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Srgb => serializer.serialize_str("srgb"),
            Self::Power(power) => serializer.serialize_f64(*power),
        }
    }
}

impl<'de> Deserialize<'de> for Gamma {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GammaVisitor)
    }
}

struct GammaVisitor;

impl serde::de::Visitor<'_> for GammaVisitor {
    type Value = Gamma;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"srgb\" or a number from 0.1 to 5")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Gamma, E> {
        if text == "srgb" {
            return Ok(Gamma::Srgb);
        }
        Err(E::custom(format!("\"{text}\" is neither \"srgb\" nor a number from 0.1 to 5")))
    }

    fn visit_f64<E: serde::de::Error>(self, power: f64) -> Result<Gamma, E> {
        if (0.1..=5.0).contains(&power) {
            return Ok(Gamma::Power(power));
        }
        Err(E::custom(format!("{power} is neither a number from 0.1 to 5 nor \"srgb\"")))
    }

    fn visit_i64<E: serde::de::Error>(self, power: i64) -> Result<Gamma, E> {
        self.visit_f64(power as f64)
    }

    fn visit_u64<E: serde::de::Error>(self, power: u64) -> Result<Gamma, E> {
        self.visit_f64(power as f64)
    }
}

impl White {
    /// A white point.
    ///
    /// # Errors
    /// If a part is not 0..=1; says which and its value.
    pub fn new(parts: [f64; 3]) -> Result<Self, String> {
        for (name, part) in ["red", "green", "blue"].into_iter().zip(parts) {
            if !(0.0..=1.0).contains(&part) {
                return Err(format!("{name} is {part}: each part must be 0 to 1"));
            }
        }
        Ok(Self(parts))
    }

    /// Red, green and blue.
    pub fn parts(self) -> [f64; 3] {
        self.0
    }
}

impl Default for White {
    fn default() -> Self {
        Self([1.0; 3])
    }
}

impl Serialize for White {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for White {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(<[f64; 3]>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_keys_mean_a_linear_device_in_rgb() {
        let spec: ColorSpec = toml::from_str("").unwrap();
        assert_eq!(spec, ColorSpec::default());
        assert_eq!(spec.gamma, Gamma::Srgb);
        assert_eq!(spec.white.parts(), [1.0; 3]);
        assert_eq!(spec.order.channels(), [0, 1, 2]);
    }

    #[test]
    fn every_key_is_read_and_written_back() {
        let text = "order = \"GRB\"\ngamma = 2\nwhite = [1, 0.85, 0.7]";
        let spec: ColorSpec = toml::from_str(text).unwrap();
        assert_eq!(spec.order, ColorOrder::Grb);
        assert_eq!(spec.gamma, Gamma::Power(2.0));
        assert_eq!(spec.white.parts(), [1.0, 0.85, 0.7]);
        let written = toml::to_string(&spec).unwrap();
        assert_eq!(toml::from_str::<ColorSpec>(&written).unwrap(), spec);
        let written = toml::to_string(&ColorSpec::default()).unwrap();
        assert_eq!(toml::from_str::<ColorSpec>(&written).unwrap(), ColorSpec::default());
    }

    #[test]
    fn every_order_names_its_channels() {
        for (idx, (name, order, channels)) in ColorOrder::ALL.into_iter().enumerate() {
            assert_eq!(order as usize, idx);
            assert_eq!(name.parse(), Ok(order));
            assert_eq!(order.name(), name);
            let letters: String = order.channels().iter().map(|&i| &"RGB"[i..=i]).collect();
            assert_eq!(letters, name);
            assert_eq!(order.channels(), channels);
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_value() {
        fn check(text: &str, part: &str) {
            let message = toml::from_str::<ColorSpec>(text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        check("order = \"GRBW\"", "\"GRBW\" has four channels; only orders of three");
        check("order = \"RRB\"", "\"RRB\" is not one of");
        check("order = \"rgb\"", "\"rgb\" is not one of");
        check("order = 3", "3");
        check("gamma = \"linear\"", "\"linear\" is neither \"srgb\" nor a number");
        check("gamma = 0.05", "0.05 is neither a number from 0.1 to 5");
        check("gamma = 5.5", "5.5 is neither");
        check("gamma = nan", "NaN is neither");
        check("gamma = true", "\"srgb\" or a number");
        check("white = [1.0, 1.5, 1.0]", "green is 1.5: each part must be 0 to 1");
        check("white = [1.0, 1.0, -0.1]", "blue is -0.1");
        check("white = [1.0, 1.0]", "2");
        check("gama = 1.0", "gama");
    }

    #[test]
    fn every_colour_in_the_documents_can_be_used() {
        let page = include_str!("../../../docs/colour.md");
        let blocks: Vec<_> = page.split("```toml\n").skip(1).collect();
        assert!(!blocks.is_empty());
        for block in blocks {
            let text = block.split("```").next().unwrap();
            let settings: toml::Table = toml::from_str(text).unwrap();
            for output in settings["outputs"].as_array().unwrap() {
                let keys = output.as_table().unwrap().iter();
                let color: toml::Table = keys
                    .filter(|(key, _)| ["order", "gamma", "white"].contains(&key.as_str()))
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                color.try_into::<ColorSpec>().unwrap();
            }
        }
    }
}
