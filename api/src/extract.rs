//! Reads requests: JSON bodies, query parameters and ids, each refused with a problem document
//! that says where it is wrong.

use std::collections::HashSet;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use engine::Error;
use engine::library::model::Page;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::problem::Problem;

/// A JSON body. Anything but a JSON content type is refused, so that no form of another site can
/// be read as JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        check_content_type(request.headers())?;
        let bytes = read(request, state).await?;
        let value = serde_json::from_slice(&bytes).map_err(|e| Problem::malformed_json(&e))?;
        Ok(Self(decode(&value, "")?))
    }
}

/// As [`Json`], but no body at all is the default.
pub(crate) struct JsonOrNothing<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for JsonOrNothing<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let typed = check_content_type(request.headers());
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        typed?;
        let value = serde_json::from_slice(&bytes).map_err(|e| Problem::malformed_json(&e))?;
        Ok(Self(decode(&value, "")?))
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let found = headers.get(header::CONTENT_TYPE).map_or(Ok(""), |value| value.to_str());
    let found = found.unwrap_or_default();
    let essence = found.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"));
    if is_json { Ok(()) } else { Err(Problem::media_type(found, "application/json")) }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {} bytes", crate::routes::JSON_LIMIT),
        ),
        status => Problem::refused(status, rejection.body_text()),
    })
}

/// An object as a wire type. `at` is the path of the value, for messages.
pub(crate) fn decode<T: DeserializeOwned>(value: &Value, at: &str) -> Result<T, Error> {
    if !value.is_object() {
        // A struct would take an array for its fields in their order.
        let field = if at.is_empty() { "body" } else { at };
        let reason = format!("a JSON object is expected, not {}", kind(value));
        return Err(Error::invalid(field, plain(value), reason));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut field = at.to_owned();
        let mut found = Some(value);
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => {
                    field.push_str(&format!("[{index}]"));
                    found = found.and_then(|value| value.get(index));
                }
                Segment::Map { key } => {
                    join(&mut field, key);
                    found = found.and_then(|value| value.get(key));
                }
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        let reason = error.inner().to_string();
        // The path of a key that is missing ends above it.
        if let Some(key) = quoted_after(&reason, "missing field ") {
            found = None;
            join(&mut field, key);
        }
        let field = if field.is_empty() { "body".to_owned() } else { field };
        let reason = mismatch(&reason, found).unwrap_or(reason);
        Error::invalid(field, found.map(plain).unwrap_or_default(), reason)
    })
}

/// What a value of a wrong type should have been, in words of JSON instead of Rust's; nothing for
/// errors of other sorts.
fn mismatch(reason: &str, found: Option<&Value>) -> Option<String> {
    if !reason.starts_with("invalid type: ") && !reason.starts_with("invalid value: ") {
        return None;
    }
    let (_, expected) = reason.rsplit_once(", expected ")?;
    let expected = match expected {
        "a string" | "string or map" | "map with a single key" | "unit" => "a string",
        "a boolean" => "true or false",
        "a map" => "a JSON object",
        "a sequence" => "an array",
        "f32" | "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 in range",
        name if name.starts_with("struct ") => "a JSON object",
        _ => "another kind of value",
    };
    Some(format!("{expected} is expected, not {}", found.map_or("this".to_owned(), kind)))
}

/// A value as a person would say it: JSON, but a string without its quotes.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a value is, for messages; a number is its own name.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn join(field: &mut String, key: &str) {
    if !field.is_empty() {
        field.push('.');
    }
    field.push_str(key);
}

fn quoted_after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.strip_prefix(start)?.strip_prefix('`')?.split('`').next()
}

/// The `{id}` of a path: opaque, so any text.
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(rejection) => Err(Problem::refused(rejection.status(), rejection.body_text())),
        }
    }
}

/// The parameters after `?`, in their order.
pub(crate) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<Vec<(String, String)>>::from_request_parts(parts, state).await {
            Ok(Query(pairs)) => Self::once_each(pairs),
            Err(rejection) => Err(Problem::bad_request(rejection.body_text())),
        }
    }
}

impl Parameters {
    /// Refuses a key that is there twice: which of the two is meant cannot be known.
    fn once_each(pairs: Vec<(String, String)>) -> Result<Self, Problem> {
        let mut seen = HashSet::new();
        if let Some((key, value)) = pairs.iter().find(|(key, _)| !seen.insert(key)) {
            let detail = format!("parameter {key} is there twice");
            return Err(Problem::bad_request(detail).about(key, Some(value)));
        }
        Ok(Self(pairs))
    }

    /// Which part of a list is asked for.
    pub(crate) fn page(self) -> Result<Page, Problem> {
        let mut page = Page::default();
        for (key, value) in self.0 {
            match key.as_str() {
                "limit" => match value.parse() {
                    Ok(limit @ 1..=1000) => page.limit = limit,
                    _ => return Err(wrong(&key, &value, "has to be 1 to 1000")),
                },
                "offset" => match value.parse() {
                    Ok(offset) => page.offset = offset,
                    Err(_) => return Err(wrong(&key, &value, "has to be a whole number from 0")),
                },
                "sort" => page.sort = Some(value),
                "q" => page.q = Some(value),
                _ => return Err(unknown(&key, &value, "limit, offset, sort and q")),
            }
        }
        Ok(page)
    }

