//! Videos: clips that ffmpeg makes here, their frames in time and colour, and what is refused.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::super::recording::Recording;
use super::super::{FrameMeta, Probe, ProducerSpec, SourceSpec, Tools};
use super::*;
use crate::library::model::MediaKind;

/// A folder for clips, and the programs; `None`, said aloud, where there are none.
struct Studio {
    ffmpeg: PathBuf,
    folder: TempDir,
}

impl Studio {
    #[expect(clippy::print_stderr, reason = "tests say what they skip")]
    fn open() -> Option<Self> {
        let Some(ffmpeg) = Tools::find(None).ffmpeg else {
            eprintln!("skipped: ffmpeg is not installed");
            return None;
        };
        Some(Self { ffmpeg, folder: TempDir::new().unwrap() })
    }

    /// Runs ffmpeg with these words, and the clip's path after them.
    fn clip(&self, name: &str, words: &str) -> Clip<'_> {
        let path = self.folder.path().join(name);
        let made = Command::new(&self.ffmpeg)
            .args(["-nostdin", "-v", "error", "-y"])
            .args(words.split_whitespace())
            .arg(&path)
            .output()
            .unwrap();
        assert!(made.status.success(), "{words}: {}", String::from_utf8_lossy(&made.stderr));
        Clip { ffmpeg: &self.ffmpeg, path }
    }

    /// A file with this content.
    fn file(&self, name: &str, bytes: &[u8]) -> Clip<'_> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Clip { ffmpeg: &self.ffmpeg, path }
    }
}

struct Clip<'a> {
    ffmpeg: &'a Path,
    path: PathBuf,
}

impl Clip<'_> {
    fn probe(&self) -> Result<Probe, SourceError> {
        let tools = Tools { ffmpeg: Some(self.ffmpeg.to_owned()), ..Tools::default() };
        crate::source::probe(&mut File::open(&self.path).unwrap(), &tools)
    }

    fn refusal(&self) -> String {
        self.probe().unwrap_err().to_string()
    }

    fn spec(&self, fit: Fit, (width, height): (u32, u32)) -> ProducerSpec {
        ProducerSpec {
            source: SourceSpec::Video {
                fit,
                ffmpeg: self.ffmpeg.to_owned(),
                length: self.probe().unwrap().duration.unwrap(),
                devices: Vec::new(),
                rate: None,
                repeat: false,
            },
            canvas: CanvasSpec { width, height, fps: 60.0 },
            start: Duration::ZERO,
        }
    }

    fn run(&self, spec: &ProducerSpec, sink: &mut Recording) -> Result<(), SourceError> {
        crate::source::run(spec, Some(&mut File::open(&self.path).unwrap()), sink)
    }

    /// All of it once.
    fn shown(&self, fit: Fit, size: (u32, u32)) -> Recording {
        let mut sink = Recording::new(usize::MAX);
        self.run(&self.spec(fit, size), &mut sink).unwrap();
        sink
    }
}

fn pixel(rgb: &[u8], width: u32, (x, y): (u32, u32)) -> [u8; 3] {
    let at = ((y * width + x) * 3) as usize;
    rgb[at..at + 3].try_into().unwrap()
}

fn near(found: [u8; 3], expect: [u8; 3], tolerance: u8) -> bool {
    found.iter().zip(expect).all(|(a, b)| a.abs_diff(b) <= tolerance)
}

/// The times of frames in the stream, in milliseconds; the first is due when the item begins.
fn due_ms(sink: &Recording) -> Vec<u64> {
    let early = |index| if index == 0 { Duration::ZERO } else { ROUNDING };
    let due = |(index, (_, meta)): (usize, &(Vec<u8>, FrameMeta))| {
        (meta.pts + early(index)).as_millis() as u64
    };
    sink.frames.iter().enumerate().map(due).collect()
}

/// A second of moving pictures.
const MOVING: &str = "-f lavfi -i testsrc2=s=64x48:r=25:d=1";

