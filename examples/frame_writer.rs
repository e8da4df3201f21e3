//! Lights a Prismatron display in one colour, through its live ring in /dev/shm.
//!
//! ```text
//! cargo run --example frame_writer -- --ring prismatron_main_live --color FF8000 --fps 30 --seconds 5
//! ```
//! For a program of your own copy this file; it needs the crates clap, rustix (features mm, thread,
//! time) and tokio. docs/frame-abi.md has the rules that it follows. The file is written by
//! `pwrite` and never through a mapping: a ring that somebody cuts short is an error and not a signal.
//! One page is mapped, as the address of a futex that wakes the display.
//!
//! SPDX-License-Identifier: MIT OR Apache-2.0
#![allow(unsafe_code, reason = "a page of the ring is mapped to wake those who wait for a frame")]
#![allow(clippy::disallowed_methods, reason = "this program has a clock of its own")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this program speaks to a terminal")]

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::process::ExitCode;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use clap::Parser;
use rustix::mm::{MapFlags, ProtFlags};
use rustix::thread::futex;
use rustix::time::{ClockId, Timespec};
use tokio::signal::unix::{SignalKind, signal};

const HEADER_BYTES: usize = 512;
const SLOT_HEADER_BYTES: u64 = 64;
const RING_STATE: u64 = 128;
const WRITER_PID: u64 = 192;
const HEARTBEAT: u64 = 200;
const COMMITTED: u64 = 320;
const OPEN: u32 = 1;
const FREE: u32 = 0;
const WRITING: u32 = 1;
const READY: u32 = 2;
const PAGE: usize = 4096;
/// How often it is looked whether the name still leads to this ring.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Lights a Prismatron display in one colour, through its live ring in /dev/shm.
#[derive(Parser)]
struct Options {
    /// The ring's name in /dev/shm: prismatron_<instance>_live.
    #[arg(long, value_name = "NAME", value_parser = name)]
    ring: String,
    /// The colour, RRGGBB.
    #[arg(long, default_value = "FFFFFF", value_parser = color)]
    color: [u8; 3],
    /// Frames per second.
    #[arg(long, default_value = "30", value_parser = rate)]
    fps: f64,
    /// How long.
    #[arg(long, default_value = "5", value_parser = seconds)]
    seconds: Duration,
}

fn name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.len() > 255 || text.contains('/') {
        return Err("not a name of a file in /dev/shm".into());
    }
    Ok(text.into())
}

fn color(text: &str) -> Result<[u8; 3], String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let is_color = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| is_color);
    let [_, red, green, blue] = value.ok_or("not a colour such as FF8000")?.to_be_bytes();
    Ok([red, green, blue])
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|&rate: &f64| rate > 0.0 && rate.is_finite());
    rate.ok_or_else(|| "not a number larger than 0".into())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "not a number of seconds".into())
}

/// Why a frame could not be shown.
enum Trouble {
    /// The ring cannot be written any more; there may be a new one under its name.
    Gone(String),
    /// Another program draws.
    Refused(String),
}

/// A live ring that we have entered as its writer.
struct Ring {
    path: PathBuf,
    file: File,
    /// The first page, for the kernel to find the futex word in; never read or written here.
    page: NonNull<u8>,
    slots: Vec<u64>,
    frame_bytes: usize,
    bytes_per_pixel: usize,
    sequence: u64,
}

