//! Playlists from making to deleting.

use serde_json::{Value, json};

use crate::fixture::{Fixture, read};

fn list(name: &str, colors: &[&str]) -> Value {
    let items: Vec<_> = colors.iter().map(|c| json!({"kind": "color", "color": c})).collect();
    json!({"name": name, "items": items})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_playlist_is_made_read_changed_and_deleted() {
    let fixture = Fixture::start().await;
    let request = fixture.request("POST", "/api/playlists").json(&list("Evening", &["#FF0000"]));
    let response = request.send().await.unwrap();
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let etag = response.headers()["etag"].to_str().unwrap().to_owned();
    let (status, made) = read(response).await;
    assert_eq!(status, 201);
    assert_eq!(location, format!("/api/playlists/{}", made["id"].as_str().unwrap()));
    assert_eq!(etag, format!("\"{}\"", made["revision"]));
    assert_eq!((&made["loop"], &made["shuffle"]), (&json!(true), &json!(false)));

    assert_eq!(fixture.get(&location).await, (200, made.clone()));
    let (_, found) = fixture.get("/api/playlists?q=EVEN").await;
    assert_eq!(found, json!({"items": [made], "total": 1}));

    // What was read can be sent back, and the items keep their ids.
    let mut changed = made.clone();
    changed["items"].as_array_mut().unwrap().push(json!({"kind": "color", "color": "#00ff00"}));
    let (status, changed) = fixture.send("PUT", &location, changed).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(changed["items"][0], made["items"][0]);
    assert_eq!(changed["items"][1]["color"], "#00FF00");
    assert_ne!(changed["revision"], made["revision"]);

    assert_eq!(read(fixture.request("DELETE", &location).send().await.unwrap()).await.0, 204);
    assert_eq!(fixture.get(&location).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_an_old_revision_is_refused() {
    let fixture = Fixture::start().await;
    let (_, made) = fixture.send("POST", "/api/playlists", list("a", &[])).await;
    let path = format!("/api/playlists/{}", made["id"].as_str().unwrap());
    let put = async |tag: &str, name: &str| {
        let request = fixture.request("PUT", &path).header("If-Match", tag);
        let response = request.json(&list(name, &[])).send().await.unwrap();
        let etag = response.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        let (status, body) = read(response).await;
        (status, body, etag)
    };
    let first = format!("\"{}\"", made["revision"]);
    let (status, changed, second) = put(&first, "b").await;
    assert_eq!(status, 200, "{changed}");
    let (status, problem, _) = put(&first, "c").await;
    assert_eq!(status, 412, "{problem}");
    assert_eq!(problem["current"], changed["revision"].to_string());
    assert_eq!(put("\"never\"", "c").await.0, 412);
    assert_eq!(put("3", "c").await.0, 400);
    assert_eq!(fixture.get(&path).await.1["name"], "b");
    assert_eq!(put(&second.unwrap(), "c").await.0, 200);
    assert_eq!(put("*", "d").await.0, 200);

    let request = fixture.request("DELETE", &path).header("If-Match", &first);
    assert_eq!(read(request.send().await.unwrap()).await.0, 412);
    assert_eq!(fixture.get(&path).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_for_another_playlist_is_refused() {
    let fixture = Fixture::start().await;
    let (_, made) = fixture.send("POST", "/api/playlists", list("a", &[])).await;
    let path = format!("/api/playlists/{}", made["id"].as_str().unwrap());
    let mut other = list("b", &[]);
    other["id"] = json!("another");
    let (status, problem) = fixture.send("PUT", &path, other).await;
    assert_eq!((status, &problem["field"]), (422, &json!("id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_says_which_item_cannot_be() {
    let fixture = Fixture::start().await;
    let check = async |item: Value, field: &str, value: &str| {
        let body = json!({"name": "a", "items": [{"kind": "color", "color": "#000000"}, item]});
        let (status, problem) = fixture.send("POST", "/api/playlists", body).await;
        assert_eq!(status, 422, "{problem}");
        assert_eq!((&problem["field"], &problem["value"]), (&json!(field), &json!(value)));
    };
    check(json!({"kind": "effect", "effect": "no_such"}), "items[1].effect", "no_such").await;
    check(json!({"kind": "media", "media_id": "no_such"}), "items[1].media_id", "no_such").await;
    check(
        json!({"kind": "color", "color": "#000000", "duration_s": -1}),
        "items[1].duration_s",
        "-1",
    )
    .await;
    let color = json!({"kind": "color", "color": "#000000", "fit": "zoom"});
    check(color, "items[1].fit", "zoom").await;
    check(json!({"kind": "color", "color": "red"}), "items[1].color", "red").await;
    let never = json!({"kind": "color", "color": "#000000", "repeat": 0});
    check(never, "items[1].repeat", "0").await;
    let maybe = json!({"kind": "color", "color": "#000000", "enabled": "maybe"});
    check(maybe, "items[1].enabled", "maybe").await;
    let both = json!({"kind": "color", "color": "#000000", "media_id": "m"});
    check(both, "items[1].media_id", "m").await;
}
