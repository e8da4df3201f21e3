//! Draws every effect at four moments, and once as 64 × 32 LEDs, on one PNG; then times each.
//!
//! `cargo run -p engine --example effects_sheet -- sheet.png [EFFECT '{"param": value}']`
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::error::Error;

use engine::source::effect::{Canvas, build, catalogue};
use hal::clock::{Clock, SystemClock};
use image::imageops::{self, FilterType};
use image::{RgbImage, codecs::png::PngEncoder};
use serde_json::Map;

const WIDTH: u32 = 320;
const HEIGHT: u32 = 192;
const GAP: u32 = 6;
/// Seconds; the last is more than a month.
const MOMENTS: [f64; 4] = [0.0, 0.5, 7.0, 3_000_000.25];

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: effects_sheet FILE.png [EFFECT [PARAMS]]")?;
    let only = args.next();
    let params = args.next().map_or(Ok(Map::new()), |text| serde_json::from_str(&text))?;
    let effects: Vec<_> =
        catalogue().iter().filter(|info| only.as_ref().is_none_or(|id| id == info.id)).collect();

    let columns = MOMENTS.len() as u32 + 1;
    let mut sheet = RgbImage::new((WIDTH + GAP) * columns, (HEIGHT + GAP) * effects.len() as u32);
    for (row, info) in effects.iter().enumerate() {
        let draw = |width, height, t| -> Result<RgbImage, Box<dyn Error>> {
            let mut canvas = Canvas::new(width, height);
            build(info.id, &params, width, height, 0)?.draw(t, &mut canvas);
            Ok(RgbImage::from_raw(width, height, canvas.rgb).ok_or("a canvas is whole")?)
        };
        let y = i64::from(row as u32 * (HEIGHT + GAP));
        for (column, t) in MOMENTS.into_iter().enumerate() {
            let x = i64::from(column as u32 * (WIDTH + GAP));
            imageops::replace(&mut sheet, &draw(WIDTH, HEIGHT, t)?, x, y);
        }
        let leds = imageops::resize(&draw(64, 32, 7.0)?, WIDTH, 160, FilterType::Nearest);
        imageops::replace(&mut sheet, &leds, i64::from((columns - 1) * (WIDTH + GAP)), y + 16);
    }
    sheet.write_with_encoder(PngEncoder::new(std::fs::File::create(path)?))?;

    let clock = SystemClock;
    for info in effects {
        let mut canvas = Canvas::new(800, 480);
        let mut effect = build(info.id, &params, 800, 480, 0)?;
        let mut times = Vec::new();
        for frame in 0..120 {
            let start = clock.now();
            effect.draw(f64::from(frame) / 60.0, &mut canvas);
            times.push(clock.now().since(start));
        }
        times.sort();
        println!("{:12} 800x480: best {:?}, median {:?}", info.id, times[0], times[60]);
    }
    Ok(())
}
