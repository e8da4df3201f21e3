//! What it costs to hand a frame of 800x480 RGB through a ring: the time from commit to the woken
//! reader, and the work of a frame against one copy of it.
#![allow(clippy::print_stdout)] // The latencies are told beside criterion's own lines.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use hal::shm::{ColorSpace, FrameMeta, PixelFormat, Ring, RingSpec, RingWriter};
use hal::{Clock, SystemClock};
use rustix::time::{ClockId, clock_gettime};

const PANEL: RingSpec = RingSpec {
    width: 800,
    height: 480,
    format: PixelFormat::Rgb8,
    color: ColorSpace::Srgb,
    slots: 3,
};
const HANDOVERS: u64 = 2000;

/// So small that its copy does not count.
const DOT: RingSpec = RingSpec { width: 1, height: 1, ..PANEL };

fn ring(name: &str, spec: &RingSpec) -> Arc<Ring> {
    Ring::create(&format!("prismatron_bench{}_{name}", std::process::id()), spec)
        .expect("room for three frames in /dev/shm")
}

fn put(writer: &mut RingWriter, pixels: &[u8], number: u64, pts: Duration) {
    let meta = FrameMeta { number, pts, last: number + 1 == HANDOVERS };
    writer.put(pixels, meta).expect("the ring is open");
}

fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Commit to woken reader: a writer thread stamps each frame with the time just before its put, so
/// that the figure holds the copy into the slot too.
fn latency(spec: &RingSpec) {
    let ring = ring("latency", spec);
    let mut reader = ring.reader();
    let writer = std::thread::spawn({
        let mut writer = Ring::open(ring.name()).expect("it was just made").writer();
        move || {
            let pixels = vec![7; writer.ring().spec().frame_bytes()];
            let pause = hal::Wake::new();
            for number in 0..HANDOVERS {
                // Each frame finds the reader asleep.
                pause.wait(pause.current(), Some(SystemClock.now() + Duration::from_micros(500)));
                let stamp = Duration::from_nanos(SystemClock.now().as_nanos());
                put(&mut writer, &pixels, number, stamp);
            }
        }
    });
    let mut micros = Vec::with_capacity(HANDOVERS as usize);
    loop {
        let seen = ring.commits();
        match reader.take_due(Duration::MAX) {
            Some(taken) => {
                let now = Duration::from_nanos(SystemClock.now().as_nanos());
                micros.push((now - taken.meta.pts).as_micros());
                if taken.meta.last {
                    break;
                }
            }
            None => {
                ring.wait_commit(seen, Duration::from_secs(1));
            }
        }
    }
    writer.join().expect("the writer does not panic");
    micros.sort_unstable();
    let at = |percent: usize| micros[(micros.len() - 1) * percent / 100];
    println!(
        "ring/latency: put of {}x{} RGB to woken reader, p50 {} us, p99 {} us, {} frames",
        spec.width,
        spec.height,
        at(50),
        at(99),
        micros.len()
    );
}

/// CPU time of one frame: written, taken, read row by row; against a plain copy of it.
fn cpu_ratio() {
    let ring = ring("cpu", &PANEL);
    let (mut writer, mut reader) = (ring.writer(), ring.reader());
    let pixels = vec![7_u8; PANEL.frame_bytes()];
    let mut copy = vec![0_u8; PANEL.frame_bytes()];
    let mut row = vec![0; PANEL.row_bytes()];
    let timed = |work: &mut dyn FnMut(u64)| {
        (0..50).for_each(&mut *work);
        let start = thread_cpu();
        (0..HANDOVERS).for_each(work);
        (thread_cpu() - start).as_secs_f64() * 1e6 / HANDOVERS as f64
    };
    let plain = timed(&mut |_| {
        black_box(&mut copy).copy_from_slice(black_box(&pixels));
    });
    let handed = timed(&mut |number| {
        put(&mut writer, &pixels, number, Duration::ZERO);
        reader.take_due(Duration::MAX).expect("it was just put");
    });
    let read = timed(&mut |number| {
        put(&mut writer, &pixels, number, Duration::ZERO);
        reader.take_due(Duration::MAX).expect("it was just put");
        for y in 0..PANEL.height {
            reader.copy_row(y, black_box(&mut row));
        }
        assert!(reader.verify());
    });
    println!(
        "ring/cpu: memcpy {plain:.1} us; put and take {handed:.1} us (ratio {:.2}); and read by rows {read:.1} us (ratio {:.2})",
        handed / plain,
        read / plain
    );
}

fn criterion(criterion: &mut Criterion) {
    let ring = ring("criterion", &PANEL);
    let (mut writer, mut reader) = (ring.writer(), ring.reader());
    let pixels = vec![7_u8; PANEL.frame_bytes()];
    let mut copy = vec![0_u8; PANEL.frame_bytes()];
    let mut group = criterion.benchmark_group("ring");
    group.throughput(Throughput::Bytes(PANEL.frame_bytes() as u64));
    group.bench_function("memcpy", |bench| {
        bench.iter(|| black_box(&mut copy).copy_from_slice(black_box(&pixels)));
    });
    group.bench_function("put and take", |bench| {
        bench.iter(|| {
            put(&mut writer, &pixels, 0, Duration::ZERO);
            black_box(reader.take_due(Duration::MAX))
        });
    });
    group.finish();
}

fn main() {
    latency(&DOT);
    latency(&PANEL);
    cpu_ratio();
    let mut runner = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    criterion(&mut runner);
    runner.final_summary();
}
