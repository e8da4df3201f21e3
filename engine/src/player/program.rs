//! A list made ready for playing: every question that the library can answer is answered.

use std::path::PathBuf;
use std::time::Duration;

use crate::library::model::TransitionCurve;
use crate::source::{Rgb8, SourceSpec};

/// How long a picture or a colour is shown if nobody says otherwise.
pub const STILL: Duration = Duration::from_secs(10);
/// How long an effect is shown if nobody says otherwise.
pub const EFFECT: Duration = Duration::from_secs(30);

/// What a producer needs to draw an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Playable {
    /// What to draw.
    pub source: SourceSpec,
    /// The file to draw it from.
    pub content: Option<PathBuf>,
}

/// How an item takes over from what was lit before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FadeSpec {
    /// How long it takes; zero is a cut.
    pub span: Duration,
    /// How light follows time.
    pub curve: TransitionCurve,
    /// The colour in its middle; none means that the two are mixed.
    pub through: Option<Rgb8>,
}

impl FadeSpec {
    /// At once.
    pub const CUT: Self =
        Self { span: Duration::ZERO, curve: TransitionCurve::Linear, through: None };

    /// The two are mixed, evenly.
    pub fn crossfade(span: Duration) -> Self {
        Self { span, ..Self::CUT }
    }

    /// The same in no more time than this.
    #[must_use]
    pub fn at_most(self, span: Duration) -> Self {
        Self { span: self.span.min(span), ..self }
    }

    /// Whether it takes no time.
    pub fn is_cut(&self) -> bool {
        self.span.is_zero()
    }
}

/// One item of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct ProgramItem {
    /// Its id in its list.
    pub id: String,
    /// `media`, `effect` or `color`.
    pub kind: &'static str,
    /// What a person calls it.
    pub name: String,
    /// The media file's id.
    pub media_id: Option<String>,
    /// The effect's id.
    pub effect: Option<String>,
    /// How long it is shown; none means for ever. Never zero.
    pub duration: Option<Duration>,
    /// How it takes over from the item before.
    pub transition: FadeSpec,
    /// How many times in a row it is shown; at least 1. Only the first comes in by its transition.
    pub repeat: u32,
    /// What to draw, or why it cannot be.
    pub show: Result<Playable, String>,
}

/// A list in the order in which a person arranged it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// The playlist's id; none if an item was asked for alone.
    pub playlist_id: Option<String>,
    /// The playlist's name.
    pub playlist_name: Option<String>,
    /// The items.
    pub items: Vec<ProgramItem>,
    /// Whether the first follows the last.
    pub looping: bool,
    /// Whether each round has an order of its own.
    pub shuffle: bool,
}
