//! From a picture that is uploaded to the bytes that arrive at a controller.

use std::collections::HashSet;
use std::io::Cursor;
use std::time::Duration;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;

use crate::fixture::{Fixture, SOON, ddp};
use crate::receiver::{Frame, Receiver};

const COLUMNS: u32 = 64;
const ROWS: u32 = 32;
const LEDS: usize = (COLUMNS * ROWS) as usize;

/// A picture as a PNG file.
pub(crate) fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

/// Settings of a serpentine matrix of 64 × 32 LEDs that starts dark.
fn settings(width: u32, height: u32, brightness: f64, outputs: &str) -> String {
    format!(
        "[display]\nwidth = {width}\nheight = {height}\nbrightness = {brightness}\n\
         [layout]\nkind = \"matrix\"\ncolumns = {COLUMNS}\nrows = {ROWS}\nserpentine = true\n\
         [player]\nat_start = \"nothing\"\n{outputs}"
    )
}

/// Where the wire reaches the LED in this column and row.
fn wire(x: u32, y: u32) -> usize {
    (y * COLUMNS + if y.is_multiple_of(2) { x } else { COLUMNS - 1 - x }) as usize
}

/// A picture in which no two pixels are alike: greys and pure colours from dark to full, and others.
fn all_different() -> RgbImage {
    let mut seen = HashSet::new();
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    RgbImage::from_fn(COLUMNS, ROWS, |x, y| {
        let step = (x * 4 + 3) as u8;
        let mut color = match y {
            0 => [x as u8; 3],
            1 => [step, 0, 0],
            2 => [0, step, 0],
            3 => [0, 0, step],
            4 => [255, 255, step - 1],
            _ => [random(), random(), random()],
        };
        while !seen.insert(color) {
            color = [random(), random(), random()];
        }
        Rgb(color)
    })
}

/// 8 × 4 areas, each of 8 × 8 pixels of one colour; no two areas are alike.
fn areas() -> RgbImage {
    RgbImage::from_fn(COLUMNS, ROWS, |x, y| {
        let area = y / 8 * 8 + x / 8;
        Rgb([(area * 8) as u8, (255 - area * 5) as u8, (area * 97 % 256) as u8])
    })
}

/// Plays a picture and gives the frame once it is lit.
async fn lit(fixture: &Fixture, receiver: &Receiver, picture: &RgbImage, fit: &str) -> Frame {
    let media_id = fixture.upload("picture.png", png(picture)).await;
    let first = receiver.count();
    fixture.play(json!([{"kind": "media", "media_id": media_id, "fit": fit}]), true).await;
    let (_, frame) = receiver.find(first, SOON, "light", |frame| !frame.is_black()).await;
    assert!(frame.whole);
    Frame { at: frame.at, bytes: frame.bytes.clone(), whole: true }
}

#[tokio::test]
async fn a_picture_of_the_canvas_size_arrives_byte_for_byte_along_the_serpentine() {
    let receiver = Receiver::open(LEDS);
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    let fixture = Fixture::start(&settings(COLUMNS, ROWS, 1.0, &output)).await;
    let picture = all_different();
    let frame = lit(&fixture, &receiver, &picture, "cover").await;
    for (x, y, pixel) in picture.enumerate_pixels() {
        assert_eq!(frame.led(wire(x, y)), pixel.0, "LED in column {x}, row {y}");
    }
}

#[tokio::test]
async fn a_picture_that_is_enlarged_to_the_canvas_keeps_its_colours_and_their_places() {
    let receiver = Receiver::open(LEDS);
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    let fixture = Fixture::start(&settings(800, 480, 1.0, &output)).await;
    let picture = areas();
    let frame = lit(&fixture, &receiver, &picture, "stretch").await;
    let mut worst = 0;
    for (x, y, pixel) in picture.enumerate_pixels() {
        // At a border two colours meet in one pixel of the canvas, and enlarging is smooth.
        if !(2..6).contains(&(x % 8)) || !(2..6).contains(&(y % 8)) {
            continue;
        }
        for (found, expected) in frame.led(wire(x, y)).into_iter().zip(pixel.0) {
            worst = worst.max(found.abs_diff(expected));
        }
    }
    println!("measured: enlarged to 800 × 480: the worst byte within an area is {worst} off");
    assert!(worst <= 1, "a colour is {worst} of 255 off");
}

