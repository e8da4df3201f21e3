//! Errors as RFC 9457 problem documents, and the one place where an engine's error gets its status.

use std::any::Any;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::Error;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! code {
    ($code:literal) => {
        concat!("urn:prismatron:problem:", $code)
    };
}

/// An error as the caller sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A stable code: `urn:prismatron:problem:not-found`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The code in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here, and what would be right.
    #[schema(value_type = String)]
    detail: Box<str>,
    /// The field, parameter or header at fault: `items[2].duration_s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    field: Option<Box<str>>,
    /// Its value, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    value: Option<Box<str>>,
    /// The revision now, if the caller worked from an old one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    current: Option<Box<str>>,
    /// Where the JSON cannot be read, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// Where in that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

impl Problem {
    fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into().into(),
            field: None,
            value: None,
            current: None,
            line: None,
            column: None,
        }
    }

    /// A request that is not what this route reads.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code!("bad-request"), "Bad request", detail)
    }

    /// A body that is not JSON.
    pub(crate) fn malformed_json(error: &serde_json::Error) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            code!("malformed-json"),
            "Malformed JSON",
            format!("the body is not JSON: {error}"),
        );
        problem.line = u32::try_from(error.line()).ok();
        problem.column = u32::try_from(error.column()).ok();
        problem
    }

    /// A request from where none is taken.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code!("forbidden"), "Forbidden", detail)
    }

    /// A `Host` that is not ours.
    pub(crate) fn misdirected(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::MISDIRECTED_REQUEST, code!("unknown-host"), "Unknown host", detail)
    }

    /// A path that leads nowhere.
    pub(crate) fn no_such_path(path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            code!("not-found"),
            "Not found",
            format!("there is no {path}"),
        )
    }

    /// A method that the path does not know; the router adds the `Allow` header.
    pub(crate) fn method(method: &str, path: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            code!("method-not-allowed"),
            "Method not allowed",
            format!("{path} cannot be asked with {method}"),
        )
    }

    /// A body of the wrong type.
    pub(crate) fn media_type(found: &str, wanted: &str) -> Self {
        let detail = if found.is_empty() {
            format!("the body has no content type; send {wanted}")
        } else {
            format!("the body has content type \"{found}\"; send {wanted}")
        };
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            code!("unsupported-media-type"),
            "Unsupported media type",
            detail,
        )
        .about("Content-Type", Some(found))
    }

    /// A client that stopped sending.
    pub(crate) fn too_slow(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, code!("request-timeout"), "Request timeout", detail)
    }

    /// Any client error that a library has found; `status` is kept.
    pub(crate) fn refused(status: StatusCode, detail: impl Into<String>) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(status, code!("too-large"), "Too large", detail)
            }
            StatusCode::UPGRADE_REQUIRED => {
                Self::new(status, code!("upgrade-required"), "Upgrade required", detail)
            }
            _ => Self { status: status.as_u16(), ..Self::bad_request(detail) },
        }
    }

    /// The present revision is another one than the request named, or cannot be that one.
    pub(crate) fn stale(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, code!("stale"), "Changed meanwhile", detail)
    }

    /// A failure on our side; what it was is for the log.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed inside");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            code!("internal"),
            "Internal error",
            "something went wrong inside; the daemon's log says what",
        )
    }

    /// Names the field at fault, and its value if there is one.
    pub(crate) fn about(mut self, field: impl Into<String>, value: Option<&str>) -> Self {
        self.field = Some(field.into().into());
        self.value = value.filter(|value| !value.is_empty()).map(|value| shorten(value).into());
        self
    }

    /// The answer to a handler's panic.
    pub(crate) fn from_panic(panic: Box<dyn Any + Send>) -> Response {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without words");
        Self::internal(message).into_response()
    }
}

fn shorten(value: &str) -> String {
    match value.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// The engine tells some values as JSON; a string is told without its quotes, also one whose end
/// was cut off.
fn unquoted(value: String) -> String {
    if let Ok(text) = serde_json::from_str(&value) {
        return text;
    }
    let cut =
        value.strip_suffix('…').map(|start| serde_json::from_str::<String>(&format!("{start}\"")));
    match cut {
        Some(Ok(text)) => text + "…",
        _ => value,
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NotFound { id, .. } => {
                let mut problem =
                    Self::new(StatusCode::NOT_FOUND, code!("not-found"), "Not found", detail);
                problem.value = Some(shorten(&id).into());
                problem
            }
            Error::Invalid { field, value, .. } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                code!("invalid"),
                "Invalid value",
                detail,
            )
            .about(field, Some(&unquoted(value))),
            Error::Conflict { .. } => {
                Self::new(StatusCode::CONFLICT, code!("conflict"), "Conflict", detail)
            }
            Error::Stale { current, .. } => {
                let mut problem = Self::stale(detail);
                problem.current = Some(current.into());
                problem
            }
            Error::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, code!("too-large"), "Too large", detail)
            }
            Error::Full { .. } => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, code!("full"), "No space left", detail)
            }
            Error::Busy { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, code!("busy"), "Busy", detail)
            }
            Error::Internal { message } => Self::internal(message),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UPGRADE_REQUIRED {
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_error_has_its_status_and_names_what_it_is_about() {
        let check = |error: Error, status: u16, code: &str, field: Option<&str>| {
            let problem = Problem::from(error);
            assert_eq!(problem.status, status, "{problem:?}");
            assert_eq!(problem.kind, format!("urn:prismatron:problem:{code}"));
            assert_eq!(problem.field.as_deref(), field);
        };
        check(Error::not_found("playlist", "p1"), 404, "not-found", None);
        check(Error::invalid("items[0].fit", "x", "no"), 422, "invalid", Some("items[0].fit"));
        check(Error::Conflict { reason: "used".into() }, 409, "conflict", None);
        check(Error::Stale { what: "p".into(), current: "3".into() }, 412, "stale", None);
        let large = Error::TooLarge { what: "f".into(), bytes: 2, limit: 1 };
        check(large, 413, "too-large", None);
        check(Error::Full { what: "f".into() }, 507, "full", None);
        check(Error::Busy { part: "control" }, 503, "busy", None);
        check(Error::internal("secret"), 500, "internal", None);
    }

    #[test]
    fn what_failed_inside_is_not_told() {
        let text = serde_json::to_string(&Problem::from(Error::internal("/secret/path"))).unwrap();
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn a_stale_caller_learns_the_present_revision() {
        let error = Error::Stale { what: "playlist \"a\"".into(), current: "7".into() };
        assert_eq!(Problem::from(error).current.as_deref(), Some("7"));
    }

    #[test]
    fn a_string_is_told_without_its_quotes() {
        let check = |value: &str, expected: &str| {
            let problem = Problem::from(Error::invalid("params.speed", value, "no"));
            assert_eq!(problem.value.as_deref(), Some(expected));
        };
        check("fast", "fast");
        check("\"fast\"", "fast");
        check("\"a \\\"b\\\"\"", "a \"b\"");
        check("3", "3");
        check("[\"a\"]", "[\"a\"]");
        check("\"", "\"");
        let long = format!("\"{}\"", "a".repeat(100));
        check(&long, &format!("{}…", "a".repeat(79)));
    }

    #[test]
    fn a_missing_value_is_left_out() {
        let problem = Problem::from(Error::invalid("name", "", "is missing"));
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json.get("value"), None);
        assert_eq!(json["field"], "name");
    }
}
