//! Times the way of a live frame through the real daemon: its commit in shared memory to the first DDP
//! packet of it.
//!
//! `cargo bench --bench latency` (some minutes; `-- --quick` for a look). A writer in this process
//! commits frames of new colours at times that have nothing to do with the display's ticks; a thread
//! of this process receives. Beside that, in the same rounds, `cyclictest` (Debian: rt-tests) and a
//! wake-up between two threads show what the machine itself takes: no program can be better.
//!
//! A time begins just before the commit is written, after the pixels, and ends when the receiving
//! thread has the packet: the receiver's own wake-up is part of it.
#![allow(clippy::print_stdout, reason = "a bench prints its results")]
#![allow(unsafe_code, reason = "the ring is mapped as another program would do it")]

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use hal::realtime::{Wish, prepare_thread};
use hal::shm::abi::{HEADER_BYTES, at, slot_at};
use hal::{Clock, MonoTime, SystemClock, Wake};

const WIDTH: usize = 800;
const HEIGHT: usize = 480;
const LEDS: usize = 80 * 40;
/// Above render and the outputs, so that a packet is seen when it is there.
const RECEIVER: Wish = Wish { fifo: Some(40), nice: Some(-15) };
/// As render and the outputs would like it.
const LIKE_RENDER: Wish = Wish { fifo: Some(20), nice: Some(-10) };
/// A frame that has not come by then is lost.
const LOST: Duration = Duration::from_millis(300);

/// What is timed.
struct Case {
    name: &'static str,
    fps: u32,
    /// One value for each LED instead of a picture of the canvas.
    leds: bool,
    /// What plays beneath.
    effect: Option<&'static str>,
    /// Between two commits: so many periods at least, and up to as many more.
    apart: (f64, f64),
}

/// More than a period and an eighth lies between two commits of a stream, or a frame would have to
/// wait for the display's rate; up to a whole period more brings every phase of the ticks.
const STREAM: (f64, f64) = (1.2, 1.0);

const CASES: [Case; 6] = [
    Case { name: "canvas, 60 fps, at rest", fps: 60, leds: false, effect: None, apart: STREAM },
    Case {
        name: "canvas, 60 fps, over plasma",
        fps: 60,
        leds: false,
        effect: Some("plasma"),
        apart: STREAM,
    },
    Case { name: "LEDs, 60 fps, at rest", fps: 60, leds: true, effect: None, apart: STREAM },
    Case { name: "canvas, 120 fps, at rest", fps: 120, leds: false, effect: None, apart: STREAM },
    Case { name: "canvas, 400 fps, at rest", fps: 400, leds: false, effect: None, apart: STREAM },
    Case { name: "canvas, 60 fps, seldom", fps: 60, leds: false, effect: None, apart: (9.0, 12.0) },
];

fn main() {
    let quick = std::env::args().any(|word| word == "--quick");
    let (rounds, samples) = if quick { (2, 60) } else { (7, 300) };
    let granted = prepare_thread("writer", LIKE_RENDER).as_str();
    println!("{}", machine());
    println!(
        "{rounds} rounds of {samples} frames each ({WIDTH} x {HEIGHT} to {LEDS} LEDs); writer and \
         receiver are scheduled as \"{granted}\"; µs\n"
    );
    let mut sleeps = Times::default();
    let mut wakes = Times::default();
    let mut cases = CASES.map(|case| (case, Times::default(), String::new()));
    for round in 0..rounds {
        sleeps.add_histogram(cyclictest(if quick { 1 } else { 4 }));
        wake_ups(&mut wakes, if quick { 200 } else { 1000 });
        for (case, times, scheduling) in &mut cases {
            // Fewer of those that take long.
            let samples = if case.apart == STREAM { samples } else { samples / 5 };
            *scheduling = run(case, round, samples, times);
        }
    }
    println!("| what | samples | p50 | p90 | p99 | most | lost |");
    println!("|---|---|---|---|---|---|---|");
    match sleeps.sorted.is_empty() {
        true => println!("| cyclictest: not installed, or it failed | | | | | | |"),
        false => sleeps.print("cyclictest, FIFO 20, each 10 ms"),
    }
    wakes.print("a wake-up between two threads");
    for (case, times, _) in &mut cases {
        times.print(case.name);
    }
    let floor = sleeps.at(0.99) + wakes.at(0.99);
    println!("\np99 against cyclictest's p99 and the wake-up's together ({floor:.0} µs):");
    for (case, times, _) in &cases {
        println!("{:30} {:.2}", case.name, times.at(0.99) / floor);
    }
    println!("\nthe daemon's render was scheduled as \"{}\"; {}", cases[0].2, load());
}

