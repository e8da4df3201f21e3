//! Child processes: ended with certainty, tied to their parent, and bounded by limits.
#![allow(unsafe_code)] // Three calls that rustix does not wrap, or not for a whole process.

use std::fs;

use rustix::fd::OwnedFd;
use rustix::process::{self, Pid, PidfdFlags, Resource, Rlimit, Signal};

use crate::error::{Error, Remedy};

/// Ends one process for certain, even after its number was given to another.
#[derive(Debug)]
pub struct Killer {
    pidfd: OwnedFd,
}

impl Killer {
    /// For a child of this process that has not been waited for.
    ///
    /// # Errors
    /// If there is no such process.
    pub fn of(pid: u32) -> Result<Self, Error> {
        let no_such = || Error::new(Remedy::GiveUp, format!("process {pid} does not exist"));
        let number = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(no_such)?;
        let pidfd = process::pidfd_open(number, PidfdFlags::empty())
            .map_err(|errno| Error::io(Remedy::GiveUp, format!("watching process {pid}"), errno))?;
        Ok(Self { pidfd })
    }

    /// Ends the process at once. Nothing happens if it has ended.
    pub fn kill(&self) {
        let _ = process::pidfd_send_signal(&self.pidfd, Signal::KILL);
    }
}

/// What a process calls itself, for people; empty if there is no such process.
pub fn name_of(pid: u32) -> String {
    let name = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    String::from_utf8_lossy(&name).trim_end().replace(char::is_control, "?")
}

/// What a child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Address space in bytes.
    pub memory: u64,
    /// Memory of its own that can be written, in bytes.
    pub data: u64,
    /// Processor time in seconds; none for one that plays for as long as anyone looks.
    pub cpu_s: Option<u64>,
}

/// Descriptors that a child may have open: the content, its streams, pipes to programs.
const DESCRIPTORS: u64 = 64;
/// Tasks that may be started beyond all that run on this machine. The kernel counts those of a user
/// and not those of a process, so that there is no smaller number that is safe for both.
const TASKS: u64 = 128;

/// To be called first by a child process: it dies with its parent, has no descriptor but its three
/// streams, and cannot use more than this.
///
/// The signal comes when the *thread* that started the child ends, so children are started by
/// threads that live as long as the daemon.
///
/// # Errors
/// If the parent has died already, or the kernel refuses a limit.
pub fn become_child(parent: u32, limits: Limits) -> Result<(), Error> {
    let kernel = |what: &str| {
        let message = format!("the kernel refused {what}");
        move |errno: rustix::io::Errno| Error::io(Remedy::GiveUp, message, errno)
    };
    process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(kernel("a parent-death signal"))?;
    // It may have died before the call above; then nobody sends the signal.
    let present = process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get() as u32);
    if present != parent {
        return Err(Error::new(
            Remedy::GiveUp,
            format!("the parent process {parent} is gone (now {present})"),
        ));
    }
    close_inherited().map_err(kernel("to close inherited descriptors"))?;
    // When memory runs out, the kernel is to take this process and not the daemon. Raising one's
    // own score is always permitted; where /proc is missing it makes no difference.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    // A log file that standard error was sent to refuses to grow, which is no reason to die.
    ignore_size_signal();
    let all_tasks = u64::from(rustix::system::sysinfo().procs);
    let wanted = [
        (Resource::As, limits.memory, "a limit on address space"),
        (Resource::Data, limits.data, "a memory limit"),
        (Resource::Core, 0, "a core dump limit"),
        (Resource::Fsize, 0, "a limit on files"),
        (Resource::Nofile, DESCRIPTORS, "a limit on descriptors"),
        (Resource::Nproc, all_tasks + TASKS, "a limit on tasks"),
        (Resource::Rtprio, 0, "to give up real-time"),
        (Resource::Nice, 0, "to give up priority"),
        (Resource::Msgqueue, 0, "a limit on message queues"),
        (Resource::Sigpending, 64, "a limit on signals"),
        // Not 0: libraries that keep secrets complain at every start.
        (Resource::Memlock, 64 << 10, "a limit on locked memory"),
    ];
    for (resource, value, what) in wanted {
        limit(resource, value).map_err(kernel(what))?;
    }
    if let Some(seconds) = limits.cpu_s {
        limit(Resource::Cpu, seconds).map_err(kernel("a processor time limit"))?;
    }
    Ok(())
}

/// Sets both bounds of a limit; one that is lower already stays.
fn limit(resource: Resource, value: u64) -> rustix::io::Result<()> {
    let value = process::getrlimit(resource).maximum.map_or(value, |most| most.min(value));
    process::setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
}

/// Closes everything but the three streams. Nothing of this program is open yet; what is there was
/// let through by whoever started the daemon.
fn close_inherited() -> rustix::io::Result<()> {
    const FIRST: libc::c_uint = 3;
    // SAFETY: the call takes no pointers. No value of this process owns a descriptor from 3 on,
    // since a child begins with this.
    if unsafe { libc::syscall(libc::SYS_close_range, FIRST, libc::c_uint::MAX, 0) } == 0 {
        return Ok(());
    }
    // Older than Linux 5.9.
    let mut open: Vec<i32> = Vec::new();
    for entry in fs::read_dir("/proc/self/fd").map_err(|_| rustix::io::Errno::NOSYS)?.flatten() {
        open.extend(entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    for descriptor in open.into_iter().filter(|&descriptor| descriptor >= FIRST as i32) {
        // SAFETY: as above; the folder's own descriptor is closed already, which is an error that
        // changes nothing.
        unsafe { libc::close(descriptor) };
    }
    Ok(())
}

/// Growing a file beyond its limit is an error and no signal, here and in programs started from here.
fn ignore_size_signal() {
    // SAFETY: ignoring a signal runs no code of ours.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// Whether this process may do anything to this machine.
pub fn is_root() -> bool {
    process::geteuid().is_root()
}

/// The machine's name, without its domain.
pub fn host_name() -> String {
    let whole = rustix::system::uname().nodename().to_string_lossy().to_lowercase();
    whole.split('.').next().unwrap_or_default().to_owned()
}