impl Ring {
    fn open(name: &str) -> Result<Self, Trouble> {
        let path = PathBuf::from("/dev/shm").join(name);
        let gone = |what: &str| Trouble::Gone(format!("{}: {what}", path.display()));
        let file = OpenOptions::new().read(true).write(true).open(&path);
        let file = file.map_err(|error| gone(&error.to_string()))?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact_at(&mut header, 0).map_err(|_| gone("the file is too short"))?;
        let word = |at: usize| u64::from(u32::from_le_bytes(array(&header[at..])));
        let long = |at: usize| u64::from_le_bytes(array(&header[at..]));
        if header[..8] != *b"PRSMRING" || word(8) != 1 {
            return Err(gone("not a frame ring of ABI version 1"));
        }
        let (width, height, stride) = (word(24), word(28), word(32));
        let (count, first, step) = (word(44), long(48), long(56));
        let bytes_per_pixel = match word(36) {
            1 | 3 => 3,
            2 => 4,
            _ => 0,
        };
        let frame_bytes = stride * height;
        let size = file.metadata().map_or(0, |stat| stat.len());
        let end = step.checked_mul(count).and_then(|slots| slots.checked_add(first));
        let fits = bytes_per_pixel != 0
            && (1..=1 << 20).contains(&width)
            && (1..=1 << 16).contains(&height)
            && stride == width * bytes_per_pixel
            && (2..=64).contains(&count)
            && frame_bytes <= 256 << 20
            && word(12) >= HEADER_BYTES as u64
            && first >= word(12)
            && first.is_multiple_of(64)
            && step.is_multiple_of(64)
            && step >= SLOT_HEADER_BYTES + frame_bytes
            && end.is_some_and(|end| end <= long(16) && long(16) <= size);
        if !fits {
            return Err(gone("its header does not fit its file"));
        }
        // SAFETY: a new mapping, at no address that anything else has, of a page that is never read
        // or written here: a file that is cut short beneath it can do no harm.
        let page = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                PAGE,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &file,
                0,
            )
        };
        let page = page.ok().and_then(|page| NonNull::new(page.cast()));
        let mut ring = Self {
            page: page.ok_or_else(|| gone("its first page cannot be mapped"))?,
            slots: (0..count).map(|index| first + index * step).collect(),
            frame_bytes: frame_bytes as usize,
            bytes_per_pixel: bytes_per_pixel as usize,
            sequence: 0,
            file,
            path,
        };
        ring.check_open()?;
        ring.enter()?;
        Ok(ring)
    }

    /// Becomes the writer, without compare-exchange: looks, writes, and looks again after a moment.
    fn enter(&mut self) -> Result<(), Trouble> {
        for _ in 0..2 {
            let before = self.word(WRITER_PID)?;
            if before != own_pid() {
                if before != 0 && is_alive(before) {
                    let path = self.path.display();
                    return Err(Trouble::Refused(format!(
                        "{path}: process {before} draws already"
                    )));
                }
                self.write(&own_pid().to_le_bytes(), WRITER_PID)?;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // Counts on from the newest frame there is; what a dead writer left in its hands is free.
        let mut newest: Option<u64> = None;
        for index in 0..self.slots.len() {
            let (state, sequence) = self.slot(index)?;
            let is_newer = |newest: u64| (sequence.wrapping_sub(newest) as i64) > 0;
            if newest.is_none_or(is_newer) {
                newest = Some(sequence);
            }
            if state == WRITING {
                self.write(&FREE.to_le_bytes(), self.slots[index])?;
            }
        }
        self.sequence = newest.unwrap_or(0);
        Ok(())
    }

    /// Shows a frame; it takes the place of the oldest one.
    fn put(&mut self, pixels: &[u8], number: u64) -> Result<(), Trouble> {
        self.check_open()?;
        if self.word(WRITER_PID)? != own_pid() {
            let path = self.path.display();
            return Err(Trouble::Refused(format!("{path}: another program has taken over")));
        }
        let mut oldest: Option<(u64, u64)> = None;
        for index in 0..self.slots.len() {
            let (state, sequence) = self.slot(index)?;
            let age = match state {
                FREE => u64::MAX,
                READY => self.sequence.wrapping_sub(sequence),
                _ => continue,
            };
            if oldest.is_none_or(|(known, _)| age > known) {
                oldest = Some((age, self.slots[index]));
            }
        }
        let Some((_, slot)) = oldest else { return Err(self.gone("no slot can be written")) };
        // Alone from here on: nobody claims slots of a live ring but its one writer.
        self.write(&WRITING.to_le_bytes(), slot)?;
        self.sequence = self.sequence.wrapping_add(1);
        let now = now_ns();
        let words = [self.sequence, number, now, pixels.len() as u64];
        self.write(&0_u32.to_le_bytes(), slot + 4)?;
        self.write(&words.map(u64::to_le_bytes).concat(), slot + 8)?;
        self.write(pixels, slot + SLOT_HEADER_BYTES)?;
        self.write(&READY.to_le_bytes(), slot)?;
        self.write(&now.to_le_bytes(), HEARTBEAT)?;
        let commits = self.word(COMMITTED)?.wrapping_add(1);
        self.write(&commits.to_le_bytes(), COMMITTED)?;
        // SAFETY: an address within the mapped page, which lives as long as the ring, at a multiple of
        // four. Only the kernel follows it, which answers an address without memory with an error.
        let word =
            unsafe { AtomicU32::from_ptr(self.page.as_ptr().add(COMMITTED as usize).cast()) };
        let _ = futex::wake(word, futex::Flags::empty(), i32::MAX as u32);
        Ok(())
    }

    /// Whether the name still leads to this file, and not to one that was made anew.
    fn is_current(&self) -> bool {
        let id = |stat: fs::Metadata| (stat.dev(), stat.ino());
        match (fs::metadata(&self.path), self.file.metadata()) {
            (Ok(named), Ok(mine)) => id(named) == id(mine),
            _ => false,
        }
    }

    fn check_open(&self) -> Result<(), Trouble> {
        if self.word(RING_STATE)? == OPEN { Ok(()) } else { Err(self.gone("the ring is closed")) }
    }

    /// State and sequence of a slot.
    fn slot(&self, index: usize) -> Result<(u32, u64), Trouble> {
        let mut words = [0; 16];
        self.read(&mut words, self.slots[index])?;
        Ok((u32::from_le_bytes(array(&words)), u64::from_le_bytes(array(&words[8..]))))
    }

    fn word(&self, offset: u64) -> Result<u32, Trouble> {
        let mut word = [0; 4];
        self.read(&mut word, offset)?;
        Ok(u32::from_le_bytes(word))
    }

    fn read(&self, into: &mut [u8], offset: u64) -> Result<(), Trouble> {
        self.file.read_exact_at(into, offset).map_err(|_| self.gone("the file is too short"))
    }

    fn write(&self, bytes: &[u8], offset: u64) -> Result<(), Trouble> {
        self.file.write_all_at(bytes, offset).map_err(|error| self.gone(&error.to_string()))
    }

    fn gone(&self, what: &str) -> Trouble {
        Trouble::Gone(format!("{}: {what}", self.path.display()))
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        if self.word(WRITER_PID).is_ok_and(|pid| pid == own_pid()) {
            let _ = self.file.write_all_at(&[0; 4], WRITER_PID);
        }
        // SAFETY: our own mapping, of which nothing is in use any more.
        let _ = unsafe { rustix::mm::munmap(self.page.as_ptr().cast(), PAGE) };
    }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

fn own_pid() -> u32 {
    std::process::id()
}

/// Whether a process runs: one that has ended and was not waited for does not.
fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

fn now_ns() -> u64 {
    let Timespec { tv_sec, tv_nsec } = rustix::time::clock_gettime(ClockId::Monotonic);
    tv_sec as u64 * 1_000_000_000 + tv_nsec as u64
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<ExitCode> {
    let options = Options::parse();
    let period = Duration::from_secs_f64(1.0 / options.fps).as_nanos() as u64;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (mut ring, mut picture) = (None, Vec::new());
    let (mut frames, mut said) = (0_u64, String::new());
    let begun = now_ns();
    let until = begun.saturating_add(options.seconds.as_nanos() as u64);
    let (mut due, mut looked) = (begun, begun);
    while now_ns() < until {
        let mut show = || -> Result<(), Trouble> {
            if ring.is_none() {
                let new = Ring::open(&options.ring)?;
                let pixel = [&options.color[..], &[0xFF][..new.bytes_per_pixel - 3]].concat();
                picture = pixel.repeat(new.frame_bytes / new.bytes_per_pixel);
                ring = Some(new);
            }
            let Some(ring) = &mut ring else { return Ok(()) };
            if now_ns() - looked > LOOK_EVERY.as_nanos() as u64 {
                looked = now_ns();
                if !ring.is_current() {
                    return Err(ring.gone("it was made anew"));
                }
            }
            ring.put(&picture, frames + 1)?;
            frames += 1;
            Ok(())
        };
        match show() {
            Ok(()) => {}
            Err(Trouble::Gone(reason)) => {
                if ring.take().is_none() && said != reason {
                    eprintln!("waiting: {reason}");
                }
                said = reason;
            }
            Err(Trouble::Refused(reason)) => {
                eprintln!("{reason}");
                return Ok(ExitCode::FAILURE);
            }
        }
        // One that fell behind does not catch up: frames in a bunch are lost on a display.
        due = (due + period).max(now_ns());
        let left = due.min(until).saturating_sub(now_ns());
        tokio::select! {
            () = tokio::time::sleep(Duration::from_nanos(left)) => {}
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    println!("{frames} frames");
    Ok(if frames > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
