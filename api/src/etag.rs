//! Revisions as entity tags: `ETag` on answers, `If-Match` on changes.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::problem::Problem;

/// `revision` in quotes, as a header.
pub(crate) fn etag(revision: impl std::fmt::Display) -> Option<(header::HeaderName, HeaderValue)> {
    let value = HeaderValue::from_str(&format!("\"{revision}\"")).ok()?;
    Some((header::ETAG, value))
}

/// The revision that the caller worked from; none if he does not care.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let tag = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match tag {
        Some(tag) if !tag.is_empty() && !tag.contains('"') => Ok(Some(tag.to_owned())),
        _ => Err(Problem::bad_request(
            "If-Match has to be one entity tag in double quotes, as the ETag header gave it, or *",
        )
        .about("If-Match", Some(text))),
    }
}

/// As [`if_match`], where revisions are numbers: a tag that is none can never match.
pub(crate) fn if_match_number(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(tag) = if_match(headers)? else { return Ok(None) };
    tag.parse().map(Some).map_err(|_| {
        Problem::stale(format!("there never was a revision \"{tag}\""))
            .about("If-Match", Some(&tag))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_takes_one_strong_tag() {
        let check = |text: &'static str, expected: Result<Option<&str>, ()>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(text));
            let found = if_match(&headers).map_err(|_| ());
            assert_eq!(found, expected.map(|tag| tag.map(str::to_owned)), "{text}");
        };
        check("\"12\"", Ok(Some("12")));
        check(" \"12\" ", Ok(Some("12")));
        check("*", Ok(None));
        check("12", Err(()));
        check("\"\"", Err(()));
        check("W/\"12\"", Err(()));
        check("\"1\", \"2\"", Err(()));
        assert_eq!(if_match(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn a_tag_that_is_no_number_is_an_old_revision() {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static("\"x\""));
        let problem = serde_json::to_value(if_match_number(&headers).unwrap_err()).unwrap();
        assert_eq!(problem["status"], 412);
    }

    #[test]
    fn a_revision_is_quoted() {
        assert_eq!(etag(3).unwrap().1, "\"3\"");
        assert!(etag("line\nbreak").is_none());
    }
}
