//! The processes that lock themselves in, and the one that they attack.

use std::fs;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd};
use std::path::PathBuf;

use hal::process::{Limits, become_child};
use hal::sandbox::{Granted, Profile, Wish, enter};
use hal::{Clock, SystemClock};

use crate::attempt::{Ground, rows};

/// The user and group of nobody, on all distributions.
pub(crate) const NOBODY: u32 = 65534;
const LIMITS: Limits = Limits { memory: 3 << 30, data: 3 << 30, cpu_s: None };

pub(crate) fn is_root() -> bool {
    hal::process::is_root()
}

fn of_environment(name: &str) -> String {
    std::env::var(format!("PRISMATRON_TEST_{name}")).expect("started by a test of this file")
}

fn tell(key: &str, value: impl std::fmt::Display) {
    println!("\n{key}: {value}");
}

/// Becomes a user without rights, as far as this one has any.
fn become_nobody() {
    if is_root() {
        // SAFETY: the calls take numbers only, but for the first, whose list is empty.
        let done = unsafe {
            libc::setgroups(0, std::ptr::null()) == 0
                && libc::setresgid(NOBODY, NOBODY, NOBODY) == 0
                && libc::setresuid(NOBODY, NOBODY, NOBODY) == 0
        };
        assert!(done);
    }
    // SAFETY: as above. Undone by the change of user: without it not even the same user may look at
    // a process. The second is an error where that module of the kernel is missing.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
        libc::prctl(libc::PR_SET_PTRACER, libc::PR_SET_PTRACER_ANY, 0, 0, 0);
    }
}

/// What the daemon's children do, or none of it.
fn begin() -> String {
    become_nobody();
    let mode = of_environment("MODE");
    if mode != "bare" {
        become_child(of_environment("PARENT").parse().unwrap(), LIMITS).unwrap();
    }
    mode
}

fn lock_in(mode: &str) -> Option<Granted> {
    let stdin = std::io::stdin();
    let wish =
        |profile| Wish { profile, content: Some(stdin.as_fd()), programs: &[], devices: &[] };
    match mode {
        "pure" => Some(enter(&wish(Profile::Pure))),
        "tool" => Some(enter(&wish(Profile::Tool))),
        "tool+pure" => {
            enter(&wish(Profile::Tool));
            Some(enter(&wish(Profile::Pure)))
        }
        _ => None,
    }
}

#[test]
#[ignore = "the attacked process of the tests above"]
fn role_is_attacked() {
    become_nobody();
    let secret: Box<[u8; 8]> = Box::new(*b"a secret");
    tell("victim", format!("role is ready {} {}", std::process::id(), secret.as_ptr() as usize));
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

#[test]
#[ignore = "the attacking process of the tests above"]
fn role_tries_everything() {
    let mode = begin();
    let victim = of_environment("VICTIM");
    let (pid, address) = victim.split_once(' ').unwrap();
    let ground = Ground::open(
        PathBuf::from(of_environment("FOLDER")),
        PathBuf::from(of_environment("RING")),
        pid.parse().unwrap(),
        address.parse().unwrap(),
    );
    lock_in(&mode);
    for row in rows() {
        tell(row.name, (row.attempt)(&ground).err().unwrap_or(0));
    }
}

#[test]
#[ignore = "a confined process of the tests above"]
fn role_enters() {
    let mode = begin();
    // Opened before: it is about the process and not about the moment of its opening.
    let mut status = fs::File::open("/proc/thread-self/status").unwrap();
    let began = SystemClock.now();
    let granted = lock_in(&mode);
    let took = SystemClock.now().since(began);
    tell("micros", took.as_micros());
    tell("granted", serde_json::to_string(&granted).unwrap());
    let mut text = String::new();
    status.read_to_string(&mut text).unwrap();
    tell("status", text.lines().collect::<Vec<_>>().join(" "));
}

#[test]
#[ignore = "a confined process of the tests above"]
fn role_opens_devices() {
    let mode = begin();
    let stdin = std::io::stdin();
    let devices = [PathBuf::from("/dev/full")];
    let wished = if mode == "tool+device" { &devices[..] } else { &[] };
    let wish = Wish {
        profile: Profile::Tool,
        content: Some(stdin.as_fd()),
        programs: &[],
        devices: wished,
    };
    if mode != "bare" {
        enter(&wish);
    }
    for name in ["full", "zero"] {
        let opened = fs::OpenOptions::new().read(true).write(true).open(format!("/dev/{name}"));
        tell(name, opened.err().and_then(|error| error.raw_os_error()).unwrap_or(0));
    }
}

#[test]
#[ignore = "a child process of the tests above"]
fn role_lists_descriptors() {
    begin();
    let mut open = Vec::new();
    for entry in fs::read_dir("/proc/self/fd").unwrap().flatten() {
        // The folder itself is open while it is listed, and gone from then on.
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        let target = target.display().to_string().replace(' ', "_");
        if !target.contains(&format!("/proc/{}/fd", std::process::id())) {
            open.push(target);
        }
    }
    tell("open", open.join(" "));
}

#[test]
#[ignore = "a confined process of the tests above"]
fn role_forks() {
    let mode = begin();
    let (reader, writer) = std::io::pipe().unwrap();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nproc).current;
    lock_in(&mode);
    let mut forked = 0;
    let errno = loop {
        // SAFETY: the child calls only what is safe after a fork: it waits for the end of its
        // parent, which closes the pipe, and ends.
        let pid = unsafe { libc::fork() };
        match pid {
            0 => unsafe {
                // SAFETY: as above; the buffer is the child's own.
                libc::close(writer.as_raw_fd());
                let mut byte = 0_u8;
                libc::read(reader.as_raw_fd(), (&raw mut byte).cast(), 1);
                libc::_exit(0);
            },
            -1 => break std::io::Error::last_os_error().raw_os_error().unwrap(),
            _ => forked += 1,
        }
        // Without a limit it has to end as well.
        assert!(forked < 100_000);
    };
    tell("forked", forked);
    tell("errno", errno);
    tell("limit", limit.unwrap_or(u64::MAX));
}
