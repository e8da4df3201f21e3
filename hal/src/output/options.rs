//! Reads the options of one output and says which key is wrong, with its value.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{OptionError, Shape};

/// The options of one output, all of whose keys are known.
pub(super) struct Options<'a> {
    map: &'a Map<String, Value>,
}

impl<'a> Options<'a> {
    /// Refuses keys that are not among `known`, and an output without LEDs.
    pub(super) fn new(
        map: &'a Map<String, Value>,
        known: &[&str],
        shape: Shape,
    ) -> Result<Self, OptionError> {
        if let Some((key, value)) = map.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            let reason = if known.is_empty() {
                format!("unknown key (with the value {}); this kind has no options", short(value))
            } else {
                format!(
                    "unknown key (with the value {}); known are {}",
                    short(value),
                    known.join(", ")
                )
            };
            return Err(wrong(key, reason));
        }
        if shape.leds == 0 || shape.channels == 0 {
            return Err(wrong("leds", "the output has 0 LEDs: there is nothing to send"));
        }
        Ok(Self { map })
    }

    /// The value of `key`, or `absent`.
    pub(super) fn optional<T: DeserializeOwned>(
        &self,
        key: &str,
        absent: T,
    ) -> Result<T, OptionError> {
        match self.map.get(key) {
            None => Ok(absent),
            Some(value) => read(key, value),
        }
    }

    /// The value of `key`, which must be there. `example` is shown if it is not.
    pub(super) fn required<T: DeserializeOwned>(
        &self,
        key: &str,
        example: &str,
    ) -> Result<T, OptionError> {
        match self.map.get(key) {
            None => Err(wrong(key, format!("missing; for example {example}"))),
            Some(value) => read(key, value),
        }
    }
}

/// An option that cannot be used.
pub(super) fn wrong(key: &str, reason: impl Into<String>) -> OptionError {
    OptionError { key: key.to_owned(), reason: reason.into() }
}

fn read<T: DeserializeOwned>(key: &str, value: &Value) -> Result<T, OptionError> {
    T::deserialize(value).map_err(|error| wrong(key, format!("{}: {error}", short(value))))
}

/// The value as JSON, cut to what fits a message.
fn short(value: &Value) -> String {
    let mut text = value.to_string();
    if let Some((end, _)) = text.char_indices().nth(80) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SHAPE: Shape = Shape { leds: 1, channels: 3 };

    fn check(options: Value, expect: Result<u8, &str>) {
        let map = options.as_object().unwrap();
        let result = Options::new(map, &["universe"], SHAPE)
            .and_then(|options| options.required::<u8>("universe", "1"))
            .map_err(|error| error.to_string());
        assert_eq!(result, expect.map_err(str::to_owned), "{options}");
    }

    #[test]
    fn a_wrong_option_is_named_with_its_value() {
        check(json!({"universe": 7}), Ok(7));
        check(json!({}), Err("universe: missing; for example 1"));
        check(
            json!({"universe": 7, "univrse": 8}),
            Err("univrse: unknown key (with the value 8); known are universe"),
        );
        check(
            json!({"universe": "seven"}),
            Err("universe: \"seven\": invalid type: string \"seven\", expected u8"),
        );
        check(
            json!({"universe": 256}),
            Err("universe: 256: invalid value: integer `256`, expected u8"),
        );
    }

    #[test]
    fn a_long_value_is_cut_in_the_message() {
        let map = json!({"é": "é".repeat(500)});
        let error = Options::new(map.as_object().unwrap(), &[], SHAPE).err().unwrap();
        assert!(error.reason.chars().count() < 160, "{}", error.reason);
    }
}