#[tokio::test]
async fn each_led_gets_the_mean_light_of_its_part_of_a_large_picture() {
    let receiver = Receiver::open(LEDS);
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    let fixture = Fixture::start(&settings(800, 480, 1.0, &output)).await;
    // Stripes and checks that the LEDs' borders cut: 12.5 pixels across each.
    let picture = RgbImage::from_fn(800, 480, |x, y| {
        Rgb([
            if (x + y) % 2 == 0 { 255 } else { 0 },
            (x * 255 / 799) as u8,
            ((x * 7 + y * 13) % 256) as u8,
        ])
    });
    let frame = lit(&fixture, &receiver, &picture, "cover").await;
    let mut worst: f64 = 0.0;
    for y in 0..ROWS {
        for x in 0..COLUMNS {
            let expected = mean(&picture, x, y);
            for (found, expected) in frame.led(wire(x, y)).into_iter().zip(expected) {
                worst = worst.max((f64::from(found) - expected).abs());
            }
        }
    }
    println!("measured: 800 × 480 to 64 × 32: the worst byte is {worst:.3} from the exact mean");
    assert!(worst <= 1.0, "a byte is {worst} from the exact mean of light");
}

/// The byte of an LED by its definition: the mean of light over the exact rectangle, in floats.
fn mean(picture: &RgbImage, x: u32, y: u32) -> [f64; 3] {
    let (across, down) = (800.0 / f64::from(COLUMNS), 480.0 / f64::from(ROWS));
    let (left, top) = (f64::from(x) * across, f64::from(y) * down);
    let share = |pixel: u32, from: f64, to: f64| {
        (f64::from(pixel + 1).min(to) - f64::from(pixel).max(from)).max(0.0)
    };
    let mut sum = [0.0; 3];
    for py in top as u32..((top + down).ceil() as u32).min(480) {
        for px in left as u32..((left + across).ceil() as u32).min(800) {
            let weight = share(px, left, left + across) * share(py, top, top + down);
            for (sum, byte) in sum.iter_mut().zip(picture.get_pixel(px, py).0) {
                *sum += weight * light_of(byte);
            }
        }
    }
    sum.map(|sum| byte_of(sum / (across * down)))
}

/// IEC 61966-2-1.
fn light_of(byte: u8) -> f64 {
    let s = f64::from(byte) / 255.0;
    if s <= 0.04045 { s / 12.92 } else { ((s + 0.055) / 1.055).powf(2.4) }
}

