//! What a video is: told by ffprobe, and believed once a frame of it has been decoded.

use std::io::{BufRead, BufReader, Read};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::time::Duration;

use hal::tool::Tool;
use hal::{Clock, SystemClock};
use image::RgbImage;
use serde::Deserialize;

use super::super::tools::ffprobe;
use super::super::{Fit, Probe, SourceError, still};
use super::ffmpeg::{Decoder, PATIENCE, Shape, Way, input, reason, words};
use crate::library::model::MediaKind;

/// The most pixels that a side of a video may have.
pub(in super::super) const MAX_SIDE: u32 = 8192;
/// How long the times of all frames may be read; then the container's own word is taken.
const COUNTING: Duration = Duration::from_secs(20);
/// A step of more than this is none of the film's; a step back of more than `BACK` neither. ffmpeg
/// goes on at the old times, and so is counted here.
const JUMP_S: f64 = 10.0;
const BACK_S: f64 = 0.1;
/// The most that ffprobe may say about streams.
const MOST_JSON: u64 = 4 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    streams: Vec<Stream>,
    format: Container,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stream {
    codec_type: String,
    codec_name: Option<String>,
    width: u32,
    height: u32,
    sample_aspect_ratio: Option<String>,
    avg_frame_rate: Option<String>,
    duration: Option<String>,
    disposition: Disposition,
    side_data_list: Vec<SideData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Disposition {
    attached_pic: u8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SideData {
    rotation: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    format_name: String,
    start_time: Option<String>,
    duration: Option<String>,
    tags: Tags,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tags {
    major_brand: String,
}

/// The times of a stream's packets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Times {
    count: u64,
    first_s: Option<f64>,
    /// When the last frame with a time ends.
    end_s: f64,
    /// All frames together, also those whose time only the decoder works out.
    together_s: f64,
    without_time: u64,
    /// Whether times may begin anew in the middle, as in streams that were put one after the other.
    may_jump: bool,
    /// What was added to the times since they jumped.
    offset_s: f64,
    last_dts: Option<f64>,
    /// When the frame after the last is to be decoded.
    next_dts: f64,
}

/// Looks at a video with ffprobe, counts its frames, and decodes one for the small picture.
pub(in super::super) fn probe(
    content: BorrowedFd<'_>,
    ffmpeg: &Path,
) -> Result<Probe, SourceError> {
    let ffprobe = ffprobe(ffmpeg);
    let told = tell(&ffprobe, content)?;
    let is_picture =
        |stream: &&Stream| stream.codec_type == "video" && stream.disposition.attached_pic == 0;
    let Some(video) = told.streams.iter().find(is_picture) else {
        return Err(match told.streams.iter().any(|stream| stream.codec_type == "audio") {
            true => SourceError::NoPicture,
            false => SourceError::Video { reason: "there are no pictures in it".into() },
        });
    };
    if video.width > MAX_SIDE || video.height > MAX_SIDE {
        return Err(SourceError::VideoTooLarge { width: video.width, height: video.height });
    }
    if video.width == 0 || video.height == 0 || video.codec_name.is_none() {
        let what = video.codec_name.as_deref().unwrap_or("an unknown codec");
        let reason = format!("ffmpeg cannot read its pictures ({what})");
        return Err(SourceError::Video { reason });
    }
    let (width, height) = seen_size(video);
    let may_jump = matches!(&*told.format.format_name, "mpegts" | "mpeg");
    let times = count(&ffprobe, content, may_jump)?;
    let (duration, frames) = lasts(video, &told.format, times);
    let (across, down) = still::thumbnail_size(width, height);
    let shape = Shape { width: across, height: down, fit: Fit::Stretch };
    // Beginnings are often black.
    let later = duration.mul_f64(0.1);
    let small = match frame(ffmpeg, content, later, shape) {
        Ok(small) => small,
        Err(_) => frame(ffmpeg, content, Duration::ZERO, shape)?,
    };
    Ok(Probe {
        kind: MediaKind::Video,
        content_type: content_type(&told.format, video).to_owned(),
        width,
        height,
        duration: Some(duration),
        frames,
        thumbnail: still::thumbnail(&small)?,
    })
}

/// The codec of the pictures.
pub(super) fn codec(ffmpeg: &Path, content: BorrowedFd<'_>) -> Result<Option<String>, SourceError> {
    let ask = ["-select_streams", "V:0", "-show_entries", "stream=codec_name", "-of", "csv=p=0"];
    let mut said = String::new();
    let running = start(&ffprobe(ffmpeg), content, &ask)?;
    running.take(100).read_to_string(&mut said).map_err(|error| read_failed(&error))?;
    Ok(said.lines().next().map(|codec| codec.trim_end_matches(',').to_owned()))
}

fn start(
    ffprobe: &Path,
    content: BorrowedFd<'_>,
    ask: &[&str],
) -> Result<BufReader<Tool>, SourceError> {
    let mut arguments = words(&["-v", "error"]);
    arguments.extend(input());
    arguments.extend(words(ask));
    arguments.extend(words(&["-i", "/dev/stdin"]));
    let tool = Tool::start(ffprobe, &arguments, content, PATIENCE)
        .map_err(|error| SourceError::Video { reason: error.chain() })?;
    Ok(BufReader::new(tool))
}

fn read_failed(error: &std::io::Error) -> SourceError {
    match error.kind() {
        std::io::ErrorKind::TimedOut => SourceError::VideoSilent,
        _ => SourceError::Video { reason: error.to_string() },
    }
}

fn tell(ffprobe: &Path, content: BorrowedFd<'_>) -> Result<Told, SourceError> {
    let mut running = start(ffprobe, content, &["-show_streams", "-show_format", "-of", "json"])?;
    let mut json = Vec::new();
    running.by_ref().take(MOST_JSON).read_to_end(&mut json).map_err(|error| read_failed(&error))?;
    let failed = |reason: String| SourceError::Video { reason };
    let ended = running.into_inner().finish().map_err(|error| failed(error.chain()))?;
    if !ended.is_success {
        return Err(failed(reason(&ended.said)));
    }
    serde_json::from_slice(&json).map_err(|error| failed(format!("ffprobe's answer: {error}")))
}

/// The times of all frames that are shown, if they can be read in reasonable time.
fn count(
    ffprobe: &Path,
    content: BorrowedFd<'_>,
    may_jump: bool,
) -> Result<Option<Times>, SourceError> {
    let fields = "packet=pts_time,dts_time,duration_time,flags";
    let ask = ["-select_streams", "V:0", "-show_entries", fields];
    let ask = [ask.as_slice(), &["-of", "csv=p=0"]].concat();
    let running = start(ffprobe, content, &ask)?;
    let clock = SystemClock;
    let until = clock.now() + COUNTING;
    let mut times = Times { may_jump, ..Times::default() };
    for line in running.lines() {
        // A packet that breaks off is no reason to reject what comes before it.
        let Ok(line) = line else { return Ok(None) };
        times.add(&line);
        if clock.now() > until {
            return Ok(None);
        }
    }
    Ok(Some(times))
}

impl Times {
    fn add(&mut self, line: &str) {
        let mut fields = line.split(',');
        let mut number = || fields.next().and_then(|field| field.parse::<f64>().ok());
        let (pts, dts) = (number(), number());
        let duration = number().unwrap_or(0.0);
        // Decoded for others' sake and never shown.
        let is_discarded = fields.next().is_some_and(|flags| flags.contains('D'));
        if is_discarded || line.is_empty() {
            return;
        }
        self.count += 1;
        self.together_s += duration;
        if let Some(dts) = dts {
            self.follow(dts, duration);
        }
        match pts {
            Some(pts) => {
                let pts = pts + self.offset_s;
                self.first_s = Some(self.first_s.map_or(pts, |first| first.min(pts)));
                self.end_s = self.end_s.max(pts + duration);
            }
            None => self.without_time += 1,
        }
    }
}

impl Times {
    /// Goes on at the old times where they begin anew.
    fn follow(&mut self, dts: f64, duration: f64) {
        let mut at = dts + self.offset_s;
        if let Some(last) = self.last_dts.filter(|_| self.may_jump) {
            let step = at - self.next_dts;
            if step.abs() > JUMP_S || at + BACK_S < last {
                self.offset_s -= step;
                at = self.next_dts;
            }
        }
        self.last_dts = Some(at);
        self.next_dts = at + duration;
    }
}

/// How long a video is, and of how many frames, from its container's beginning.
fn lasts(video: &Stream, container: &Container, times: Option<Times>) -> (Duration, Option<u64>) {
    let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
    let frames = times.map(|times| times.count).filter(|count| *count > 0);
    let counted = times.and_then(|times| {
        let first = times.first_s?;
        let start = number(&container.start_time).map_or(first, |start| start.min(first));
        let by_times = times.end_s - start;
        Some(if times.without_time > 0 { by_times.max(times.together_s) } else { by_times })
    });
    let by_rate = || Some(frames? as f64 / ratio(video.avg_frame_rate.as_deref()?, '/')?);
    let seconds = counted
        .filter(|seconds| *seconds > 0.0)
        .or_else(|| number(&video.duration))
        .or_else(|| number(&container.duration))
        .or_else(by_rate)
        .unwrap_or(0.0);
    (Duration::try_from_secs_f64(seconds).unwrap_or_default(), frames)
}

fn ratio(text: &str, between: char) -> Option<f64> {
    let (a, b) = text.split_once(between)?;
    let ratio = a.parse::<f64>().ok()? / b.parse::<f64>().ok()?;
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

/// Pixels as they are seen: square, and turned.
fn seen_size(video: &Stream) -> (u32, u32) {
    let aspect = video.sample_aspect_ratio.as_deref().and_then(|text| ratio(text, ':'));
    let across = f64::from(video.width) * aspect.unwrap_or(1.0);
    let across = (across.round() as u32).clamp(1, MAX_SIDE * 8);
    let turn = video.side_data_list.iter().find_map(|data| data.rotation).unwrap_or(0.0);
    let is_sideways = ((turn / 90.0).round() as i64) % 2 != 0;
    if is_sideways { (video.height, across) } else { (across, video.height) }
}

/// One frame.
fn frame(
    ffmpeg: &Path,
    content: BorrowedFd<'_>,
    from: Duration,
    shape: Shape,
) -> Result<RgbImage, SourceError> {
    let mut decoder = Decoder::start(ffmpeg, content, from, shape, None, &Way::Processor)?;
    let mut rgb = vec![0; shape.frame_bytes()];
    let none = || SourceError::Video { reason: "no frame came out of it".into() };
    match decoder.next(&mut rgb) {
        Ok(Some(_)) => RgbImage::from_raw(shape.width, shape.height, rgb).ok_or_else(none),
        Ok(None) => Err(decoder.finish().err().unwrap_or_else(none)),
        Err(stopped) => Err(decoder.failed(stopped)),
    }
}

fn content_type(container: &Container, video: &Stream) -> &'static str {
    let is_web = || matches!(video.codec_name.as_deref(), Some("vp8" | "vp9" | "av1"));
    match container.format_name.split(',').next().unwrap_or_default() {
        "mov" if container.tags.major_brand.starts_with("qt") => "video/quicktime",
        "mov" => "video/mp4",
        "matroska" if is_web() => "video/webm",
        "matroska" => "video/x-matroska",
        "avi" => "video/x-msvideo",
        "mpegts" => "video/mp2t",
        "mpeg" | "mpegvideo" => "video/mpeg",
        "flv" => "video/x-flv",
        "ogg" => "video/ogg",
        "asf" => "video/x-ms-asf",
        "h264" => "video/h264",
        "hevc" => "video/h265",
        _ => "application/octet-stream",
    }
}
