//! Whether the interface still answers, asked from inside.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use tower::ServiceExt;

/// Puts a request through the whole router. However many connections strangers hold, this needs none.
pub async fn answers(router: Router) -> bool {
    let request = Request::builder().uri("/api/health").header(header::HOST, "localhost");
    let Ok(request) = request.body(Body::empty()) else { return false };
    match router.oneshot(request).await {
        // A display with a fault answers as well.
        Ok(response) => {
            matches!(response.status(), StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
