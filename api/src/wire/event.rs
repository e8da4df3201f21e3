//! What the events socket says.

use engine::control::event as engine_event;
use engine::control::handle::Numbered;
use serde::Serialize;
use utoipa::ToSchema;

use super::input::Input;
use super::media::Media;
use super::status::{OutputState, Player, Status};

/// One message of the events socket.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Message {
    /// Counts changes since the daemon started; of a snapshot, the last change that it contains.
    seq: u64,
    #[serde(flatten)]
    event: Event,
}

/// One thing that happened, or everything as it is.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Event {
    /// Everything as it is: the first message, and again after this reader was too slow.
    Snapshot {
        /// As of `seq`.
        state: Box<Status>,
    },
    /// The player's state, item or reason changed.
    Player(Player),
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
        /// `playlist`, the id of a live input, or `none`.
        source: String,
    },
    /// A live input's state changed, or something went wrong with it.
    Input {
        /// As it is now.
        input: Box<Input>,
    },
    /// A media file was added or changed.
    Media {
        /// As it is now.
        media: Box<Media>,
    },
    /// A media file was deleted.
    MediaDeleted {
        /// Which.
        id: String,
    },
    /// A playlist was made or changed.
    Playlist {
        /// Which; its content is to be fetched.
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
    /// The process that draws an item died and was started again at its position.
    ProducerRestarted {
        /// The item's id.
        item_id: String,
        /// How it ended.
        reason: String,
    },
}

impl Message {
    pub(crate) fn snapshot(seq: u64, state: engine::control::snapshot::Status) -> Self {
        Self { seq, event: Event::Snapshot { state: Box::new(state.into()) } }
    }
}

impl From<Numbered> for Message {
    fn from(numbered: Numbered) -> Self {
        Self { seq: numbered.seq, event: numbered.event.into() }
    }
}

impl From<engine_event::Event> for Event {
    fn from(event: engine_event::Event) -> Self {
        use engine_event::Event as From;
        match event {
            From::Player { player } => Self::Player(player.into()),
            From::Brightness { brightness } => Self::Brightness { brightness },
            From::Output { id, state, error } => Self::Output { id, state: state.into(), error },
            From::Source { source } => Self::Source { source },
            From::Input { input } => Self::Input { input: Box::new(input.into()) },
            From::Media { media } => Self::Media { media: Box::new(media.into()) },
            From::MediaDeleted { id } => Self::MediaDeleted { id },
            From::Playlist { id, revision } => Self::Playlist { id, revision },
            From::PlaylistDeleted { id } => Self::PlaylistDeleted { id },
            From::ItemSkipped { item_id, name, reason } => {
                Self::ItemSkipped { item_id, name, reason }
            }
            From::ProducerRestarted { item_id, reason } => {
                Self::ProducerRestarted { item_id, reason }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::control::snapshot as engine_snapshot;
    use serde_json::{Value, json};

    #[test]
    fn events_are_flat_and_numbered() {
        let check = |event: engine_event::Event, expected: Value| {
            let message = Message::from(Numbered { seq: 9, event });
            assert_eq!(serde_json::to_value(message).unwrap(), expected);
        };
        check(
            engine_event::Event::Player { player: engine_snapshot::PlayerSnapshot::default() },
            json!({"seq": 9, "type": "player", "state": "stopped", "reason": null, "playing": null}),
        );
        check(
            engine_event::Event::Brightness { brightness: 0.25 },
            json!({"seq": 9, "type": "brightness", "brightness": 0.25}),
        );
        check(
            engine_event::Event::Output {
                id: "wall".into(),
                state: engine_snapshot::OutputState::Ok,
                error: None,
            },
            json!({"seq": 9, "type": "output", "id": "wall", "state": "ok", "error": null}),
        );
        check(
            engine_event::Event::Source { source: "live".into() },
            json!({"seq": 9, "type": "source", "source": "live"}),
        );
        check(
            engine_event::Event::PlaylistDeleted { id: "p".into() },
            json!({"seq": 9, "type": "playlist_deleted", "id": "p"}),
        );
    }
}
