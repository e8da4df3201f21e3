//! What every operation may answer besides its own: added to the description in one place, so that no
//! route can forget it.

use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, Response};

/// The content type of all errors (RFC 9457).
const PROBLEM: &str = "application/problem+json";

/// Adds the answers that come from the layers around the handlers, and gives errors their type.
pub(super) fn complete(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let PathItem { get, put, post, delete, patch, .. } = item;
        for operation in [get, put, post, delete, patch].into_iter().flatten() {
            add(operation);
        }
    }
}

fn add(operation: &mut Operation) {
    // The guard's, and the daemon's when it is too busy.
    let mut refusals = vec![
        ("400", "The request itself is malformed: its Host, a header, a parameter or the body"),
        ("403", "It comes from a page of another site, or from where nobody is answered"),
        ("421", "The Host is no name of this display"),
        ("503", "A part of the daemon is too busy: try again"),
    ];
    if operation.request_body.is_some() {
        refusals.push(("413", "The body is too large"));
        refusals.push(("415", "The body is of another content type"));
        refusals.push(("422", "A value that cannot be used"));
    }
    if operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
        refusals.push(("422", "A parameter of a value that cannot be used"));
    }
    let responses = &mut operation.responses.responses;
    for (status, description) in refusals {
        let new = || RefOr::T(Response::new(description));
        responses.entry(status.to_owned()).or_insert_with(new);
    }
    for (status, response) in responses.iter_mut() {
        let (true, RefOr::T(response)) = (status.as_str() >= "400", response) else { continue };
        let problem = || RefOr::T(Content::new(Some(Ref::from_schema_name("Problem"))));
        match response.content.shift_remove("application/json") {
            // One that tells something else with this status may be refused by a layer all the same.
            Some(own) if !is_problem(&own) => {
                response.content.insert("application/json".to_owned(), own);
                response.content.insert(PROBLEM.to_owned(), problem());
            }
            Some(own) => drop(response.content.insert(PROBLEM.to_owned(), own)),
            None if response.content.is_empty() => {
                response.content.insert(PROBLEM.to_owned(), problem());
            }
            None => {}
        }
    }
}

fn is_problem(content: &RefOr<Content>) -> bool {
    let RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) = content else { return false };
    schema.ref_location.ends_with("/Problem")
}
