//! The web interface: embedded in the program, or from a folder while it is being worked on.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::options::App;
use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/ui"]
struct Embedded;

/// Whether the program was built without its web interface; a page that says so takes its place.
pub fn ui_is_stub() -> bool {
    env!("PRISMATRON_UI") == "stub"
}

struct Asset {
    bytes: Cow<'static, [u8]>,
    etag: Option<String>,
}

/// Answers GET and HEAD of everything that is not the API's.
pub(crate) async fn serve(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    let folder = app.options.ui_dir.as_deref();
    let asset = path.trim_start_matches('/');
    if !asset.is_empty()
        && let Some(found) = load(folder, asset).await
    {
        // The build puts a hash of the content into the names below `assets`.
        let is_immutable = folder.is_none() && asset.starts_with("assets/");
        return answer(found, asset, is_immutable, request.headers());
    }
    // The page finds its way by itself: any address that a browser goes to is the page.
    let is_page = path == "/" || (wants_page(request.headers()) && !asset.starts_with("assets/"));
    match load(folder, "index.html").await {
        Some(page) if is_page => answer(page, "index.html", false, request.headers()),
        _ => Problem::no_such_path(path).into_response(),
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepts.flat_map(|text| text.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}

async fn load(folder: Option<&Path>, asset: &str) -> Option<Asset> {
    match folder {
        Some(folder) => {
            let bytes = tokio::fs::read(within(folder, asset)?).await.ok()?;
            Some(Asset { bytes: bytes.into(), etag: None })
        }
        None => {
            let file = Embedded::get(asset)?;
            let hash = file.metadata.sha256_hash();
            let etag = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            Some(Asset { bytes: file.data, etag: Some(format!("\"{etag}\"")) })
        }
    }
}

/// The path of `asset` below `folder`; none if it leads out of it.
fn within(folder: &Path, asset: &str) -> Option<PathBuf> {
    let asset = Path::new(asset);
    let stays = asset.components().all(|part| matches!(part, Component::Normal(_)));
    stays.then(|| folder.join(asset))
}

fn answer(asset: Asset, name: &str, is_immutable: bool, headers: &HeaderMap) -> Response {
    let cache = if is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let is_known = asset.etag.as_ref().is_some_and(|etag| {
        let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == etag))
    });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mime = mime_guess::from_path(name).first_or_octet_stream();
        ([(header::CONTENT_TYPE, content_type(&mime))], asset.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(etag) = asset.etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
        headers.insert(header::ETAG, etag);
    }
    response
}

fn content_type(mime: &mime_guess::Mime) -> String {
    if mime.type_() == "text" { format!("{mime}; charset=utf-8") } else { mime.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let check = |asset: &str, expected: Option<&str>| {
            assert_eq!(within(Path::new("/ui"), asset), expected.map(PathBuf::from), "{asset}");
        };
        check("index.html", Some("/ui/index.html"));
        check("assets/a.js", Some("/ui/assets/a.js"));
        check("../secret", None);
        check("assets/../../secret", None);
        check("/etc/passwd", None);
    }

    #[test]
    fn the_page_is_embedded_whether_built_or_not() {
        let page = Embedded::get("index.html").unwrap();
        assert!(
            page.data.starts_with(b"<!doctype html>") || page.data.starts_with(b"<!DOCTYPE html>")
        );
        assert_eq!(Embedded::get("stub.css").is_some(), ui_is_stub());
    }
}
