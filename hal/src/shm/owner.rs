//! Whose a name in `/dev/shm` is, and what to do with one whose owner is dead.
//!
//! A ring names its owner by process id and start time, since ids come back: in a container the
//! daemon has the same one at each start. A name is removed under a lock on its file, so that two
//! cleaners cannot remove the new ring of a third.

use std::fs;
use std::os::fd::OwnedFd;

use rustix::fs::{FlockOperation, Mode, Stat};
use rustix::io::Errno;
use rustix::process::{Pid, geteuid, getpid, test_kill_process};
use rustix::shm;
use rustix::time::{ClockId, clock_gettime};

use super::abi::{FIXED_BYTES, MAGIC, at};
use crate::error::{Error, Remedy};

/// Where POSIX shared memory lives on Linux.
pub(super) const FOLDER: &str = "/dev/shm";

/// A file without an owner's id is taken for one that is just being made, until it is this old.
const MAKING_S: i64 = 10;

/// A process, so that another one with the same id is not mistaken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// Process id.
    pub(super) pid: u32,
    /// Clock ticks since boot at its start; 0 if unknown.
    pub(super) start: u64,
}

impl Owner {
    /// This process.
    pub(super) fn me() -> Self {
        let pid = getpid().as_raw_pid() as u32;
        Self { pid, start: look_up(pid).map_or(0, |found| found.start) }
    }

    /// Whether the process still runs. In doubt it does.
    pub(super) fn is_alive(self) -> bool {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else { return false };
        if test_kill_process(pid) == Err(Errno::SRCH) {
            return false;
        }
        match look_up(self.pid) {
            Some(found) => !found.ended && (self.start == 0 || self.start == found.start),
            None => true,
        }
    }
}

struct Process {
    start: u64,
    ended: bool,
}

fn look_up(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, which may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X");
    // Field 22; the state was field 3.
    let start = fields.nth(18)?.parse().ok()?;
    Some(Process { start, ended })
}

/// What stands under a name.
enum Found {
    /// Nothing.
    Nothing,
    /// A ring whose owner runs.
    Living(u32),
    /// A ring that is being made by somebody who did not get to say who.
    Making,
    /// Not a ring of ours, and why not.
    Foreign(String),
    /// A ring whose owner is dead.
    Dead(OwnedFd, Stat),
}

/// Removes what a dead owner left under `name`, so that the name can be made anew.
///
/// # Errors
/// If the owner is alive, or the file is not a ring of ours.
pub(super) fn make_room(name: &str) -> Result<(), Error> {
    let refuse = |reason: String| {
        Err(Error::new(Remedy::FixSettings, format!("ring \"{name}\": {FOLDER}/{name} {reason}")))
    };
    match inspect(name)? {
        Found::Nothing => Ok(()),
        Found::Dead(file, stat) => remove(name, &file, &stat).map(|_| ()),
        Found::Living(pid) => refuse(format!("belongs to process {pid}, which is running")),
        Found::Making => refuse("is just being made by another process".into()),
        Found::Foreign(reason) => refuse(format!("exists and is {reason}")),
    }
}

/// As [`make_room`], for a ring that strangers could write: what its header says may be anything by
/// now. Its owner holds a lock on the file for as long as it lives, which nobody can forge.
///
/// # Errors
/// If the owner is alive, the file is not ours, or it cannot be removed.
pub(super) fn make_room_of_strangers(name: &str) -> Result<(), Error> {
    match inspect(name)? {
        Found::Foreign(_) => {}
        _ => return make_room(name),
    }
    let refuse = |reason: String| {
        Err(Error::new(Remedy::FixSettings, format!("ring \"{name}\": {FOLDER}/{name} {reason}")))
    };
    let file = match shm::open(name, shm::OFlags::RDONLY, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return refuse(format!("cannot be opened: {error}")),
    };
    let stat = match rustix::fs::fstat(&file) {
        Ok(stat) if stat.st_uid == geteuid().as_raw() => stat,
        Ok(stat) => return refuse(format!("exists and is user {}'s", stat.st_uid)),
        Err(error) => return refuse(format!("cannot be read: {error}")),
    };
    if remove(name, &file, &stat)? {
        return Ok(());
    }
    refuse("is held by another process".into())
}

/// Whether a process with this id runs. In doubt it does.
pub fn is_process_alive(pid: u32) -> bool {
    Owner { pid, start: 0 }.is_alive()
}

