//! How the daemon starts, and when it refuses to.

use std::net::{TcpListener, UdpSocket};
use std::process::Command;
use std::time::Duration;

use hal::{Clock, SystemClock};
use serde_json::json;

use crate::fixture::{Fixture, SOON, ddp, run_to_end};
use crate::process;
use crate::receiver::Receiver;

#[tokio::test]
async fn the_first_start_plays_the_demonstration_which_stays_deleted_once_it_is() {
    let receiver = Receiver::open(2048);
    let mut fixture = Fixture::start(&ddp("wall", receiver.address(), "")).await;
    receiver.find(0, SOON, "light", |frame| !frame.is_black()).await;
    let status = fixture.status().await;
    assert_eq!(status["playing"]["playlist_name"], "Demonstration", "{status}");
    assert_eq!(status["display"]["width"], 800, "{status}");
    assert_eq!(status["display"]["height"], 480, "{status}");
    assert_eq!(status["leds"], 2048, "{status}");
    let (_, lists) = fixture.get("/api/playlists").await;
    assert_eq!(lists["total"], 1, "{lists}");

    let id = status["playing"]["playlist_id"].as_str().unwrap();
    let (deleted, _) = fixture.delete(&format!("/api/playlists/{id}")).await;
    assert!(deleted.is_success());
    fixture.status_when("stopped", SOON, |status| status["state"] == "stopped").await;
    fixture.end();
    fixture.start_again().await;
    let (_, lists) = fixture.get("/api/playlists").await;
    assert_eq!(lists["total"], 0, "{lists}");
    assert_eq!(fixture.status().await["state"], "stopped");
}

#[tokio::test]
async fn without_outputs_in_the_settings_there_is_a_virtual_display() {
    let fixture = Fixture::start("").await;
    let status = fixture
        .status_when("frames", SOON, |status| status["outputs"][0]["frames"].as_u64() > Some(10))
        .await;
    assert_eq!(status["outputs"][0]["kind"], "null", "{status}");
    let (code, health) = fixture.get("/health").await;
    assert_eq!(code, 200, "{health}");
}

#[tokio::test]
async fn what_was_asked_for_last_plays_again_after_a_restart() {
    let receiver = Receiver::open(2048);
    let settings = format!("[display]\nbrightness = 1\n{}", ddp("wall", receiver.address(), ""));
    let mut fixture = Fixture::start(&settings).await;
    let items = json!([
        {"kind": "color", "color": "#FF0000", "duration_s": 600},
        {"kind": "color", "color": "#0000FF", "duration_s": 600},
    ]);
    let playlist = fixture.playlist(items, true).await;
    let item_id = &playlist["items"][1]["id"];
    fixture
        .post("/api/player/play", json!({"playlist_id": playlist["id"], "item_id": item_id}))
        .await;
    receiver.next(SOON, "blue", |frame| frame.is_all([0, 0, 255])).await;
    // Not a wish for another thing, so not what is resumed.
    fixture.post("/api/player/next", json!({})).await;
    receiver.next(SOON, "red", |frame| frame.is_all([255, 0, 0])).await;
    fixture.end();
    let first = receiver.count();
    fixture.start_again().await;
    let (_, lit) = receiver.find(first, SOON, "light", |frame| !frame.is_black()).await;
    assert_eq!(lit.led(0), [0, 0, 255]);

    fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
    fixture.status_when("plasma", SOON, |status| status["playing"]["effect"] == "plasma").await;
    fixture.kill();
    fixture.start_again().await;
    fixture.status_when("plasma", SOON, |status| status["playing"]["effect"] == "plasma").await;
}

#[tokio::test]
async fn what_was_stopped_stays_dark_after_a_restart_and_can_be_resumed() {
    let mut fixture = Fixture::start("").await;
    fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
    fixture.status_when("plasma", SOON, |status| status["playing"]["effect"] == "plasma").await;
    fixture.post("/api/player/stop", json!({})).await;
    fixture.kill();
    fixture.start_again().await;
    let status = fixture.status().await;
    assert_eq!((&status["state"], &status["playing"]), (&json!("stopped"), &json!(null)));
    fixture.post("/api/player/play", json!({})).await;
    fixture.status_when("plasma", SOON, |status| status["playing"]["effect"] == "plasma").await;
    fixture.end();
    fixture.start_again().await;
    fixture.status_when("plasma", SOON, |status| status["playing"]["effect"] == "plasma").await;
}

