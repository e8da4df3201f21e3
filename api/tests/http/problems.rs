//! Everything that goes wrong is told in one shape.

use serde_json::{Value, json};

use crate::fixture::{Fixture, png, read};

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_a_problem_document() {
    const JSON: &str = "application/json";
    let fixture = Fixture::start().await;
    let check = async |method: &str,
                       path: &str,
                       content_type: &str,
                       body: &str,
                       status: u16,
                       code: &str,
                       field: &str| {
        let mut request = fixture.request(method, path);
        if !content_type.is_empty() {
            request = request.header("Content-Type", content_type).body(body.to_owned());
        }
        let response = request.send().await.unwrap();
        let told = response.headers()["content-type"].to_str().unwrap().to_owned();
        let (found, problem) = read(response).await;
        let at = format!("{method} {path} {body}: {problem}");
        assert_eq!(found, status, "{at}");
        assert_eq!(told, "application/problem+json", "{at}");
        assert_eq!(problem["status"], status, "{at}");
        assert_eq!(problem["type"], format!("urn:prismatron:problem:{code}"), "{at}");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{at}");
        assert_eq!(problem["field"].as_str().unwrap_or_default(), field, "{at}");
    };
    // Paths and methods.
    check("GET", "/api/nothing", "", "", 404, "not-found", "").await;
    check("GET", "/api", "", "", 404, "not-found", "").await;
    check("POST", "/api/nothing", JSON, "{}", 404, "not-found", "").await;
    check("DELETE", "/api/status", "", "", 405, "method-not-allowed", "").await;
    check("GET", "/api/player/next", "", "", 405, "method-not-allowed", "").await;
    check("POST", "/somewhere", JSON, "{}", 405, "method-not-allowed", "").await;
    check("GET", "/api/events", "", "", 426, "upgrade-required", "").await;
    // Bodies.
    check("POST", "/api/playlists", JSON, "{", 400, "malformed-json", "").await;
    check("POST", "/api/playlists", JSON, "", 400, "malformed-json", "").await;
    let kind = "unsupported-media-type";
    check("POST", "/api/playlists", "text/plain", "{}", 415, kind, "Content-Type").await;
    check("POST", "/api/playlists", "", "", 415, kind, "Content-Type").await;
    check("POST", "/api/player/play", "text/plain", "{}", 415, kind, "Content-Type").await;
    check("POST", "/api/media", JSON, "{}", 415, kind, "Content-Type").await;
    check("POST", "/api/playlists", JSON, "{}", 422, "invalid", "name").await;
    check("POST", "/api/playlists", JSON, r#"{"name":"a","items":[],"x":1}"#, 422, "invalid", "x")
        .await;
    let text = r#"{"name":"a","items":[{"kind":"text","text":"hi"}]}"#;
    check("POST", "/api/playlists", JSON, text, 422, "invalid", "items[0].kind").await;
    let both = r#"{"media_id":"m","effect":"e"}"#;
    check("POST", "/api/player/play", JSON, both, 422, "invalid", "media_id").await;
    check("POST", "/api/player/seek", JSON, "{}", 422, "invalid", "position_s").await;
    // Parameters.
    check("GET", "/api/media?limit=0", "", "", 400, "bad-request", "limit").await;
    check("GET", "/api/media?limit=1&limit=2", "", "", 400, "bad-request", "limit").await;
    check("GET", "/api/playlists?q=&q=", "", "", 400, "bad-request", "q").await;
    check("DELETE", "/api/media/x?force=true&force=true", "", "", 400, "bad-request", "force")
        .await;
    check("GET", "/api/media?colour=red", "", "", 400, "bad-request", "colour").await;
    check("DELETE", "/api/media/x?force=yes", "", "", 400, "bad-request", "force").await;
    // Things that are not there.
    check("GET", "/api/media/x", "", "", 404, "not-found", "").await;
    check("GET", "/api/media/x/content", "", "", 404, "not-found", "").await;
    check("GET", "/api/media/x/thumbnail", "", "", 404, "not-found", "").await;
    check("DELETE", "/api/playlists/x", "", "", 404, "not-found", "").await;
    check("GET", "/api/playlists/%ff", "", "", 400, "bad-request", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_an_object_and_nothing_else() {
    let fixture = Fixture::start().await;
    let (_, media) = fixture.upload("a.png", png(4, 4, [9, 9, 9])).await;
    let media_path = format!("/api/media/{}", media["id"].as_str().unwrap());
    let check = async |method: &str, path: &str, body: Value, expected: &str| {
        let (status, problem) = fixture.send(method, path, body).await;
        assert_eq!((status, &problem["field"]), (422, &json!("body")), "{path}: {problem}");
        assert_eq!(problem["detail"], format!("body: {expected}"), "{path}");
    };
    let array = "a JSON object is expected, not an array";
    let list = json!(["arr", [], true, false, null, null, null]);
    check("POST", "/api/playlists", list, array).await;
    check("PATCH", &media_path, json!(["hi"]), array).await;
    check("PATCH", "/api/settings", json!([]), array).await;
    check("POST", "/api/player/seek", json!([1.0]), array).await;
    check("POST", "/api/player/play", json!([]), array).await;
    check("POST", "/api/player/play", json!(null), "a JSON object is expected, not null").await;
    assert_eq!(fixture.get(&media_path).await.1["name"], "a.png");
    assert_eq!(fixture.get("/api/playlists?q=arr").await.1["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_json_is_told_by_line_and_column() {
    let fixture = Fixture::start().await;
    let request = fixture.request("POST", "/api/playlists");
    let body = "{\n  \"name\": oops\n}";
    let request = request.header("Content-Type", "application/json").body(body);
    let (status, problem) = read(request.send().await.unwrap()).await;
    assert_eq!((status, &problem["line"], &problem["column"]), (400, &json!(2), &json!(11)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_body_has_a_limit() {
    let fixture = Fixture::start().await;
    let long = json!({"name": "a".repeat(1024 * 1024), "items": []});
    let (status, problem) = fixture.send("POST", "/api/playlists", long).await;
    assert_eq!((status, &problem["type"]), (413, &json!("urn:prismatron:problem:too-large")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_method_learns_the_right_ones() {
    let fixture = Fixture::start().await;
    let check = async |method: &str, path: &str, expected: &[&str]| {
        let response = fixture.request(method, path).send().await.unwrap();
        let allow = response.headers()["allow"].to_str().unwrap();
        let mut found: Vec<_> = allow.split(',').map(str::trim).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{method} {path}");
    };
    check("POST", "/api/status", &["GET", "HEAD"]).await;
    check("GET", "/api/player/stop", &["POST"]).await;
    check("PUT", "/api/media", &["GET", "HEAD", "POST"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_headers_that_keep_browsers_safe() {
    let fixture = Fixture::start().await;
    for path in ["/", "/api/status", "/api/nothing"] {
        let response = fixture.request("GET", path).send().await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_changes_nothing() {
    let fixture = Fixture::start().await;
    let document: Value = serde_json::from_str(&api::openapi_json()).unwrap();
    let state = async || {
        let lists = ["/api/media", "/api/playlists", "/api/settings", "/api/layout"];
        let mut state = Vec::new();
        for path in lists {
            state.push(fixture.get(path).await);
        }
        let status = fixture.get("/api/status").await.1;
        (state, status["state"].clone(), status["playing"].clone())
    };
    let before = state().await;
    for path in document["paths"].as_object().unwrap().keys() {
        fixture.request("GET", &path.replace("{id}", "x")).send().await.unwrap();
    }
    assert_eq!(state().await, before);
}
