//! Input that nobody sends who means well, and files that are broken by accident.

use std::io::Cursor;
use std::time::Duration;

use hal::{Clock, SystemClock};
use image::{GrayImage, ImageFormat, Rgb, RgbImage};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::{Fixture, SOON, ddp};
use crate::light::png;
use crate::receiver::Receiver;

/// A picture that compresses badly, so that every part of its file matters.
fn noise() -> RgbImage {
    let mut state = 7_u32;
    RgbImage::from_fn(97, 61, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = state.to_be_bytes();
        Rgb([a, b, c])
    })
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg).unwrap();
    bytes
}

/// The header of a PNG of any size, and nothing of its pixels.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let mut crc = u32::MAX;
    for byte in &chunk {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(13_u32.to_be_bytes());
    file.extend(chunk);
    file.extend((!crc).to_be_bytes());
    file
}

/// Waits until an upload has been looked at.
pub(crate) async fn settled(fixture: &Fixture, media: Value) -> Value {
    let path = format!("/api/media/{}", media["id"].as_str().unwrap());
    let until = SystemClock.now() + Duration::from_secs(60);
    let mut look = tokio::time::interval(Duration::from_millis(20));
    loop {
        look.tick().await;
        let (_, media) = fixture.get(&path).await;
        if media["state"] != "processing" {
            return media;
        }
        assert!(SystemClock.now() < until, "{media}");
    }
}

/// Uploads what cannot be shown: it becomes an item that says why, or none at all.
async fn is_refused(fixture: &Fixture, name: &str, bytes: Vec<u8>) {
    let (status, media) = fixture.try_upload(name, bytes).await;
    if status.is_client_error() {
        assert!(media["detail"].as_str().is_some_and(|why| !why.is_empty()), "{name}: {media}");
        return;
    }
    assert!(status.is_success(), "{name}: {status} {media}");
    let media = settled(fixture, media).await;
    assert_eq!(media["state"], "rejected", "{name}: {media}");
    let reason = media["error"].as_str().unwrap_or_default();
    assert!(reason.len() > 10 && !reason.contains("panicked"), "{name}: {media}");
}

/// Sends one of each kind of broken file.
async fn send_everything_bad(fixture: &Fixture) -> usize {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (ending, whole) in [("png", png(&noise())), ("jpg", jpeg(&noise()))] {
        for tenth in 1..10 {
            let cut = whole[..whole.len() * tenth / 10].to_vec();
            files.push((format!("cut at {tenth} tenths.{ending}"), cut));
        }
    }
    files.push(("random.png".into(), noise().into_raw()));
    files.push(("zeros.png".into(), vec![0; 4096]));
    files.push(("text.png".into(), b"this is no picture at all\n".repeat(50)));
    files.push(("bomb.png".into(), png_header(60_000, 60_000)));
    files.push(("bomb of lines.png".into(), png_header(1, u32::MAX >> 1)));
    files.push(("nothing wide.png".into(), png_header(0, 10)));
    files.push(("page.png".into(), b"<!doctype html><script>alert(1)</script>".to_vec()));
    let count = files.len();
    for (name, bytes) in files {
        is_refused(fixture, &name, bytes).await;
    }
    count
}

#[tokio::test]
async fn broken_files_are_refused_in_words_while_another_item_plays_on_in_time() {
    let receiver = Receiver::open(2048);
    let output = ddp("wall", receiver.address(), "");
    let settings = format!("[player]\nat_start = \"nothing\"\n{output}");
    let mut fixture = Fixture::start_alone(&settings).await;
    fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;

    let first = receiver.count();
    let quiet = counted(&fixture, async {
        receiver.find(first + 180, SOON, "180 frames", |_| true).await;
    })
    .await;
    let pid = fixture.pid();
    let first = receiver.count();
    let mut files = 0;
    let hostile = counted(&fixture, async {
        files = send_everything_bad(&fixture).await;
    })
    .await;
    let frames = receiver.since(first);
    println!(
        "measured: {files} broken files while plasma plays: quiet {quiet}, hostile {hostile} (share of ticks)"
    );
    assert!(frames.iter().all(|frame| frame.whole && !frame.is_black()));
    assert!(
        hostile.dropped <= quiet.dropped + 0.01,
        "ticks were dropped: quiet {quiet}, hostile {hostile}"
    );
    assert!(fixture.is_alive() && fixture.pid() == pid);
    let left: Vec<_> = fixture.files().into_iter().filter(|path| path.contains(".part")).collect();
    assert!(left.is_empty(), "{left:?}");
    // What is whole is still taken.
    fixture.upload("whole.png", png(&noise())).await;
    fixture.upload("whole.jpg", jpeg(&noise())).await;
}

