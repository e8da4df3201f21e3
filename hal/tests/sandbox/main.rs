//! Sandboxes proven from inside: processes that lock themselves in try everything that they must not
//! do. Each attempt has its twin in a process that did not, where it succeeds.
//!
//! Nothing of this needs root. Started as root, the processes become another user first: what is
//! refused has to be refused by the sandbox, and what succeeds has to succeed without privileges.
#![allow(unsafe_code)] // Attempts are system calls, made directly so that the answer is the kernel's.
#![allow(clippy::unwrap_used)] // Helpers may end a test as well.
#![allow(clippy::print_stdout, clippy::print_stderr)] // What is skipped, and what roles tell.

mod attempt;
mod role;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use hal::sandbox::{Granted, Landlock, Offer, offered};
use tempfile::TempDir;

use attempt::{Expect, rows};

/// This program again, as the process `role`.
fn start(role: &str, mode: &str, place: &Place, stdin: Stdio) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", role, "--ignored", "--nocapture", "--test-threads=1"])
        .env("RUST_BACKTRACE", "0")
        .env("PRISMATRON_TEST_MODE", mode)
        .env("PRISMATRON_TEST_PARENT", std::process::id().to_string())
        .env("PRISMATRON_TEST_FOLDER", place.folder.path())
        .env("PRISMATRON_TEST_RING", &place.ring)
        .env("PRISMATRON_TEST_VICTIM", &place.victim)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Where attempts are made: files that anyone may change.
struct Place {
    folder: TempDir,
    /// A file in shared memory, of the size of a small ring.
    ring: PathBuf,
    /// Process and address of the one that is attacked.
    victim: String,
}

impl Place {
    fn make(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let all = |path: &std::path::Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        all(folder.path(), 0o777);
        let ring = PathBuf::from(format!("/dev/shm/prismatron_test{}_{name}", std::process::id()));
        fs::write(&ring, [7; 16384]).unwrap();
        all(&ring, 0o666);
        for file in ["content", "own"] {
            fs::write(folder.path().join(file), b"some bytes").unwrap();
        }
        let program = fs::canonicalize("/bin/true").unwrap();
        fs::copy(program, folder.path().join("program")).unwrap();
        all(&folder.path().join("program"), 0o755);
        let place = Self { folder, ring, victim: String::new() };
        place.give_away();
        place
    }

    /// To the user that the processes become, who may change rights and times of what is his.
    fn give_away(&self) {
        if role::is_root() {
            for file in ["content", "own"] {
                let path = self.folder.path().join(file);
                std::os::unix::fs::chown(path, Some(role::NOBODY), Some(role::NOBODY)).unwrap();
            }
        }
    }

    fn content(&self) -> Stdio {
        File::open(self.folder.path().join("content")).unwrap().into()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.ring);
    }
}

/// A process that sleeps until it is dropped.
struct Victim(Child);

