//! Is all well?

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::Handle;

use crate::wire::health::{Health, HealthStatus};

/// Whether someone should look.
#[utoipa::path(
    get, path = "/api/health", tag = "state",
    responses(
        (status = 200, description = "All is well", body = Health),
        (status = 503, description = "Someone should look; `reasons` says why", body = Health),
    ),
)]
pub(super) async fn read(State(handle): State<Handle>) -> Response {
    let health = Health::from(handle.status());
    let status = match health.status {
        HealthStatus::Ok => StatusCode::OK,
        HealthStatus::Degraded => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(health)).into_response()
}

/// As /api/health, where checkers look for it.
#[utoipa::path(
    get, path = "/health", tag = "state",
    responses(
        (status = 200, description = "All is well", body = Health),
        (status = 503, description = "Someone should look; `reasons` says why", body = Health),
    ),
)]
pub(super) async fn read_short(state: State<Handle>) -> Response {
    read(state).await
}
