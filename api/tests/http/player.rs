//! What plays, and what it plays on.

use serde_json::{Value, json};

use crate::fixture::{Fixture, png, read};

#[tokio::test(flavor = "multi_thread")]
async fn a_playlist_is_played_paused_and_stopped() {
    let fixture = Fixture::start().await;
    let items = json!([
        {"kind": "color", "color": "#FF0000", "duration_s": 60},
        {"kind": "color", "color": "#00FF00", "duration_s": 60},
    ]);
    let (_, list) =
        fixture.send("POST", "/api/playlists", json!({"name": "a", "items": items})).await;
    let tell = async |verb: &str, body: Value| {
        let (status, answer) = fixture.send("POST", &format!("/api/player/{verb}"), body).await;
        assert_eq!(status, 200, "{verb}: {answer}");
        answer
    };
    let answer = tell("play", json!({"playlist_id": list["id"]})).await;
    assert_eq!(answer["state"], "playing", "{answer}");
    assert_eq!(answer["playing"]["item_id"], list["items"][0]["id"], "{answer}");
    let status = fixture.status_until(|status| status["playing"]["name"] == "#FF0000").await;
    assert_eq!((&status["state"], &status["source"]), (&json!("playing"), &json!("playlist")));

    assert_eq!(tell("pause", json!({})).await["state"], "paused");
    assert_eq!(tell("resume", json!({})).await["state"], "playing");
    tell("next", json!({})).await;
    fixture.status_until(|status| status["playing"]["name"] == "#00FF00").await;
    tell("previous", json!({})).await;
    fixture.status_until(|status| status["playing"]["name"] == "#FF0000").await;
    tell("seek", json!({"position_s": 30})).await;
    fixture.status_until(|status| status["playing"]["position_s"].as_f64() >= Some(30.0)).await;
    let item = json!({"playlist_id": list["id"], "item_id": list["items"][1]["id"]});
    tell("play", item).await;
    fixture.status_until(|status| status["playing"]["index"] == 1).await;
    assert_eq!(tell("stop", json!({})).await["state"], "stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_need_no_body() {
    let fixture = Fixture::start().await;
    for verb in ["play", "pause", "resume", "stop", "next", "previous"] {
        let request = fixture.request("POST", &format!("/api/player/{verb}"));
        let (status, answer) = read(request.send().await.unwrap()).await;
        // With nothing to play a wish may be a conflict, but it is understood.
        assert!([200, 409].contains(&status), "{verb}: {status} {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_have_nothing_to_say_refuse_what_is_said() {
    let fixture = Fixture::start().await;
    for verb in ["pause", "resume", "stop", "next", "previous"] {
        let path = format!("/api/player/{verb}");
        let check = async |content_type: &str, body: &str, expected: &[u16], field: &str| {
            let request = fixture.request("POST", &path).header("Content-Type", content_type);
            let (status, answer) = read(request.body(body.to_owned()).send().await.unwrap()).await;
            assert!(expected.contains(&status), "{verb} {body}: {status} {answer}");
            assert_eq!(answer["field"].as_str().unwrap_or_default(), field, "{verb}: {answer}");
        };
        const JSON: &str = "application/json";
        // With nothing to play a wish may be a conflict, but it is understood.
        check(JSON, "", &[200, 409], "").await;
        check("application/x-www-form-urlencoded", "", &[200, 409], "").await;
        check(JSON, "{}", &[200, 409], "").await;
        check(JSON, r#"{"fade_s": 2}"#, &[422], "fade_s").await;
        check(JSON, "[]", &[422], "body").await;
        check(JSON, "{", &[400], "").await;
        check("text/plain", "{}", &[415], "Content-Type").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn media_and_effects_are_played_alone() {
    let fixture = Fixture::start().await;
    let (_, media) = fixture.upload("red.png", png(8, 8, [255, 0, 0])).await;
    let (status, answer) =
        fixture.send("POST", "/api/player/play", json!({"media_id": media["id"]})).await;
    assert_eq!((status, &answer["playing"]["kind"]), (200, &json!("media")), "{answer}");
    fixture.status_until(|status| status["playing"]["media_id"] == media["id"]).await;

    let (_, effects) = fixture.get("/api/effects").await;
    let effect = &effects["items"][0]["id"];
    let (status, answer) =
        fixture.send("POST", "/api/player/play", json!({"effect": effect, "params": {}})).await;
    assert_eq!((status, &answer["playing"]["effect"]), (200, effect), "{answer}");

    let list = json!({"name": "a", "items": []});
    let (_, list) = fixture.send("POST", "/api/playlists", list).await;
    let check = async |body: Value, expected: u16, field: &str, value: &str| {
        let (status, problem) = fixture.send("POST", "/api/player/play", body).await;
        assert_eq!(status, expected, "{problem}");
        assert_eq!((&problem["field"], &problem["value"]), (&json!(field), &json!(value)));
    };
    check(json!({"media_id": "no_such"}), 404, "media_id", "no_such").await;
    check(json!({"playlist_id": "no_such"}), 404, "playlist_id", "no_such").await;
    let item = json!({"playlist_id": list["id"], "item_id": "no_such"});
    check(item, 404, "item_id", "no_such").await;
    check(json!({"effect": "no_such"}), 404, "effect", "no_such").await;
    let params = json!({"no_such": "x"});
    check(json!({"effect": effect, "params": params}), 422, "params.no_such", "x").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brightness_is_changed_by_a_merge_patch() {
    let fixture = Fixture::start().await;
    let response = fixture.request("GET", "/api/settings").send().await.unwrap();
    let etag = response.headers()["etag"].to_str().unwrap().to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    let (_, settings) = read(response).await;
    assert_eq!(settings["layout"]["columns"], 16, "{settings}");

    let patch = json!({"display": {"brightness": 0.25}});
    let request = fixture.request("PATCH", "/api/settings").header("If-Match", etag);
    let request = request.header("Content-Type", "application/merge-patch+json");
    let (status, now) = read(request.body(patch.to_string()).send().await.unwrap()).await;
    assert_eq!((status, &now["display"]["brightness"]), (200, &json!(0.25)), "{now}");
    assert_eq!(fixture.get("/api/status").await.1["display"]["brightness"], 0.25);

    let (status, problem) =
        fixture.send("PATCH", "/api/settings", json!({"display": {"brightness": 2}})).await;
    assert_eq!((status, &problem["field"]), (422, &json!("display.brightness")), "{problem}");
    let request = fixture.request("PATCH", "/api/settings").header("If-Match", "\"old\"");
    let (status, problem) = read(request.json(&patch).send().await.unwrap()).await;
    assert_eq!(status, 412, "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_display_describes_itself() {
    let fixture = Fixture::start().await;
    let (status, outputs) = fixture.get("/api/outputs").await;
    assert_eq!((status, &outputs["total"]), (200, &json!(1)));
    assert_eq!(
        (&outputs["items"][0]["id"], &outputs["items"][0]["leds"]),
        (&json!("wall"), &json!(128))
    );
    let (_, layout) = fixture.get("/api/layout").await;
    assert_eq!(
        (&layout["kind"], &layout["columns"], &layout["rows"]),
        (&json!("matrix"), &json!(16), &json!(8))
    );
    assert_eq!(layout["leds"].as_array().unwrap().len(), 128);
    let (_, effects) = fixture.get("/api/effects").await;
    assert_eq!(
        effects["items"].as_array().unwrap().len() as u64,
        effects["total"].as_u64().unwrap()
    );
    for effect in effects["items"].as_array().unwrap() {
        assert_eq!(effect["params"]["type"], "object", "{effect}");
    }
    assert_eq!(fixture.get("/api/transitions").await.1["items"][1]["id"], "crossfade");
    let (_, document) = fixture.get("/api/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_why_someone_should_look() {
    let fixture = Fixture::start().await;
    fixture.status_until(|status| status["outputs"][0]["state"] == "ok").await;
    for path in ["/api/health", "/health"] {
        let (code, health) = fixture.get(path).await;
        let (_, status) = fixture.get("/api/status").await;
        let reasons = status["system"]["reasons"].as_array().unwrap();
        let expected = if reasons.is_empty() { (200, "ok") } else { (503, "degraded") };
        assert_eq!((code, health["status"].as_str().unwrap()), expected, "{health}");
        assert_eq!(health["version"], status["version"]);
        assert!(health["uptime_s"].is_f64());
        assert_eq!(health["ui"], if api::ui_is_stub() { "stub" } else { "built" });
    }
}
