//! The sandbox of the real producers of the real daemon: what it is, that everything that is shown
//! can be shown inside of it, and what happens where the kernel has none.
#![allow(unsafe_code)] // A daemon on a kernel without sandboxes is one behind a filter.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::os::unix::process::CommandExt;
use std::process::Command;

use hal::sandbox::{Offer, offered};
use hal::{Clock, SystemClock};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use serde_json::{Value, json};

use crate::fixture::{Fixture, SOON, ddp};
use crate::process;
use crate::receiver::Receiver;

const SETTINGS: &str = "[display]\nwidth = 64\nheight = 32\n[player]\nat_start = \"nothing\"\n";

fn picture() -> DynamicImage {
    RgbImage::from_pixel(64, 32, Rgb([200, 90, 30])).into()
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Whether the machine has what a test is about; says so if not.
fn has_sandbox() -> bool {
    let offered = offered();
    for (what, offer) in [("seccomp", &offered.seccomp), ("landlock", &offered.landlock)] {
        if let Offer::Absent(reason) = offer {
            eprintln!("skipped: {what}: {reason}");
            return false;
        }
    }
    true
}

/// The lines of a file in /proc that have a name and a value.
fn told(pid: u32, file: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once([':', '\t']));
    lines.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect()
}

#[tokio::test]
async fn a_playing_producer_is_locked_in_and_has_nothing_open_but_its_ring() {
    if !has_sandbox() {
        return;
    }
    let fixture = Fixture::start(SETTINGS).await;
    let before = fixture.status().await;
    assert_eq!(before["system"]["sandbox"]["state"], "unknown", "{before}");
    fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
    let moving = |status: &Value| status["playing"]["position_s"].as_f64() > Some(0.1);
    fixture.status_when("moving", SOON, moving).await;
    let pid = process::children(fixture.pid())[0];

    let status = told(pid, "status");
    assert_eq!((status["Seccomp"].as_str(), status["NoNewPrivs"].as_str()), ("2", "1"));
    assert_eq!(status["Threads"], "1");
    assert_eq!(fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap().trim(), "1000");
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let check = |name: &str, most: u64| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).expect(name);
        let hard = line.split_whitespace().nth(1).unwrap();
        assert!(hard.parse::<u64>().is_ok_and(|hard| hard <= most), "{name}: {hard}");
    };
    check("Max file size", 0);
    check("Max core file size", 0);
    check("Max open files", 64);
    check("Max address space", 3 << 30);
    check("Max data size", 3 << 30);
    check("Max locked memory", 64 << 10);
    check("Max pending signals", 64);
    check("Max msgqueue size", 0);
    check("Max nice priority", 0);
    check("Max realtime priority", 0);
    check("Max processes", 200_000);

    let mut open = BTreeMap::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().parse::<u32>().unwrap();
        let target = fs::read_link(entry.path()).unwrap().to_string_lossy().into_owned();
        open.insert(name, target);
    }
    assert_eq!(open[&0], "/dev/null", "{open:?}");
    assert!(open[&1].starts_with("pipe:") && open.contains_key(&2), "{open:?}");
    let ring = format!("/dev/shm/prismatron_{}_", fixture.instance());
    let mut more: Vec<_> = open.range(3..).map(|(_, target)| target.as_str()).collect();
    more.sort_unstable();
    // The content, as it is read from, and the ring.
    assert!(matches!(more[..], ["/dev/null", name] if name.starts_with(&ring)), "{open:?}");

    let system = &fixture.status().await["system"];
    let sandbox = &system["sandbox"];
    assert_eq!(sandbox["seccomp"], true, "{sandbox}");
    let Offer::There(version) = offered().landlock else { unreachable!("it was there") };
    assert_eq!(sandbox["landlock_abi"], version, "{sandbox}");
    let expected = if version >= 6 { "full" } else { "partial" };
    assert_eq!((&sandbox["state"], &sandbox["landlock"]), (&json!(expected), &json!(expected)));
    assert_eq!(sandbox["reason"].is_null(), version >= 6, "{sandbox}");
}

#[tokio::test]
async fn everything_that_can_be_shown_is_shown_from_inside_the_sandbox() {
    let receiver = Receiver::open(2048);
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    let fixture = Fixture::start(&format!("{SETTINGS}{output}")).await;
    let (_, effects) = fixture.get("/api/effects").await;
    let effects: Vec<_> = effects["items"].as_array().unwrap().iter().map(|e| &e["id"]).collect();
    assert!(effects.len() >= 8, "{effects:?}");
    for effect in effects {
        let began = SystemClock.now();
        fixture.post("/api/player/play", json!({"effect": effect})).await;
        // The position moves from the first frame on.
        let moves = |status: &Value| {
            status["playing"]["effect"] == *effect
                && status["playing"]["position_s"].as_f64() > Some(0.1)
        };
        fixture.status_when(&effect.to_string(), SOON, moves).await;
        println!("{effect}: moving after {:?}", SystemClock.now().since(began));
    }
    for (format, content_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::WebP, "image/webp"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::Bmp, "image/bmp"),
    ] {
        fixture.post("/api/player/stop", json!({})).await;
        let dark = receiver.count();
        receiver.find(dark, SOON, "black", |frame| frame.is_black()).await;
        let id = fixture.upload("picture", encoded(format)).await;
        let (_, media) = fixture.get(&format!("/api/media/{id}")).await;
        assert_eq!(media["content_type"], content_type, "{media}");
        let (thumbnail, _) = fixture.get(&format!("/api/media/{id}/thumbnail")).await;
        assert_eq!(thumbnail, 200);
        let first = receiver.count();
        fixture.post("/api/player/play", json!({"media_id": id})).await;
        receiver.find(first, SOON, content_type, |frame| !frame.is_black()).await;
    }
    let log = fixture.log();
    assert!(!log.contains("item skipped") && !log.contains("producer died"), "{log}");
    assert!(!log.contains("not confined as it should be") || !has_sandbox(), "{log}");
}

