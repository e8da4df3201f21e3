//! The outputs.

use axum::Json;
use axum::extract::State;
use engine::Handle;

use crate::wire::Listed;
use crate::wire::status::Output;

/// Every output, in the order of the settings.
#[utoipa::path(
    get, path = "/api/outputs", tag = "display",
    responses((status = 200, description = "The outputs", body = Listed<Output>)),
)]
pub(super) async fn list(State(handle): State<Handle>) -> Json<Listed<Output>> {
    Json(Listed::whole(handle.status().outputs.into_iter().map(Into::into).collect()))
}
