//! Numbers for Prometheus and whatever else reads its text.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use engine::Handle;

use crate::wire::metrics;

/// The numbers since start, in Prometheus's text format.
#[utoipa::path(
    get, path = "/metrics", tag = "state",
    responses((
        status = 200, description = "One line for each number, with HELP and TYPE before it",
        body = String, content_type = "text/plain; version=0.0.4",
    )),
)]
pub(super) async fn read(State(handle): State<Handle>) -> impl IntoResponse {
    let headers =
        [(header::CONTENT_TYPE, metrics::CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")];
    (headers, metrics::text(&handle.metrics()))
}
