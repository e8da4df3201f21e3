//! Colours and moments of what moves: each picture of a known animation and of a known film reaches
//! the controller within 6 of 255 of what it is, at its own time from the item's start.
//!
//! Each picture is 8 × 4 fields of colours, all different. An LED that sees one field alone has to
//! have its colour; what a frame shows is known by all of these LEDs together.

use std::io::{Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hal::{Clock, MonoTime, SystemClock};
use image::codecs::gif::{GifEncoder, Repeat};
use image::imageops::{FilterType, resize};
use image::{Delay, RgbImage, RgbaImage};
use serde_json::json;

use crate::clip::{COLUMNS, ROWS, can_be_made, settings};
use crate::fixture::{Fixture, SOON, ddp};
use crate::receiver::{Frame, Receiver};

/// Fields of a picture, and the LEDs of one of them.
const FIELDS: (u32, u32) = (8, 4);
const FIELD: (usize, usize) = (COLUMNS / FIELDS.0 as usize, ROWS / FIELDS.1 as usize);
/// Of 255, in each channel of each LED that sees one field alone.
const RIGHT: u8 = 6;
const TICK: f64 = 1.0 / 60.0;
/// Frames of a film may be told to be due so much earlier, because containers round their times.
const ROUNDING: f64 = 0.001;
/// Rounds; of each picture the middle one of its times counts.
const ROUNDS: usize = 3;

/// A picture of one pixel for each field. Any two differ by far in most fields.
fn picture(number: u32) -> RgbImage {
    let mut state = number.wrapping_mul(2_654_435_761).wrapping_add(97);
    RgbImage::from_fn(FIELDS.0, FIELDS.1, |_, _| {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // From dark to full, both ends too.
            ((state >> 16) % 18 * 15) as u8
        };
        image::Rgb([next(), next(), next()])
    })
}

/// The largest distance of a frame from a picture, over the LEDs that see one field alone.
fn distance(frame: &Frame, picture: &RgbImage) -> u8 {
    let inside = |at: usize, field: usize| !matches!(at % field, 0) && at % field != field - 1;
    let mut worst = 0;
    for y in (0..ROWS).filter(|&y| inside(y, FIELD.1)) {
        for x in (0..COLUMNS).filter(|&x| inside(x, FIELD.0)) {
            let due = picture.get_pixel((x / FIELD.0) as u32, (y / FIELD.1) as u32).0;
            let got = frame.led(y * COLUMNS + x);
            for (due, got) in due.into_iter().zip(got) {
                worst = worst.max(due.abs_diff(got));
            }
        }
    }
    worst
}

/// What is to be seen: pictures and when each is due, in seconds from the item's start.
struct Known {
    what: &'static str,
    pictures: Vec<RgbImage>,
    due: Vec<f64>,
    length: f64,
}

