//! Times one frame from the ring to the wire, next to a copy of the frame in the same run.
//!
//! `cargo bench --bench pipeline`. Processor time of this thread, in rounds in which the copy, the
//! plain control and the work take turns; what is printed of each is the median of its rounds, and
//! of the ratios of each round to the copy in it, with the least and the largest. Before anything
//! is timed, its bytes are compared with the plain reference and with what a receiver got.
#![allow(clippy::print_stdout, reason = "a bench prints its results")]

use std::hint::black_box;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use engine::color::curve::{srgb_encode, srgb_to_linear16};
use engine::color::{ColorMap, ColorSpec, Gamma};
use engine::layout::{LayoutMap, LayoutSpec, MatrixSpec, Rows};
use engine::output::{self, OutputHandle, OutputSpec};
use engine::player::{FadeSpec, Token};
use engine::render::{Lane, Layer, Render, RenderLink, ToRender, link, tap};
use engine::stats::FrameStats;
use hal::output::memory::{MemoryHandle, MemoryOutput};
use hal::output::{LedFrame, Output, Shape};
use hal::shm::{ColorSpace, FrameMeta, PixelFormat, Ring, RingReader, RingSpec, RingWriter};
use hal::{Clock, ManualClock, MonoTime, Wake};

const WIDTH: u32 = 800;
const HEIGHT: u32 = 480;
const ROW: usize = WIDTH as usize * 3;
const FRAME: usize = ROW * HEIGHT as usize;
const ROUNDS: usize = 15;
const FRAMES_PER_ROUND: usize = 49;
const PERIOD: Duration = Duration::from_nanos(16_666_667);
/// Header and data of a full DDP packet.
const DDP_HEADER: usize = 10;
const DDP_DATA: usize = 1440;

/// What is timed.
const NAMES: [&str; 7] = [
    "copy of the frame",
    "control: table and mean, sampling only",
    "ring to LED bytes",
    "ring to packets' bytes, unsent",
    "whole tick: ring to mailbox",
    "DDP output: bytes to wire, with sends",
    "ring to wire, with sends",
];
const COPY: usize = 0;
const CONTROL: usize = 1;
const LED_BYTES: usize = 2;
const PACKETS: usize = 3;
const TICK: usize = 4;
const WIRE: usize = 5;

fn main() {
    println!("{}", machine());
    println!(
        "{ROUNDS} rounds of {FRAMES_PER_ROUND} frames each, {WIDTH} x {HEIGHT} pixels, \
         processor time of one thread"
    );
    for (columns, rows) in [(80, 40), (400, 250)] {
        bench(columns, rows);
    }
    println!("{}", load());
}

fn bench(columns: u32, rows: u32) {
    let matrix = MatrixSpec { columns, rows, serpentine: true, ..MatrixSpec::default() };
    let layout = LayoutSpec::Matrix(matrix);
    let leds = (columns * rows) as usize;
    let frames = Frames::random();
    println!("\n{columns} x {rows} = {leds} LEDs");

    let mut stages = Stages::new(&layout);
    let mut tick = Tick::new(&layout);
    let mut wire = Wire::new(leds);
    check(&frames, &mut stages, &mut tick, &mut wire);
    println!("bytes checked: plain reference, whole tick and receiver agree");

    let mut copy = vec![0; FRAME];
    let (mut sums, mut light) = (vec![0; ROW], vec![[0; 3]; leds]);
    let mut packets = vec![0; leds * 3 + (leds * 3).div_ceil(DDP_DATA) * DDP_HEADER];
    let sent_before = wire.sent;
    let received_before = wire.received();
    // Each gets a fresh frame before it is timed, so that all find the caches in the same state.
    let mut results = NAMES.map(Row::new);
    let (columns, rows) = (columns as usize, rows as usize);
    for round in 0..ROUNDS {
        for step in 0..FRAMES_PER_ROUND {
            let frame = frames.get(round * FRAMES_PER_ROUND + step);
            for turn in 0..results.len() {
                // Each comes first, and after each of the others, equally often.
                let idx = (turn + step) % results.len();
                let row = &mut results[idx];
                if idx == TICK {
                    tick.put(frame)
                } else {
                    stages.put(frame)
                }
                match idx {
                    COPY => row.time(|| {
                        copy.copy_from_slice(frame);
                        black_box(&mut copy);
                    }),
                    CONTROL => row.time(|| {
                        sample_by_table(frame, columns, rows, &mut sums, &mut light);
                        black_box(&mut light);
                    }),
                    LED_BYTES => row.time(|| stages.frame()),
                    PACKETS => row.time(|| {
                        stages.frame();
                        pack(&stages.bytes, &mut packets);
                        black_box(&mut packets);
                    }),
                    TICK => row.time(|| tick.tick()),
                    WIRE => row.time(|| wire.write(&stages.bytes)),
                    _ => row.time(|| {
                        stages.frame();
                        wire.write(&stages.bytes);
                    }),
                }
                wire.settle();
                // What was not taken by the timed work makes room.
                let _ = stages.reader.take_due(Duration::ZERO);
            }
        }
        for row in &mut results {
            row.end_round();
        }
    }
    let copied = results[COPY].rounds.clone();
    for row in &results {
        row.print(&copied);
    }
    let (sent, received) = (wire.sent - sent_before, wire.received() - received_before);
    let verdict = if sent == received { "nothing lost" } else { "LOSSY: rows with sends are void" };
    println!("{sent} packets sent, {received} received: {verdict}");
}