fn byte_of(light: f64) -> f64 {
    255.0 * if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[tokio::test]
async fn gamma_order_brightness_and_white_act_as_the_settings_say() {
    let check = async |brightness: f64, options: &str, color: [u8; 3], expected: [u8; 3]| {
        let receiver = Receiver::open(LEDS);
        let output = ddp("wall", receiver.address(), options);
        let fixture = Fixture::start(&settings(COLUMNS, ROWS, brightness, &output)).await;
        let color = format!("#{:02X}{:02X}{:02X}", color[0], color[1], color[2]);
        fixture.play(json!([{"kind": "color", "color": color}]), true).await;
        let what = format!("{expected:?} for {color}, brightness {brightness}, {options}");
        receiver.next(SOON, &what, |frame| frame.is_all(expected)).await;
    };
    check(1.0, "gamma = \"srgb\"", [128, 128, 128], [55, 55, 55]).await;
    check(1.0, "gamma = 1.0", [128, 128, 128], [128, 128, 128]).await;
    check(1.0, "gamma = 1.0\norder = \"GRB\"", [200, 100, 50], [100, 200, 50]).await;
    check(0.5, "gamma = \"srgb\"", [255, 255, 0], [128, 128, 0]).await;
    check(0.5, "gamma = 1.0", [255, 255, 0], [188, 188, 0]).await;
    check(1.0, "white = [1.0, 0.8, 0.4]\norder = \"BGR\"", [255, 255, 255], [102, 204, 255]).await;
}

#[tokio::test]
async fn brightness_set_over_http_acts_on_the_light_at_once_and_is_kept() {
    let receiver = Receiver::open(LEDS);
    let output = ddp("wall", receiver.address(), "gamma = \"srgb\"");
    let mut fixture = Fixture::start(&settings(COLUMNS, ROWS, 1.0, &output)).await;
    fixture.play(json!([{"kind": "color", "color": "#FFFFFF"}]), true).await;
    receiver.next(SOON, "full light", |frame| frame.is_all([255; 3])).await;
    let (status, answer) =
        fixture.patch("/api/settings", json!({"display": {"brightness": 0.25}})).await;
    assert!(status.is_success(), "{answer}");
    receiver.next(SOON, "a quarter of the light", |frame| frame.is_all([64; 3])).await;
    // Written some seconds later, and at the end at the latest.
    fixture.end();
    let text = std::fs::read_to_string(fixture.data().join("settings.toml")).unwrap();
    assert!(text.contains("brightness = 0.25"), "{text}");
}

#[tokio::test]
async fn two_outputs_get_their_own_leds() {
    let left = Receiver::open(1000);
    let right = Receiver::open(LEDS - 1000);
    let outputs = [
        ddp("left", left.address(), "gamma = 1.0\nleds = \"0..1000\""),
        ddp("right", right.address(), "gamma = 1.0\nleds = \"1000..2048\"\norder = \"BRG\""),
    ];
    let fixture = Fixture::start(&settings(COLUMNS, ROWS, 1.0, &outputs.concat())).await;
    let picture = all_different();
    let frame = lit(&fixture, &left, &picture, "cover").await;
    let first = right.next(SOON, "light", |frame| !frame.is_black()).await;
    for (x, y, pixel) in picture.enumerate_pixels() {
        let [r, g, b] = pixel.0;
        match wire(x, y) {
            led @ 0..1000 => assert_eq!(frame.led(led), [r, g, b], "left, LED {led}"),
            led => assert_eq!(first.led(led - 1000), [b, r, g], "right, LED {led}"),
        }
    }
}

#[tokio::test]
async fn a_crossfade_mixes_light_between_its_ends() {
    let receiver = Receiver::open(LEDS);
    let output = ddp("wall", receiver.address(), "gamma = \"srgb\"");
    let fixture = Fixture::start_alone(&settings(COLUMNS, ROWS, 1.0, &output)).await;
    let first = receiver.count();
    let fade = json!({"kind": "crossfade", "duration_s": 0.5});
    let items = json!([
        {"kind": "color", "color": "#FF0000", "duration_s": 1.5},
        {"kind": "color", "color": "#0000FF", "duration_s": 1.5, "transition": fade},
    ]);
    fixture.play(items, false).await;
    let (_, end) =
        receiver.find(first, SOON, "blue alone", |frame| frame.is_all([0, 0, 255])).await;
    let frames = receiver.since(first);
    let mut mixed = frames.iter().filter(|frame| {
        let [r, g, b] = frame.led(0);
        assert!(frame.whole && frame.is_all([r, g, b]) && g == 0);
        r > 0 && b > 0
    });
    let begin = mixed.next().expect("some light of both").at;
    let mixed: Vec<_> = mixed.map(|frame| frame.led(0)).collect();
    for [r, _, b] in &mixed {
        // Half of one and half of the other is a whole: rounding may take or give one.
        assert!((254..=256).contains(&(u16::from(*r) + u16::from(*b))), "{r} + {b}");
    }
    assert!(mixed.is_sorted_by_key(|color| color[2]), "{mixed:?}");
    let took = end.at.since(begin);
    println!("measured: crossfade of 0.5 s: {} mixed frames in {took:?}", mixed.len() + 1);
    assert!(mixed.len() >= 20, "{} mixed frames", mixed.len());
    assert!(took.abs_diff(Duration::from_millis(500)) <= Duration::from_millis(50), "{took:?}");
}