#[tokio::test]
async fn at_start_a_named_playlist_or_nothing_plays_if_the_settings_say_so() {
    let mut fixture = Fixture::start("[player]\nat_start = \"nothing\"").await;
    let status = fixture.status().await;
    assert_eq!(status["state"], "stopped", "{status}");
    let playlist = fixture.playlist(json!([{"kind": "effect", "effect": "fire"}]), true).await;
    fixture.end();
    fixture.write_settings(&format!("[player]\nat_start = {}", playlist["id"]));
    fixture.start_again().await;
    fixture.status_when("fire", SOON, |status| status["playing"]["effect"] == "fire").await;
}

#[tokio::test]
async fn a_second_daemon_on_the_same_data_is_refused_and_told_by_whom() {
    let mut fixture = Fixture::start("").await;
    let ended = fixture.run_to_end(&[]);
    assert!(!ended.status.success());
    let owner = format!("process {}", fixture.pid());
    assert!(ended.said.contains(&owner), "{}", ended.said);
    assert!(ended.said.contains(&fixture.data().display().to_string()), "{}", ended.said);
    assert!(fixture.is_alive());
    assert_eq!(fixture.status().await["instance"], fixture.instance());
}

#[tokio::test]
async fn a_port_in_use_is_named_and_nothing_is_left_running() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let fixture = Fixture::prepare("");
    let ended = fixture.run_to_end(&["--listen", &address]);
    assert!(!ended.status.success());
    assert!(ended.said.contains(&address), "{}", ended.said);
    assert!(ended.said.contains("another program listens there"), "{}", ended.said);
    assert!(process::rings(fixture.instance()).is_empty());
}

#[tokio::test]
async fn where_the_default_port_is_taken_the_address_that_was_named_is_enough() {
    // If this fails, somebody else has the port, which is as good.
    let _taken = TcpListener::bind("127.0.0.1:8080");
    let mut fixture = Fixture::prepare("[api]\nallow_unauthenticated = false\n");
    let ended = fixture.run_to_end(&[]);
    assert!(ended.said.contains("--listen 127.0.0.1:9000"), "{}", ended.said);
    fixture.start_with(&["--listen", "127.0.0.1:0"]).await;
    assert_eq!(fixture.get("/health").await.0, 200);
    assert!(fixture.log().contains("127.0.0.1:8080"), "{}", fixture.log());
}

#[tokio::test]
async fn a_settings_file_that_was_named_has_to_be_there() {
    let fixture = Fixture::prepare("");
    let absent = fixture.data().join("setings.toml").display().to_string();
    let mut check = Command::new(env!("CARGO_BIN_EXE_prismatron"));
    check.arg("check").arg(&absent);
    for ended in [fixture.run_to_end(&["--settings", &absent]), run_to_end(&mut check)] {
        assert!(!ended.status.success());
        assert!(ended.said.contains(&format!("{absent} does not exist")), "{}", ended.said);
    }
}