#[test]
fn every_usual_container_is_told_with_its_size_duration_and_frames() {
    let Some(studio) = Studio::open() else { return };
    let cases = [
        ("a.mp4", "-c:v libx264 -bf 2", "video/mp4"),
        ("b.mov", "-c:v mpeg4", "video/quicktime"),
        ("c.mkv", "-c:v libx264", "video/x-matroska"),
        ("d.webm", "-c:v libvpx -deadline realtime", "video/webm"),
        ("e.avi", "-c:v mpeg4", "video/x-msvideo"),
        ("f.ts", "-c:v mpeg2video -bf 2", "video/mp2t"),
        ("g.mpg", "-c:v mpeg2video", "video/mpeg"),
        ("h.flv", "-c:v flv", "video/x-flv"),
        ("i.ogv", "-c:v libtheora -q:v 8", "video/ogg"),
        ("j.wmv", "-c:v wmv2", "video/x-ms-asf"),
        ("k.h264", "-c:v libx264", "video/h264"),
    ];
    for (name, how, content_type) in cases {
        let probe = studio.clip(name, &format!("{MOVING} {how}")).probe().unwrap();
        assert_eq!(probe.kind, MediaKind::Video, "{name}");
        assert_eq!((probe.width, probe.height), (64, 48), "{name}");
        assert_eq!(&*probe.content_type, content_type, "{name}");
        let frames = probe.frames.unwrap();
        // The encoder of Theora leaves out what hardly differs.
        let least = if name == "i.ogv" { 10 } else { 24 };
        assert!((least..=26).contains(&frames), "{name}: {frames}");
        let seconds = probe.duration.unwrap().as_secs_f64();
        assert!((seconds - 1.0).abs() < 0.09, "{name}: {seconds}");
        let small = image::load_from_memory(&probe.thumbnail).unwrap();
        assert_eq!((small.width(), small.height()), (64, 48), "{name}");
    }
}

#[test]
fn the_end_of_the_index_at_the_end_of_the_file_is_found() {
    let Some(studio) = Studio::open() else { return };
    let clip = studio.clip("a.mp4", &format!("{MOVING} -c:v libx264"));
    let bytes = std::fs::read(&clip.path).unwrap();
    let place = |name: &[u8; 4]| bytes.windows(4).position(|at| at == name).unwrap();
    assert!(place(b"moov") > place(b"mdat"), "the clip is not what the test is about");
    assert_eq!(clip.shown(Fit::Cover, (8, 6)).frames.len(), 26);
}

#[test]
fn frames_are_due_at_the_streams_own_times() {
    let Some(studio) = Studio::open() else { return };
    // 23.976 frames per second: not a whole number of milliseconds.
    let film = "-f lavfi -i testsrc2=s=32x24:r=24000/1001:d=4 -c:v libx264 -bf 3";
    let clip = studio.clip("film.mkv", film);
    for (name, tolerance_us) in [("film.mp4", 2), ("film.mkv", 1001)] {
        let clip = if name == "film.mkv" { &clip } else { &studio.clip(name, film) };
        let sink = clip.shown(Fit::Cover, (8, 6));
        assert_eq!(sink.frames.len(), 97, "{name}");
        for (index, (_, meta)) in sink.frames[..96].iter().enumerate() {
            let expect = index as u64 * 1_001_000_000 / 24_000;
            let early = if index == 0 { Duration::ZERO } else { ROUNDING };
            let found = (meta.pts + early).as_micros() as u64;
            assert!(found.abs_diff(expect) <= tolerance_us, "{name} {index}: {found} {expect}");
        }
        let last = &sink.frames[96].1;
        assert_eq!((last.last, last.pts), (true, sink.frames[95].1.pts), "{name}");
    }
    // Frames at 0, 1, 4, 9, … twenty-fifths of a second.
    let squares = "-f lavfi -i testsrc2=s=32x24:r=25:d=10 \
        -vf select='eq(floor(sqrt(n))*floor(sqrt(n)),n)' -vsync vfr -c:v libx264 -bf 2";
    let sink = studio.clip("squares.mp4", squares).shown(Fit::Cover, (8, 6));
    let expect: Vec<u64> = (0..16).map(|n| n * n * 40).collect();
    assert_eq!(due_ms(&sink)[..16], expect);
}

