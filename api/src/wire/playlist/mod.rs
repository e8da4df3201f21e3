//! Playlists, as they are told and as callers wish them.

use engine::Error;
use engine::library::model as engine_model;
use engine::source as engine_source;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::extract::{decode, plain};

/// How a picture of another shape meets the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fit {
    /// Fills the canvas; what stands over is cut off.
    #[default]
    Cover,
    /// All of it is seen; the rest is black.
    Contain,
    /// Fills the canvas without keeping the proportions.
    Stretch,
}

/// How an item takes over from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TransitionKind {
    /// At once.
    Cut,
    /// The two mixed, in linear light.
    Crossfade,
    /// Through a plain colour: to it in the first half, out of it in the second.
    Fade,
}

/// How the light of a transition follows its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Curve {
    /// Evenly.
    Linear,
    /// Slowly at the beginning and the end: `x² (3 − 2 x)`. Each half of a fade by itself.
    Smooth,
}

/// How, and in what time, an item takes over from the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transition {
    /// Which.
    kind: TransitionKind,
    /// Seconds, from the start of the incoming item.
    #[serde(default = "one_second")]
    #[schema(minimum = 0, maximum = 60)]
    duration_s: f64,
    /// Of all kinds but `cut`; absent means `linear`.
    #[serde(skip_serializing_if = "Option::is_none")]
    curve: Option<Curve>,
    /// Of kind `fade`: `#RRGGBB`; absent means black.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    color: Option<String>,
}

fn one_second() -> f64 {
    1.0
}

/// What an item shows.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Content {
    /// A media file.
    Media {
        /// Its id.
        media_id: String,
    },
    /// An effect.
    Effect {
        /// Its id in `/api/effects`.
        effect: String,
        /// Values for its parameters; absent ones have their defaults.
        #[schema(value_type = Object)]
        params: Map<String, Value>,
    },
    /// A plain colour.
    Color {
        /// `#RRGGBB`.
        color: String,
    },
}

/// An item of a playlist.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Item {
    /// Opaque, unique in its playlist, kept when the list is replaced.
    id: String,
    #[serde(flatten)]
    content: Content,
    /// Seconds; null means the content's natural duration.
    duration_s: Option<f64>,
    /// How it meets the canvas.
    fit: Fit,
    /// How it takes over from the item before; null means a cut.
    transition: Option<Transition>,
    /// How many times in a row it is shown, each for its duration.
    #[schema(minimum = 1, maximum = 1000)]
    repeat: u32,
    /// Whether it is played; one that is switched off is passed over.
    enabled: bool,
}

/// A playlist.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Playlist {
    /// Opaque.
    id: String,
    /// The name a person gave it.
    name: String,
    /// In the order of play.
    items: Vec<Item>,
    /// Whether the first item follows the last.
    r#loop: bool,
    /// Whether each round has an order of its own.
    shuffle: bool,
    /// Counts the changes of this list; its `ETag`.
    pub(crate) revision: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
}

/// What an item can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ItemKind {
    Media,
    Effect,
    Color,
}

/// An item as a caller wishes it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemWish {
    /// Of an item that is kept; absent, a new one is made.
    id: Option<String>,
    /// Says which of the next four keys belong to it.
    kind: ItemKind,
    /// Of kind `media`: the file's id.
    media_id: Option<String>,
    /// Of kind `effect`: its id in `/api/effects`.
    effect: Option<String>,
    /// Of kind `effect`: values for its parameters; absent ones have their defaults.
    #[schema(value_type = Option<Object>)]
    params: Option<Map<String, Value>>,
    /// Of kind `color`: `#RRGGBB`.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    color: Option<String>,
    /// Seconds; absent means the content's natural duration.
    #[schema(exclusive_minimum = 0)]
    duration_s: Option<f64>,
    /// How it meets the canvas; absent means `cover`.
    fit: Option<Fit>,
    /// How it takes over from the item before; absent means a cut.
    // Read by itself, for `decode` takes nothing but an object.
    #[schema(value_type = Option<Transition>)]
    transition: Option<Value>,
    /// How many times in a row it is shown, each for its duration; only the first comes in by the
    /// transition. Absent means once.
    #[schema(minimum = 1, maximum = 1000)]
    repeat: Option<u32>,
    /// Whether it is played; absent means yes.
    enabled: Option<bool>,
}