/// The stages that render calls, without a render: what is left is the work on pixels alone.
struct Stages {
    writer: RingWriter,
    reader: RingReader,
    map: LayoutMap,
    color: ColorMap,
    leds: Vec<[u16; 3]>,
    bytes: Vec<u8>,
    number: u64,
}

struct HeldRows<'a>(&'a RingReader);

impl Rows for HeldRows<'_> {
    fn copy_row(&self, y: u32, into: &mut [u8]) {
        self.0.copy_row(y, into);
    }
}

impl Stages {
    fn new(layout: &LayoutSpec) -> Self {
        let (writer, reader) = ring();
        let map = LayoutMap::build(layout, WIDTH, HEIGHT).expect("a layout that can be built");
        let (leds, bytes) = (vec![[0; 3]; map.leds()], vec![0; map.leds() * 3]);
        Self { writer, reader, map, color: ColorMap::build(&color()), leds, bytes, number: 0 }
    }

    fn put(&mut self, frame: &[u8]) {
        let meta = FrameMeta { number: self.number, pts: Duration::ZERO, last: false };
        self.number += 1;
        self.writer.put(frame, meta).expect("the ring is open");
    }

    fn frame(&mut self) {
        assert!(self.reader.take_due(Duration::ZERO).is_some(), "a frame is there");
        self.map.sample(&HeldRows(&self.reader), &mut self.leds);
        assert!(self.reader.verify(), "nobody cheats");
        self.color.map(&self.leds, &mut self.bytes);
        black_box(&mut self.bytes);
    }
}

/// Render as it ships, with its mailbox and the thread of an output behind it.
struct Tick {
    writer: RingWriter,
    render: Render,
    _link: RenderLink,
    seen: MemoryHandle,
    output: Option<OutputHandle>,
    now: MonoTime,
    number: u64,
}

impl Tick {
    fn new(layout: &LayoutSpec) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
        let map = LayoutMap::build(layout, WIDTH, HEIGHT).expect("a layout that can be built");
        let leds = map.leds();
        let (output, seen) = MemoryOutput::new();
        let spec = OutputSpec {
            id: "bench".into(),
            kind: "memory".into(),
            open: Box::new(output),
            leds,
            bytes: leds * 3,
            wish: hal::realtime::Wish { fifo: None, nice: None },
        };
        let (mailbox, output) =
            output::spawn(spec, clock.clone(), Box::new(|_, _, _| {})).expect("a thread");
        let lanes = vec![Lane { range: 0..leds, color: ColorMap::build(&color()), mailbox }];
        let (tap, _, _) = tap(leds);
        let (mut link, channel) = link(Wake::new(), Wake::new());
        let stats = Arc::new(FrameStats::default());
        let render = Render::new(clock, channel, map, lanes, tap, stats, 1.0);
        let (writer, reader) = ring();
        let layer = Box::new(Layer::new(Token(1), Box::new(reader), leds));
        let (position, fade) = (Duration::ZERO, FadeSpec::CUT);
        let show = ToRender::Show { layer, at: None, position, fade };
        assert!(link.send(show).is_ok(), "the queue is empty");
        let (output, now) = (Some(output), MonoTime::from_nanos(1_000_000_000));
        Self { writer, render, _link: link, seen, output, now, number: 0 }
    }

    fn put(&mut self, frame: &[u8]) {
        let meta = FrameMeta { number: self.number, pts: Duration::ZERO, last: false };
        self.number += 1;
        self.writer.put(frame, meta).expect("the ring is open");
    }

    fn tick(&mut self) {
        self.now = self.now + PERIOD;
        self.render.tick(self.now);
    }
}

