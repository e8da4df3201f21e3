//! The settings.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use engine::Handle;
use engine::control::handle::SettingsDocument;
use serde_json::Value;

use crate::etag::{etag, if_match};
use crate::extract::Json;
use crate::problem::Problem;

/// The settings, defaults filled in.
#[utoipa::path(
    get, path = "/api/settings", tag = "display",
    responses((
        status = 200, description = "The settings", body = Object,
        headers(("ETag" = String, description = "Their revision")),
    )),
)]
pub(super) async fn read(State(handle): State<Handle>) -> Result<Response, Problem> {
    Ok(answer(handle.settings().await?))
}

/// Changes settings by an RFC 7396 merge patch: null takes a key back to its default, arrays are
/// replaced whole.
#[utoipa::path(
    patch, path = "/api/settings", tag = "display",
    params(("If-Match" = Option<String>, Header, description = "The revision to change")),
    request_body(content = Object, content_type = "application/merge-patch+json"),
    responses(
        (
            status = 200, description = "The settings as they are now", body = Object,
            headers(("ETag" = String, description = "Their revision")),
        ),
        (status = 412, description = "Changed meanwhile", body = Problem),
        (status = 422, description = "A value that cannot be used", body = Problem),
    ),
)]
pub(super) async fn change(
    State(handle): State<Handle>,
    headers: HeaderMap,
    Json(patch): Json<Value>,
) -> Result<Response, Problem> {
    let revision = if_match(&headers)?;
    Ok(answer(handle.patch_settings(patch, revision).await?))
}

fn answer(settings: SettingsDocument) -> Response {
    let tag = etag(&settings.revision);
    (axum::response::AppendHeaders(tag), axum::Json(settings.value)).into_response()
}
