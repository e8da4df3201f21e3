//! A small display with everything real but time: 4 × 2 pixels, two LEDs, bytes as in the picture.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hal::output::memory::{MemoryHandle, MemoryOutput};
use hal::realtime::Wish;
use hal::shm::{ColorSpace, FrameMeta, PixelFormat, Ring, RingReader, RingSpec, RingWriter};
use hal::{Clock, ManualClock, MonoTime, Wake};

use crate::color::{ColorMap, ColorSpec, Gamma};
use crate::layout::{LayoutMap, LayoutSpec, MatrixSpec};
use crate::output::{self, OutputHandle, OutputSpec};
use crate::player::{FadeSpec, Token};
use crate::render::{
    FromRender, Lane, Layer, Render, RenderLink, TapReader, TapWish, ToRender, link, tap,
};
use crate::stats::FrameStats;

pub(super) const WIDTH: u32 = 4;
pub(super) const HEIGHT: u32 = 2;
pub(super) const LEDS: usize = 2;

/// An instant, in milliseconds after the start of the test's time.
pub(super) fn at(ms: u64) -> MonoTime {
    MonoTime::from_nanos((10_000 + ms) * 1_000_000)
}

pub(super) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A ring with its writer, as a producer has it.
pub(super) struct Source {
    pub(super) ring: Arc<Ring>,
    pub(super) writer: RingWriter,
    count: u64,
}

impl Source {
    pub(super) fn new(width: u32, height: u32) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("prismatron_test_render_{}_{number}", std::process::id());
        let (format, color) = (PixelFormat::Rgb8, ColorSpace::Srgb);
        let spec = RingSpec { width, height, format, color, slots: 8 };
        let ring = Ring::create(&name, &spec).unwrap();
        let writer = Ring::open(&name).unwrap().writer();
        Self { ring, writer, count: 0 }
    }

    /// A grey frame that is due `pts_ms` after the item's start.
    pub(super) fn put(&mut self, grey: u8, pts_ms: u64) {
        self.put_frame(grey, pts_ms, false);
    }

    /// As `put`, for the last frame of an item.
    pub(super) fn put_last(&mut self, grey: u8, pts_ms: u64) {
        self.put_frame(grey, pts_ms, true);
    }

    fn put_frame(&mut self, grey: u8, pts_ms: u64, last: bool) {
        let spec = *self.ring.spec();
        self.put_pixels(&vec![grey; spec.frame_bytes()], pts_ms, last);
    }

    pub(super) fn put_pixels(&mut self, pixels: &[u8], pts_ms: u64, last: bool) {
        let meta = FrameMeta { number: self.count, pts: ms(pts_ms), last };
        self.count += 1;
        self.writer.put(pixels, meta).unwrap();
    }

    pub(super) fn reader(&self) -> Box<RingReader> {
        Box::new(self.ring.reader())
    }

    pub(super) fn layer(&self, token: u64) -> Box<Layer> {
        Box::new(Layer::new(Token(token), self.reader(), LEDS))
    }
}

/// Render on a stage: the test is control, the clock and the eye.
pub(super) struct Stage {
    pub(super) clock: Arc<ManualClock>,
    pub(super) render: Render,
    pub(super) link: RenderLink,
    pub(super) stats: Arc<FrameStats>,
    pub(super) seen: MemoryHandle,
    pub(super) tap_reader: TapReader,
    pub(super) tap_wish: TapWish,
    _output: OutputHandle,
}

/// The parts of a render that the thread's tests put together themselves.
pub(super) struct Parts {
    pub(super) render: Render,
    pub(super) link: RenderLink,
    pub(super) wake: Wake,
    pub(super) stats: Arc<FrameStats>,
    pub(super) seen: MemoryHandle,
    pub(super) tap_reader: TapReader,
    pub(super) tap_wish: TapWish,
    pub(super) output: OutputHandle,
}