#[test]
fn colours_are_what_the_streams_tags_say() {
    let Some(studio) = Studio::open() else { return };
    let colors: [[u8; 3]; 5] =
        [[200, 40, 40], [40, 200, 40], [40, 40, 200], [128, 128, 128], [250, 250, 250]];
    let cases = [
        ("601", "-colorspace smpte170m -color_range tv", "out_color_matrix=bt601", "yuv420p"),
        ("709", "-colorspace bt709 -color_range tv", "out_color_matrix=bt709", "yuv420p"),
        ("untagged", "", "out_color_matrix=bt601", "yuv420p"),
        (
            "full",
            "-colorspace bt709 -color_range pc",
            "out_color_matrix=bt709:out_range=pc",
            "yuv444p",
        ),
        ("ten", "-colorspace bt709 -color_range tv", "out_color_matrix=bt709", "yuv420p10le"),
    ];
    for (name, tags, matrix, pixels) in cases {
        for color in colors {
            let [r, g, b] = color;
            let words = format!(
                "-f lavfi -i color=black:s=64x64:r=10:d=0.3,format=rgb24,geq=r={r}:g={g}:b={b} \
                 -vf scale={matrix},format={pixels} -c:v libx264 -qp 1 {tags}"
            );
            let sink = studio.clip(&format!("{name}.mp4"), &words).shown(Fit::Cover, (16, 16));
            let found = pixel(&sink.frames[0].0, 16, (8, 8));
            assert!(near(found, color, 4), "{name}: {found:?} {color:?}");
        }
    }
}

/// Red, green and blue thirds from left to right.
const THIRDS: &str = "-f lavfi -i color=0xff0000:s=30x30:r=10:d=0.3 -f lavfi -i color=0x00ff00:s=30x30:r=10:d=0.3 \
    -f lavfi -i color=0x0000ff:s=30x30:r=10:d=0.3 -filter_complex [0][1][2]hstack=3,format=yuv444p -c:v libx264 -qp 1";

#[test]
fn each_fit_puts_the_picture_where_it_says() {
    let Some(studio) = Studio::open() else { return };
    let clip = studio.clip("thirds.mp4", THIRDS);
    let (red, green, blue, black) = ([254, 0, 0], [0, 255, 0], [0, 0, 254], [0; 3]);
    let check = |fit, size: (u32, u32), expect: &[((u32, u32), [u8; 3])]| {
        let sink = clip.shown(fit, size);
        for &(at, color) in expect {
            let found = pixel(&sink.frames[0].0, size.0, at);
            assert!(near(found, color, 6), "{fit:?} {size:?} at {at:?}: {found:?} {color:?}");
        }
    };
    check(Fit::Cover, (60, 60), &[((6, 0), green), ((30, 59), green), ((53, 30), green)]);
    check(Fit::Cover, (90, 10), &[((2, 5), red), ((45, 0), green), ((88, 9), blue)]);
    check(Fit::Contain, (60, 60), &[((0, 19), black), ((2, 21), red), ((58, 38), blue)]);
    check(Fit::Contain, (60, 60), &[((59, 41), black), ((30, 30), green)]);
    check(Fit::Contain, (120, 30), &[((14, 9), black), ((16, 9), red), ((103, 9), blue)]);
    check(Fit::Contain, (120, 30), &[((105, 9), black)]);
    check(Fit::Stretch, (30, 60), &[((2, 2), red), ((15, 30), green), ((28, 57), blue)]);
    // Far smaller and far larger than the video, and hardly of its shape.
    check(Fit::Cover, (2, 60), &[((1, 30), green)]);
    check(Fit::Cover, (900, 301), &[((20, 20), red), ((450, 290), green), ((880, 5), blue)]);
    check(Fit::Contain, (3, 1), &[((0, 0), red), ((1, 0), green), ((2, 0), blue)]);
}

