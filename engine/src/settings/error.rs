//! What is wrong with a settings file, and where.

use std::path::Path;

use super::file::name_of;
use super::reader::Fault;
use crate::Error;

/// Why settings cannot be used: `settings.toml:12: display.fps: 0 is not between 1 and 1000`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct SettingsError {
    /// The file's name, without its folder.
    pub file: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The key as a path: `outputs[0].leds`. Empty if it is about the file or its syntax.
    pub key: String,
    /// The value as it came; empty if there is none.
    pub value: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl SettingsError {
    pub(super) fn fault(file: &str, text: &str, fault: Fault) -> Self {
        Self {
            file: file.to_owned(),
            line: fault.at.map(|at| line_of(text, at)),
            key: fault.key,
            value: fault.value,
            reason: fault.reason,
        }
    }

    pub(super) fn syntax(file: &str, text: &str, error: &toml_edit::TomlError) -> Self {
        Self {
            file: file.to_owned(),
            line: error.span().map(|span| line_of(text, span.start)),
            key: String::new(),
            value: String::new(),
            reason: error.message().lines().collect::<Vec<_>>().join(", "),
        }
    }

    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self {
            file: name_of(path),
            line: None,
            key: String::new(),
            value: String::new(),
            reason: format!("cannot be read: {error}"),
        }
    }

    fn sentence(&self) -> String {
        let mut sentence = self.file.clone();
        if let Some(line) = self.line {
            sentence.push_str(&format!(":{line}"));
        }
        if !self.key.is_empty() {
            sentence.push_str(&format!(": {}", self.key));
        }
        format!("{sentence}: {}", self.reason)
    }
}

impl From<SettingsError> for Error {
    /// As the answer to a change: the field and the value, without the line.
    fn from(error: SettingsError) -> Self {
        if error.key.is_empty() {
            return Self::Conflict { reason: error.to_string() };
        }
        Self::invalid(error.key, error.value, error.reason)
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    let before = &text.as_bytes()[..at.min(text.len())];
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}