/// How ticks went during something, as shares of all.
pub(crate) struct Ticks {
    pub(crate) dropped: f64,
    late: f64,
}

impl std::fmt::Display for Ticks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "dropped {:.4} late {:.4}", self.dropped, self.late)
    }
}

pub(crate) async fn counted(fixture: &Fixture, work: impl Future<Output = ()>) -> Ticks {
    let before = fixture.status().await;
    work.await;
    let after = fixture.status().await;
    let count = |key: &str| {
        let of = |status: &Value| status["frames"][key].as_u64().unwrap();
        (of(&after) - of(&before)) as f64
    };
    let ticks = count("presented") + count("dropped");
    Ticks { dropped: count("dropped") / ticks, late: count("late") / ticks }
}

#[tokio::test]
async fn a_picture_is_known_by_its_content_and_not_by_its_name() {
    let fixture = Fixture::start("").await;
    let (status, media) = fixture.try_upload("notes.txt", png(&noise())).await;
    assert_eq!(status, StatusCode::CREATED, "{media}");
    assert_eq!(media["content_type"], "image/png", "{media}");
    assert_eq!((&media["width"], &media["height"]), (&json!(97), &json!(61)), "{media}");
    // The same content under another name is the same item.
    let (status, again) = fixture.try_upload("again.png", png(&noise())).await;
    assert_eq!(status, StatusCode::OK, "{again}");
    assert_eq!(again["id"], media["id"]);
    let (status, problem) = fixture.try_upload("empty.png", Vec::new()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("empty"), "{problem}");
}

