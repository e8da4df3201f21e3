//! Where the LEDs are.

use axum::Json;
use axum::extract::State;
use engine::Handle;

use crate::wire::layout::Layout;

/// Where a viewer sees the LEDs.
#[utoipa::path(
    get, path = "/api/layout", tag = "display",
    responses((status = 200, description = "The layout", body = Layout)),
)]
pub(super) async fn read(State(handle): State<Handle>) -> Json<Layout> {
    Json((&*handle.layout()).into())
}