#[test]
fn pixels_that_are_not_square_and_pictures_that_are_turned_are_seen_as_meant() {
    let Some(studio) = Studio::open() else { return };
    // 90 × 30 pixels, each twice as high as wide: 45 × 30.
    let wide = studio.clip("narrow.mp4", &THIRDS.replace("hstack=3", "hstack=3,setsar=1/2"));
    let probe = wide.probe().unwrap();
    assert_eq!((probe.width, probe.height), (45, 30));
    let sink = wide.shown(Fit::Contain, (45, 60));
    let seen = |y| pixel(&sink.frames[0].0, 45, (22, y));
    assert!(near(seen(13), [0; 3], 6) && near(seen(17), [0, 255, 0], 6), "{:?}", seen(17));
    assert!(near(seen(43), [0, 255, 0], 6) && near(seen(47), [0; 3], 6));

    let plain = studio.clip("plain.mp4", THIRDS);
    let turned = format!("-display_rotation 90 -i {}", plain.path.display());
    let rotated = format!("-i {} -metadata:s:v:0 rotate=90 -c copy", plain.path.display());
    let turned = match Command::new(&studio.ffmpeg).args(["-v", "quiet", "-h", "long"]).output() {
        Ok(help) if String::from_utf8_lossy(&help.stdout).contains("-display_rotation") => {
            studio.clip("turned.mp4", &format!("{turned} -c copy"))
        }
        _ => studio.clip("turned.mp4", &rotated),
    };
    let probe = turned.probe().unwrap();
    assert_eq!((probe.width, probe.height), (30, 90));
    let small = image::load_from_memory(&probe.thumbnail).unwrap();
    assert_eq!((small.width(), small.height()), (30, 90));
    let sink = turned.shown(Fit::Cover, (30, 90));
    let ends = [5, 45, 85].map(|y| pixel(&sink.frames[0].0, 30, (15, y)));
    assert!(near(ends[1], [0, 255, 0], 6), "{ends:?}");
    let is_turned = near(ends[0], [254, 0, 0], 6) && near(ends[2], [0, 0, 254], 6)
        || near(ends[2], [254, 0, 0], 6) && near(ends[0], [0, 0, 254], 6);
    assert!(is_turned, "{ends:?}");
}

#[test]
fn sound_that_begins_before_the_pictures_and_times_that_do_not_begin_at_zero_do_no_harm() {
    let Some(studio) = Studio::open() else { return };
    let late = "-itsoffset 0.5 -f lavfi -i testsrc2=s=32x24:r=10:d=1 -f lavfi -i sine=d=1.5 \
        -c:v libx264 -c:a aac -map 0 -map 1";
    let clip = studio.clip("late.mkv", late);
    let sink = clip.shown(Fit::Cover, (8, 6));
    // Light from the first moment on; then each frame in its time beside the sound.
    assert_eq!(due_ms(&sink)[0], 0);
    assert!((595..=625).contains(&due_ms(&sink)[1]), "{:?}", due_ms(&sink));
    let seconds = clip.probe().unwrap().duration.unwrap().as_secs_f64();
    assert!((1.45..=1.6).contains(&seconds), "{seconds}");
    for (name, words) in [
        (
            "minus.mkv",
            "-f lavfi -i testsrc2=s=32x24:r=10:d=1 -c:v libx264 -bf 2 -output_ts_offset -0.7",
        ),
        (
            "plus.ts",
            "-f lavfi -i testsrc2=s=32x24:r=10:d=1 -c:v libx264 -bf 2 -output_ts_offset 5000",
        ),
    ] {
        let clip = studio.clip(name, words);
        let sink = clip.shown(Fit::Cover, (8, 6));
        let times = due_ms(&sink);
        assert_eq!(times.len(), 11, "{name}");
        assert!(times.iter().zip([0, 100, 200, 300]).all(|(a, b)| a.abs_diff(b) < 5), "{times:?}");
        let seconds = clip.probe().unwrap().duration.unwrap().as_secs_f64();
        assert!((0.9..=1.11).contains(&seconds), "{name}: {seconds}");
    }
}

