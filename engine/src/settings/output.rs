//! Where the bytes go, as the settings say it.

use std::ops::Range;

use hal::output::{Kind, Shape};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::reader::{Entry, Fault};
use crate::color::ColorSpec;

/// One output: the keys that every kind has, and those that only its kind knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputSettings {
    /// Its name in status and events: 1 to 32 of a–z, 0–9 and `-`; unique.
    pub id: String,
    /// Its kind, a row of the registry.
    pub kind: String,
    /// Its part of the layout's LEDs; none means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leds: Option<LedRange>,
    /// How light becomes bytes.
    #[serde(flatten)]
    pub color: ColorSpec,
    /// All other keys; its kind has accepted them.
    #[serde(flatten)]
    pub options: Map<String, Value>,
}

/// A part of the layout's LEDs: `"0..2048"`, without the last number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedRange {
    /// The first LED.
    pub start: usize,
    /// The LED after the last; larger than `start`.
    pub end: usize,
}

/// Bytes per LED on the wire: red, green and blue.
const CHANNELS: usize = 3;

impl OutputSettings {
    /// The output of an installation without settings: bytes are made and dropped.
    pub(super) fn nowhere() -> Self {
        Self {
            id: "null".to_owned(),
            kind: "null".to_owned(),
            leds: None,
            color: ColorSpec::default(),
            options: Map::new(),
        }
    }

    /// Its LEDs, of a layout that has `leds`.
    pub fn range(&self, leds: usize) -> Range<usize> {
        self.leds.map_or(0..leds, |part| part.start..part.end)
    }

    /// What the output will be asked to carry, of a layout that has `leds`.
    pub fn shape(&self, leds: usize) -> Shape {
        Shape { leds: self.range(leds).len(), channels: CHANNELS }
    }
}

/// Reads the list of outputs for a layout that has `leds`.
pub(super) fn read(
    list: Entry<'_>,
    leds: usize,
    kinds: &[Kind],
) -> Result<Vec<OutputSettings>, Fault> {
    let mut outputs: Vec<OutputSettings> = Vec::new();
    for entry in list.list()? {
        let mut table = entry.section()?;
        let id = table.need("id")?;
        let name = id.text()?;
        if !is_id(name) {
            return Err(id.fault(format!("\"{name}\" is not 1 to 32 of a-z, 0-9 and -")));
        }
        if let Some(twin) = outputs.iter().position(|known| known.id == name) {
            return Err(id.fault(format!("\"{name}\" is the id of outputs[{twin}] too")));
        }
        let choices: Vec<(&str, &Kind)> = kinds.iter().map(|kind| (kind.name, kind)).collect();
        let kind = table.need("kind")?.word(&choices)?;
        let part = table.take("leds").map(|entry| led_range(&entry, leds)).transpose()?;
        let color = ColorSpec::read(&mut table)?;
        let output = OutputSettings {
            id: name.to_owned(),
            kind: kind.name.to_owned(),
            leds: part,
            color,
            options: table.rest(),
        };
        (kind.parse)(&output.options, output.shape(leds)).map_err(|error| {
            // The kind names the keys of its own; the one that was meant may be another.
            let is_unknown =
                table.rest().contains_key(&error.key) && error.reason.starts_with("unknown key");
            let more = if is_unknown { table.known() } else { String::new() };
            table.fault_at(&error.key, format!("{}{more}", error.reason))
        })?;
        outputs.push(output);
    }
    Ok(outputs)
}

pub(super) fn is_id(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn led_range(entry: &Entry<'_>, leds: usize) -> Result<LedRange, Fault> {
    let text = entry.text()?;
    let bounds = text.split_once("..").and_then(|(start, end)| {
        Some(LedRange { start: start.trim().parse().ok()?, end: end.trim().parse().ok()? })
    });
    let Some(range) = bounds else {
        return Err(entry.fault(format!("\"{text}\" is not a range such as \"0..{leds}\"")));
    };
    if range.start >= range.end {
        return Err(entry.fault(format!("\"{text}\" holds no LED: the end is left out")));
    }
    if range.end > leds {
        let end = range.end;
        return Err(entry.fault(format!("\"{text}\" ends at {end}, the layout has {leds} LEDs")));
    }
    Ok(range)
}

impl std::fmt::Display for LedRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl Serialize for LedRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