/// One daemon, and so many frames through it. Says how its render is scheduled.
fn run(case: &Case, round: usize, samples: usize, times: &mut Times) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, 8 << 20);
    let daemon = Daemon::start(case, socket.local_addr().expect("an address"));
    if let Some(effect) = case.effect {
        daemon.ask("POST", "/api/player/play", &format!("{{\"effect\":\"{effect}\"}}"));
    }
    let (seen, frames) = mpsc::sync_channel(1024);
    // Ends with the program, or when nobody listens to it.
    std::thread::spawn(move || receive(&socket, &seen));
    let mut writer = Writer::open(&format!("prismatron_{}_live", daemon.instance), case.leds);
    let period = Duration::from_secs(1) / case.fps;
    let mut random = Random(round as u64 + 1);
    let pause = Wake::new();
    // The first ones begin to drive, and warm the caches.
    for sample in 0..samples + 20 {
        let apart = period.mul_f64(case.apart.0 + case.apart.1 * random.unit());
        let until = SystemClock.now() + apart;
        // Colours of the effect beneath are none of these: blue is never so in red and green alone.
        let color = [sample as u8, (sample >> 8) as u8 | 0x40, 0xA5];
        writer.fill(color);
        while SystemClock.now() < until {
            pause.wait(pause.current(), Some(until));
        }
        let committed = writer.commit();
        let limit = committed + LOST;
        let came = loop {
            let left = limit.since(SystemClock.now());
            match frames.recv_timeout(left) {
                Ok((found, at)) if found == color => break Some(at),
                Ok(_) => {}
                Err(_) => break None,
            }
        };
        match came {
            _ if sample < 20 => {}
            Some(at) => times.add(at.since(committed)),
            None => times.lost += 1,
        }
    }
    daemon.scheduling()
}

/// Notes the first packet of each frame and when it was there.
fn receive(socket: &UdpSocket, seen: &mpsc::SyncSender<([u8; 3], MonoTime)>) {
    prepare_thread("receiver", RECEIVER);
    let _ = socket.set_read_timeout(Some(Duration::from_secs(5)));
    let mut packet = [0; 2048];
    let mut last = [0; 3];
    while let Ok(length) = socket.recv(&mut packet) {
        let at = SystemClock.now();
        let is_first = length >= 13 && packet[4..8] == [0; 4];
        let color = [packet[10], packet[11], packet[12]];
        if is_first && color != last {
            last = color;
            if seen.send((color, at)).is_err() {
                return;
            }
        }
    }
}

/// The real daemon, with a data folder and an instance of its own.
struct Daemon {
    child: Child,
    address: SocketAddr,
    instance: String,
    _data: tempfile::TempDir,
}