impl Victim {
    fn start(place: &mut Place) -> Self {
        let mut child = start("role::role_is_attacked", "bare", place, Stdio::piped());
        let line = line_with(&mut child, "role is ready ");
        place.victim = line;
        Self(child)
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// What follows `words` in the first line that holds them.
fn line_with(child: &mut Child, words: &str) -> String {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    lines.find_map(|line| line.split_once(words).map(|(_, rest)| rest.to_owned())).unwrap()
}

/// All that a role has said, by the first word of a line.
fn said(mut child: Child) -> BTreeMap<String, String> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let found = lines
        .map_while(Result::ok)
        .filter_map(|line| Some((line.split_once(": ")?.0.to_owned(), line)))
        .map(|(key, line)| (key.clone(), line[key.len() + 2..].to_owned()))
        .collect();
    assert!(child.wait().unwrap().success());
    found
}

/// The answers of the kernel to every attempt, made in this way.
fn answers(mode: &str) -> BTreeMap<String, String> {
    let mut place = Place::make(mode);
    let _victim = Victim::start(&mut place);
    said(start("role::role_tries_everything", mode, &place, place.content()))
}

fn say(line: &str) {
    eprintln!("{line}");
}

/// Whether the test can show anything here.
fn is_possible() -> bool {
    match offered().seccomp {
        Offer::There(_) => true,
        Offer::Absent(reason) => {
            say(&format!("skipped: all of the sandbox: {reason}"));
            false
        }
    }
}

#[test]
fn what_succeeds_outside_is_refused_inside_with_the_right_error() {
    if !is_possible() {
        return;
    }
    let has_landlock = matches!(offered().landlock, Offer::There(_));
    let bare = answers("bare");
    let mut wrong = Vec::new();
    // One that enters both is as the stricter one.
    for mode in ["pure", "tool", "tool+pure"] {
        let inside = answers(mode);
        for row in rows() {
            let outside = bare[row.name].parse::<i32>().unwrap();
            if row.is_optional && outside != row.bare {
                say(&format!("skipped: {}: refused outside too, errno {outside}", row.name));
                continue;
            }
            if outside != row.bare {
                wrong.push(format!("bare: {}: {outside}, not {}", row.name, row.bare));
            }
            let expect = match if mode == "tool" { row.tool } else { row.pure } {
                Expect::Always(errno) => errno,
                Expect::ByLandlock(_) if !has_landlock => {
                    say(&format!("skipped: {mode}: {}: this kernel has no landlock", row.name));
                    continue;
                }
                Expect::ByLandlock(errno) => errno,
            };
            let found = inside[row.name].parse::<i32>().unwrap();
            if found != expect {
                wrong.push(format!("{mode}: {}: {found}, not {expect}", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_told_is_what_the_kernel_offers() {
    if !is_possible() {
        return;
    }
    for mode in ["pure", "tool"] {
        let place = Place::make(&format!("told_{mode}"));
        let told = said(start("role::role_enters", mode, &place, place.content()));
        let granted: Granted = serde_json::from_str(&told["granted"]).unwrap();
        assert!(granted.seccomp && granted.no_new_privs, "{granted:?}");
        let status = &told["status"];
        assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"), "{status}");
        match offered().landlock {
            Offer::There(version) => {
                assert_eq!(granted.landlock_abi, version);
                let expect = if version >= 6 { Landlock::Full } else { Landlock::Partial };
                assert_eq!(granted.landlock, expect);
                assert_eq!(granted.reason, None);
                assert!(granted.is_enough());
            }
            Offer::Absent(reason) => {
                say(&format!("skipped: {mode}: landlock: {reason}"));
                assert_eq!((granted.landlock, granted.landlock_abi), (Landlock::None, 0));
                assert!(granted.reason.unwrap().contains("landlock"));
            }
        }
        say(&format!("measured: entering {mode} took {} µs", told["micros"]));
    }
}

#[test]
fn a_child_keeps_nothing_open_but_its_three_streams() {
    let place = Place::make("descriptors");
    let leak = File::open(place.folder.path().join("own")).unwrap();
    // SAFETY: clears a flag of our own descriptor.
    assert_eq!(unsafe { libc::fcntl(leak.as_raw_fd(), libc::F_SETFD, 0) }, 0);
    let open = |mode| {
        said(start("role::role_lists_descriptors", mode, &place, place.content()))["open"].clone()
    };
    let own = place.folder.path().join("own").display().to_string();
    assert!(open("bare").contains(&own), "the twin: it is inherited");
    let left = open("child");
    assert!(!left.contains(&own), "{left}");
    assert_eq!(left.split_whitespace().count(), 3, "{left}");
}

#[test]
fn a_fork_bomb_goes_off_within_a_limit() {
    if !is_possible() {
        return;
    }
    let place = Place::make("bomb");
    let told = said(start("role::role_forks", "tool", &place, place.content()));
    let number = |key: &str| told[key].parse::<u64>().unwrap();
    assert_eq!(number("errno"), libc::EAGAIN as u64);
    assert!((1..=number("limit")).contains(&number("forked")), "{told:?}");
    // What ran on the whole machine, what is granted beyond, and what may have started since.
    let most = u64::from(rustix::system::sysinfo().procs) + 128 + 500;
    assert!(number("limit") <= most, "{told:?}");
    let refused = said(start("role::role_forks", "pure", &place, place.content()));
    assert_eq!((refused["forked"].as_str(), refused["errno"].as_str()), ("0", "1"));
}

#[test]
fn only_the_devices_that_were_wished_for_can_be_opened() {
    if !matches!(offered().landlock, Offer::There(_)) {
        say("skipped: devices: there is no landlock");
        return;
    }
    let place = Place::make("devices");
    let opened = |mode: &str| {
        let told = said(start("role::role_opens_devices", mode, &place, place.content()));
        let number = |key: &str| told[key].parse::<i32>().unwrap();
        (number("full"), number("zero"))
    };
    assert_eq!(opened("bare"), (0, 0));
    assert_eq!(opened("tool"), (libc::EACCES, libc::EACCES));
    assert_eq!(opened("tool+device"), (0, libc::EACCES));
}
