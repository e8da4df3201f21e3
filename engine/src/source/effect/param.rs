//! Parameters of effects: what may be set, in which range, told as JSON Schema and checked.

use serde_json::{Map, Value, json};

use super::EffectInfo;
use super::palette::NAMES;
use crate::Error;
use crate::source::Rgb8;

/// One parameter.
#[derive(Debug)]
pub struct Param {
    /// Its key.
    pub name: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// Its type, range and default.
    pub kind: ParamKind,
}

/// What values a parameter takes.
#[derive(Debug)]
pub enum ParamKind {
    /// A number; both ends of the range belong to it.
    Number {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
        /// If absent.
        default: f64,
        /// `×`, `°` and the like.
        unit: &'static str,
    },
    /// One of some words.
    Choice {
        /// The words.
        options: &'static [&'static str],
        /// If absent.
        default: &'static str,
    },
    /// A colour, `#RRGGBB`.
    Color {
        /// If absent.
        default: &'static str,
    },
}

impl Param {
    /// How fast; every effect has it.
    pub(super) const fn speed(description: &'static str) -> Self {
        Self::number("speed", 0.0, 5.0, 1.0, "×", description)
    }

    pub(super) const fn number(
        name: &'static str,
        min: f64,
        max: f64,
        default: f64,
        unit: &'static str,
        description: &'static str,
    ) -> Self {
        Self { name, description, kind: ParamKind::Number { min, max, default, unit } }
    }

    pub(super) const fn palette(default: &'static str) -> Self {
        let kind = ParamKind::Choice { options: NAMES, default };
        Self { name: "palette", description: "The colours.", kind }
    }

    pub(super) const fn choice(
        name: &'static str,
        options: &'static [&'static str],
        default: &'static str,
        description: &'static str,
    ) -> Self {
        Self { name, description, kind: ParamKind::Choice { options, default } }
    }

    pub(super) const fn color(
        name: &'static str,
        default: &'static str,
        description: &'static str,
    ) -> Self {
        Self { name, description, kind: ParamKind::Color { default } }
    }

    /// The value if none is given.
    #[must_use]
    pub fn default_value(&self) -> Value {
        match self.kind {
            ParamKind::Number { default, .. } => json!(default),
            ParamKind::Choice { default, .. } | ParamKind::Color { default } => json!(default),
        }
    }

    /// The values that are allowed, for people.
    #[must_use]
    pub fn allowed(&self) -> String {
        match self.kind {
            ParamKind::Number { min, max, .. } => format!("a number from {min} to {max}"),
            ParamKind::Choice { options, .. } => format!("one of {}", options.join(", ")),
            ParamKind::Color { .. } => "a colour such as \"#FF8000\"".to_owned(),
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        match self.kind {
            ParamKind::Number { min, max, .. } => {
                value.as_f64().is_some_and(|number| (min..=max).contains(&number))
            }
            ParamKind::Choice { options, .. } => {
                value.as_str().is_some_and(|word| options.contains(&word))
            }
            ParamKind::Color { .. } => {
                value.as_str().is_some_and(|text| text.parse::<Rgb8>().is_ok())
            }
        }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.kind {
            ParamKind::Number { min, max, unit, .. } => {
                json!({"type": "number", "minimum": min, "maximum": max, "x-unit": unit})
            }
            ParamKind::Choice { options, .. } => json!({"type": "string", "enum": options}),
            ParamKind::Color { .. } => {
                json!({"type": "string", "format": "color", "pattern": "^#[0-9A-Fa-f]{6}$"})
            }
        };
        schema["default"] = self.default_value();
        schema["description"] = json!(self.description);
        schema
    }
}

/// The JSON Schema of an object of these parameters.
pub(super) fn schema(params: &[Param]) -> Value {
    let properties: Map<String, Value> =
        params.iter().map(|param| (param.name.to_owned(), param.schema())).collect();
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

/// Refuses what the schema refuses, with the reason.
pub(super) fn check(info: &EffectInfo, given: &Map<String, Value>) -> Result<(), Error> {
    for (key, value) in given {
        let field = format!("params.{key}");
        let Some(param) = info.params.iter().find(|param| param.name == key) else {
            let names: Vec<_> = info.params.iter().map(|param| param.name).collect();
            let reason = format!(
                "effect \"{}\" has no such parameter; it has {}",
                info.id,
                names.join(", ")
            );
            return Err(Error::invalid(field, value, reason));
        };
        if !param.accepts(value) {
            let reason = format!("{value} is not {}", param.allowed());
            return Err(Error::invalid(field, value, reason));
        }
    }
    Ok(())
}

/// The values of an effect's parameters: those given (checked before) and the defaults.
pub(super) struct Values<'a> {
    params: &'static [Param],
    given: &'a Map<String, Value>,
}

impl<'a> Values<'a> {
    pub(super) fn new(params: &'static [Param], given: &'a Map<String, Value>) -> Self {
        Self { params, given }
    }

    pub(super) fn number(&self, name: &str) -> f64 {
        self.value(name).as_f64().unwrap_or_default()
    }

    pub(super) fn word(&self, name: &str) -> String {
        self.value(name).as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn color(&self, name: &str) -> Rgb8 {
        self.word(name).parse().unwrap_or(Rgb8([0; 3]))
    }

    fn value(&self, name: &str) -> Value {
        let param = self.params.iter().find(|param| param.name == name);
        debug_assert!(param.is_some(), "an effect asks only for parameters that it has: {name}");
        let given = self.given.get(name).cloned();
        given.or_else(|| param.map(Param::default_value)).unwrap_or(Value::Null)
    }
}
