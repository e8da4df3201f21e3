//! What the player decides: control carries it out, in this order.

use std::sync::Arc;
use std::time::Duration;

use hal::MonoTime;

use super::program::{FadeSpec, Playable, ProgramItem};

/// Names one appearance of an item. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// What has to happen for the player's decision to come true, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Start a producer for this appearance.
    Prepare {
        /// The appearance.
        token: Token,
        /// The item that appears.
        item: Arc<ProgramItem>,
        /// What to draw.
        playable: Playable,
        /// From which position.
        position: Duration,
    },
    /// Light it: at the first tick from `at` on at which it has a frame, or at once.
    /// It takes the place of any other appearance that waits to be lit.
    Show {
        /// The appearance.
        token: Token,
        /// The instant at which the item before it ends; none means at once.
        at: Option<MonoTime>,
        /// The position it starts with.
        position: Duration,
        /// How it takes over from what was lit before.
        fade: FadeSpec,
    },
    /// An appearance that has not been lit is no longer wanted.
    Discard {
        /// The appearance.
        token: Token,
    },
    /// Light and positions stand still, as they were at this instant.
    Freeze {
        /// The instant.
        at: MonoTime,
    },
    /// Light and positions go on, as if the time since the freeze had not been.
    Thaw {
        /// The instant.
        at: MonoTime,
    },
    /// Nothing is lit any more.
    Black,
    /// An item was passed over.
    Skipped {
        /// Its id.
        item_id: String,
        /// What a person calls it.
        name: String,
        /// Why.
        reason: String,
    },
    /// The snapshot changed.
    Changed,
}
