//! Everything at one moment.

use axum::Json;
use axum::extract::State;
use engine::Handle;

use crate::wire::status::Status;

/// Everything at this moment.
#[utoipa::path(
    get, path = "/api/status", tag = "state",
    responses((status = 200, description = "The status", body = Status)),
)]
pub(super) async fn read(State(handle): State<Handle>) -> Json<Status> {
    Json(handle.status().into())
}