#[test]
fn a_size_that_changes_in_the_middle_and_odd_sizes_are_shown() {
    let Some(studio) = Studio::open() else { return };
    let of = |name: &str, color: &str, size: &str| {
        let words = format!("-f lavfi -i color={color}:s={size}:r=10:d=1 -c:v mpeg2video -q:v 2");
        std::fs::read(studio.clip(name, &words).path).unwrap()
    };
    let joined = [of("a.ts", "red", "64x48"), of("b.ts", "lime", "96x32")].concat();
    let joined = studio.file("joined.ts", &joined);
    let sink = joined.shown(Fit::Cover, (8, 6));
    let colors = sink.colors();
    assert_eq!((colors[0], colors[colors.len() - 1]), ([255, 0, 0], [0, 255, 0]));
    // The times of the second begin anew, and it comes after the first all the same.
    let probe = joined.probe().unwrap();
    let seconds = probe.duration.unwrap().as_secs_f64();
    assert!((1.9..=2.2).contains(&seconds) && probe.frames == Some(20), "{seconds} {probe:?}");
    let last = *due_ms(&sink).last().unwrap();
    assert!((1850..=2100).contains(&last), "{:?}", due_ms(&sink));

    let odd =
        studio.clip("odd.mkv", "-f lavfi -i testsrc=s=63x47:r=10:d=0.5 -pix_fmt yuv420p -c:v ffv1");
    assert_eq!((odd.probe().unwrap().width, odd.probe().unwrap().height), (63, 47));
    assert_eq!(odd.shown(Fit::Cover, (33, 17)).frames.len(), 6);

    // Pixels a thousand times as wide as they are high, and the other way round.
    for aspect in ["1000/1", "1/1000"] {
        let words =
            format!("-f lavfi -i color=red:s=6x10:r=10:d=0.5 -vf setsar={aspect} -c:v ffv1");
        let absurd = studio.clip("absurd.mkv", &words);
        for fit in [Fit::Cover, Fit::Contain, Fit::Stretch] {
            assert_eq!(absurd.shown(fit, (800, 480)).frames.len(), 6, "{aspect} {fit:?}");
        }
    }
}

#[test]
fn of_far_more_frames_than_the_display_shows_only_some_are_made_and_in_their_time() {
    let Some(studio) = Studio::open() else { return };
    let clip = studio.clip("fast.mkv", "-f lavfi -i testsrc2=s=32x24:r=500:d=1 -c:v ffv1");
    let probe = clip.probe().unwrap();
    assert_eq!(probe.frames, Some(500));
    let shown = |counted: f64| {
        let mut spec = clip.spec(Fit::Cover, (8, 6));
        let SourceSpec::Video { rate, .. } = &mut spec.source else { panic!("{spec:?}") };
        *rate = Some(counted);
        let mut sink = Recording::new(usize::MAX);
        clip.run(&spec, &mut sink).unwrap();
        sink
    };
    // Twice as many as there are ticks are no harm.
    assert_eq!(shown(120.0).frames.len(), 501);
    let some = shown(500.0);
    let times = due_ms(&some);
    assert!((100..=126).contains(&times.len()), "{}", times.len());
    let steps: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // The last is told twice.
    assert!(steps[..steps.len() - 1].iter().all(|step| (8..=12).contains(step)), "{steps:?}");
    assert!(*times.last().unwrap() >= 985, "{times:?}");
}

/// Ten seconds, one colour each: red, green, blue, red, …
const SECONDS: &str = "-f lavfi -i color=black:s=32x32:r=10:d=10,format=rgb24,\
    geq=r='255*eq(mod(floor(T),3),0)':g='255*eq(mod(floor(T),3),1)':b='255*eq(mod(floor(T),3),2)' \
    -c:v libx264 -g 25 -bf 2 -pix_fmt yuv420p";

