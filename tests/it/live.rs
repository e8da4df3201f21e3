//! Other programs draw: the Python example against the real daemon, and neighbours that do harm.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::fixture::{Fixture, SOON, ddp};
use crate::process;
use crate::receiver::Receiver;

const LEDS: usize = 2048;

fn settings(receiver: &Receiver) -> String {
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    format!("[display]\nbrightness = 1.0\n[player]\nat_start = \"nothing\"\n{output}")
}

fn ring(fixture: &Fixture) -> String {
    format!("prismatron_{}_live", fixture.instance())
}

fn painter(fixture: &Fixture, color: &str, seconds: &str) -> Child {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/frame_writer.py");
    let ring = ring(fixture);
    Command::new("python3")
        .args([script, "--ring", &ring, "--color", color, "--fps", "60", "--seconds", seconds])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 is installed")
}

async fn input(fixture: &Fixture) -> Value {
    let (_, inputs) = fixture.get("/api/inputs").await;
    assert_eq!(inputs["total"], 1, "{inputs}");
    inputs["items"][0].clone()
}

#[tokio::test]
async fn another_program_takes_over_at_once_and_the_playlist_comes_back_after_it() {
    let receiver = Receiver::open(LEDS);
    let mut fixture = Fixture::start(&settings(&receiver)).await;
    let pid = fixture.pid();
    let item = json!({"kind": "color", "color": "#00FF00", "duration_s": 600});
    fixture.play(json!([item]), true).await;
    receiver.next(SOON, "green", |frame| frame.is_all([0, 255, 0])).await;
    let first = receiver.count();
    let mut red = painter(&fixture, "FF0000", "60");
    receiver.next(SOON, "red", |frame| frame.is_all([255, 0, 0])).await;
    let status = fixture.status_when("live", SOON, |status| status["source"] == "live").await;
    assert_eq!(status["state"], "playing", "it plays on beneath");
    let now = input(&fixture).await;
    assert_eq!((&now["state"], &now["driving"]), (&json!("active"), &json!(true)), "{now}");
    assert_eq!(now["sources"][0]["pid"], red.id(), "{now}");
    // A second one is refused.
    let refused = painter(&fixture, "0000FF", "5").wait_with_output().unwrap();
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains(&format!("process {} draws already", red.id())), "{said}");
    // In a pause and after a stop it goes on.
    fixture.post("/api/player/pause", json!({})).await;
    fixture.post("/api/player/stop", json!({})).await;
    let (_, status) = fixture.get("/api/status").await;
    assert_eq!((&status["source"], &status["state"]), (&json!("live"), &json!("stopped")));
    fixture.post("/api/player/resume", json!({})).await;
    red.kill().unwrap();
    red.wait().unwrap();
    receiver.next(SOON, "green again", |frame| frame.is_all([0, 255, 0])).await;
    fixture.status_when("playlist", SOON, |status| status["source"] == "playlist").await;
    for frame in receiver.since(first) {
        let known = [[0, 255, 0], [255, 0, 0]].iter().any(|&color| frame.is_all(color));
        assert!(frame.whole && known, "{:?}", &frame.bytes[..12]);
    }
    assert!(fixture.is_alive() && fixture.pid() == pid);
}

#[tokio::test]
async fn whoever_breaks_the_ring_ends_it_with_a_reason_and_it_is_made_anew() {
    let receiver = Receiver::open(LEDS);
    let mut fixture = Fixture::start(&settings(&receiver)).await;
    let pid = fixture.pid();
    let path = format!("/dev/shm/{}", ring(&fixture));
    let mut red = painter(&fixture, "FF0000", "120");
    let red_again = async |what: &str| {
        receiver.next(SOON, what, |frame| frame.is_all([255, 0, 0])).await;
    };
    red_again("red").await;
    let first = receiver.count();
    type Harm = fn(&str);
    let harms: [(Harm, &str); 4] = [
        (|path| OpenOptions::new().write(true).open(path).unwrap().set_len(0).unwrap(), "cut the"),
        (
            |path| {
                let file = OpenOptions::new().write(true).open(path).unwrap();
                file.write_all_at(&[0xFF; 512], 0).unwrap();
            },
            "wrote over the header",
        ),
        (
            |path| {
                let file = OpenOptions::new().write(true).open(path).unwrap();
                use rustix::fs::FallocateFlags as Flags;
                let flags = Flags::PUNCH_HOLE | Flags::KEEP_SIZE;
                rustix::fs::fallocate(file, flags, 8192, 400_000).unwrap();
            },
            "punched a hole",
        ),
        (|path| std::fs::remove_file(path).unwrap(), "removed its name"),
    ];
    for (harm, reason) in harms {
        let mut events = fixture.events().await;
        let before = input(&fixture).await["frames"].as_u64().unwrap();
        harm(&path);
        loop {
            let event = events.of_type("input", SOON).await;
            if event["input"]["error"].as_str().is_some_and(|error| error.contains(reason)) {
                break;
            }
        }
        let error = input(&fixture).await["error"].clone();
        assert!(error.as_str().is_some_and(|error| error.contains(reason)), "{error}");
        // The honest one finds the new ring by itself.
        let mut look = tokio::time::interval(Duration::from_millis(50));
        loop {
            look.tick().await;
            let now = input(&fixture).await;
            if now["state"] == "active" && now["frames"].as_u64().unwrap() > before + 30 {
                break;
            }
        }
        red_again(reason).await;
    }
    for frame in receiver.since(first) {
        let known = frame.is_black() || frame.is_all([255, 0, 0]);
        assert!(frame.whole && known, "{:?}", &frame.bytes[..12]);
    }
    assert!(fixture.is_alive() && fixture.pid() == pid);
    process::send(red.id(), Signal::TERM);
    red.wait().unwrap();
}

/// The example in C, if there is a compiler.
fn c_painter(folder: &std::path::Path) -> Option<std::path::PathBuf> {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/frame_writer.c");
    let program = folder.join("frame_writer");
    let compiled = Command::new("gcc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-o"])
        .arg(&program)
        .arg(source)
        .output();
    let Ok(compiled) = compiled else {
        eprintln!("skipped: gcc is not installed");
        return None;
    };
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    Some(program)
}

#[tokio::test]
async fn the_example_in_c_draws_and_leaves_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = c_painter(folder.path()) else { return };
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start(&settings(&receiver)).await;
    let ring = ring(&fixture);
    let mut child = Command::new(program)
        .args(["--ring", &ring, "--color", "0000FF", "--fps", "60", "--seconds", "60"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    receiver.next(SOON, "blue", |frame| frame.is_all([0, 0, 255])).await;
    process::send(child.id(), Signal::TERM);
    assert!(child.wait().unwrap().success());
    // Nobody writes any more: the next one enters at once.
    let done = painter(&fixture, "00FF00", "1");
    receiver.next(SOON, "green", |frame| frame.is_all([0, 255, 0])).await;
    assert!(done.wait_with_output().unwrap().status.success());
}