/// A playlist as a caller wishes it. A playlist that was read can be sent back as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaylistWish {
    /// Its name.
    #[schema(min_length = 1)]
    name: String,
    /// In the order of play.
    // Read one by one, so that an error names its item and a kind of a later version is told apart
    // from a mistake.
    #[schema(value_type = Vec<ItemWish>)]
    items: Vec<Value>,
    /// Whether the first item follows the last.
    #[serde(default = "yes")]
    #[schema(default = true)]
    r#loop: bool,
    /// Whether each round has an order of its own.
    #[serde(default)]
    shuffle: bool,
    /// Only read: has to be the id in the path, if it is there.
    pub(crate) id: Option<String>,
    /// Only read: has no effect, name the revision in `If-Match`.
    #[serde(rename = "revision")]
    _revision: Option<i64>,
    /// Only read: has no effect.
    #[serde(rename = "created_at")]
    _created_at: Option<String>,
}

fn yes() -> bool {
    true
}

impl TryFrom<PlaylistWish> for engine_model::NewPlaylist {
    type Error = Error;

    fn try_from(wish: PlaylistWish) -> Result<Self, Error> {
        let items = wish.items.iter().enumerate().map(|(i, item)| new_item(item, i));
        Ok(Self {
            name: wish.name,
            items: items.collect::<Result<_, _>>()?,
            r#loop: wish.r#loop,
            shuffle: wish.shuffle,
        })
    }
}

fn new_item(value: &Value, index: usize) -> Result<engine_model::NewItem, Error> {
    let at = format!("items[{index}]");
    if let Some(kind @ ("text" | "playlist")) = value.get("kind").and_then(Value::as_str) {
        let reason = format!("items of kind \"{kind}\" are not available in this version");
        return Err(Error::invalid(format!("{at}.kind"), kind, reason));
    }
    let wish: ItemWish = decode(value, &at)?;
    let content = content(&wish, &at)?;
    let transition = wish.transition.as_ref();
    let transition =
        transition.map(|value| new_transition(value, &format!("{at}.transition"))).transpose()?;
    Ok(engine_model::NewItem {
        id: wish.id,
        content,
        duration_s: wish.duration_s,
        fit: wish.fit.unwrap_or_default().into(),
        transition,
        repeat: wish.repeat.unwrap_or(1),
        enabled: wish.enabled.unwrap_or(true),
    })
}

fn new_transition(value: &Value, at: &str) -> Result<engine_model::Transition, Error> {
    let Transition { kind, duration_s, curve, color } = decode(value, at)?;
    let strange = |key: &str| {
        let (value, kind) = (plain(&value[key]), plain(&value["kind"]));
        let reason = format!("does not belong to a transition of kind \"{kind}\"");
        Err(Error::invalid(format!("{at}.{key}"), value, reason))
    };
    let defaults = engine_model::Transition::default();
    Ok(engine_model::Transition {
        kind: kind.into(),
        duration_s,
        curve: match curve {
            Some(_) if kind == TransitionKind::Cut => return strange("curve"),
            None => defaults.curve,
            Some(Curve::Linear) => engine_model::TransitionCurve::Linear,
            Some(Curve::Smooth) => engine_model::TransitionCurve::Smooth,
        },
        color: match color {
            Some(_) if kind != TransitionKind::Fade => return strange("color"),
            None => defaults.color,
            Some(text) => text
                .parse()
                .map_err(|reason: String| Error::invalid(format!("{at}.color"), &text, reason))?,
        },
    })
}

