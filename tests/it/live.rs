//! Other programs draw: the Python example against the real daemon, and neighbours that do harm.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
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

/// The three examples: what each is written in, and how it is started.
fn examples(folder: &Path) -> Vec<(&'static str, Vec<PathBuf>)> {
    let source = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let mut examples = vec![("Python", vec!["python3".into(), source("frame_writer.py")])];
    let in_rust = Path::new(env!("CARGO_BIN_EXE_prismatron")).with_file_name("examples");
    let in_rust = in_rust.join("frame_writer");
    assert!(in_rust.exists(), "not built: cargo build --example frame_writer");
    examples.push(("Rust", vec![in_rust]));
    let program = folder.join("frame_writer");
    let compiled = Command::new("gcc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-o"])
        .arg(&program)
        .arg(source("frame_writer.c"))
        .output();
    match compiled {
        Ok(compiled) => {
            assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
            examples.push(("C", vec![program]));
        }
        Err(error) => eprintln!("skipped: the example in C: gcc: {error}"),
    }
    examples
}

fn start(program: &[PathBuf], ring: &str, color: &str) -> Child {
    let mut command = Command::new(&program[0]);
    command.args(&program[1..]).args(["--ring", ring, "--color", color]);
    command.args(["--fps", "30", "--seconds", "60"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap_or_else(|error| panic!("{program:?}: {error}"))
}

async fn every_example_draws(input_settings: &str) {
    const COLORS: [(&str, [u8; 3]); 3] =
        [("FF8000", [255, 128, 0]), ("0000FF", [0, 0, 255]), ("12C83F", [18, 200, 63])];
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::open(LEDS);
    let fixture = Fixture::start(&format!("{}{input_settings}", settings(&receiver))).await;
    let ring = ring(&fixture);
    let examples = examples(folder.path());
    for (number, (language, program)) in examples.iter().enumerate() {
        let (color, rgb) = COLORS[number];
        let child = start(program, &ring, color);
        receiver.next(SOON, language, |frame| frame.whole && frame.is_all(rgb)).await;
        let now = input(&fixture).await;
        assert_eq!(now["sources"][0]["pid"], child.id(), "{language}: {now}");
        // None of the others enters beside it.
        for (other, program) in &examples {
            let refused = start(program, &ring, "FFFFFF").wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&refused.stderr);
            assert!(!refused.status.success(), "{other} beside {language}");
            let expected = format!("process {} draws already", child.id());
            assert!(said.contains(&expected), "{other} beside {language}: {said}");
        }
        process::send(child.id(), Signal::TERM);
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{language}: {ended:?}");
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let frames = said.trim().strip_suffix(" frames").and_then(|frames| frames.parse().ok());
        assert!(frames.is_some_and(|frames: u64| frames > 0), "{language}: {said}");
        // One that is killed and that nobody waits for leaves its number behind: it is no writer.
        let mut killed = start(program, &ring, color);
        receiver.next(SOON, language, |frame| frame.is_all(rgb)).await;
        process::send(killed.id(), Signal::KILL);
        assert!(process::has_ended(killed.id(), SOON));
        let (next, (_, other)) = ((number + 1) % examples.len(), COLORS[(number + 1) % 3]);
        let heir = start(&examples[next].1, &ring, COLORS[(number + 1) % 3].0);
        receiver.next(SOON, "the heir's colour", |frame| frame.is_all(other)).await;
        process::send(heir.id(), Signal::TERM);
        assert!(heir.wait_with_output().unwrap().status.success());
        killed.wait().unwrap();
    }
    let now = input(&fixture).await;
    assert_eq!((&now["torn"], &now["cheats"]), (&json!(0), &json!(0)), "{now}");
    // Who is killed between describing a frame and committing it has used a number for nothing.
    assert!(now["dropped"].as_u64().unwrap() <= examples.len() as u64, "{now}");
}

#[tokio::test]
async fn every_example_draws_on_the_canvas_alone_and_leaves_when_it_is_asked_to() {
    every_example_draws("").await;
}

#[tokio::test]
async fn every_example_draws_leds() {
    every_example_draws("[[inputs]]\nid = \"live\"\nkind = \"ring\"\nformat = \"leds\"\n").await;
}
