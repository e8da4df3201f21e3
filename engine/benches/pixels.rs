//! Times the pixel path, canvas bytes to LED bytes, next to a copy of the frame in the same run.
//!
//! `cargo bench -p engine --bench pixels -- --quick`. Before anything is timed each result is compared
//! with the plain reference. After criterion's own figures come ratios, each the median of rounds
//! in which the copy and the work take turns, as processor time of this thread.
#![allow(clippy::print_stdout, reason = "a bench prints its results")]
#![allow(unsafe_code, reason = "counts allocations, of which a frame may make none")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use criterion::{Criterion, Throughput};
use engine::color::curve::srgb_to_linear16;
use engine::color::{ColorMap, ColorSpec, Gamma};
use engine::layout::{Corner, Direction, LayoutMap, LayoutSpec, MatrixSpec, PointsSpec, Rows};

const WIDTH: u32 = 800;
const HEIGHT: u32 = 480;
const ROW: usize = WIDTH as usize * 3;
const FRAME: usize = ROW * HEIGHT as usize;
const ROUNDS: usize = 15;
const FRAMES_PER_ROUND: usize = 100;

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: hands every call to the system's allocator unchanged; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the conditions of `GlobalAlloc::alloc`, which are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: `memory` came from `System` above, with this layout.
        unsafe { System.dealloc(memory, layout) }
    }
}

struct Canvas(Vec<u8>);

impl Rows for Canvas {
    fn copy_row(&self, y: u32, into: &mut [u8]) {
        into.copy_from_slice(&self.0[y as usize * ROW..][..ROW]);
    }
}

/// The path of one output, with its buffers.
struct Path {
    name: String,
    map: LayoutMap,
    color: ColorMap,
    leds: Vec<[u16; 3]>,
    bytes: Vec<u8>,
}

impl Path {
    fn new(name: &str, layout: &LayoutSpec) -> Self {
        let map = LayoutMap::build(layout, WIDTH, HEIGHT).expect("a layout that can be built");
        let color =
            ColorMap::build(&ColorSpec { gamma: Gamma::Power(2.2), ..ColorSpec::default() });
        let (leds, bytes) = (vec![[0; 3]; map.leds()], vec![0; map.leds() * 3]);
        Self { name: format!("{name}, {} LEDs", map.leds()), map, color, leds, bytes }
    }

    fn frame(&mut self, canvas: &Canvas) {
        self.map.sample(canvas, &mut self.leds);
        self.color.map(&self.leds, &mut self.bytes);
        black_box(&mut self.bytes);
    }

    /// Refuses to time a wrong result, or a frame that allocates.
    fn verify(&mut self, canvas: &Canvas) {
        let mut plain = self.leds.clone();
        self.map.sample_plain(canvas, &mut plain);
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        self.frame(canvas);
        self.color.set_brightness(0.5);
        self.color.set_brightness(1.0);
        let made = ALLOCATIONS.load(Ordering::Relaxed) - before;
        assert_eq!(made, 0, "{}: allocations in one frame", self.name);
        let pairs = self.leds.as_flattened().iter().zip(plain.as_flattened());
        let worst = pairs.map(|(fast, plain)| fast.abs_diff(*plain)).max();
        assert!(worst <= Some(3), "{}: {worst:?} of 65535 from the plain result", self.name);
    }
}

/// The control: the same sums with one table look-up per byte, for a matrix of whole pixels.
fn sample_by_table(
    canvas: &Canvas,
    columns: usize,
    rows: usize,
    sums: &mut [u32],
    leds: &mut [[u16; 3]],
) {
    let table = srgb_to_linear16();
    let (across, down) = (WIDTH as usize / columns, HEIGHT as usize / rows);
    for (line, bytes) in leds.chunks_exact_mut(columns).zip(canvas.0.chunks_exact(ROW * down)) {
        sums.fill(0);
        for row in bytes.chunks_exact(ROW) {
            for (sum, &code) in sums.iter_mut().zip(row) {
                *sum += u32::from(table[usize::from(code)]);
            }
        }
        for (led, pixels) in line.iter_mut().zip(sums.chunks_exact(across * 3)) {
            for (channel, light) in led.iter_mut().enumerate() {
                let sum: u32 = pixels.iter().skip(channel).step_by(3).sum();
                *light = (sum / (across * down) as u32) as u16;
            }
        }
    }
}

fn cpu_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32)
}

fn per_frame_ms(mut frame: impl FnMut()) -> f64 {
    let start = cpu_time();
    for _ in 0..FRAMES_PER_ROUND {
        frame();
    }
    (cpu_time() - start).as_secs_f64() * 1e3 / FRAMES_PER_ROUND as f64
}

fn print_ratio(name: &str, canvas: &Canvas, mut frame: impl FnMut()) {
    let mut copy = vec![0; FRAME];
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS)
        .map(|_| {
            let copied = per_frame_ms(|| {
                copy.copy_from_slice(&canvas.0);
                black_box(&mut copy);
            });
            let worked = per_frame_ms(&mut frame);
            (worked / copied, worked)
        })
        .collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ((least, _), (ratio, ms), (most, _)) = (rounds[0], rounds[ROUNDS / 2], rounds[ROUNDS - 1]);
    println!("{name:40} {ms:7.3} ms  {ratio:6.2} copies of the frame ({least:.2} to {most:.2})");
}

fn matrix(columns: u32, rows: u32) -> LayoutSpec {
    let (start, direction) = (Corner::TopLeft, Direction::Horizontal);
    LayoutSpec::Matrix(MatrixSpec { columns, rows, start, direction, serpentine: true })
}

fn main() {
    let mut state = 1u64;
    let canvas = Canvas(
        (0..FRAME)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect(),
    );
    let points = (0..3200u32).map(|i| [f64::from(i * 37 % 997) / 997.0, f64::from(i) / 3200.0]);
    let points = PointsSpec { points: points.collect(), size: None };
    let mut paths = [
        Path::new("matrix 80 x 40", &matrix(80, 40)),
        Path::new("matrix 64 x 50", &matrix(64, 50)),
        Path::new("matrix 400 x 250", &matrix(400, 250)),
        Path::new("points", &LayoutSpec::Points(points)),
    ];

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("800 x 480 to LED bytes");
    group.throughput(Throughput::Bytes(FRAME as u64));
    let mut copy = vec![0; FRAME];
    group.bench_function("copy of the frame", |bench| {
        bench.iter(|| {
            copy.copy_from_slice(&canvas.0);
            black_box(&mut copy);
        });
    });
    for path in &mut paths {
        path.verify(&canvas);
        group.bench_function(path.name.clone(), |bench| bench.iter(|| path.frame(&canvas)));
    }
    group.finish();

    println!("\nprocessor time per frame, median of {ROUNDS} rounds taken in turns with the copy");
    for path in &mut paths {
        let name = path.name.clone();
        print_ratio(&name, &canvas, || path.frame(&canvas));
    }
    let (mut sums, mut leds) = (vec![0; ROW], vec![[0; 3]; 3200]);
    print_ratio("control: table, 80 x 40, sampling only", &canvas, || {
        sample_by_table(&canvas, 80, 40, &mut sums, &mut leds);
        black_box(&mut leds);
    });
}
