//! Effects and transitions. Never cut into pages.

use axum::Json;
use engine::source::effect;

use crate::wire::Listed;
use crate::wire::catalogue::{Entry, transitions as all_transitions};

/// Every effect.
#[utoipa::path(
    get, path = "/api/effects", tag = "catalogue",
    responses((status = 200, description = "The effects", body = Listed<Entry>)),
)]
pub(super) async fn effects() -> Json<Listed<Entry>> {
    Json(Listed::whole(effect::catalogue().iter().map(Into::into).collect()))
}

/// Every transition.
#[utoipa::path(
    get, path = "/api/transitions", tag = "catalogue",
    responses((status = 200, description = "The transitions", body = Listed<Entry>)),
)]
pub(super) async fn transitions() -> Json<Listed<Entry>> {
    Json(Listed::whole(all_transitions()))
}
