//! The settings file: read once, changed by patches, never left half written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hal::output::Kind;
use serde_json::Value;
use toml_edit::DocumentMut;

use super::patch;
use super::{Settings, SettingsError};
use crate::Error;
use crate::durable;

/// A settings file and what it says. Owned by one thread; its methods may wait for the disk.
pub struct SettingsFile {
    path: PathBuf,
    kinds: &'static [Kind],
    /// As on the disk when last looked at; empty if there is no file.
    text: String,
    settings: Settings,
}

impl SettingsFile {
    /// Reads the file. If there is none all is default, and none is made. `kinds` are the outputs
    /// there are.
    ///
    /// # Errors
    /// The file cannot be read, or the first line that cannot be used.
    pub fn load(path: &Path, kinds: &'static [Kind]) -> Result<Self, SettingsError> {
        let text = read(path)?;
        let settings = Settings::parse_as(&name_of(path), &text, kinds)?;
        Ok(Self { path: path.to_owned(), kinds, text, settings })
    }

    /// What the file says.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The whole as JSON, defaults filled in.
    pub fn value(&self) -> Value {
        // Every key is text and no number is infinite, so nothing here can fail.
        serde_json::to_value(&self.settings).unwrap_or_default()
    }

    /// Differs whenever the text differs.
    pub fn revision(&self) -> String {
        revision_of(&self.text)
    }

    /// Reads the file again, after someone may have edited it. Tells whether it has changed.
    ///
    /// # Errors
    /// As [`SettingsFile::load`]; the settings before stay in force then.
    pub fn reload(&mut self) -> Result<bool, SettingsError> {
        let text = read(&self.path)?;
        if text == self.text {
            return Ok(false);
        }
        self.settings = Settings::parse_as(&name_of(&self.path), &text, self.kinds)?;
        self.text = text;
        Ok(true)
    }

    /// Applies an RFC 7396 merge patch and writes the file, if the whole is valid after it. An
    /// edit by hand since the last look is taken in, never overwritten. `expected` must be the
    /// present revision, if it is given. The text before is kept beside the file, as `.bak`.
    ///
    /// # Errors
    /// [`Error::Stale`]; [`Error::Invalid`] with the key; [`Error::Conflict`] if the file was
    /// edited by hand and cannot be used; [`Error::Full`] or [`Error::Internal`]. The file and the
    /// settings are as before then.
    pub fn patch(&mut self, patch: &Value, expected: Option<&str>) -> Result<Settings, Error> {
        self.reload().map_err(|error| Error::Conflict {
            reason: format!("the settings file was edited and cannot be used: {error}"),
        })?;
        let current = self.revision();
        if expected.is_some_and(|expected| expected != current) {
            return Err(Error::Stale { what: "settings".to_owned(), current });
        }
        let (text, settings) = self.patched(patch)?;
        if text == self.text {
            return Ok(settings);
        }
        self.write(&text)?;
        self.text = text;
        self.settings = settings;
        Ok(self.settings.clone())
    }

    /// What the settings would be after a patch; nothing is written.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the key.
    pub fn preview(&self, patch: &Value) -> Result<Settings, Error> {
        self.patched(patch).map(|(_, settings)| settings)
    }

    fn patched(&self, patch: &Value) -> Result<(String, Settings), Error> {
        let Value::Object(patch) = patch else {
            return Err(Error::invalid("settings", patch, "a patch is an object"));
        };
        let mut document: DocumentMut = self.text.parse().map_err(Error::internal)?;
        patch::apply(document.as_table_mut(), patch)
            .map_err(|(key, reason)| Error::invalid(key, "", reason))?;
        let text = document.to_string();
        let settings = Settings::parse_as(&name_of(&self.path), &text, self.kinds)?;
        Ok((text, settings))
    }

    fn write(&self, text: &str) -> Result<(), Error> {
        // Through a link to the file that it names, so that the link stays.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let name = name_of(&self.path);
        let failed = |error: io::Error| durable::write_error(&name, &error);
        if let Some(folder) = path.parent() {
            durable::make_folder(folder).map_err(failed)?;
        }
        if path.exists() {
            let mut backup = path.clone().into_os_string();
            backup.push(".bak");
            durable::replace_file(Path::new(&backup), self.text.as_bytes()).map_err(failed)?;
        }
        durable::replace_file(&path, text.as_bytes()).map_err(failed)
    }
}

/// The text of a settings file; empty if there is none.
pub(super) fn read(path: &Path) -> Result<String, SettingsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(SettingsError::unreadable(path, &error)),
    }
}

/// What a person calls the file.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn revision_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}
