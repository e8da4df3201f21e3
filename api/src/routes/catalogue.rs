//! Effects and transitions. Never cut into pages.

use axum::Json;
use axum::extract::State;

use crate::options::App;
use crate::wire::Listed;
use crate::wire::catalogue::Entry;

/// Every effect.
#[utoipa::path(
    get, path = "/api/effects", tag = "catalogue",
    responses((status = 200, description = "The effects", body = Listed<Entry>)),
)]
pub(super) async fn effects(State(app): State<App>) -> Json<Listed<Entry>> {
    Json(whole(&app.options.catalogue.effects))
}

/// Every transition.
#[utoipa::path(
    get, path = "/api/transitions", tag = "catalogue",
    responses((status = 200, description = "The transitions", body = Listed<Entry>)),
)]
pub(super) async fn transitions(State(app): State<App>) -> Json<Listed<Entry>> {
    Json(whole(&app.options.catalogue.transitions))
}

fn whole(entries: &[crate::Entry]) -> Listed<Entry> {
    Listed::whole(entries.iter().cloned().map(Into::into).collect())
}