impl Drop for Tick {
    fn drop(&mut self) {
        if let Some(output) = self.output.take() {
            output.join();
        }
    }
}

/// The real DDP output, and a receiver on this machine.
struct Wire {
    output: Box<dyn Output>,
    packets_per_frame: usize,
    sent: usize,
    received: Arc<AtomicUsize>,
    last: std::sync::mpsc::Receiver<Vec<u8>>,
    number: u64,
}

impl Wire {
    fn new(leds: usize) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        // As much as the system allows without privilege.
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, 8 << 20);
        let address = socket.local_addr().expect("an address");
        let received = Arc::new(AtomicUsize::new(0));
        let (frames, last) = std::sync::mpsc::sync_channel(1);
        let count = received.clone();
        // Ends with the program.
        std::thread::spawn(move || {
            let (mut frame, mut packet) = (vec![0; leds * 3], [0; 2048]);
            while let Ok(length) = socket.recv(&mut packet) {
                let offset = [packet[4], packet[5], packet[6], packet[7]];
                let offset = u32::from_be_bytes(offset) as usize;
                let data = &packet[DDP_HEADER..length];
                frame[offset..offset + data.len()].copy_from_slice(data);
                // Only the first frame is asked for; later ones find no room.
                if packet[0] & 1 == 1 {
                    let _ = frames.try_send(frame.clone());
                }
                count.fetch_add(1, Ordering::Release);
            }
        });
        let options = serde_json::json!({ "host": address.to_string() });
        let options = options.as_object().expect("an object");
        let kind = hal::output::kind("ddp").expect("this build has DDP");
        let open = (kind.parse)(options, Shape { leds, channels: 3 }).expect("valid options");
        let output = open.open().expect("a socket");
        let packets_per_frame = (leds * 3).div_ceil(DDP_DATA);
        Self { output, packets_per_frame, sent: 0, received, last, number: 0 }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.number += 1;
        let frame = LedFrame { bytes, number: self.number };
        self.output.write(frame).expect("the receiver is there");
        self.sent += self.packets_per_frame;
    }

    fn received(&self) -> usize {
        self.received.load(Ordering::Acquire)
    }

    /// Lets the receiver take what was sent, for a while at most; not timed.
    fn settle(&self) {
        let until = hal::SystemClock.now() + Duration::from_millis(20);
        while self.received() < self.sent && hal::SystemClock.now() < until {
            std::thread::yield_now();
        }
    }
}

/// Refuses to time a wrong result.
fn check(frames: &Frames, stages: &mut Stages, tick: &mut Tick, wire: &mut Wire) {
    let frame = frames.get(0);
    stages.put(frame);
    stages.frame();
    let plain = plain_bytes(&stages.map, frame);
    let pairs = stages.bytes.iter().zip(&plain);
    let worst = pairs.clone().map(|(fast, plain)| fast.abs_diff(*plain)).max();
    let wrong = pairs.filter(|(fast, plain)| fast != plain).count();
    assert!(worst <= Some(1), "{worst:?} from the plain bytes");
    // Light is within 2 of 65535, which only a byte on the very edge can show.
    assert!(wrong * 100 <= plain.len(), "{wrong} bytes differ from the plain ones");

    tick.put(frame);
    tick.tick();
    let seen = tick.seen.wait_for_frames(1).last.expect("a frame");
    assert!(seen.bytes == stages.bytes, "render makes other bytes than its stages");

    for _ in 0..5 {
        wire.write(&stages.bytes);
        wire.settle();
        if let Ok(received) = wire.last.recv_timeout(Duration::from_secs(1))
            && received == stages.bytes
        {
            wire.sent = wire.received();
            return;
        }
    }
    panic!("what arrives is not what was sent");
}

/// The bytes by their definition: mean light in `f64`, curve by its formula.
fn plain_bytes(map: &LayoutMap, frame: &[u8]) -> Vec<u8> {
    struct Slice<'a>(&'a [u8]);
    impl Rows for Slice<'_> {
        fn copy_row(&self, y: u32, into: &mut [u8]) {
            into.copy_from_slice(&self.0[y as usize * ROW..][..ROW]);
        }
    }
    let mut light = vec![[0; 3]; map.leds()];
    map.sample_plain(&Slice(frame), &mut light);
    let byte =
        |light: &u16| (255.0 * srgb_encode(f64::from(*light) / 65535.0).powf(GAMMA)).round() as u8;
    light.as_flattened().iter().map(byte).collect()
}

