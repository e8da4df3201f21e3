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
    vec![
        Entry {
            id: "cut",
            name: "Cut",
            family: "basic",
            description: "The item is there at once.",
            params: json!({"type": "object", "additionalProperties": false, "properties": {}}),
        },
        Entry {
            id: "crossfade",
            name: "Crossfade",
            family: "basic",
            description: "The item before and this one are mixed, in linear light.",
            params: json!({
                "type": "object",
                "additionalProperties": false,
                "properties": {"duration_s": {
                    "type": "number", "title": "Duration", "description": "Seconds.",
                    "exclusiveMinimum": 0, "default": 1.0,
                }},
            }),
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
        };
        let kinds = [TransitionKind::Cut, TransitionKind::Crossfade];
        let listed: Vec<_> = transitions().iter().map(|entry| entry.id).collect();
        assert_eq!(listed, kinds.map(id));
        for (kind, id) in kinds.iter().zip(listed) {
            assert_eq!(serde_json::to_value(kind).unwrap(), id);
        }
    }
}