#[test]
fn it_begins_at_any_position() {
    let Some(studio) = Studio::open() else { return };
    let clip = studio.clip("seconds.mp4", SECONDS);
    let (red, green, blue) = ([255, 0, 0], [0, 255, 0], [0, 0, 255]);
    for (start_ms, first, color) in [
        (0, 0, red),
        (4000, 4000, green),
        (4550, 4550, green),
        (5010, 5010, blue),
        (9950, 9950, red),
    ] {
        let mut spec = clip.spec(Fit::Cover, (4, 4));
        spec.start = Duration::from_millis(start_ms);
        let mut sink = Recording::new(usize::MAX);
        clip.run(&spec, &mut sink).unwrap();
        assert_eq!((due_ms(&sink)[0], sink.colors()[0]), (first, color), "{start_ms}");
        let (last, meta) = sink.frames.last().unwrap();
        assert!(meta.last && last[0] > 200, "{start_ms}");
        if start_ms == 4550 {
            assert_eq!(due_ms(&sink)[1..3], [4700, 4800]);
        }
    }
}

#[test]
fn one_that_lasts_longer_repeats_without_a_gap() {
    let Some(studio) = Studio::open() else { return };
    let clip = studio.clip("two.mp4", "-f lavfi -i testsrc2=s=32x24:r=10:d=2 -c:v libx264");
    // Small frames are kept; large ones are decoded anew.
    for size in [(4, 3), (1600, 1200)] {
        let mut spec = clip.spec(Fit::Stretch, size);
        spec.source.repeat();
        let mut sink = Recording::new(45);
        clip.run(&spec, &mut sink).unwrap();
        let expect: Vec<u64> = (0..45).map(|n| n * 100).collect();
        assert_eq!(due_ms(&sink), expect, "{size:?}");
        assert!(sink.frames[20].0 == sink.frames[0].0 && sink.frames[5].0 != sink.frames[0].0);
        spec.start = Duration::from_millis(5300);
        let mut sink = Recording::new(9);
        clip.run(&spec, &mut sink).unwrap();
        assert_eq!(due_ms(&sink), [5300, 5400, 5500, 5600, 5700, 5800, 5900, 6000, 6100]);
    }
}

#[test]
fn frames_that_are_over_are_passed_and_one_that_is_far_behind_begins_anew() {
    let Some(studio) = Studio::open() else { return };
    let clip = studio.clip("seconds.mp4", SECONDS);
    let check = |position_ms: u64, color: [u8; 3]| {
        let jump = move |put| Duration::from_millis(if put >= 5 { position_ms } else { 0 });
        let mut sink = Recording::shown(8, jump);
        clip.run(&clip.spec(Fit::Cover, (4, 4)), &mut sink).unwrap();
        assert_eq!(due_ms(&sink)[..5], [0, 100, 200, 300, 400]);
        let late = due_ms(&sink)[6];
        assert!(late + 500 >= position_ms, "{:?}", due_ms(&sink));
        assert_eq!(sink.colors()[6], color);
    };
    check(1800, [0, 255, 0]);
    check(7200, [0, 255, 0]);
}

#[test]
fn where_decoding_is_too_slow_what_is_decoded_is_seen() {
    let Some(studio) = Studio::open() else { return };
    let clip = studio.clip("seconds.mp4", SECONDS);
    // After five frames the display is a second ahead, and goes on by more than a tick a frame.
    let asked = std::cell::Cell::new(0);
    let mut sink = Recording::shown(usize::MAX, move |put| {
        asked.set(asked.get() + 1);
        Duration::from_millis(if put < 5 { 0 } else { 1400 + asked.get() * 10 })
    });
    clip.run(&clip.spec(Fit::Cover, (4, 4)), &mut sink).unwrap();
    let late = due_ms(&sink).iter().filter(|due| (500..1400).contains(*due)).count();
    assert!(late >= 7, "{:?}", due_ms(&sink));
}