const GAMMA: f64 = 2.2;

fn color() -> ColorSpec {
    ColorSpec { gamma: Gamma::Power(GAMMA), ..ColorSpec::default() }
}

/// The control: one table look-up per byte and a mean, one thing after the other.
fn sample_by_table(
    frame: &[u8],
    columns: usize,
    rows: usize,
    sums: &mut [u32],
    leds: &mut [[u16; 3]],
) {
    let table = srgb_to_linear16();
    let (width, height) = (WIDTH as usize, HEIGHT as usize);
    // Whole pixels only, which is less work than exact shares of pixels on an edge.
    for (row, line) in leds.chunks_exact_mut(columns).enumerate() {
        let (top, bottom) = (row * height / rows, (row + 1) * height / rows);
        sums.fill(0);
        for bytes in frame[top * ROW..bottom * ROW].chunks_exact(ROW) {
            for (sum, &code) in sums.iter_mut().zip(bytes) {
                *sum += u32::from(table[usize::from(code)]);
            }
        }
        for (column, led) in line.iter_mut().enumerate() {
            let (left, right) = (column * width / columns, (column + 1) * width / columns);
            let pixels = &sums[left * 3..right * 3];
            for (channel, light) in led.iter_mut().enumerate() {
                let sum: u32 = pixels.iter().skip(channel).step_by(3).sum();
                *light = (sum / ((right - left) * (bottom - top)) as u32) as u16;
            }
        }
    }
}

/// What the DDP output does before it sends: data between the headers, and a number in each.
fn pack(bytes: &[u8], packets: &mut [u8]) {
    let packets = packets.chunks_mut(DDP_HEADER + DDP_DATA).zip(bytes.chunks(DDP_DATA));
    for (idx, (packet, data)) in packets.enumerate() {
        packet[1] = (idx % 15 + 1) as u8;
        packet[DDP_HEADER..].copy_from_slice(data);
    }
}

/// A few frames of noise, so that no frame is like the one before it.
struct Frames(Vec<Vec<u8>>);

impl Frames {
    fn random() -> Self {
        let mut state = 1u64;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        Self((0..4).map(|_| (0..FRAME).map(|_| byte()).collect()).collect())
    }

    fn get(&self, index: usize) -> &[u8] {
        &self.0[index % self.0.len()]
    }
}

fn ring() -> (RingWriter, RingReader) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("prismatron_bench_{}_{number}", std::process::id());
    let spec = RingSpec {
        width: WIDTH,
        height: HEIGHT,
        format: PixelFormat::Rgb8,
        color: ColorSpace::Srgb,
        slots: 4,
    };
    let ring = Ring::create(&name, &spec).expect("room in /dev/shm");
    let writer = Ring::open(&name).expect("the ring that was just made").writer();
    (writer, ring.reader())
}

/// One line of the results.
struct Row {
    name: &'static str,
    spent: Duration,
    /// Milliseconds per frame, of each round.
    rounds: Vec<f64>,
}

impl Row {
    fn new(name: &'static str) -> Self {
        Self { name, spent: Duration::ZERO, rounds: Vec::new() }
    }

    fn time(&mut self, work: impl FnOnce()) {
        let begun = cpu_time();
        work();
        self.spent += cpu_time() - begun;
    }

    fn end_round(&mut self) {
        let spent = std::mem::take(&mut self.spent);
        self.rounds.push(spent.as_secs_f64() * 1e3 / FRAMES_PER_ROUND as f64);
    }

    fn print(&self, copied: &[f64]) {
        let mut ratios: Vec<f64> = self.rounds.iter().zip(copied).map(|(ms, c)| ms / c).collect();
        ratios.sort_by(f64::total_cmp);
        let mut rounds = self.rounds.clone();
        rounds.sort_by(f64::total_cmp);
        let (ms, ratio) = (rounds[ROUNDS / 2], ratios[ROUNDS / 2]);
        let (least, most) = (ratios[0], ratios[ROUNDS - 1]);
        let name = self.name;
        println!("{name:40} {ms:7.3} ms {ratio:6.2} copies ({least:.2} to {most:.2})");
    }
}

fn cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32)
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZeroUsize::get);
    format!("{}, {cores} cores, {}", model.unwrap_or("unknown processor"), load())
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("load {}", load.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}
