//! Animations: files made here, their frames in time, and files that are broken.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, ImageFormat, Rgba, RgbaImage};
use proptest::prelude::*;

use super::super::recording::{Recording, plainly};
use super::super::{ProducerSpec, SourceSpec, Tools};
use super::*;

/// Colours that a GIF keeps as they are.
const COLORS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];

fn plain(color: [u8; 3], (width, height): (u32, u32)) -> RgbaImage {
    let [r, g, b] = color;
    RgbaImage::from_pixel(width, height, Rgba([r, g, b, 255]))
}

fn gif_of(size: (u32, u32), delays_ms: &[u32], repeat: Option<Repeat>) -> Vec<u8> {
    let mut bytes = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut bytes);
        if let Some(repeat) = repeat {
            encoder.set_repeat(repeat).unwrap();
        }
        for (index, delay) in delays_ms.iter().enumerate() {
            let delay = Delay::from_numer_denom_ms(*delay, 1);
            let picture = plain(COLORS[index % 4], size);
            encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).unwrap();
        }
    }
    bytes
}

fn gif(delays_ms: &[u32], repeat: Option<Repeat>) -> Vec<u8> {
    gif_of((8, 6), delays_ms, repeat)
}

fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = (data.len() as u32).to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(data);
    let mut crc = u32::MAX;
    for &byte in &chunk[4..] {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    chunk.extend((!crc).to_be_bytes());
    chunk
}

/// zlib with one stored block of rows of one colour.
fn rows(color: [u8; 3], (width, height): (u32, u32)) -> Vec<u8> {
    let mut row = vec![0];
    row.extend(color.repeat(width as usize));
    let data = row.repeat(height as usize);
    let length = data.len() as u16;
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let mut zlib = vec![0x78, 0x01, 0x01];
    zlib.extend(length.to_le_bytes());
    zlib.extend((!length).to_le_bytes());
    zlib.extend(&data);
    zlib.extend((b << 16 | a).to_be_bytes());
    zlib
}

/// One frame of an APNG: where, how long in fractions of a second, how it leaves and meets others.
struct Part {
    color: [u8; 3],
    size: (u32, u32),
    at: (u32, u32),
    delay: (u16, u16),
    dispose: u8,
}

fn part(color: [u8; 3], delay: (u16, u16)) -> Part {
    Part { color, size: (8, 6), at: (0, 0), delay, dispose: 0 }
}

fn apng(parts: &[Part], plays: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&8_u32.to_be_bytes()[..], &6_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    bytes.extend(chunk(b"IHDR", &header));
    let control = [(parts.len() as u32).to_be_bytes(), plays.to_be_bytes()].concat();
    bytes.extend(chunk(b"acTL", &control));
    let mut sequence = 0_u32;
    for (index, part) in parts.iter().enumerate() {
        let mut control = sequence.to_be_bytes().to_vec();
        sequence += 1;
        for number in [part.size.0, part.size.1, part.at.0, part.at.1] {
            control.extend(number.to_be_bytes());
        }
        control.extend(part.delay.0.to_be_bytes());
        control.extend(part.delay.1.to_be_bytes());
        control.extend([part.dispose, 0]);
        bytes.extend(chunk(b"fcTL", &control));
        let data = rows(part.color, part.size);
        if index == 0 {
            bytes.extend(chunk(b"IDAT", &data));
        } else {
            bytes.extend(chunk(b"fdAT", &[&sequence.to_be_bytes()[..], &data].concat()));
            sequence += 1;
        }
    }
    bytes.extend(chunk(b"IEND", &[]));
    bytes
}

fn riff(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend((data.len() as u32).to_le_bytes());
    chunk.extend(data);
    chunk.extend(vec![0; data.len() % 2]);
    chunk
}

