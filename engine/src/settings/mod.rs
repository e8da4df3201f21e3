//! The settings: one TOML file that people and the web page both edit.
//!
//! ```text
//! text --parse--> Settings        every value in range, every key known, every default filled in
//! JSON --patch--> text            comments and order kept; the whole is parsed before it is written
//! ```

mod color;
mod error;
mod file;
mod input;
mod layout;
mod output;
mod patch;
mod producers;
mod reader;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use hal::output::Kind;
use serde::{Serialize, Serializer};

pub use error::SettingsError;
pub use file::SettingsFile;
pub use input::{InputFormat, InputSettings};
pub use output::{LedRange, OutputSettings};
pub use producers::{Ffmpeg, ProducerSettings};
use reader::{Fault, Section};

use crate::layout::LayoutSpec;

/// All settings, checked. Serialized, it is the whole document with its defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settings {
    /// The canvas.
    pub display: DisplaySettings,
    /// Where the LEDs are.
    pub layout: LayoutSpec,
    /// Where the bytes go.
    pub outputs: Vec<OutputSettings>,
    /// Who else may draw.
    pub inputs: Vec<InputSettings>,
    /// What plays.
    pub player: PlayerSettings,
    /// How files are opened.
    pub producers: ProducerSettings,
    /// Who may ask.
    pub api: ApiSettings,
}

/// The canvas and how bright it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DisplaySettings {
    /// Pixels across, 1 to 7680.
    pub width: u32,
    /// Pixels down, 1 to 7680.
    pub height: u32,
    /// Frames per second, 1 to 1000.
    pub fps: f64,
    /// 0 to 1, in linear light.
    pub brightness: f64,
}

/// What plays.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlayerSettings {
    /// What plays when the daemon starts.
    pub at_start: AtStart,
}

/// What plays when the daemon starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtStart {
    /// What a command last asked for.
    Resume,
    /// Nothing; the LEDs are black.
    Nothing,
    /// The playlist with this id.
    Playlist(String),
}

/// Who may ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiSettings {
    /// Addresses that HTTP is answered on. May be empty: sockets can come from elsewhere.
    pub listen: Vec<SocketAddr>,
    /// Whether everyone who reaches an address of another machine's network may command.
    pub allow_unauthenticated: bool,
}

impl Default for Settings {
    /// A virtual display that needs no hardware.
    fn default() -> Self {
        Self {
            display: DisplaySettings::default(),
            layout: LayoutSpec::default(),
            outputs: vec![OutputSettings::nowhere()],
            inputs: vec![InputSettings::default()],
            player: PlayerSettings { at_start: AtStart::Resume },
            producers: ProducerSettings::default(),
            api: ApiSettings::default(),
        }
    }
}

impl Default for DisplaySettings {
    fn default() -> Self {
        Self { width: 800, height: 480, fps: 60.0, brightness: 0.8 }
    }
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))],
            allow_unauthenticated: false,
        }
    }
}

impl Settings {
    /// Reads a settings file. Without the file all is default. `kinds` are the outputs there are.
    ///
    /// # Errors
    /// The file cannot be read, or the first line that cannot be used.
    pub fn read(path: &Path, kinds: &[Kind]) -> Result<Self, SettingsError> {
        Self::parse_as(&file::name_of(path), &file::read(path)?, kinds)
    }

    /// Reads settings from text.
    ///
    /// # Errors
    /// The first line that cannot be used.
    pub fn parse(text: &str, kinds: &[Kind]) -> Result<Self, SettingsError> {
        Self::parse_as("settings.toml", text, kinds)
    }

    /// As `parse`; errors call the text by the name of its file.
    fn parse_as(file: &str, text: &str, kinds: &[Kind]) -> Result<Self, SettingsError> {
        let document = toml_edit::Document::parse(text)
            .map_err(|error| SettingsError::syntax(file, text, &error))?;
        Self::from_root(Section::root(document.as_table()), kinds)
            .map_err(|fault| SettingsError::fault(file, text, fault))
    }

    fn from_root(mut root: Section<'_>, kinds: &[Kind]) -> Result<Self, Fault> {
        let mut settings = Self::default();
        if let Some(entry) = root.take("display") {
            settings.display.read(entry.section()?)?;
        }
        if let Some(entry) = root.take("layout") {
            settings.layout = LayoutSpec::read(entry.section()?)?;
        }
        if let Some(entry) = root.take("outputs") {
            settings.outputs = output::read(entry, settings.layout.leds() as usize, kinds)?;
        }
        if let Some(entry) = root.take("inputs") {
            settings.inputs = input::read(entry)?;
        }
        if let Some(entry) = root.take("player") {
            settings.player.read(entry.section()?)?;
        }
        if let Some(entry) = root.take("producers") {
            settings.producers.read(entry.section()?)?;
        }
        if let Some(entry) = root.take("api") {
            settings.api.read(entry.section()?)?;
        }
        root.finish()?;
        Ok(settings)
    }
}

impl DisplaySettings {
    fn read(&mut self, mut table: Section<'_>) -> Result<(), Fault> {
        table.whole("width", &mut self.width, 1..=7680)?;
        table.whole("height", &mut self.height, 1..=7680)?;
        table.number("fps", &mut self.fps, 1.0..=1000.0)?;
        table.number("brightness", &mut self.brightness, 0.0..=1.0)?;
        table.finish()
    }
}

impl PlayerSettings {
    fn read(&mut self, mut table: Section<'_>) -> Result<(), Fault> {
        if let Some(entry) = table.take("at_start") {
            self.at_start = match entry.text()? {
                "resume" => AtStart::Resume,
                "nothing" => AtStart::Nothing,
                // Ids are made by the library; anything else is a typing error.
                id if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    AtStart::Playlist(id.to_owned())
                }
                other => {
                    return Err(entry.fault(format!(
                        "\"{other}\" is neither \"resume\" nor \"nothing\" nor a playlist's id"
                    )));
                }
            };
        }
        table.finish()
    }
}

impl ApiSettings {
    fn read(&mut self, mut table: Section<'_>) -> Result<(), Fault> {
        if let Some(entry) = table.take("listen") {
            self.listen.clear();
            for entry in entry.list()? {
                let text = entry.text()?;
                let address = text.parse().map_err(|_| {
                    entry.fault(format!("\"{text}\" is not an address such as \"127.0.0.1:8080\""))
                })?;
                if self.listen.contains(&address) {
                    return Err(entry.fault(format!("{address} is there twice")));
                }
                self.listen.push(address);
            }
        }
        table.flag("allow_unauthenticated", &mut self.allow_unauthenticated)?;
        table.finish()
    }
}

impl Serialize for AtStart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Resume => "resume",
            Self::Nothing => "nothing",
            Self::Playlist(id) => id,
        })
    }
}
