//! The two WebSockets.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::fixture::{Fixture, PATIENCE, Socket};

async fn next(socket: &mut Socket) -> Message {
    timeout(PATIENCE, socket.next()).await.expect("nothing came").unwrap().unwrap()
}

async fn next_event(socket: &mut Socket) -> Value {
    loop {
        if let Message::Text(text) = next(socket).await {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_hears_everything_as_it_is_and_then_every_change() {
    let fixture = Fixture::start().await;
    let mut socket = fixture.socket("/api/events", None).await.unwrap();
    let snapshot = next_event(&mut socket).await;
    assert_eq!(snapshot["type"], "snapshot");
    assert_eq!(snapshot["state"]["state"], "stopped");
    let mut seq = snapshot["seq"].as_u64().unwrap();

    let list = json!({"name": "a", "items": [{"kind": "color", "color": "#123456"}]});
    let (_, list) = fixture.send("POST", "/api/playlists", list).await;
    fixture.send("POST", "/api/player/play", json!({"playlist_id": list["id"]})).await;
    fixture.send("PATCH", "/api/settings", json!({"display": {"brightness": 0.5}})).await;
    let mut awaited = vec!["brightness", "player", "playlist"];
    while !awaited.is_empty() {
        let event = next_event(&mut socket).await;
        let this = event["seq"].as_u64().unwrap();
        assert!(this > seq, "{event} came after {seq}");
        seq = this;
        let is_awaited = match event["type"].as_str().unwrap() {
            "playlist" => event["id"] == list["id"],
            "player" => event["playing"]["name"] == "#123456",
            "brightness" => event["brightness"] == 0.5,
            _ => false,
        };
        awaited.retain(|kind| !is_awaited || event["type"] != *kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_gets_a_frame_for_each_that_he_asks_for() {
    let fixture = Fixture::start().await;
    let list = json!({"name": "a", "items": [{"kind": "color", "color": "#FF0000"}]});
    let (_, list) = fixture.send("POST", "/api/playlists", list).await;
    fixture.send("PATCH", "/api/settings", json!({"display": {"brightness": 1}})).await;
    fixture.send("POST", "/api/player/play", json!({"playlist_id": list["id"]})).await;
    let mut socket = fixture.socket("/api/preview", None).await.unwrap();
    let mut last = None;
    let red = async {
        loop {
            socket.send(Message::text("next")).await.unwrap();
            let Message::Binary(frame) = next(&mut socket).await else { panic!("not binary") };
            assert_eq!(frame.len(), 16 + 128 * 3);
            assert_eq!(frame[..4], [1, 0, 0, 0]);
            assert_eq!(frame[4..8], 128u32.to_le_bytes());
            let number = u64::from_le_bytes(frame[8..16].try_into().unwrap());
            assert!(last.is_none_or(|last| number > last), "{last:?} {number}");
            last = Some(number);
            if frame[16..].chunks(3).all(|led| led == [255, 0, 0]) {
                return;
            }
        }
    };
    timeout(PATIENCE, red).await.expect("the preview never was red");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_who_asks_for_nothing_gets_nothing() {
    let fixture = Fixture::start().await;
    let mut silent = fixture.socket("/api/preview", None).await.unwrap();
    // Meanwhile another one is served.
    let mut other = fixture.socket("/api/preview", None).await.unwrap();
    other.send(Message::text("")).await.unwrap();
    assert!(next(&mut other).await.is_binary());
    assert!(timeout(std::time::Duration::from_millis(200), silent.next()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goodbye_is_answered() {
    let fixture = Fixture::start().await;
    for path in ["/api/events", "/api/preview"] {
        let mut socket = fixture.socket(path, None).await.unwrap();
        socket.close(None).await.unwrap();
        let goodbye = async { while let Some(Ok(_)) = socket.next().await {} };
        timeout(PATIENCE, goodbye).await.expect("the connection stayed open");
    }
}
