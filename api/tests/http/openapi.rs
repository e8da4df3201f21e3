//! The committed description of the API.

use serde_json::Value;

#[test]
fn the_committed_document_describes_the_routes() {
    let committed = include_str!("../../openapi.json");
    assert!(
        committed == api::openapi_json(),
        "api/openapi.json is not what the routes are; write it anew: cargo run -- openapi > api/openapi.json"
    );
}

#[test]
fn every_operation_has_a_summary_and_a_tag() {
    let document: Value = serde_json::from_str(&api::openapi_json()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(!summary.is_empty(), "{method} {path} has no summary");
            assert!(operation["tags"][0].is_string(), "{method} {path} has no tag");
            operations += 1;
        }
    }
    assert!(operations >= 30, "{operations} operations");
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn check(value: &Value, document: &Value) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
                }
                map.values().for_each(|value| check(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| check(value, document)),
            _ => {}
        }
    }
    let document: Value = serde_json::from_str(&api::openapi_json()).unwrap();
    check(&document, &document);
}
