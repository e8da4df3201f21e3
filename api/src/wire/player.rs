//! Wishes about what plays.

use engine::Error;
use engine::control::command::PlayWhat;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What is to be played: nothing named goes on after a pause, else one of `playlist_id`,
/// `media_id` and `effect`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlayWish {
    /// This playlist.
    playlist_id: Option<String>,
    /// Where to begin in the playlist; absent means its start.
    item_id: Option<String>,
    /// This media file alone.
    media_id: Option<String>,
    /// This effect alone.
    effect: Option<String>,
    /// Values for the effect's parameters; absent ones have their defaults.
    #[schema(value_type = Option<Object>)]
    params: Option<Map<String, Value>>,
}

/// A position in the item that is lit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeekWish {
    /// Seconds from its start.
    #[schema(minimum = 0)]
    pub(crate) position_s: f64,
}

/// The body of a command that has nothing to say: no body, or an object without keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

impl TryFrom<PlayWish> for PlayWhat {
    type Error = Error;

    fn try_from(wish: PlayWish) -> Result<Self, Error> {
        let PlayWish { playlist_id, item_id, media_id, effect, params } = wish;
        if let (None, Some(item_id)) = (&playlist_id, &item_id) {
            return Err(Error::invalid("item_id", item_id, "goes together with playlist_id"));
        }
        if let (None, Some(params)) = (&effect, &params) {
            let params = Value::Object(params.clone());
            return Err(Error::invalid("params", params, "goes together with effect"));
        }
        match (playlist_id, media_id, effect) {
            (None, None, None) => Ok(Self::Resume),
            (Some(playlist_id), None, None) => Ok(Self::Playlist { playlist_id, item_id }),
            (None, Some(media_id), None) => Ok(Self::Media { media_id }),
            (None, None, Some(effect)) => {
                Ok(Self::Effect { effect, params: params.unwrap_or_default() })
            }
            (_, Some(media_id), _) => Err(Error::invalid("media_id", media_id, ONE)),
            (_, _, effect) => Err(Error::invalid("effect", effect.unwrap_or_default(), ONE)),
        }
    }
}

const ONE: &str = "only one of playlist_id, media_id and effect can be played";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::decode;
    use serde_json::json;

    fn parse(body: Value) -> Result<PlayWhat, Error> {
        decode::<PlayWish>(&body, "")?.try_into()
    }

    #[test]
    fn each_form_of_play_is_understood() {
        let check = |body: Value, expected: PlayWhat| assert_eq!(parse(body), Ok(expected));
        check(json!({}), PlayWhat::Resume);
        check(json!({"media_id": null}), PlayWhat::Resume);
        check(
            json!({"playlist_id": "p"}),
            PlayWhat::Playlist { playlist_id: "p".into(), item_id: None },
        );
        check(
            json!({"playlist_id": "p", "item_id": "i"}),
            PlayWhat::Playlist { playlist_id: "p".into(), item_id: Some("i".into()) },
        );
        check(json!({"media_id": "m"}), PlayWhat::Media { media_id: "m".into() });
        check(
            json!({"effect": "plasma", "params": {"speed": 2}}),
            PlayWhat::Effect {
                effect: "plasma".into(),
                params: json!({"speed": 2}).as_object().unwrap().clone(),
            },
        );
        check(
            json!({"effect": "plasma"}),
            PlayWhat::Effect { effect: "plasma".into(), params: Map::new() },
        );
    }

    #[test]
    fn forms_that_exclude_each_other_are_refused() {
        let check = |body: Value, expected: &str| match parse(body) {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{other:?}"),
        };
        check(json!({"playlist_id": "p", "media_id": "m"}), "media_id");
        check(json!({"playlist_id": "p", "effect": "e"}), "effect");
        check(json!({"media_id": "m", "effect": "e"}), "media_id");
        check(json!({"item_id": "i"}), "item_id");
        check(json!({"media_id": "m", "item_id": "i"}), "item_id");
        check(json!({"media_id": "m", "params": {}}), "params");
        check(json!({"playlist": "p"}), "playlist");
        check(json!({"playlist_id": 3}), "playlist_id");
        check(json!({"effect": "e", "params": []}), "params");
    }
}
