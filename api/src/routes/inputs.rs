//! The live inputs.

use axum::Json;
use axum::extract::State;
use engine::Handle;

use crate::wire::Listed;
use crate::wire::input::Input;

/// Every live input, in the order of the settings: who draws, and who drives the LEDs.
#[utoipa::path(
    get, path = "/api/inputs", tag = "display",
    responses((status = 200, description = "The live inputs", body = Listed<Input>)),
)]
pub(super) async fn list(State(handle): State<Handle>) -> Json<Listed<Input>> {
    Json(Listed::whole(handle.inputs().into_iter().map(Into::into).collect()))
}
