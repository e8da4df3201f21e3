//! A file on disk as an answer: ranges, entity tags, and no way for it to act as a page of ours.

use std::path::PathBuf;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use mime_guess::Mime;
use tower_http::services::ServeFile;

use crate::problem::Problem;

/// What to answer with.
pub(super) struct Answer<'a> {
    pub(super) path: PathBuf,
    pub(super) content_type: &'a str,
    pub(super) cache: &'static str,
}

impl Answer<'_> {
    pub(super) async fn to(self, request: Request) -> Result<Response, Problem> {
        let mime: Mime =
            self.content_type.parse().unwrap_or(mime_guess::mime::APPLICATION_OCTET_STREAM);
        let answer = ServeFile::new_with_mime(&self.path, &mime).try_call(request).await;
        let mut response = answer.map_err(Problem::internal)?.map(Body::new);
        match response.status() {
            StatusCode::NOT_FOUND => {
                let path = self.path.display();
                return Err(Problem::internal(format!("file {path} is not there")));
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                let problem = Problem::refused(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "the file has no such range",
                );
                let mut refusal = problem.about("Range", None).into_response();
                if let Some(range) = response.headers_mut().remove(header::CONTENT_RANGE) {
                    refusal.headers_mut().insert(header::CONTENT_RANGE, range);
                }
                return Ok(refusal);
            }
            _ => {}
        }
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache));
        // Someone else made this file. Opened as a page it may run nothing.
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        );
        Ok(response)
    }
}

/// Proposes `name` to a browser that saves the file.
pub(super) fn named(mut response: Response, name: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(&disposition(name)) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// RFC 6266: a plain name for old readers and the whole one in UTF-8.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '/' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("inline; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_inside_their_quotes() {
        let check = |name: &str, plain: &str, whole: &str| {
            let expected = format!("inline; filename=\"{plain}\"; filename*=UTF-8''{whole}");
            assert_eq!(disposition(name), expected);
            assert!(HeaderValue::from_str(&disposition(name)).is_ok());
        };
        check("cat.png", "cat.png", "cat.png");
        check("Käse.png", "K_se.png", "K%C3%A4se.png");
        check("a\"; x=\"b", "a_; x=_b", "a%22%3B%20x%3D%22b");
        check("a\r\nSet-Cookie: b", "a__Set-Cookie: b", "a%0D%0ASet-Cookie%3A%20b");
        check("..\\..\\x", ".._.._x", "..%5C..%5Cx");
    }
}