#[tokio::test]
async fn listening_where_other_machines_come_in_is_refused_until_it_is_allowed() {
    let fixture = Fixture::prepare("");
    let ended = fixture.run_to_end(&["--listen", "0.0.0.0:0"]);
    assert!(!ended.status.success());
    for word in ["0.0.0.0:0", "allow_unauthenticated"] {
        assert!(ended.said.contains(word), "{}", ended.said);
    }
    drop(fixture);

    // Whoever checks the file is told before the start.
    let check = |fixture: &Fixture| {
        let mut check = Command::new(env!("CARGO_BIN_EXE_prismatron"));
        run_to_end(check.arg("check").arg(fixture.data().join("settings.toml")))
    };
    let fixture = Fixture::prepare("[api]\nlisten = [\"0.0.0.0:0\"]\n");
    for ended in [fixture.run_to_end(&[]), check(&fixture)] {
        assert!(!ended.status.success(), "{}", ended.said);
        for word in ["0.0.0.0:0", "allow_unauthenticated"] {
            assert!(ended.said.contains(word), "{}", ended.said);
        }
    }
    drop(fixture);

    let api = "[api]\nlisten = [\"0.0.0.0:0\"]\nallow_unauthenticated = true\n";
    let mut fixture = Fixture::prepare(api);
    assert!(check(&fixture).status.success());
    fixture.start_again().await;
    assert_eq!(fixture.get("/health").await.0, 200);
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_refused_with_file_line_key_and_reason() {
    let check = |settings: &str, words: &[&str]| {
        let fixture = Fixture::prepare(&format!("{settings}\n[api]\nlisten = [\"127.0.0.1:0\"]\n"));
        let mut check = Command::new(env!("CARGO_BIN_EXE_prismatron"));
        check.arg("check").arg(fixture.data().join("settings.toml"));
        for ended in [fixture.run_to_end(&[]), run_to_end(&mut check)] {
            assert!(!ended.status.success(), "{settings}");
            for word in words {
                assert!(ended.said.contains(word), "no {word:?} in {:?}", ended.said);
            }
            assert!(!ended.said.contains("panicked"), "{}", ended.said);
        }
        // Refused before anything was made.
        assert_eq!(fixture.files(), ["data/settings.toml"]);
    };
    check("[display]\nfps = 0", &["settings.toml:2", "display.fps", "0 is not between 1 and 1000"]);
    check("[display]\n\nwitdh = 800", &["settings.toml:3", "display.witdh"]);
    check("[display]\nbrightness = 1.5", &["settings.toml:2", "display.brightness", "1.5"]);
    check("[displays]\nfps = 60", &["settings.toml:1", "displays"]);
    check("[display]\nfps = \"fast\"", &["settings.toml:2", "display.fps"]);
    check("[display\nfps = 60", &["settings.toml:1"]);
    let output = "[[outputs]]\nid = \"wall\"\nkind = \"ddp\"\n";
    check(output, &["settings.toml:1", "outputs[0].host"]);
    check(
        &format!("{output}host = \"127.0.0.1\"\nleds = \"0..4096\""),
        &["settings.toml:5", "outputs[0].leds", "4096", "2048"],
    );
    check("[[outputs]]\nid = \"wall\"\nkind = \"dpp\"", &["settings.toml:3", "dpp", "ddp", "null"]);
    check(
        &format!("{output}host = \"127.0.0.1\"\ncolour = 1"),
        &["settings.toml:5", "outputs[0].colour", "host", "order"],
    );
}

#[tokio::test]
async fn an_absent_controller_is_a_health_reason_delays_nothing_and_is_lit_when_it_comes() {
    let present = Receiver::open(2048);
    // A port that was free a moment ago and that nobody listens on.
    let absent = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let outputs = [ddp("absent", absent, ""), ddp("present", present.address(), "")].concat();
    let mut fixture = Fixture::prepare(&outputs);
    let begun = SystemClock.now();
    fixture.start_again().await;
    let (_, lit) = present.find(0, SOON, "light", |frame| !frame.is_black()).await;
    println!("one of two controllers absent: light after {:?}", lit.at.since(begun));

    let failed = |status: &serde_json::Value| status["outputs"][0]["state"] == "failed";
    let status = fixture.status_when("failed", SOON, failed).await;
    assert_eq!(status["outputs"][1]["state"], "ok", "{status}");
    let (code, health) = fixture.get("/api/health").await;
    assert_eq!(code, 503, "{health}");
    assert_eq!(health["status"], "degraded", "{health}");
    let reason = health["reasons"][0].as_str().unwrap();
    assert!(reason.contains("absent") && reason.contains(&absent.to_string()), "{reason}");

    let opened = SystemClock.now();
    let late = Receiver::open_at(absent, 2048);
    let (_, lit) = late.find(0, SOON, "light", |frame| !frame.is_black()).await;
    let took = lit.at.since(opened);
    println!("the absent controller was lit {took:?} after it came");
    assert!(took <= Duration::from_secs(1), "{took:?}");
    fixture.status_when("all ok", SOON, |status| status["outputs"][0]["state"] == "ok").await;
    assert_eq!(fixture.get("/api/health").await.0, 200);
}