/// An animated WebP of lossless frames, each with its place.
fn webp(
    frames: &[(RgbaImage, (u32, u32), u32)],
    (width, height): (u32, u32),
    plays: u16,
) -> Vec<u8> {
    let three = |number: u32| number.to_le_bytes()[..3].to_vec();
    let alpha_and_animation = 0x12;
    let mut body = b"WEBP".to_vec();
    let extended = [&[alpha_and_animation, 0, 0, 0][..], &three(width - 1), &three(height - 1)];
    body.extend(riff(b"VP8X", &extended.concat()));
    body.extend(riff(b"ANIM", &[&[0; 4][..], &plays.to_le_bytes()].concat()));
    for (picture, at, delay_ms) in frames {
        let mut still = Vec::new();
        picture.write_to(&mut Cursor::new(&mut still), ImageFormat::WebP).unwrap();
        // Behind RIFF, its length and WEBP; behind the extended header, if there is one.
        let start = still.windows(4).position(|name| name == b"VP8L").unwrap();
        let (across, down) = (three(picture.width() - 1), three(picture.height() - 1));
        let places = [three(at.0 / 2), three(at.1 / 2), across, down, three(*delay_ms), vec![0]];
        body.extend(riff(b"ANMF", &[&places.concat(), &still[start..]].concat()));
    }
    riff(b"RIFF", &body)
}

fn moving_webp(delays_ms: &[u32], plays: u16) -> Vec<u8> {
    let frame = |(index, delay): (usize, &u32)| (plain(COLORS[index % 4], (8, 6)), (0, 0), *delay);
    webp(&delays_ms.iter().enumerate().map(frame).collect::<Vec<_>>(), (8, 6), plays)
}

fn probed(bytes: &[u8]) -> Result<Probe, SourceError> {
    crate::source::probe(&mut Cursor::new(bytes), &Tools::default())
}

fn show_from(bytes: &[u8], repeat: bool, start: Duration, sink: &mut Recording) {
    let spec = ProducerSpec {
        source: SourceSpec::Animation { fit: Fit::Cover, repeat },
        canvas: CanvasSpec { width: 4, height: 3, fps: 60.0 },
        start,
    };
    crate::source::run(&spec, Some(&mut Cursor::new(bytes)), sink).unwrap();
}

fn shown(bytes: &[u8], repeat: bool, room: usize) -> Recording {
    let mut sink = Recording::new(room);
    show_from(bytes, repeat, Duration::ZERO, &mut sink);
    sink
}

#[test]
fn each_format_is_told_with_its_frames_and_one_cycle() {
    let check = |bytes: &[u8], content_type: &str, frames: u64, cycle_us: u128| {
        let probe = probed(bytes).unwrap();
        assert_eq!(probe.kind, MediaKind::Animation);
        assert_eq!((probe.width, probe.height), (8, 6));
        assert_eq!((&*probe.content_type, probe.frames), (content_type, Some(frames)));
        assert_eq!(probe.duration.unwrap().as_micros(), cycle_us, "{content_type}");
        let small = image::load_from_memory(&probe.thumbnail).unwrap().to_rgb8();
        assert_eq!(plainly(&small.get_pixel(3, 3).0), COLORS[0]);
    };
    check(&gif(&[100, 0, 50], None), "image/gif", 3, 250_000);
    let thirds = [part(COLORS[0], (1, 30)), part(COLORS[1], (1, 30)), part(COLORS[2], (1, 0))];
    // A denominator of zero means hundredths, one of which is too short.
    check(&apng(&thirds, 0), "image/png", 3, 166_666);
    check(&moving_webp(&[40, 500], 0), "image/webp", 2, 540_000);
}

#[test]
fn a_file_with_one_frame_is_a_picture() {
    let one = [
        gif(&[100], Some(Repeat::Infinite)),
        apng(&[part(COLORS[0], (1, 10))], 0),
        moving_webp(&[40], 0),
    ];
    for bytes in one {
        let probe = probed(&bytes).unwrap();
        assert_eq!((probe.kind, probe.duration, probe.frames), (MediaKind::Image, None, None));
    }
}

