//! Live inputs, as the settings say it.

use serde::{Serialize, Serializer};

use super::output::is_id;
use super::reader::{Entry, Fault};
use crate::input::arbiter::OnLoss;

/// Words that status uses for what is no input.
const TAKEN: [&str; 2] = ["playlist", "none"];

/// One live input: a ring in shared memory that other programs draw into.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSettings {
    /// Its name in status and events; that of the ring, unless it is given.
    pub id: String,
    /// The end of the ring's name: `/dev/shm/prismatron_<instance>_<name>`.
    pub name: String,
    /// What a frame is.
    pub format: InputFormat,
    /// Bytes are amounts of light, and not encoded as in pictures.
    pub linear: bool,
    /// 0 to 200; larger wins, the playlist has 50.
    pub priority: u32,
    /// Without a frame for this long its source is gone.
    pub timeout_s: f64,
    /// What happens to its light then.
    pub on_loss: OnLoss,
    /// How long its light is mixed with the other when it comes and goes.
    pub fade_s: f64,
    /// Whether there is a ring at all.
    pub enabled: bool,
}

/// What a live frame is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputFormat {
    /// A picture of the canvas.
    #[default]
    Canvas,
    /// One value for each LED, in the layout's order.
    Leds,
}

const FORMATS: [(&str, InputFormat); 2] =
    [("canvas", InputFormat::Canvas), ("leds", InputFormat::Leds)];
const ENCODINGS: [(&str, bool); 2] = [("srgb", false), ("linear", true)];
const LOSSES: [(&str, OnLoss); 3] =
    [("release", OnLoss::Release), ("hold", OnLoss::Hold), ("black", OnLoss::Black)];

impl Default for InputSettings {
    /// The door that is open without settings.
    fn default() -> Self {
        Self {
            id: "live".into(),
            name: "live".into(),
            format: InputFormat::Canvas,
            linear: false,
            priority: 100,
            timeout_s: 2.5,
            on_loss: OnLoss::Release,
            fade_s: 0.0,
            enabled: true,
        }
    }
}

impl InputSettings {
    /// Its kind's word.
    pub fn kind(&self) -> &'static str {
        "ring"
    }

    /// The word of its format.
    pub fn format_word(&self) -> &'static str {
        word(&FORMATS, self.format)
    }

    /// The word of its encoding.
    pub fn encoding_word(&self) -> &'static str {
        word(&ENCODINGS, self.linear)
    }

    /// The word of what happens on loss.
    pub fn on_loss_word(&self) -> &'static str {
        word(&LOSSES, self.on_loss)
    }
}

fn word<T: PartialEq>(choices: &[(&'static str, T)], choice: T) -> &'static str {
    choices.iter().find(|(_, known)| *known == choice).map_or("", |(word, _)| word)
}

/// Reads the list of inputs. Without a ring among them, the default one is there too.
pub(super) fn read(list: Entry<'_>) -> Result<Vec<InputSettings>, Fault> {
    let mut inputs: Vec<InputSettings> = Vec::new();
    for entry in list.list()? {
        let mut table = entry.section()?;
        // One kind so far; each other word is refused with it.
        table.need("kind")?.word(&[("ring", ())])?;
        let mut input = InputSettings::default();
        if let Some(name) = table.take("name") {
            input.name = id_of(&name)?;
        }
        if let Some(twin) = inputs.iter().position(|known| known.name == input.name) {
            let reason = format!("\"{}\" is the name of inputs[{twin}] too", input.name);
            return Err(table.fault_at("name", reason));
        }
        input.id = input.name.clone();
        if let Some(id) = table.take("id") {
            input.id = id_of(&id)?;
        }
        if TAKEN.contains(&input.id.as_str()) {
            let reason = format!("\"{}\" means something else in the status", input.id);
            return Err(table.fault_at("id", reason));
        }
        if let Some(twin) = inputs.iter().position(|known| known.id == input.id) {
            let reason = format!("\"{}\" is the id of inputs[{twin}] too", input.id);
            return Err(table.fault_at("id", reason));
        }
        table.word("format", &mut input.format, &FORMATS)?;
        table.word("encoding", &mut input.linear, &ENCODINGS)?;
        table.whole("priority", &mut input.priority, 0..=200)?;
        table.number("timeout_s", &mut input.timeout_s, 0.1..=3600.0)?;
        table.word("on_loss", &mut input.on_loss, &LOSSES)?;
        table.number("fade_s", &mut input.fade_s, 0.0..=60.0)?;
        table.flag("enabled", &mut input.enabled)?;
        table.finish()?;
        inputs.push(input);
    }
    if inputs.is_empty() {
        inputs.push(InputSettings::default());
    }
    Ok(inputs)
}

fn id_of(entry: &Entry<'_>) -> Result<String, Fault> {
    let text = entry.text()?;
    if is_id(text) {
        return Ok(text.to_owned());
    }
    Err(entry.fault(format!("\"{text}\" is not 1 to 32 of a-z, 0-9 and -")))
}

impl Serialize for InputSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut table = serializer.serialize_struct("InputSettings", 10)?;
        table.serialize_field("id", &self.id)?;
        table.serialize_field("kind", self.kind())?;
        table.serialize_field("name", &self.name)?;
        table.serialize_field("format", self.format_word())?;
        table.serialize_field("encoding", self.encoding_word())?;
        table.serialize_field("priority", &self.priority)?;
        table.serialize_field("timeout_s", &self.timeout_s)?;
        table.serialize_field("on_loss", self.on_loss_word())?;
        table.serialize_field("fade_s", &self.fade_s)?;
        table.serialize_field("enabled", &self.enabled)?;
        table.end()
    }
}
