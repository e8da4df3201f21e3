//! Settings as people write them, and as the web page changes them.

mod file;
mod text;

use std::time::Duration;

use hal::output::{Kind, Open, OptionError, Output, Shape};
use serde_json::{Map, Value};

/// Two kinds of output: `null` has no options, `ddp` must have a `host`.
static KINDS: [Kind; 2] =
    [Kind { name: "null", parse: parse_null }, Kind { name: "ddp", parse: parse_ddp }];

struct Nowhere;

impl Open for Nowhere {
    fn open(&self) -> Result<Box<dyn Output>, hal::Error> {
        Err(hal::Error::new(hal::Remedy::GiveUp, "settings never open an output"))
    }

    fn keep_alive(&self) -> Option<Duration> {
        None
    }

    fn target(&self) -> String {
        String::new()
    }
}

fn parse_null(options: &Map<String, Value>, _shape: Shape) -> Result<Box<dyn Open>, OptionError> {
    match options.keys().next() {
        None => Ok(Box::new(Nowhere)),
        Some(key) => Err(OptionError { key: key.clone(), reason: "unknown key".to_owned() }),
    }
}

fn parse_ddp(options: &Map<String, Value>, shape: Shape) -> Result<Box<dyn Open>, OptionError> {
    let wrong = |key: &str, reason: &str| {
        Err(OptionError { key: key.to_owned(), reason: reason.to_owned() })
    };
    match options.get("host") {
        None => return wrong("host", "is missing"),
        Some(host) if !host.is_string() => return wrong("host", "is not an address"),
        Some(_) => {}
    }
    if shape.leds * shape.channels > 4_000_000 {
        return wrong("leds", "too many for one output");
    }
    Ok(Box::new(Nowhere))
}
