//! Child processes: ended with certainty, tied to their parent, and bounded by limits.

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
    /// Processor time in seconds; none for one that plays for as long as anyone looks.
    pub cpu_s: Option<u64>,
}

/// To be called first by a child process: it dies with its parent, and cannot use more than this.
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
    let limit = |resource, value, what: &str| {
        let both = Rlimit { current: Some(value), maximum: Some(value) };
        process::setrlimit(resource, both).map_err(kernel(what))
    };
    limit(Resource::As, limits.memory, "a memory limit")?;
    limit(Resource::Core, 0, "a core dump limit")?;
    if let Some(seconds) = limits.cpu_s {
        limit(Resource::Cpu, seconds, "a processor time limit")?;
    }
    // When memory runs out, the kernel is to take this process and not the daemon. Raising one's
    // own score is always permitted; where /proc is missing it makes no difference.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
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
