//! What can be put into playlists besides media.

use engine::source::effect::EffectInfo;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// One effect or transition.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// What items name it by.
    id: &'static str,
    /// What people call it.
    name: &'static str,
    /// What it is listed under.
    family: &'static str,
    /// One sentence on what it looks like.
    description: &'static str,
    /// JSON Schema of its parameters.
    #[schema(value_type = Object)]
    params: Value,
}

impl From<&EffectInfo> for Entry {
    fn from(effect: &EffectInfo) -> Self {
        Self {
            id: effect.id,
            name: effect.name,
            family: effect.family,
            description: effect.description,
            params: effect.schema(),
        }
    }
}

/// Every transition that an item can name.
pub(crate) fn transitions() -> Vec<Entry> {
    let duration_s = json!({
        "type": "number", "title": "Duration", "description": "Seconds.",
        "minimum": 0, "maximum": 60, "default": 1.0,
    });
    let curve = json!({
        "type": "string", "title": "Curve",
        "description": "How light follows time: evenly, or slowly at the beginning and the end.",
        "enum": ["linear", "smooth"], "default": "linear",
    });
    let color = json!({
        "type": "string", "title": "Colour", "description": "The colour in its middle.",
        "format": "color", "pattern": "^#[0-9A-Fa-f]{6}$", "default": "#000000",
    });
    let params = |properties: Value| json!({"type": "object", "additionalProperties": false, "properties": properties});
    vec![
        Entry {
            id: "cut",
            name: "Cut",
            family: "basic",
            description: "The item is there at once.",
            params: params(json!({})),
        },
        Entry {
            id: "crossfade",
            name: "Crossfade",
            family: "basic",
            description: "The item before and this one are mixed, in linear light.",
            params: params(json!({"duration_s": duration_s, "curve": curve})),
        },
        Entry {
            id: "fade",
            name: "Fade through a colour",
            family: "basic",
            description: "The item before fades to a colour, then this one comes out of it.",
            params: params(json!({"duration_s": duration_s, "curve": curve, "color": color})),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::library::model::TransitionKind;

    #[test]
    fn the_transitions_are_those_that_the_library_stores() {
        // A new kind fails to compile here, as a reminder that it belongs into the list.
        let id = |kind| match kind {
            TransitionKind::Cut => "cut",
            TransitionKind::Crossfade => "crossfade",
            TransitionKind::Fade => "fade",
        };
        let kinds = [TransitionKind::Cut, TransitionKind::Crossfade, TransitionKind::Fade];
        let listed: Vec<_> = transitions().iter().map(|entry| entry.id).collect();
        assert_eq!(listed, kinds.map(id));
        for (kind, id) in kinds.iter().zip(listed) {
            assert_eq!(serde_json::to_value(kind).unwrap(), id);
        }
    }

    /// What a page makes of the schema is taken as it is, and what it does not name is refused.
    #[test]
    fn every_parameter_that_is_listed_is_accepted_with_its_default_and_no_other_is() {
        use crate::wire::playlist::PlaylistWish;
        let try_with = |id: &str, key: &str, value: &Value| {
            let item = json!({"kind": "color", "color": "#000000", "transition": {"kind": id, key: value}});
            let body = json!({"name": "a", "items": [item]});
            let wish: PlaylistWish = serde_json::from_value(body).unwrap();
            engine::library::model::NewPlaylist::try_from(wish).is_ok()
        };
        let keys = [("curve", json!("smooth")), ("color", json!("#FF8000")), ("speed", json!(1))];
        for entry in transitions() {
            let properties = entry.params["properties"].as_object().unwrap();
            for (key, schema) in properties {
                assert!(try_with(entry.id, key, &schema["default"]), "{} {key}", entry.id);
            }
            for (key, value) in &keys {
                let listed = properties.contains_key(*key);
                assert_eq!(try_with(entry.id, key, value), listed, "{} {key}", entry.id);
            }
        }
    }
}