/// A filter under which a process cannot sandbox itself in these ways, as a kernel without them.
fn without(calls: &[i64]) -> BpfProgram {
    let rules = calls.iter().map(|&call| (call, Vec::new())).collect();
    let refuse = SeccompAction::Errno(libc::ENOSYS as u32);
    let machine = std::env::consts::ARCH.try_into().unwrap();
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, machine).unwrap().try_into().unwrap()
}

fn dress(command: &mut Command, filter: BpfProgram) {
    let install = move || seccompiler::apply_filter(&filter).map_err(std::io::Error::other);
    // SAFETY: between fork and exec this makes two system calls and allocates nothing, unless they
    // fail.
    unsafe { command.pre_exec(install) };
}

const LANDLOCK: [i64; 3] = [
    libc::SYS_landlock_create_ruleset,
    libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
];

fn without_landlock(command: &mut Command) {
    dress(command, without(&LANDLOCK));
}

fn without_anything(command: &mut Command) {
    dress(command, without(&[LANDLOCK.as_slice(), &[libc::SYS_seccomp]].concat()));
}

#[tokio::test]
async fn without_a_sandbox_files_are_not_opened_and_effects_play() {
    if !has_sandbox() {
        return;
    }
    let fixture = Fixture::start_dressed(SETTINGS, without_anything).await;
    let (_, media) = fixture.try_upload("picture.png", encoded(ImageFormat::Png)).await;
    assert_eq!(media["state"], "rejected", "{media}");
    let error = media["error"].as_str().unwrap();
    for words in ["landlock", "seccomp", "this kernel is built without it", "allow_unconfined"] {
        assert!(error.contains(words), "{error}");
    }
    fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
    let moves = |status: &Value| status["playing"]["position_s"].as_f64() > Some(0.1);
    let status = fixture.status_when("moving", SOON, moves).await;
    let sandbox = &status["system"]["sandbox"];
    let expected = (&json!("none"), &json!(false), &json!(0), &json!("none"));
    let found =
        (&sandbox["state"], &sandbox["seccomp"], &sandbox["landlock_abi"], &sandbox["landlock"]);
    assert_eq!(found, expected);
    let reason = sandbox["reason"].as_str().unwrap();
    assert!(reason.ends_with("files are not opened (producers.allow_unconfined is false)"));
    // What cannot be changed from here is no fault to be called for.
    assert_eq!(fixture.get("/api/health").await.0, 200);
}

#[tokio::test]
async fn without_a_sandbox_files_are_opened_if_the_settings_say_so_and_the_status_tells() {
    if !has_sandbox() {
        return;
    }
    let settings = format!("{SETTINGS}[producers]\nallow_unconfined = true\n");
    let fixture = Fixture::start_dressed(&settings, without_anything).await;
    let id = fixture.upload("picture.png", encoded(ImageFormat::Png)).await;
    fixture.post("/api/player/play", json!({"media_id": id})).await;
    let lit = |status: &Value| status["playing"]["position_s"].as_f64() > Some(0.1);
    let status = fixture.status_when("lit", SOON, lit).await;
    let sandbox = &status["system"]["sandbox"];
    assert_eq!(sandbox["state"], "none", "{sandbox}");
    let reason = sandbox["reason"].as_str().unwrap();
    assert!(reason.ends_with("files are opened all the same (producers.allow_unconfined is true)"));
}

#[tokio::test]
async fn without_landlock_pictures_are_shown_because_they_cannot_open_anything() {
    if !has_sandbox() {
        return;
    }
    let fixture = Fixture::start_dressed(SETTINGS, without_landlock).await;
    let id = fixture.upload("picture.png", encoded(ImageFormat::Png)).await;
    fixture.post("/api/player/play", json!({"media_id": id})).await;
    let lit = |status: &Value| status["playing"]["position_s"].as_f64() > Some(0.1);
    let status = fixture.status_when("lit", SOON, lit).await;
    let sandbox = &status["system"]["sandbox"];
    assert_eq!((&sandbox["state"], &sandbox["seccomp"]), (&json!("partial"), &json!(true)));
    // What is not landlock is not complained of.
    let reason = sandbox["reason"].as_str().unwrap();
    assert!(reason.contains("landlock") && !reason.contains("seccomp"), "{reason}");
}
