//! What a wish can fail with, told by what the caller can do.

/// An error that a caller of [`Handle`](crate::Handle) can act on. Names the field and the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such thing.
    #[error("{what} \"{id}\" does not exist")]
    NotFound {
        /// The noun: `playlist`, `media`, `effect`, `item`, `output`.
        what: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// A value that cannot be used.
    #[error("{field}: {reason}")]
    Invalid {
        /// Path of the field in dots and brackets: `items[2].duration_s`.
        field: String,
        /// The value as it came, shortened; empty if the field is missing.
        value: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The wish contradicts the present state.
    #[error("{reason}")]
    Conflict {
        /// What it contradicts.
        reason: String,
    },
    /// The caller worked from an old revision.
    #[error("{what} has changed: its revision is {current}")]
    Stale {
        /// The noun and its id.
        what: String,
        /// The revision now.
        current: String,
    },
    /// Larger than a limit.
    #[error("{what}: {bytes} bytes are more than the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// Its size, or how much of it had come.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The disk is full.
    #[error("no space left for {what}")]
    Full {
        /// What was being written.
        what: String,
    },
    /// The part that should answer did not in time; the same call may succeed later.
    #[error("{part} did not answer in time")]
    Busy {
        /// Which part.
        part: &'static str,
    },
    /// A bug or a broken machine; the message is for the log and the person who reads it.
    #[error("{message}")]
    Internal {
        /// What failed, with its causes.
        message: String,
    },
}

impl Error {
    /// A value that cannot be used.
    pub fn invalid(
        field: impl Into<String>,
        value: impl std::fmt::Display,
        reason: impl Into<String>,
    ) -> Self {
        let mut value = value.to_string();
        if let Some((end, _)) = value.char_indices().nth(80) {
            value.truncate(end);
            value.push('…');
        }
        Self::Invalid { field: field.into(), value, reason: reason.into() }
    }

    /// A thing that does not exist.
    pub fn not_found(what: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { what, id: id.into() }
    }

    /// A failure that the caller can do nothing about.
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::Internal { message: message.to_string() }
    }
}