#[test]
fn frames_are_due_at_the_sums_of_their_delays_and_cycles_have_no_seam() {
    let parts = [part(COLORS[0], (100, 1000)), part(COLORS[1], (1, 20)), part(COLORS[2], (1, 4))];
    let files = [
        gif(&[100, 50, 250], Some(Repeat::Infinite)),
        apng(&parts, 0),
        moving_webp(&[100, 50, 250], 0),
    ];
    for bytes in files {
        let sink = shown(&bytes, false, 9);
        assert_eq!(sink.times_ms(), [0, 100, 150, 400, 500, 550, 800, 900, 950]);
        assert_eq!(sink.colors(), COLORS[..3].repeat(3));
        let numbers: Vec<_> = sink.frames.iter().map(|(_, meta)| meta.number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(sink.frames.iter().all(|(_, meta)| !meta.last));
    }
}

#[test]
fn times_do_not_drift_over_a_thousand_cycles() {
    let bytes = gif(&[30, 70], Some(Repeat::Infinite));
    let sink = shown(&bytes, false, 2001);
    assert_eq!(sink.frames[2000].1.pts, Duration::from_secs(100));
}

#[test]
fn a_count_of_cycles_is_obeyed_as_browsers_do_and_then_the_last_frame_stays() {
    let two = [part(COLORS[0], (1, 10)), part(COLORS[1], (1, 10))];
    let check = |bytes: &[u8], plays: usize| {
        let sink = shown(bytes, false, 99);
        // At the end the last frame is told again, as the last.
        let count = plays * 2;
        assert_eq!(sink.frames.len(), count + 1);
        let times: Vec<u64> = (0..count as u64).map(|n| n * 100).collect();
        assert_eq!(sink.times_ms()[..count], times);
        let (before, last) = (&sink.frames[count - 1], &sink.frames[count]);
        assert_eq!((before.1.pts, &before.0), (last.1.pts, &last.0));
        assert_eq!((before.1.last, last.1.last), (false, true));
    };
    // A GIF that says nothing is shown once; one that says so is shown once more than it says.
    check(&gif(&[100, 100], None), 1);
    check(&gif(&[100, 100], Some(Repeat::Finite(2))), 3);
    check(&apng(&two, 1), 1);
    check(&apng(&two, 3), 3);
    check(&moving_webp(&[100, 100], 2), 2);
}

#[test]
fn an_item_that_lasts_longer_begins_a_counted_run_again_after_its_natural_time() {
    let sink = shown(&gif(&[100, 100], Some(Repeat::Finite(1))), true, 12);
    let once = [0, 100, 200, 300];
    let expect: Vec<u64> = [0, 5000, 10_000].iter().flat_map(|run| once.map(|t| t + run)).collect();
    assert_eq!(sink.times_ms(), expect);
    let sink = shown(&gif(&[4000, 2000], None), true, 6);
    assert_eq!(sink.times_ms(), [0, 4000, 6000, 10_000, 12_000, 16_000]);
}

#[test]
fn it_begins_at_any_position_with_the_frame_that_is_seen_then() {
    let check = |bytes: &[u8], repeat, start_ms, times: &[u64], colors: &[[u8; 3]]| {
        let mut sink = Recording::new(times.len());
        show_from(bytes, repeat, Duration::from_millis(start_ms), &mut sink);
        assert_eq!((&*sink.times_ms(), &*sink.colors()), (times, colors), "{start_ms}");
    };
    let [red, green, blue, _] = COLORS;
    let forever = gif(&[100, 50, 250], Some(Repeat::Infinite));
    check(&forever, false, 120, &[120, 150, 400], &[green, blue, red]);
    check(&forever, false, 150, &[150, 400, 500], &[blue, red, green]);
    check(&forever, false, 400_000_120, &[400_000_120, 400_000_150], &[green, blue]);
    let once = gif(&[100, 100], None);
    check(&once, false, 90_000, &[90_000, 90_000], &[green, green]);
    check(&once, true, 4000, &[4000, 5000, 5100], &[green, red, green]);
    check(&once, true, 13_150, &[13_150, 15_000], &[green, red]);
}

#[test]
fn frames_that_are_over_are_passed_and_later_cycles_are_right_again() {
    let bytes = gif(&[100, 50, 250], Some(Repeat::Infinite));
    let mut sink = Recording::shown(6, |put| Duration::from_millis([0, 0, 460, 460, 0, 0, 0][put]));
    show_from(&bytes, false, Duration::ZERO, &mut sink);
    assert_eq!(sink.times_ms()[..2], [0, 100]);
    // What is shown at 460 ms began at 400 ms; only what is over is left out.
    assert_eq!(sink.times_ms()[2..], [400, 500, 550, 800]);
    let [red, green, blue, _] = COLORS;
    assert_eq!(sink.colors(), [red, green, red, green, blue, red]);
}

#[test]
fn one_that_never_keeps_up_still_shows_a_frame_now_and_then() {
    let bytes = gif(&[20; 400], Some(Repeat::Infinite));
    // Each frame that is put costs a second.
    let mut sink = Recording::shown(20, |put| Duration::from_millis(put as u64 * 1000));
    show_from(&bytes, false, Duration::ZERO, &mut sink);
    assert_eq!(sink.frames.len(), 20);
}

#[test]
fn frames_are_put_together_as_their_format_says() {
    let [red, green, blue, _] = COLORS;
    let corner =
        |dispose, color| Part { size: (4, 3), at: (4, 3), dispose, ..part(color, (1, 10)) };
    // Whole red, then a green corner that leaves red, black or what was before it.
    let check = |dispose, last_corner: [u8; 3]| {
        let left = Part { size: (4, 6), ..part(blue, (1, 10)) };
        let bytes = apng(&[part(red, (1, 10)), corner(dispose, green), left], 0);
        let sink = shown(&bytes, false, 3);
        let pixel = |frame: usize, x: usize, y: usize| {
            let at = (y * 4 + x) * 3;
            <[u8; 3]>::try_from(&sink.frames[frame].0[at..at + 3]).unwrap()
        };
        assert_eq!((pixel(0, 0, 0), pixel(0, 3, 2)), (red, red));
        assert_eq!((pixel(1, 0, 0), pixel(1, 3, 2)), (red, green));
        assert_eq!((pixel(2, 0, 0), pixel(2, 3, 0), pixel(2, 3, 2)), (blue, red, last_corner));
    };
    check(0, green);
    check(1, [0; 3]);
    check(2, red);

    // A WebP frame of half a picture lets the rest stay, where it is clear as well.
    let mut half = plain(green, (4, 6));
    half.put_pixel(0, 0, Rgba([0; 4]));
    half.put_pixel(1, 0, Rgba([0; 4]));
    half.put_pixel(0, 1, Rgba([0; 4]));
    half.put_pixel(1, 1, Rgba([0; 4]));
    let frames = [(plain(red, (8, 6)), (0, 0), 100), (half, (4, 0), 100)];
    let mut sink = Recording::new(2);
    let canvas = CanvasSpec { width: 8, height: 6, fps: 60.0 };
    let bytes = webp(&frames, (8, 6), 0);
    run(&mut Cursor::new(bytes), Fit::Cover, false, canvas, Duration::ZERO, &mut sink).unwrap();
    let (rgb, _) = &sink.frames[1];
    // The decoder's mixing of opaque colours is one off.
    for (at, expect) in [(0, red), (12, red), (18, green)] {
        let found = &rgb[at..at + 3];
        assert!(found.iter().zip(expect).all(|(a, b)| a.abs_diff(b) <= 1), "{at}: {found:?}");
    }
}

#[test]
fn what_was_cut_off_is_refused_and_told_so() {
    let files = [
        gif(&[100; 6], Some(Repeat::Infinite)),
        apng(&[(); 4].map(|()| part([1, 2, 3], (1, 10))), 0),
        moving_webp(&[100; 6], 0),
    ];
    for bytes in files {
        assert!(probed(&bytes).is_ok());
        for length in bytes.len() / 10..bytes.len() {
            let refusal = probed(&bytes[..length]);
            // The last chunk of a PNG says nothing but that it is the last.
            if let Ok(probe) = &refusal
                && bytes.starts_with(b"\x89PNG")
                && length + 12 >= bytes.len()
            {
                assert_eq!(probe.frames, Some(4));
                continue;
            }
            let reason = refusal.unwrap_err().to_string();
            assert_eq!(reason, "the file ends in the middle of the picture", "{length}");
        }
    }
}

#[test]
fn a_tiny_animation_of_very_many_frames_and_one_of_a_very_long_line_work() {
    let many = gif_of((1, 1), &[20; 65_535], Some(Repeat::Infinite));
    let probe = probed(&many).unwrap();
    assert_eq!(probe.frames, Some(65_535));
    assert_eq!(probe.duration, Some(Duration::from_millis(20) * 65_535));
    let mut sink = Recording::new(3);
    let start = Duration::from_millis(20) * 65_533;
    show_from(&many, false, start, &mut sink);
    assert_eq!(sink.colors(), [COLORS[1], COLORS[2], COLORS[0]]);

    let line = gif_of((20_000, 1), &[50, 50], Some(Repeat::Infinite));
    let probe = probed(&line).unwrap();
    assert_eq!((probe.width, probe.height, probe.frames), (20_000, 1, Some(2)));
    assert_eq!(shown(&line, false, 5).colors()[..2], COLORS[..2]);
}

#[test]
fn an_animation_that_is_too_large_for_memory_is_decoded_anew_in_each_cycle() {
    let bytes = gif(&[20, 20, 20], Some(Repeat::Infinite));
    // Three frames of 27 MB each.
    let canvas = CanvasSpec { width: 3000, height: 3000, fps: 60.0 };
    let mut sink = Recording::new(7);
    let mut content = Cursor::new(&bytes);
    run(&mut content, Fit::Stretch, false, canvas, Duration::ZERO, &mut sink).unwrap();
    assert_eq!(sink.times_ms(), [0, 20, 40, 60, 80, 100, 120]);
    assert_eq!(sink.colors(), [COLORS[..3].repeat(2), vec![COLORS[0]]].concat());
}

/// ffmpeg's GIF and APNG writers cut frames to what changes and mix them; ffmpeg's readers say what
/// that looks like.
#[test]
fn frames_look_as_ffmpeg_sees_them() {
    let Some(ffmpeg) = Tools::find(None).ffmpeg else {
        #[expect(clippy::print_stderr, reason = "tests say what they skip")]
        {
            eprintln!("skipped: ffmpeg is not installed");
        }
        return;
    };
    let folder = tempfile::TempDir::new().unwrap();
    for (name, more) in [("a.gif", "-loop 0"), ("a.png", "-f apng -plays 0 -pred mixed")] {
        let path = folder.path().join(name);
        let source = "-v error -f lavfi -i testsrc2=s=64x48:r=10:d=2 -frames:v 16 -y";
        let status = ffmpeg_of(&ffmpeg, &format!("{source} {more} {}", path.display()));
        assert!(status.status.success(), "{status:?}");
        let decode = format!("-v error -ignore_loop 1 -i {}", path.display());
        let decode = if name == "a.gif" { decode } else { decode.replace("-ignore_loop 1", "") };
        let reference = ffmpeg_of(
            &ffmpeg,
            &format!("{decode} -fps_mode passthrough -pix_fmt rgb24 -f rawvideo pipe:1"),
        );
        let frame = 64 * 48 * 3;
        assert_eq!(reference.stdout.len(), frame * 16, "{name} {reference:?}");
        let bytes = std::fs::read(&path).unwrap();
        let mut sink = Recording::new(16);
        let canvas = CanvasSpec { width: 64, height: 48, fps: 60.0 };
        run(&mut Cursor::new(bytes), Fit::Cover, false, canvas, Duration::ZERO, &mut sink).unwrap();
        for (index, (rgb, _)) in sink.frames.iter().enumerate() {
            let expect = &reference.stdout[index * frame..][..frame];
            assert!(rgb == expect, "{name} frame {index}");
        }
    }
}

fn ffmpeg_of(ffmpeg: &Path, arguments: &str) -> std::process::Output {
    Command::new(ffmpeg).arg("-nostdin").args(arguments.split_whitespace()).output().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn broken_animations_neither_panic_nor_go_on_without_end(
        which in 0_usize..3,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        is_cut: bool,
        repeat: bool,
    ) {
        let mut bytes = match which {
            0 => gif(&[100, 0, 30], Some(Repeat::Finite(2))),
            1 => apng(&[part(COLORS[0], (1, 10)), part(COLORS[1], (0, 0))], 2),
            _ => moving_webp(&[100, 0, 30], 2),
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()).max(1));
        }
        if let Err(error) = probed(&bytes) {
            prop_assert!(!error.to_string().is_empty());
        }
        let mut sink = Recording::new(40);
        let canvas = CanvasSpec { width: 4, height: 3, fps: 60.0 };
        let _ = run(&mut Cursor::new(&bytes), Fit::Contain, repeat, canvas, Duration::ZERO, &mut sink);
        let times = sink.times_ms();
        prop_assert!(times.is_sorted());
    }
}
