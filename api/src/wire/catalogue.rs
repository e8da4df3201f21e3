//! What can be put into playlists besides media.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// One effect or transition.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// What items name it by.
    id: String,
    /// What people call it.
    name: String,
    /// What it is listed under.
    family: String,
    /// One sentence on what it looks like.
    description: String,
    /// JSON Schema of its parameters.
    params: Value,
}

impl From<crate::Entry> for Entry {
    fn from(entry: crate::Entry) -> Self {
        let crate::Entry { id, name, family, description, params } = entry;
        Self { id, name, family, description, params }
    }
}