#[tokio::test]
async fn a_small_file_of_a_huge_picture_is_shown_or_refused_and_kills_nothing() {
    let mut fixture = Fixture::start("").await;
    // 90 million pixels, within what is accepted, in a file that is a thousand times smaller.
    let file = {
        let mut bytes = Vec::new();
        GrayImage::new(10_000, 9_000)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .unwrap();
        bytes
    };
    let size = file.len();
    let begun = SystemClock.now();
    let (status, media) = fixture.try_upload("huge.png", file).await;
    assert!(status.is_success(), "{status} {media}");
    let media = settled(&fixture, media).await;
    println!(
        "measured: a PNG of 90 megapixels in {size} bytes: {} after {:?}",
        media["state"],
        SystemClock.now().since(begun)
    );
    if media["state"] == "rejected" {
        assert!(media["error"].as_str().is_some_and(|why| why.len() > 10), "{media}");
    } else {
        assert_eq!(media["state"], "ready", "{media}");
        assert_eq!(media["width"], 10_000, "{media}");
    }
    assert!(fixture.is_alive());
    assert_eq!(fixture.get("/health").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_name_is_never_a_path_and_nothing_is_written_beside_the_data() {
    let fixture = Fixture::start("").await;
    let names: [&[u8]; 14] = [
        b"../../x",
        b"x/../../etc/passwd",
        b"/etc/passwd",
        b"..\\..\\x",
        b"..",
        b".",
        b"",
        "K\u{e4}se \u{732b} \u{1F308}.png".as_bytes(),
        b"a\0b\x01c\x7f.png",
        b"tab\tand\x1b[31mred.png",
        b"not \xff\xfe utf-8.png",
        b"%2e%2e%2f%2e%2e%2fx",
        b"../data/settings.toml",
        b"../prismatron.db",
    ];
    let mut names: Vec<Vec<u8>> = names.iter().map(|name| name.to_vec()).collect();
    names.push(vec![b'a'; 5000]);
    for (number, name) in names.iter().enumerate() {
        // Content of its own for each, else the first name would stay.
        let picture = RgbImage::from_pixel(4, 4 + number as u32, Rgb([1, 2, 3]));
        let (status, answer) = fixture.try_upload_raw(name, &png(&picture)).await;
        let shown = String::from_utf8_lossy(&name[..name.len().min(40)]).into_owned();
        assert!(status.is_success() || status.is_client_error(), "{shown:?}: {status} {answer}");
        if status.is_success() {
            let kept = answer["name"].as_str().unwrap();
            assert!(
                !kept.is_empty() && kept.len() <= 255 && kept != "." && kept != "..",
                "{kept:?}"
            );
            let bad = |c: char| c == '/' || c == '\\' || c.is_control();
            assert!(!kept.contains(bad), "{shown:?} became {kept:?}");
        } else {
            assert!(!answer["detail"].as_str().unwrap_or_default().is_empty(), "{answer}");
        }
        println!("{shown:?}: {status} {}", answer["name"]);
    }
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    for path in fixture.files() {
        let known = match path.strip_prefix("data/") {
            Some("settings.toml" | "lock") => true,
            Some(rest) if rest.starts_with("prismatron.db") => true,
            Some(rest) => match rest.rsplit_once('/') {
                Some(("media", name)) => is_hash(name),
                Some((_, name)) => name.strip_suffix(".png").is_some_and(is_hash),
                None => false,
            },
            None => false,
        };
        assert!(known, "{path} was written");
    }
    let settings = std::fs::read_to_string(fixture.data().join("settings.toml")).unwrap();
    assert!(settings.contains("listen"), "{settings}");
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let fixture = Fixture::start("").await;
    let parts = || fixture.files().into_iter().filter(|path| path.ends_with(".part")).count();
    let mut client = TcpStream::connect(fixture.address()).await.unwrap();
    let head = format!(
        "POST /api/media HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; boundary=edge\r\n\
         Content-Length: 9000000\r\n\r\n--edge\r\nContent-Disposition: form-data; name=\"file\"; \
         filename=\"half.png\"\r\n\r\n",
        fixture.address()
    );
    client.write_all(head.as_bytes()).await.unwrap();
    client.write_all(&vec![7; 1_000_000]).await.unwrap();
    when("a part is there", || parts() == 1).await;
    drop(client);
    when("no part is left", || parts() == 0).await;
    let (_, media) = fixture.get("/api/media").await;
    assert_eq!(media["total"], 0, "{media}");
}

#[tokio::test]
async fn requests_that_are_nonsense_get_a_clear_answer() {
    let mut fixture = Fixture::start("").await;
    let check = async |path: &str, body: Value| {
        let (status, problem) = fixture.try_post(path, body.clone()).await;
        assert!(status.is_client_error(), "{path} {body}: {status} {problem}");
        assert!(problem["detail"].as_str().is_some_and(|why| why.len() > 10), "{path}: {problem}");
    };
    check("/api/player/play", json!({"playlist_id": "../../etc"})).await;
    check("/api/player/play", json!({"effect": "no such effect"})).await;
    check("/api/player/play", json!({"effect": "plasma", "params": {"speed": 1e300}})).await;
    check("/api/player/play", json!([1, 2])).await;
    check("/api/player/seek", json!({"position_s": "soon"})).await;
    check("/api/playlists", json!({"name": "x", "items": [{"kind": "color", "color": "red"}]}))
        .await;
    let item = json!({"kind": "color", "color": "#FFFFFF", "duration_s": -1});
    check("/api/playlists", json!({"name": "x", "items": [item]})).await;
    check("/api/playlists", json!({"name": "x", "items": [{"kind": "video"}]})).await;
    let (status, problem) = fixture.get("/api/media/%2e%2e%2fsettings.toml/content").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");

    // Not even HTTP.
    let mut client = TcpStream::connect(fixture.address()).await.unwrap();
    client.write_all(&[0x16, 3, 1, 0, 200, 1, 0, 0]).await.unwrap();
    client.write_all(&noise().into_raw()).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(SOON, client.read_to_end(&mut answer)).await.expect("it hangs up");
    assert!(fixture.is_alive());
    assert_eq!(fixture.get("/health").await.0, StatusCode::OK);
}

async fn when(what: &str, is_so: impl Fn() -> bool) {
    let until = SystemClock.now() + SOON;
    let mut look = tokio::time::interval(Duration::from_millis(5));
    while !is_so() {
        look.tick().await;
        assert!(SystemClock.now() < until, "not so after {SOON:?}: {what}");
    }
}
