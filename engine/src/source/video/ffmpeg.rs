//! The system's ffmpeg as a decoder: it opens the content by itself, fits it to the canvas and
//! writes frames with their times.

use std::io::{self, BufReader, ErrorKind};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::time::Duration;

use hal::tool::{Ended, Tool};

use super::super::{Fit, SourceError};
use super::nut::Nut;
use super::words::last_words;

/// How long ffmpeg may be silent while frames are asked of it.
pub(in super::super) const PATIENCE: Duration = Duration::from_secs(10);

/// Containers that may be opened. All that hold moving pictures in themselves; none that names
/// other files, as lists and streaming manifests do.
const CONTAINERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,\
    hevc,h261,h263,av1,obu,ivf,mjpeg,mpjpeg,flv,live_flv,kux,ogg,asf,asf_o,rm,nut,dv,mxf,gxf,wtv,swf,nsv,4xm,\
    bink,smk,roq,flic,film_cpk,yuv4mpegpipe,amv,thp,cavsvideo,vc1,vc1test,dirac,dnxhd,r3d,lxf,\
    vividas,vvc,evc,apng,avs2,avs3,mp3,aac,flac,wav,w64,aiff,ac3,eac3,dts,caf,au,amr,ape,tta,wv";

/// What both programs are told before the content.
pub(super) fn input() -> Vec<String> {
    words(&["-protocol_whitelist", "file,pipe", "-format_whitelist", CONTAINERS])
}

pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A size and how the picture meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) fit: Fit,
}

impl Shape {
    pub(super) fn frame_bytes(self) -> usize {
        self.width as usize * self.height as usize * 3
    }
}

/// What decodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The processor. Always works.
    Processor,
    /// A device, by whatever method of ffmpeg is offered and works for this codec; else ffmpeg takes
    /// the processor by itself.
    Device,
    /// A device, by a decoder of ffmpeg that is named after the codec.
    Codec(String),
}

/// A running ffmpeg.
pub(super) struct Decoder {
    frames: Nut<BufReader<Tool>>,
}

impl Decoder {
    /// Starts ffmpeg on the content at a position from its beginning. Of frames that follow each
    /// other in less than `least`, some are left out before anything is made of them.
    pub(super) fn start(
        ffmpeg: &Path,
        content: BorrowedFd<'_>,
        from: Duration,
        shape: Shape,
        least: Option<Duration>,
        way: &Way,
    ) -> Result<Self, SourceError> {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
        let mut arguments = words(&["-nostdin", "-v", "error", "-threads", &threads.to_string()]);
        arguments.extend(input());
        if !from.is_zero() {
            arguments.extend(["-ss".to_owned(), format!("{:.6}", from.as_secs_f64())]);
        }
        // Frames come back into memory by themselves, so that the filters are the same.
        match way {
            Way::Processor => {}
            Way::Device => arguments.extend(words(&["-hwaccel", "auto"])),
            Way::Codec(decoder) => arguments.extend(["-c:v".to_owned(), decoder.clone()]),
        }
        // Not "-" or a pipe: an open of its own can be searched, whatever the container.
        arguments.extend(words(&["-i", "/dev/stdin", "-map", "0:V:0", "-an", "-sn", "-dn"]));
        arguments.extend(words(&["-map_metadata", "-1", "-map_chapters", "-1"]));
        arguments.extend(["-vf".to_owned(), filters(shape, least)]);
        // Times are exact to the microsecond instead of rounded to a frame rate. NUT takes frames
        // whenever they are due, so none is doubled or dropped to keep to a rate.
        arguments.extend(words(&["-c:v", "rawvideo", "-enc_time_base", "1:1000000"]));
        arguments.extend(words(&["-flush_packets", "1", "-f", "nut", "pipe:1"]));
        let tool = Tool::start(ffmpeg, &arguments, content, PATIENCE)
            .map_err(|error| SourceError::Video { reason: error.chain() })?;
        Ok(Self { frames: Nut::new(BufReader::with_capacity(1 << 16, tool)) })
    }

