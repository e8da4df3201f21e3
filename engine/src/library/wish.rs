//! What a command last asked for, so that a restart can go on with it.

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::store::{Library, sql_error};
use crate::Error;

/// What was last asked for. The things it names may have been deleted since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Wish {
    /// A playlist, from its start or from one of its items.
    Playlist {
        /// The playlist's id.
        playlist_id: String,
        /// Where to begin.
        item_id: Option<String>,
    },
    /// One media file alone.
    Media {
        /// Its id.
        media_id: String,
    },
    /// One effect alone.
    Effect {
        /// Its id in the catalogue.
        effect: String,
        /// Values for its parameters.
        #[serde(default)]
        params: Map<String, Value>,
    },
}

const REMEMBER: &str = "INSERT OR REPLACE INTO memory (key, value) VALUES (?1, ?2)";

impl Library {
    /// What was last asked for; none if nothing ever was.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn wish(&self) -> Result<Option<Wish>, Error> {
        let text: Option<String> = self
            .connection
            .query_row("SELECT value FROM memory WHERE key = 'wish'", [], |row| row.get(0))
            .optional()
            .map_err(sql_error)?;
        text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| {
            Error::internal(format!("what was last asked for cannot be read: {error}"))
        })
    }

    /// Notes what a command asks to be played.
    ///
    /// # Errors
    /// [`Error::Full`] or [`Error::Internal`].
    pub fn set_wish(&mut self, wish: &Wish) -> Result<(), Error> {
        let text = serde_json::to_string(wish).map_err(Error::internal)?;
        let transaction = self.begin()?;
        transaction.execute(REMEMBER, ["wish", &text]).map_err(sql_error)?;
        transaction.execute(REMEMBER, ["stopped", "no"]).map_err(sql_error)?;
        transaction.commit().map_err(sql_error)
    }

    /// Whether a command stopped what was last asked for.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn stopped(&self) -> Result<bool, Error> {
        let value: Option<String> = self
            .connection
            .query_row("SELECT value FROM memory WHERE key = 'stopped'", [], |row| row.get(0))
            .optional()
            .map_err(sql_error)?;
        Ok(value.as_deref() == Some("yes"))
    }

    /// Notes that a command stops what was last asked for, or has it go on.
    ///
    /// # Errors
    /// [`Error::Full`] or [`Error::Internal`].
    pub fn set_stopped(&mut self, stopped: bool) -> Result<(), Error> {
        if self.stopped()? != stopped {
            let value = if stopped { "yes" } else { "no" };
            self.connection.execute(REMEMBER, ["stopped", value]).map_err(sql_error)?;
        }
        Ok(())
    }
}