/// Render for a canvas of `width` × `height` and two LEDs beside each other.
pub(super) fn parts(clock: Arc<dyn Clock>, width: u32, height: u32) -> Parts {
    let matrix = MatrixSpec { columns: LEDS as u32, rows: 1, ..MatrixSpec::default() };
    let map = LayoutMap::build(&LayoutSpec::Matrix(matrix), width, height).unwrap();
    let (output, seen) = MemoryOutput::new();
    let spec = OutputSpec {
        id: "eye".into(),
        kind: "memory".into(),
        open: Box::new(output),
        leds: LEDS,
        bytes: LEDS * 3,
        wish: Wish { fifo: None, nice: None },
    };
    // The output's own clock: it waits for frames only, and no test moves it.
    let its_clock = Arc::new(ManualClock::default());
    let (mailbox, output) = output::spawn(spec, its_clock, Box::new(|_, _, _| {})).unwrap();
    let color = ColorMap::build(&ColorSpec { gamma: Gamma::Power(1.0), ..ColorSpec::default() });
    let lanes = vec![Lane { range: 0..LEDS, color, mailbox }];
    let (tap, tap_reader, tap_wish) = tap(LEDS);
    let wake = Wake::new();
    let (link, channel) = link(wake.clone(), Wake::new());
    let stats = Arc::new(FrameStats::default());
    let render = Render::new(clock, channel, map, lanes, tap, stats.clone(), 1.0);
    Parts { render, link, wake, stats, seen, tap_reader, tap_wish, output }
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::of(WIDTH, HEIGHT)
    }

    pub(super) fn of(width: u32, height: u32) -> Self {
        let clock = Arc::new(ManualClock::starting_at(at(0)));
        let Parts { render, link, stats, seen, tap_reader, tap_wish, output, .. } =
            parts(clock.clone(), width, height);
        Self { clock, render, link, stats, seen, tap_reader, tap_wish, _output: output }
    }

    pub(super) fn send(&mut self, message: ToRender) {
        assert!(self.link.send(message).is_ok(), "the queue is full");
    }

    /// Asks for a layer at once, or from an instant on, without a fade.
    pub(super) fn show(&mut self, layer: Box<Layer>, begin_ms: Option<u64>) {
        let begin = begin_ms.map(at);
        self.send(ToRender::Show { layer, at: begin, position: ms(0), fade: FadeSpec::CUT });
    }

    /// Takes the tick at this instant and returns the bytes that the output got.
    pub(super) fn bytes(&mut self, now_ms: u64) -> Vec<u8> {
        let deadline = at(now_ms);
        self.clock.advance(deadline.since(self.clock.now()));
        self.render.tick(deadline);
        let number = self.render.number;
        let is_it = |last: &hal::output::memory::Stored| last.number == number;
        let seen = self.seen.wait_until(|seen| seen.last.as_ref().is_some_and(is_it));
        seen.last.unwrap().bytes
    }

    /// As `bytes`, where all of them are the same.
    pub(super) fn grey(&mut self, now_ms: u64) -> u8 {
        let bytes = self.bytes(now_ms);
        assert!(bytes.iter().all(|&byte| byte == bytes[0]), "{bytes:?} at {now_ms} ms");
        bytes[0]
    }

    /// What render has said since the last call, in words.
    pub(super) fn said(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(message) = self.link.receive() {
            said.push(match message {
                FromRender::Shown { token, zero } => {
                    format!("shown {} zero {:+}", token.0, signed_ms(zero))
                }
                FromRender::Cheated { token } => format!("cheated {}", token.0),
                FromRender::Retired(layer) => format!("retired {}", layer.token.0),
                FromRender::Spare(_) => "spare".to_owned(),
            });
        }
        said
    }
}

fn signed_ms(time: MonoTime) -> i64 {
    let (after, before) = (time.since(at(0)), at(0).since(time));
    after.as_millis() as i64 - before.as_millis() as i64
}
