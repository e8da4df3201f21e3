//! Errors, told by what the caller can do about them.

use std::io;

/// What helps against an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The same call may succeed if made again: an interrupted call, a full buffer.
    Retry,
    /// The device or socket has to be opened again.
    Reopen,
    /// A person has to change the settings (or plug something in).
    FixSettings,
    /// Nothing: the part cannot work on this machine.
    GiveUp,
}

/// An error from a device, a socket or shared memory.
///
/// The message names the object and the value, in lower case and without a final stop;
/// the operating system's own error is the source and is not repeated in the message.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    message: String,
    remedy: Remedy,
    #[source]
    source: Option<io::Error>,
}

impl Error {
    /// An error without a cause from the operating system.
    pub fn new(remedy: Remedy, message: impl Into<String>) -> Self {
        Self { message: message.into(), remedy, source: None }
    }

    /// An error that the operating system reported.
    pub fn io(remedy: Remedy, message: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self { message: message.into(), remedy, source: Some(source.into()) }
    }

    /// What the caller can do.
    pub fn remedy(&self) -> Remedy {
        self.remedy
    }

    /// The message and its chain of causes on one line, for logs and status.
    pub fn chain(&self) -> String {
        match &self.source {
            Some(source) => format!("{}: {source}", self.message),
            None => self.message.clone(),
        }
    }
}