impl Daemon {
    fn start(case: &Case, receiver: SocketAddr) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let instance = format!("bench-{}-{number}", std::process::id());
        let data = tempfile::tempdir().expect("a folder");
        let format = if case.leds { "leds" } else { "canvas" };
        let settings = format!(
            "[display]\nwidth = {WIDTH}\nheight = {HEIGHT}\nfps = {}\nbrightness = 1.0\n\
             [layout]\nkind = \"matrix\"\ncolumns = 80\nrows = 40\n\
             [[outputs]]\nid = \"wall\"\nkind = \"ddp\"\nhost = \"{receiver}\"\ngamma = 1.0\n\
             [[inputs]]\nid = \"live\"\nkind = \"ring\"\nformat = \"{format}\"\n\
             [player]\nat_start = \"nothing\"\n[api]\nlisten = [\"127.0.0.1:0\"]\n",
            case.fps
        );
        std::fs::write(data.path().join("settings.toml"), settings).expect("room on the disk");
        let mut child = Command::new(env!("CARGO_BIN_EXE_prismatron"))
            .arg("run")
            .arg("--data")
            .arg(data.path())
            .args(["--instance", &instance])
            .env("RUST_LOG", "error")
            .env_remove("STATE_DIRECTORY")
            .env_remove("CACHE_DIRECTORY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the daemon starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let address = loop {
            let line = lines.next().expect("it says where it listens").expect("text");
            if let Some((_, address)) = line.split_once("Prismatron is at http://") {
                break address.split(' ').next().unwrap_or_default().parse().expect("an address");
            }
        };
        // What else it says is not waited for.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, instance, _data: data }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{method} {path}: {answer}");
        answer
    }

    fn scheduling(&self) -> String {
        let status = self.ask("GET", "/api/status", "");
        let after = status.split("\"realtime\":\"").nth(1).unwrap_or_default();
        after.split('"').next().unwrap_or_default().to_owned()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

/// A writer of the live ring as `docs/frame-abi.md` has it, which knows the moment of its commit.
struct Writer {
    file: std::fs::File,
    words: *mut u8,
    slots: usize,
    slots_offset: usize,
    slot_stride: usize,
    frame: Vec<u8>,
    slot: usize,
    sequence: u64,
}

/// Values of a slot's state.
const FREE: u32 = 0;
const WRITING: u32 = 1;
const READY: u32 = 2;

impl Writer {
    fn open(name: &str, leds: bool) -> Self {
        let path = format!("/dev/shm/{name}");
        let file = OpenOptions::new().read(true).write(true).open(path).expect("the live ring");
        let mut header = [0; HEADER_BYTES as usize];
        file.read_exact_at(&mut header, 0).expect("a header");
        let word = |offset: usize| {
            u32::from_le_bytes(header[offset..offset + 4].try_into().expect("four bytes")) as usize
        };
        let length = word(at::TOTAL_BYTES);
        let bytes = if leds { LEDS * 3 } else { WIDTH * HEIGHT * 3 };
        // SAFETY: a new mapping of a file that is `length` bytes long and that the daemon does not
        // shrink; nothing else of this process is at its address.
        let words = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                length,
                rustix::mm::ProtFlags::READ | rustix::mm::ProtFlags::WRITE,
                rustix::mm::MapFlags::SHARED,
                &file,
                0,
            )
        };
        let writer = Self {
            words: words.expect("the ring can be mapped").cast(),
            slots: word(at::SLOTS),
            slots_offset: word(at::SLOTS_OFFSET),
            slot_stride: word(at::SLOT_STRIDE),
            frame: vec![0; bytes],
            slot: 0,
            sequence: 0,
            file,
        };
        writer.word(at::WRITER_PID).store(std::process::id(), Ordering::Release);
        writer
    }

    fn word(&self, offset: usize) -> &AtomicU32 {
        // SAFETY: offsets of the header and of slots within the mapping, which lives as long as this
        // process, at multiples of four; both sides use these words as atomics.
        unsafe { AtomicU32::from_ptr(self.words.add(offset).cast()) }
    }

    /// Writes the pixels of the next frame, all but its commit.
    fn fill(&mut self, color: [u8; 3]) {
        self.frame.chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&color));
        self.sequence += 1;
        // One after the other: the newest is let alone for as long as can be.
        self.slot = (self.slot + 1) % self.slots;
        let slot = self.slots_offset + self.slot * self.slot_stride;
        let state = self.word(slot + slot_at::STATE);
        assert!(matches!(state.load(Ordering::Acquire), FREE | READY), "nobody else claims");
        state.store(WRITING, Ordering::SeqCst);
        let put = |offset: usize, bytes: &[u8]| {
            self.file.write_all_at(bytes, (slot + offset) as u64).expect("the ring is there");
        };
        put(slot_at::SEQUENCE, &self.sequence.to_le_bytes());
        put(slot_at::NUMBER, &self.sequence.to_le_bytes());
        put(slot_at::PTS, &[0; 8]);
        put(slot_at::PIXEL_BYTES, &(self.frame.len() as u64).to_le_bytes());
        put(slot_at::PIXELS, &self.frame);
    }

    /// Hands the frame over, and says when.
    fn commit(&self) -> MonoTime {
        let slot = self.slots_offset + self.slot * self.slot_stride;
        let now = SystemClock.now();
        self.word(slot + slot_at::STATE).store(READY, Ordering::Release);
        let committed = self.word(at::COMMITTED);
        committed.fetch_add(1, Ordering::Release);
        let _ = rustix::thread::futex::wake(
            committed,
            rustix::thread::futex::Flags::empty(),
            i32::MAX as u32,
        );
        now
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.word(at::WRITER_PID).store(0, Ordering::Release);
    }
}

