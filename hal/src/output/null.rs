//! Takes every frame and forgets it: a display without hardware.

use std::time::Duration;

use serde_json::{Map, Value};

use super::options::Options;
use super::{Kind, LedFrame, Open, OptionError, Output, Shape};
use crate::error::Error;

/// `kind = "null"`. No options.
pub(super) const KIND: Kind = Kind { name: "null", parse };

fn parse(options: &Map<String, Value>, shape: Shape) -> Result<Box<dyn Open>, OptionError> {
    Options::new(options, &[], shape)?;
    Ok(Box::new(Null))
}

struct Null;

impl Open for Null {
    fn open(&self) -> Result<Box<dyn Output>, Error> {
        Ok(Box::new(Null))
    }

    fn keep_alive(&self) -> Option<Duration> {
        None
    }

    fn target(&self) -> String {
        "nowhere".to_owned()
    }
}

impl Output for Null {
    fn write(&mut self, _frame: LedFrame<'_>) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_takes_everything() {
        let opener = parse(&Map::new(), Shape { leds: 1, channels: 3 }).unwrap();
        let mut output = opener.open().unwrap();
        output.write(LedFrame { bytes: &[1, 2, 3], number: 1 }).unwrap();
        output.write(LedFrame { bytes: &[], number: 2 }).unwrap();
        assert_eq!(opener.keep_alive(), None);
    }
}