/// Removes every ring in `/dev/shm` whose name begins with `prefix` and whose owner is dead, and
/// returns their names. Rings of the living, and files that are no rings, stay.
///
/// # Errors
/// If `/dev/shm` cannot be listed, or a dead ring not be removed.
pub fn sweep_dead(prefix: &str) -> Result<Vec<String>, Error> {
    let unreadable =
        |source| Error::io(Remedy::GiveUp, format!("{FOLDER}: cannot be listed"), source);
    let mut removed = Vec::new();
    for entry in fs::read_dir(FOLDER).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with(prefix)) else { continue };
        if let Ok(Found::Dead(file, stat)) = inspect(name)
            && remove(name, &file, &stat)?
        {
            removed.push(name.to_owned());
        }
    }
    removed.sort_unstable();
    Ok(removed)
}

/// The process that a name tells of itself, `..._<pid>_<n>`, for a ring whose header does not yet.
fn maker(name: &str) -> Option<u32> {
    let mut parts = name.rsplit('_');
    parts.next()?.parse::<u64>().ok()?;
    parts.next()?.parse().ok()
}

/// Whether `name` still leads to the file of device and inode `id`.
pub(super) fn is_same_file(name: &str, id: (u64, u64)) -> bool {
    let file = shm::open(name, shm::OFlags::RDONLY, Mode::empty());
    file.and_then(rustix::fs::fstat).is_ok_and(|stat| file_id(&stat) == id)
}

/// Device and inode.
pub(super) fn file_id(stat: &Stat) -> (u64, u64) {
    (stat.st_dev as _, stat.st_ino as _)
}

fn inspect(name: &str) -> Result<Found, Error> {
    let unreadable = |source: Errno| {
        Error::io(
            Remedy::GiveUp,
            format!("ring \"{name}\": {FOLDER}/{name} cannot be read"),
            source,
        )
    };
    let file = match shm::open(name, shm::OFlags::RDONLY, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(Found::Nothing),
        Err(Errno::ACCESS) => return Ok(Found::Foreign("another user's".into())),
        Err(source) => return Err(unreadable(source)),
    };
    let stat = rustix::fs::fstat(&file).map_err(unreadable)?;
    if stat.st_uid != geteuid().as_raw() {
        return Ok(Found::Foreign(format!("user {}'s", stat.st_uid)));
    }
    // Read, not mapped: a file that is cut short meanwhile gives fewer bytes and no signal.
    let mut header = [0; FIXED_BYTES];
    rustix::io::pread(&file, &mut header, 0).map_err(unreadable)?;
    let u64_at = |offset: usize| {
        let mut word = [0; 8];
        word.copy_from_slice(&header[offset..offset + 8]);
        u64::from_le_bytes(word)
    };
    let magic = u64_at(at::MAGIC);
    if magic != 0 && magic != MAGIC {
        return Ok(Found::Foreign("not a frame ring".into()));
    }
    let owner = Owner { pid: u64_at(at::OWNER_PID) as u32, start: u64_at(at::OWNER_START) };
    if owner.pid == 0 {
        let age_s = clock_gettime(ClockId::Realtime).tv_sec.saturating_sub(stat.st_ctime as i64);
        let maker_is_dead = maker(name).is_some_and(|pid| !is_process_alive(pid));
        if age_s < MAKING_S && !maker_is_dead {
            return Ok(Found::Making);
        }
    } else if owner.is_alive() {
        return Ok(Found::Living(owner.pid));
    }
    Ok(Found::Dead(file, stat))
}

/// Removes `name` if it still leads to `file`. Tells whether it did.
fn remove(name: &str, file: &OwnedFd, stat: &Stat) -> Result<bool, Error> {
    let failed = |source: Errno| {
        Error::io(
            Remedy::GiveUp,
            format!("ring \"{name}\": the dead owner's {FOLDER}/{name} cannot be removed"),
            source,
        )
    };
    // Every cleaner locks the file before it removes the name. The lock goes with `file`.
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::AGAIN) => return Ok(false),
        Err(source) => return Err(failed(source)),
    }
    if !is_same_file(name, file_id(stat)) {
        return Ok(false);
    }
    match shm::unlink(name) {
        Ok(()) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(source) => Err(failed(source)),
    }
}
