//! How files are opened: what producers may start, and what is done where nothing confines them.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::reader::{Fault, Section};
use crate::source::Tools;

/// How files are opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProducerSettings {
    /// The program that decodes videos.
    pub ffmpeg: Ffmpeg,
    /// Whether devices of the machine decode videos, where there are some.
    pub hardware_decoding: bool,
    /// Whether files are opened also where the kernel cannot confine who opens them.
    pub allow_unconfined: bool,
}

impl Default for ProducerSettings {
    fn default() -> Self {
        Self { ffmpeg: Ffmpeg::default(), hardware_decoding: true, allow_unconfined: false }
    }
}

/// Which ffmpeg decodes videos.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ffmpeg {
    /// The system's, where it usually is.
    #[default]
    Auto,
    /// The one at this absolute path.
    At(PathBuf),
}

impl ProducerSettings {
    pub(super) fn read(&mut self, mut table: Section<'_>) -> Result<(), Fault> {
        if let Some(entry) = table.take("ffmpeg") {
            self.ffmpeg = match entry.text()? {
                "auto" => Ffmpeg::Auto,
                path if Path::new(path).is_absolute() => Ffmpeg::At(path.into()),
                other => {
                    return Err(entry.fault(format!(
                        "\"{other}\" is neither \"auto\" nor a path such as \"/usr/bin/ffmpeg\""
                    )));
                }
            };
        }
        table.flag("hardware_decoding", &mut self.hardware_decoding)?;
        table.flag("allow_unconfined", &mut self.allow_unconfined)?;
        table.finish()
    }

    /// The programs that are there.
    pub fn tools(&self) -> Tools {
        let tools = Tools::find(match &self.ffmpeg {
            Ffmpeg::Auto => None,
            Ffmpeg::At(path) => Some(path),
        });
        if self.hardware_decoding { tools.with_hardware() } else { tools }
    }
}

impl Serialize for Ffmpeg {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::At(path) => serializer.serialize_str(&path.to_string_lossy()),
        }
    }
}
