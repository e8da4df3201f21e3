//! The closed set of wishes that can be put to control.

use serde_json::{Map, Value};

/// What is to be played.
#[derive(Clone, Debug, PartialEq)]
pub enum PlayWhat {
    /// Go on after a pause; after a stop, begin what was last asked for.
    Resume,
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
        params: Map<String, Value>,
    },
}

/// A wish about what plays.
#[derive(Clone, Debug, PartialEq)]
pub enum PlayerCommand {
    /// Play something.
    Play(PlayWhat),
    /// Freeze light and position.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Black on the next tick, position 0.
    Stop,
    /// To the item after this one.
    Next,
    /// To the item before this one.
    Previous,
    /// To a position in this item, in seconds.
    Seek {
        /// From the start of the item.
        position_s: f64,
    },
}