/// What was measured, in microseconds.
#[derive(Default)]
struct Times {
    sorted: Vec<f64>,
    lost: usize,
}

impl Times {
    fn add(&mut self, time: Duration) {
        let us = time.as_secs_f64() * 1e6;
        let place = self.sorted.partition_point(|&known| known <= us);
        self.sorted.insert(place, us);
    }

    fn add_histogram(&mut self, counts: Vec<(u64, u64)>) {
        for (us, count) in counts {
            (0..count).for_each(|_| self.add(Duration::from_micros(us)));
        }
    }

    fn at(&self, share: f64) -> f64 {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    fn print(&self, name: &str) {
        let [p50, p90, p99, most] = [0.5, 0.9, 0.99, 1.0].map(|share| self.at(share));
        let (count, lost) = (self.sorted.len(), self.lost);
        println!("| {name} | {count} | {p50:.0} | {p90:.0} | {p99:.0} | {most:.0} | {lost} |");
    }
}

/// Late wake-ups of a timed sleep, as how many there were of each microsecond; empty if cyclictest
/// is not there.
fn cyclictest(seconds: u32) -> Vec<(u64, u64)> {
    let said = Command::new("cyclictest")
        .args(["-q", "-t1", "-m", "-p20", "-i10000", "-h100000", "-D", &seconds.to_string()])
        .stdin(Stdio::null())
        .output();
    let Ok(said) = said else { return Vec::new() };
    let line = |line: &str| {
        let (us, count) = line.split_once(' ')?;
        Some((us.parse().ok()?, count.trim().parse().ok()?))
    };
    String::from_utf8_lossy(&said.stdout).lines().filter_map(line).collect()
}

/// From a notification to the thread that waits for it.
fn wake_ups(times: &mut Times, count: usize) {
    let wake = Wake::new();
    let (told, woken) = mpsc::sync_channel(1);
    // Read here: the first notification may come before the thread begins.
    let mut seen = wake.current();
    let sleeper = std::thread::spawn({
        let wake = wake.clone();
        move || {
            prepare_thread("sleeper", LIKE_RENDER);
            for _ in 0..count {
                while !wake.wait(seen, None) {}
                let at = SystemClock.now();
                seen = wake.current();
                if told.send(at).is_err() {
                    return;
                }
            }
        }
    });
    let pause = Wake::new();
    for _ in 0..count {
        pause.wait(pause.current(), Some(SystemClock.now() + Duration::from_millis(2)));
        let at = SystemClock.now();
        wake.notify();
        let woken = woken.recv().expect("it waits");
        times.add(woken.since(at));
    }
    sleeper.join().expect("it ended");
}

/// Numbers between 0 and 1, the same in each run.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZeroUsize::get);
    let governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    let governor = if governor.is_empty() { "not to be read" } else { governor.trim() };
    let kernel = read("/proc/sys/kernel/osrelease");
    format!(
        "{}, {cores} cores, governor {governor}, Linux {}, {}",
        model.unwrap_or("unknown processor"),
        kernel.trim(),
        load()
    )
}

fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    // Ticks that the host gave to others, of all since the start.
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<u64> = stat
        .lines()
        .next()
        .map(|line| line.split_whitespace().filter_map(|word| word.parse().ok()).collect())
        .unwrap_or_default();
    let steal = ticks.get(7).copied().unwrap_or(0) as f64 / ticks.iter().sum::<u64>().max(1) as f64;
    let load = load.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    format!("load {load}, {:.1} % of all time was stolen since boot", steal * 100.0)
}