/// A GIF with these delays, shown round and round, and two rounds of what it shows.
fn gif(delays_ms: &[u32]) -> (Vec<u8>, Known) {
    let pictures: Vec<_> = (0..delays_ms.len() as u32).map(picture).collect();
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for (picture, &ms) in pictures.iter().zip(delays_ms) {
        // Not the canvas's size: it is scaled on its way.
        let large = resize(picture, FIELDS.0 * 40, FIELDS.1 * 48, FilterType::Nearest);
        let large = RgbaImage::from(image::DynamicImage::from(large).into_rgba8());
        let delay = Delay::from_numer_denom_ms(ms, 1);
        encoder.encode_frame(image::Frame::from_parts(large, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    let rounds = [&pictures[..], &pictures].concat();
    let (mut due, mut at) = (Vec::new(), 0);
    for ms in delays_ms.iter().chain(delays_ms) {
        due.push(f64::from(at) / 1000.0);
        at += ms;
    }
    let what = "a GIF of irregular delays";
    (bytes.into_inner(), Known { what, pictures: rounds, due, length: f64::from(at) / 1000.0 })
}

/// H.264 at 25 frames per second, in the colours of `matrix`, which the stream tells if `tell` is.
fn film(file: &Path, what: &'static str, matrix: &str, tell: bool) -> Known {
    let pictures: Vec<_> = (0..50).map(|number| picture(1000 + number)).collect();
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"])
        .args(["-s", &format!("{}x{}", FIELDS.0, FIELDS.1), "-r", "25", "-i", "pipe:0", "-vf"])
        .arg(format!(
            "scale=1280:768:flags=neighbor,format=rgb24,\
             scale=out_color_matrix={matrix}:out_range=limited:flags=accurate_rnd+full_chroma_inp,\
             format=yuv420p"
        ))
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-crf", "8"]);
    if tell {
        ffmpeg.args(["-colorspace", matrix, "-color_primaries", matrix, "-color_trc", matrix]);
        ffmpeg.args(["-color_range", "tv"]);
    }
    let mut ffmpeg = ffmpeg.arg(file).stdin(Stdio::piped()).spawn().unwrap();
    let mut pixels = ffmpeg.stdin.take().unwrap();
    for picture in &pictures {
        pixels.write_all(picture).unwrap();
    }
    drop(pixels);
    assert!(ffmpeg.wait().unwrap().success());
    let due = (0..pictures.len()).map(|number| number as f64 / 25.0).collect();
    Known { what, length: pictures.len() as f64 / 25.0, pictures, due }
}

/// What this machine adds to a moment by itself: how much later than on an even grid of ticks the
/// frames of a plain effect come to the receiver. The value that 99 of 100 stay below, in seconds.
async fn noise(fixture: &Fixture, receiver: &Receiver) -> f64 {
    fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;
    let first = receiver.count();
    receiver.find(first + 120, SOON, "two seconds", |_| true).await;
    let frames = receiver.since(first);
    // Each arrival less the nearest tick: the least of them is as good as undisturbed.
    let epoch = frames[0].at;
    let mut off: Vec<f64> = frames
        .iter()
        .map(|frame| {
            let at = frame.at.since(epoch).as_secs_f64();
            at - (at / TICK).round() * TICK
        })
        .collect();
    off.sort_by(f64::total_cmp);
    off[off.len() * 99 / 100] - off[0]
}

/// One showing of the item.
struct Seen {
    /// When each picture was first seen, in seconds after the first of them.
    at: Vec<f64>,
    /// The largest distance from a picture, over all frames.
    worst: u8,
    /// How much later the first picture came than the daemon says that the item began.
    start: f64,
}

/// Shows the item once and follows it from its first picture to the black after it.
async fn show(fixture: &Fixture, receiver: &Receiver, media_id: &str, known: &Known) -> Seen {
    fixture.post("/api/player/stop", json!({})).await;
    receiver.next(SOON, "black before", Frame::is_black).await;
    let before = receiver.count();
    let item = json!([{"kind": "media", "media_id": media_id, "duration_s": known.length}]);
    fixture.play(item, false).await;
    let (first, _) =
        receiver.find(before, SOON, "the first picture", |frame| !frame.is_black()).await;
    let began = told_start(fixture).await;
    let (end, _) = receiver.find(first, SOON, "black after", Frame::is_black).await;
    let frames: Vec<Arc<Frame>> = receiver.since(first)[..end - first].to_vec();
    let begun = frames[0].at;
    let mut seen = Seen { at: Vec::new(), worst: 0, start: begun.since(began).as_secs_f64() };
    for frame in &frames {
        assert!(frame.whole, "{}: a frame arrived in part", known.what);
        // The present picture, or the one after it; nothing is passed over and nothing returns.
        let place = seen.at.len();
        let next = known.pictures.get(place).map(|picture| distance(frame, picture));
        let held = place.checked_sub(1).map(|held| distance(frame, &known.pictures[held]));
        match (held, next) {
            (Some(held), _) if held <= RIGHT => seen.worst = seen.worst.max(held),
            (_, Some(next)) if next <= RIGHT => {
                seen.worst = seen.worst.max(next);
                seen.at.push(frame.at.since(begun).as_secs_f64());
            }
            other => panic!(
                "{}: {:.1} ms after its start a frame is neither picture {place} nor the one \
                 before it: {other:?} of 255 away",
                known.what,
                frame.at.since(begun).as_secs_f64() * 1000.0
            ),
        }
    }
    assert_eq!(seen.at.len(), known.pictures.len(), "{}: pictures seen", known.what);
    seen
}

/// When the item that is lit began, as the status tells it. The answer was made between question and
/// arrival; the earliest that it can mean is taken.
async fn told_start(fixture: &Fixture) -> MonoTime {
    let lit = |status: &serde_json::Value| status["playing"]["position_s"].as_f64() > Some(0.0);
    fixture.status_when("lit", SOON, lit).await;
    let asked = SystemClock.now();
    let status = fixture.status().await;
    let position = status["playing"]["position_s"].as_f64().unwrap();
    asked - Duration::from_secs_f64(position)
}

async fn each_picture_in_its_time(
    fixture: &Fixture,
    receiver: &Receiver,
    media_id: &str,
    known: &Known,
) {
    let noise = noise(fixture, receiver).await;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(show(fixture, receiver, media_id, known).await);
    }
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let off: Vec<f64> = known
        .due
        .iter()
        .enumerate()
        .map(|(place, due)| middle(rounds.iter().map(|seen| seen.at[place]).collect()) - due)
        .collect();
    let worst = rounds.iter().map(|seen| seen.worst).max().unwrap();
    let start = middle(rounds.iter().map(|seen| seen.start).collect());
    let ms = |s: f64| s * 1000.0;
    println!(
        "measured: {}: {} pictures, {ROUNDS} times: at most {worst} of 255 away; off their time by {:.1} to {:.1} ms; \
         the first {:.1} ms after the start that is told; this machine adds {:.1} ms",
        known.what,
        known.pictures.len(),
        ms(off.iter().copied().fold(f64::INFINITY, f64::min)),
        ms(off.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        ms(start),
        ms(noise),
    );
    for (place, &off) in off.iter().enumerate() {
        assert!(
            (-ROUNDING - noise..=TICK + noise).contains(&off),
            "{}: picture {place} is {:.1} ms off its time; this machine adds {:.1} ms",
            known.what,
            ms(off),
            ms(noise)
        );
    }
    assert!(start.abs() <= TICK + noise, "the first picture {:.1} ms after the start", ms(start));
}

#[tokio::test]
async fn each_picture_of_an_animation_and_of_a_film_has_its_colours_and_its_moment() {
    let receiver = Receiver::open(COLUMNS * ROWS);
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    let fixture = Fixture::start_alone(&settings(&output)).await;

    let (bytes, known) = gif(&[40, 120, 70, 500]);
    let media_id = fixture.upload("irregular.gif", bytes).await;
    each_picture_in_its_time(&fixture, &receiver, &media_id, &known).await;

    if !can_be_made("colours and moments of films") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let films =
        [("H.264 that says BT.709", "bt709", true), ("H.264 that says nothing", "bt601", false)];
    for (what, matrix, tell) in films {
        let file = folder.path().join(format!("{matrix}.mp4"));
        let known = film(&file, what, matrix, tell);
        let media_id = fixture.upload("film.mp4", std::fs::read(&file).unwrap()).await;
        each_picture_in_its_time(&fixture, &receiver, &media_id, &known).await;
    }
}