#[test]
fn what_is_no_video_is_refused_in_words() {
    let Some(studio) = Studio::open() else { return };
    let sound = studio.clip("sound.mp3", "-f lavfi -i sine=d=1");
    assert_eq!(sound.refusal(), "it has sound but no picture");
    let cover = "-f lavfi -i sine=d=1 -f lavfi -i color=red:s=64x64:d=0.1 -map 0 -map 1 \
        -c:a aac -c:v mjpeg -frames:v 1 -disposition:v:0 attached_pic";
    assert_eq!(studio.clip("cover.m4a", cover).refusal(), "it has sound but no picture");
    let wide = "-f lavfi -i color=red:s=8208x16:r=1:d=1 -c:v ffv1";
    assert_eq!(
        studio.clip("wide.mkv", wide).refusal(),
        "this video is 8208 × 16 pixels; the limit is 8192 pixels for a side"
    );
    let whole =
        std::fs::read(studio.clip("a.mp4", &format!("{MOVING} -c:v libx264")).path).unwrap();
    let cut = studio.file("cut.mp4", &whole[..whole.len() / 2]).refusal();
    assert!(cut.starts_with("this video cannot be decoded: "), "{cut}");
    assert!(cut.contains("moov atom not found") && !cut.contains('/'), "{cut}");
    let mut noise = whole[..2000].to_vec();
    let mut state = 1_u32;
    noise[32..].fill_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let noise = studio.file("noise.mp4", &noise).refusal();
    assert!(noise.starts_with("this video cannot be decoded: "), "{noise}");
    // A list that names other files is not followed, whatever it begins with.
    for list in
        ["ffconcat version 1.0\nfile /etc/hostname\n\0", "#EXTM3U\n#EXTINF:1,\n/etc/hostname\n\0"]
    {
        let refusal = studio.file("list", list.as_bytes()).refusal();
        assert!(refusal.contains("neither a picture nor a video"), "{refusal}");
    }
}

#[test]
fn without_ffmpeg_a_video_is_refused_with_what_to_install() {
    let bytes = b"\0\0\0\x18ftypisom\0\0\0\0".to_vec();
    let refusal = crate::source::probe(&mut std::io::Cursor::new(bytes), &Tools::default());
    let reason = refusal.unwrap_err().to_string();
    assert!(reason.contains("apt install ffmpeg"), "{reason}");
}

/// A program that behaves like a broken ffmpeg.
fn fake(script: &str) -> (TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ffmpeg");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    (folder, path)
}

fn play_with(ffmpeg: &Path) -> Result<Recording, SourceError> {
    let content = File::open("/dev/null").unwrap();
    let spec = VideoSpec {
        ffmpeg,
        fit: Fit::Cover,
        devices: &[],
        length: Duration::from_secs(1),
        rate: None,
        repeat: false,
        canvas: CanvasSpec { width: 4, height: 3, fps: 60.0 },
        start: Duration::ZERO,
    };
    let mut sink = Recording::new(usize::MAX);
    run(content.as_fd(), &spec, &mut sink).map(|()| sink)
}

#[test]
fn an_ffmpeg_that_fails_is_heard_and_one_that_writes_nonsense_is_not_believed() {
    let check = |script: &str, expect: &str| {
        let (_folder, ffmpeg) = fake(script);
        let reason = play_with(&ffmpeg).err().unwrap().to_string();
        assert_eq!(reason, format!("this video cannot be decoded: {expect}"));
    };
    check("echo '[h264 @ 0x1] out of cheese' >&2; exit 1", "out of cheese");
    check("exit 1", "ffmpeg stopped on it");
    check("exit 0", "no frame came out of it");
    check("echo hello and good bye, dear world", "no NUT stream");
    check("printf 'nut/multimedia container\\0x'", "a frame before its header");
    let (_folder, ffmpeg) = fake("kill -9 $$");
    let error = play_with(&ffmpeg).err().unwrap();
    assert!(matches!(error, SourceError::VideoDied { signal: 9 }), "{error}");
}

