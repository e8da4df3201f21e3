//! What happened, for everyone who listens.

use serde::Serialize;

use super::snapshot::{InputSnapshot, OutputState, PlayerSnapshot};
use crate::library::model::Media;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The player's state, item or reason changed.
    Player {
        /// How it is now.
        #[serde(flatten)]
        player: PlayerSnapshot,
    },
    /// The brightness changed.
    Brightness {
        /// 0 to 1.
        brightness: f64,
    },
    /// An output's state changed.
    Output {
        /// Which.
        id: String,
        /// How it is now.
        state: OutputState,
        /// What went wrong.
        error: Option<String>,
    },
    /// Another one drives the LEDs.
    Source {
        /// `playlist`, the id of an input, or `none`.
        source: String,
    },
    /// An input's state changed, or something went wrong with it.
    Input {
        /// As it is now.
        input: InputSnapshot,
    },
    /// A media file was added or changed.
    Media {
        /// As it is now.
        media: Media,
    },
    /// A media file was deleted.
    MediaDeleted {
        /// Which.
        id: String,
    },
    /// A playlist was made or changed; its content is to be fetched.
    Playlist {
        /// Which.
        id: String,
        /// Its revision now.
        revision: u64,
    },
    /// A playlist was deleted.
    PlaylistDeleted {
        /// Which.
        id: String,
    },
    /// An item could not be played and was skipped.
    ItemSkipped {
        /// The item's id.
        item_id: String,
        /// What a person calls it.
        name: String,
        /// Why.
        reason: String,
    },
    /// A producer died and was started again at its position.
    ProducerRestarted {
        /// The item's id.
        item_id: String,
        /// How it ended.
        reason: String,
    },
}