    /// The next frame and its time after the position that was started at. `None` at the end.
    pub(super) fn next(&mut self, into: &mut [u8]) -> Result<Option<Duration>, Stopped> {
        self.frames.next(into).map_err(|error| match error.kind() {
            ErrorKind::TimedOut => Stopped::Silent,
            _ => Stopped::Broken(error),
        })
    }

    /// After the end: whether it was one, or what ffmpeg has to say.
    pub(super) fn finish(self) -> Result<(), SourceError> {
        let ended = self.frames.into_inner().into_inner().finish();
        match ended {
            Ok(Ended { is_success: true, .. }) => Ok(()),
            Ok(Ended { signal: Some(signal), .. }) => Err(SourceError::VideoDied { signal }),
            Ok(ended) => Err(SourceError::Video { reason: reason(&ended.said) }),
            Err(error) => Err(SourceError::Video { reason: error.chain() }),
        }
    }

    /// After it stopped: why.
    pub(super) fn failed(self, stopped: Stopped) -> SourceError {
        match stopped {
            Stopped::Silent => SourceError::VideoSilent,
            // It was cut off in the middle of a frame: its own words tell more.
            Stopped::Broken(error) => match self.finish() {
                Err(said) => said,
                Ok(()) => SourceError::Video { reason: error.to_string() },
            },
        }
    }
}

/// Why there is no next frame.
#[derive(Debug)]
pub(super) enum Stopped {
    /// Nothing came for as long as is waited.
    Silent,
    /// What came is not a whole frame.
    Broken(io::Error),
}

/// ffmpeg's words, or that there are none.
pub(super) fn reason(said: &str) -> String {
    let words = last_words(said);
    if words.is_empty() { "ffmpeg stopped on it".to_owned() } else { words }
}

/// Cuts, scales and pads by the size at which pixels are seen, which need not be squares. All is
/// told as expressions: the size of a video may change in its middle.
fn filters(shape: Shape, least: Option<Duration>) -> String {
    let Shape { width: w, height: h, fit } = shape;
    // A frame without a time is not left out.
    let fewer = least.map_or_else(String::new, |least| {
        let least = least.as_secs_f64();
        format!("select='isnan(t)+isnan(prev_selected_t)+gte(t-prev_selected_t,{least:.6})',")
    });
    // Means when shrinking, straight lines between pixels when enlarging.
    const HOW: &str = "flags=area+accurate_rnd+full_chroma_int";
    /// How many times the canvas a picture may be before its rest is cut off.
    const MOST_OVER: u64 = 8;
    let whole = match fit {
        Fit::Stretch => format!("scale={w}:{h}:{HOW}"),
        Fit::Contain => {
            let scale = format!("min({w}/(iw*sar),{h}/ih)");
            format!(
                "scale=w='clip(round(iw*sar*{scale}),1,{w})':h='clip(round(ih*{scale}),1,{h})':{HOW},\
                 format=rgb24,pad={w}:{h}:(ow-iw)/2:(oh-ih)/2:black"
            )
        }
        Fit::Cover => {
            // First cut to about what is seen, so that nothing huge is scaled, then exactly. A few
            // pixels of an absurd shape would become huge: they lose it instead.
            let (most_w, most_h) = (u64::from(w) * MOST_OVER, u64::from(h) * MOST_OVER);
            let scale = format!("max({w}/(iw*sar),{h}/ih)");
            format!(
                "crop=w='min(iw,ceil(ih*{w}/{h}/sar)+2)':h='min(ih,ceil(iw*sar*{h}/{w})+2)',\
                 scale=w='clip(round(iw*sar*{scale}),{w},{most_w})':h='clip(round(ih*{scale}),{h},{most_h})':{HOW},\
                 format=rgb24,crop={w}:{h}"
            )
        }
    };
    format!("{fewer}{whole},format=rgb24,setsar=1")
}