    /// The one switch `name`, off if it is not there.
    pub(crate) fn switch(self, name: &str) -> Result<bool, Problem> {
        let mut on = false;
        for (key, value) in self.0 {
            match (key == name, value.as_str()) {
                (true, "true") => on = true,
                (true, "false") => on = false,
                (true, _) => return Err(wrong(&key, &value, "has to be true or false")),
                (false, _) => return Err(unknown(&key, &value, name)),
            }
        }
        Ok(on)
    }
}

fn wrong(key: &str, value: &str, rule: &str) -> Problem {
    Problem::bad_request(format!("parameter {key} {rule}, not \"{value}\"")).about(key, Some(value))
}

fn unknown(key: &str, value: &str, known: &str) -> Problem {
    Problem::bad_request(format!("unknown parameter \"{key}\"; known: {known}"))
        .about(key, Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        name: String,
        inner: Vec<Inner>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        size: Option<u8>,
    }

    #[test]
    fn a_refused_body_names_the_path_and_the_value() {
        let check = |body: Value, field: &str, value: &str| match decode::<Outer>(&body, "") {
            Err(Error::Invalid { field: f, value: v, .. }) => {
                assert_eq!((&*f, &*v), (field, value))
            }
            other => panic!("{body}: {other:?}"),
        };
        check(json!({"name": "a", "inner": [{}, {"size": "x"}]}), "inner[1].size", "x");
        check(json!({"name": "a", "inner": [{"sise": 3}]}), "inner[0].sise", "3");
        check(json!({"inner": []}), "name", "");
        check(json!({"name": 1, "inner": []}), "name", "1");
        check(json!([]), "body", "[]");
        check(json!("say \"hi\""), "body", "say \"hi\"");
        check(json!({"name": "a", "inner": [], "more": null}), "more", "null");
    }

    #[test]
    fn a_refused_type_is_told_in_words_of_json() {
        let check = |body: Value, expected: &str| match decode::<Outer>(&body, "") {
            Err(Error::Invalid { reason, .. }) => assert_eq!(reason, expected, "{body}"),
            other => panic!("{body}: {other:?}"),
        };
        check(json!(["a", []]), "a JSON object is expected, not an array");
        check(json!(null), "a JSON object is expected, not null");
        check(json!("a"), "a JSON object is expected, not a string");
        check(json!({"name": ["a"], "inner": []}), "a string is expected, not an array");
        check(json!({"name": ", expected u8", "inner": {}}), "an array is expected, not an object");
        check(json!({"name": "a", "inner": [true]}), "a JSON object is expected, not true");
        let whole = "a whole number from 0 in range is expected, not";
        let size = |size: Value| json!({"name": "a", "inner": [{"size": size}]});
        check(size(json!("x, expected y")), &format!("{whole} a string"));
        check(size(json!(-1)), &format!("{whole} -1"));
        check(size(json!(256)), &format!("{whole} 256"));
        check(size(json!(1.5)), &format!("{whole} 1.5"));
    }

    #[test]
    fn the_page_is_checked() {
        let check = |pairs: &[(&str, &str)], expected: Result<(u64, u64), &str>| {
            let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let found = Parameters(pairs).page().map(|page| (page.limit, page.offset));
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(problem), Err(field)) => {
                    let problem = serde_json::to_value(problem).unwrap();
                    assert_eq!(
                        (&problem["field"], &problem["status"]),
                        (&json!(field), &json!(400))
                    );
                }
                (found, expected) => panic!("{found:?} is not {expected:?}"),
            }
        };
        check(&[], Ok((100, 0)));
        check(&[("limit", "1000"), ("offset", "7")], Ok((1000, 7)));
        check(&[("limit", "0")], Err("limit"));
        check(&[("limit", "1001")], Err("limit"));
        check(&[("limit", "ten")], Err("limit"));
        check(&[("offset", "-1")], Err("offset"));
        check(&[("page", "2")], Err("page"));
    }

    #[test]
    fn a_switch_is_true_or_false() {
        let check = |pairs: &[(&str, &str)], expected: Option<bool>| {
            let pairs = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(Parameters(pairs).switch("force").ok(), expected);
        };
        check(&[], Some(false));
        check(&[("force", "true")], Some(true));
        check(&[("force", "false")], Some(false));
        check(&[("force", "1")], None);
        check(&[("forse", "true")], None);
    }

    #[test]
    fn only_json_content_types_are_json() {
        let check = |found: &'static str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, found.parse().unwrap());
            assert_eq!(check_content_type(&headers).is_ok(), expected, "{found}");
        };
        check("application/json", true);
        check("Application/JSON; charset=utf-8", true);
        check("application/merge-patch+json", true);
        check("text/plain", false);
        check("text/plain; application/json", false);
        check("application/x-www-form-urlencoded", false);
        check("multipart/form-data; boundary=x", false);
        assert!(check_content_type(&HeaderMap::new()).is_err());
    }
}
