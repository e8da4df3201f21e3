//! How light becomes bytes on one output, as the settings say it.

use super::reader::{Fault, Section};
use crate::color::{ColorOrder, ColorSpec, Gamma, White};

impl ColorSpec {
    pub(super) fn read(table: &mut Section<'_>) -> Result<Self, Fault> {
        let mut color = Self::default();
        if let Some(entry) = table.take("order") {
            let order: Result<ColorOrder, String> = entry.text()?.parse();
            color.order = order.map_err(|reason| entry.fault(reason))?;
        }
        if let Some(entry) = table.take("gamma") {
            color.gamma = if entry.is_text() {
                entry.word(&[("srgb", Gamma::Srgb)])?
            } else {
                Gamma::Power(entry.number(0.1..=5.0)?)
            };
        }
        if let Some(entry) = table.take("white") {
            let parts = entry.list()?;
            if parts.len() != 3 {
                let count = parts.len();
                return Err(entry.fault(format!("{count} numbers are not red, green and blue")));
            }
            let mut white = [0.0; 3];
            for (keeps, part) in white.iter_mut().zip(&parts) {
                *keeps = part.number(0.0..=1.0)?;
            }
            color.white = White::new(white).map_err(|reason| entry.fault(reason))?;
        }
        Ok(color)
    }
}
