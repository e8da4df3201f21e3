//! The table of routes, and the layers around them.

mod catalogue;
mod file;
mod health;
mod inputs;
mod layout;
mod media;
mod metrics;
mod outputs;
mod player;
mod playlists;
mod refusal;
mod settings;
mod status;
mod upload;

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::{Error, Handle};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::trace::{DefaultOnFailure, TraceLayer};
use tracing::Level;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::options::{App, Options};
use crate::problem::Problem;
use crate::{assets, guard, stream};

/// Bytes of a JSON body.
pub(crate) const JSON_LIMIT: usize = 1024 * 1024;
/// How long a request may take that neither uploads nor streams. Above every time limit of the
/// engine, so that the engine's own words reach the caller.
const LIMIT: Duration = Duration::from_secs(15);

/// What the web interface may load and do: nothing of other sites. `'self'` covers WebSockets.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; \
    connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Prismatron",
        description = "Turns pictures and effects into light on LEDs. Times are seconds (`_s`), \
            instants RFC 3339, ids opaque. Errors are RFC 9457 problem documents.",
    ),
    tags(
        (name = "player", description = "What plays"),
        (name = "media", description = "Uploaded files"),
        (name = "playlists", description = "Lists of items"),
        (name = "catalogue", description = "What items can be made of"),
        (name = "display", description = "Settings, outputs, inputs, layout"),
        (name = "state", description = "How the daemon is"),
        (name = "streams", description = "WebSockets"),
    ),
)]
struct Document;

/// Everything under `/api`, its OpenAPI description included, and the web interface.
pub fn router(handle: Handle, options: Options) -> Router {
    let app = App::new(handle, options);
    let (routes, _) = table().split_for_parts();
    routes
        .fallback(elsewhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(app.clone(), guard::check))
        .layer(CatchPanicLayer::custom(Problem::from_panic))
        .layer(middleware::from_fn(security_headers))
        .layer(
            // An answer of 503 is an answer; what is broken is told by whoever knows it.
            TraceLayer::new_for_http().on_failure(DefaultOnFailure::new().level(Level::DEBUG)),
        )
        .with_state(app)
}

/// The OpenAPI 3.1 document of the routes, as committed in `api/openapi.json`.
pub fn openapi_json() -> String {
    static JSON: OnceLock<String> = OnceLock::new();
    JSON.get_or_init(|| {
        let mut document = table().into_openapi();
        refusal::complete(&mut document);
        let mut json = document.to_pretty_json().unwrap_or_default();
        json.push('\n');
        json
    })
    .clone()
}

fn table() -> OpenApiRouter<App> {
    let large = OpenApiRouter::new()
        .routes(routes!(layout::read))
        .routes(routes!(openapi))
        .layer(CompressionLayer::new());
    let bounded = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(health::read))
        .routes(routes!(health::read_short))
        .routes(routes!(status::read))
        .routes(routes!(metrics::read))
        .routes(routes!(media::list))
        .routes(routes!(media::read, media::change, media::delete))
        .routes(routes!(media::thumbnail))
        .routes(routes!(media::content))
        .routes(routes!(playlists::list, playlists::create))
        .routes(routes!(playlists::read, playlists::replace, playlists::delete))
        .routes(routes!(player::play))
        .routes(routes!(player::pause))
        .routes(routes!(player::resume))
        .routes(routes!(player::stop))
        .routes(routes!(player::next))
        .routes(routes!(player::previous))
        .routes(routes!(player::seek))
        .routes(routes!(catalogue::effects))
        .routes(routes!(catalogue::transitions))
        .routes(routes!(settings::read, settings::change))
        .routes(routes!(outputs::list))
        .routes(routes!(inputs::list))
        .merge(large)
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .layer(middleware::from_fn(time_limit));
    let uploads =
        OpenApiRouter::new().routes(routes!(upload::add)).layer(DefaultBodyLimit::disable());
    let streams = OpenApiRouter::new()
        .routes(routes!(stream::events::open))
        .routes(routes!(stream::preview::open));
    bounded.merge(uploads).merge(streams).route("/", get(assets::serve))
}

/// This document.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "state",
    responses((status = 200, description = "The OpenAPI document", body = Object)),
)]
async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi_json())
}

async fn time_limit(request: Request, next: Next) -> Response {
    match tokio::time::timeout(LIMIT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(Error::Busy { part: "the daemon" }).into_response(),
    }
}

async fn security_headers(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    if is_api {
        set(header::CACHE_CONTROL, "no-store");
    }
    response
}

/// Paths that are in no table: the web interface, unless they are the API's.
async fn elsewhere(
    app: axum::extract::State<App>,
    uri: Uri,
    method: Method,
    request: Request,
) -> Response {
    let path = uri.path();
    if path == "/api" || path.starts_with("/api/") {
        Problem::no_such_path(path).into_response()
    } else if method == Method::GET || method == Method::HEAD {
        assets::serve(app, request).await
    } else {
        let mut response = wrong_method(uri, method).await;
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
        response
    }
}

async fn wrong_method(uri: Uri, method: Method) -> Response {
    Problem::method(method.as_str(), uri.path()).into_response()
}