fn content(wish: &ItemWish, at: &str) -> Result<engine_model::ItemContent, Error> {
    let strange = |key: &str, value: Option<&str>, owner: ItemKind| match value {
        Some(value) if wish.kind != owner => {
            let reason = format!("does not belong to an item of kind {}", kind_name(wish.kind));
            Err(Error::invalid(format!("{at}.{key}"), value, reason))
        }
        _ => Ok(()),
    };
    let params = wish.params.clone().map(|params| Value::Object(params).to_string());
    strange("media_id", wish.media_id.as_deref(), ItemKind::Media)?;
    strange("effect", wish.effect.as_deref(), ItemKind::Effect)?;
    strange("params", params.as_deref(), ItemKind::Effect)?;
    strange("color", wish.color.as_deref(), ItemKind::Color)?;
    let needed = |key: &str, value: &Option<String>| {
        value.clone().ok_or_else(|| {
            let reason = format!("an item of kind {} needs it", kind_name(wish.kind));
            Error::invalid(format!("{at}.{key}"), "", reason)
        })
    };
    Ok(match wish.kind {
        ItemKind::Media => {
            engine_model::ItemContent::Media { media_id: needed("media_id", &wish.media_id)? }
        }
        ItemKind::Effect => engine_model::ItemContent::Effect {
            effect: needed("effect", &wish.effect)?,
            params: wish.params.clone().unwrap_or_default(),
        },
        ItemKind::Color => {
            let text = needed("color", &wish.color)?;
            let color = text
                .parse()
                .map_err(|reason: String| Error::invalid(format!("{at}.color"), &text, reason))?;
            engine_model::ItemContent::Color { color }
        }
    })
}

fn kind_name(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Media => "\"media\"",
        ItemKind::Effect => "\"effect\"",
        ItemKind::Color => "\"color\"",
    }
}

impl From<Fit> for engine_source::Fit {
    fn from(fit: Fit) -> Self {
        match fit {
            Fit::Cover => Self::Cover,
            Fit::Contain => Self::Contain,
            Fit::Stretch => Self::Stretch,
        }
    }
}

impl From<engine_source::Fit> for Fit {
    fn from(fit: engine_source::Fit) -> Self {
        match fit {
            engine_source::Fit::Cover => Self::Cover,
            engine_source::Fit::Contain => Self::Contain,
            engine_source::Fit::Stretch => Self::Stretch,
        }
    }
}

impl From<TransitionKind> for engine_model::TransitionKind {
    fn from(kind: TransitionKind) -> Self {
        match kind {
            TransitionKind::Cut => Self::Cut,
            TransitionKind::Crossfade => Self::Crossfade,
            TransitionKind::Fade => Self::Fade,
        }
    }
}

impl From<engine_model::Transition> for Transition {
    fn from(transition: engine_model::Transition) -> Self {
        let curve = Some(match transition.curve {
            engine_model::TransitionCurve::Linear => Curve::Linear,
            engine_model::TransitionCurve::Smooth => Curve::Smooth,
        });
        // What does not belong to a kind is not told, so that what was read can be sent back.
        let (kind, curve, color) = match transition.kind {
            engine_model::TransitionKind::Cut => (TransitionKind::Cut, None, None),
            engine_model::TransitionKind::Crossfade => (TransitionKind::Crossfade, curve, None),
            engine_model::TransitionKind::Fade => {
                (TransitionKind::Fade, curve, Some(transition.color.to_string()))
            }
        };
        Self { kind, duration_s: transition.duration_s, curve, color }
    }
}

impl From<engine_model::Item> for Item {
    fn from(item: engine_model::Item) -> Self {
        let content = match item.content {
            engine_model::ItemContent::Media { media_id } => Content::Media { media_id },
            engine_model::ItemContent::Effect { effect, params } => {
                Content::Effect { effect, params }
            }
            engine_model::ItemContent::Color { color } => {
                Content::Color { color: color.to_string() }
            }
        };
        Self {
            id: item.id,
            content,
            duration_s: item.duration_s,
            fit: item.fit.into(),
            transition: item.transition.map(Into::into),
            repeat: item.repeat,
            enabled: item.enabled,
        }
    }
}

impl From<engine_model::Playlist> for Playlist {
    fn from(playlist: engine_model::Playlist) -> Self {
        Self {
            id: playlist.id,
            name: playlist.name,
            items: playlist.items.into_iter().map(Into::into).collect(),
            r#loop: playlist.r#loop,
            shuffle: playlist.shuffle,
            revision: playlist.revision,
            created_at: playlist.created_at,
        }
    }
}

#[cfg(test)]
mod tests;