#[test]
fn an_ffmpeg_that_dies_in_the_middle_is_no_end() {
    let Some(studio) = Studio::open() else { return };
    let frames = "-vf scale=4:3,format=rgb24 -c:v rawvideo -f nut";
    let whole = studio.clip("frames.nut", &format!("{SECONDS} {frames}"));
    let half = studio.file("half.nut", &std::fs::read(whole.path).unwrap()[..2000]);
    // It has no children, so it becomes one that fails after it has written.
    let (_folder, ffmpeg) = fake(&format!("exec cat {} /nowhere/at-all", half.path.display()));
    let error = play_with(&ffmpeg).err().unwrap().to_string();
    assert!(error.starts_with("this video cannot be decoded: cat: No such file"), "{error}");
}

/// Frames with their times.
fn frames(sink: &Recording) -> Vec<(Vec<u8>, Duration)> {
    sink.frames.iter().map(|(rgb, meta)| (rgb.clone(), meta.pts)).collect()
}

#[test]
fn where_no_device_decodes_the_processor_does_and_nothing_is_lost() {
    let Some(studio) = Studio::open() else { return };
    let clip = studio.clip("plain.mp4", "-f lavfi -i testsrc2=s=64x48:r=25:d=1 -pix_fmt yuv420p");
    let plain = frames(&clip.shown(Fit::Cover, (16, 12)));
    assert_eq!(plain.len(), 26);
    // ffmpeg asks for what is not there: a method that no device offers, and a decoder without one.
    for device in ["/dev/null", "/dev/video99"] {
        let mut spec = clip.spec(Fit::Cover, (16, 12));
        let SourceSpec::Video { devices, .. } = &mut spec.source else { panic!("{spec:?}") };
        devices.push(device.into());
        let mut sink = Recording::new(usize::MAX);
        clip.run(&spec, &mut sink).unwrap();
        assert!(frames(&sink) == plain, "{device}: {:?}", due_ms(&sink));
    }
}

#[test]
fn a_device_that_gives_up_in_the_middle_is_followed_by_the_processor() {
    let Some(studio) = Studio::open() else { return };
    let clip = studio.clip("whole.avi", "-f lavfi -i testsrc2=s=64x48:r=25:d=2 -c:v mjpeg -q:v 3");
    // A wound in the middle, over which the processor comes.
    let mut bytes = std::fs::read(&clip.path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 600].fill(0xFF);
    let clip = studio.file("wounded.avi", &bytes);
    let plain = due_ms(&clip.shown(Fit::Cover, (16, 12)));
    assert!(plain.len() > 45, "{plain:?}");
    // The real one, which ends at the wound if a device is asked for. It notes what it said.
    let failing = studio.folder.path().join("ffmpeg");
    let (real, said) = (studio.ffmpeg.display(), studio.folder.path().join("said"));
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in\n*' -hwaccel '*) exec {real} -xerror -err_detect explode \"$@\" 2>{};;\nesac\n\
         exec {real} \"$@\"\n",
        said.display()
    );
    std::fs::write(&failing, script).unwrap();
    let rights = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&failing, rights).unwrap();
    let mut spec = clip.spec(Fit::Cover, (16, 12));
    let SourceSpec::Video { devices, ffmpeg, .. } = &mut spec.source else { panic!("{spec:?}") };
    devices.push("/dev/null".into());
    *ffmpeg = failing;
    let mut sink = Recording::new(usize::MAX);
    clip.run(&spec, &mut sink).unwrap();
    let said = std::fs::read_to_string(said).unwrap();
    assert!(said.contains("error y="), "the device did not give up: {said:?}");
    let shown = due_ms(&sink);
    // Nothing is missing, and what comes twice is little.
    assert!(plain.iter().all(|time| shown.contains(time)), "{shown:?} for {plain:?}");
    assert!(shown.windows(2).all(|pair| pair[0] <= pair[1]), "{shown:?}");
}
