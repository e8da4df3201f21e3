//! Sandboxes: what a process gives up before it reads a byte that a stranger wrote.
//!
//! ```text
//! become_child -> enter(Tool)  -> starts external programs, which inherit it
//!              -> enter(Pure)  -> computes, reads and writes what is open already, and no more
//! enter(Tool) -> look at the bytes -> enter(Pure)      profiles stack, the stricter rule holds
//! ```
//!
//! Two mechanisms of the kernel are used, and neither needs a privilege: landlock decides which
//! files can be opened, seccomp which system calls there are. Both hold for the calling thread and
//! all that it starts, for ever. A process enters before it has a second thread.

mod kernel;
mod landlock;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
mod list;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
mod no_seccomp;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
mod seccomp;

use std::fmt;
use std::path::{Path, PathBuf};

use rustix::fd::BorrowedFd;
use serde::{Deserialize, Serialize};

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
use self::no_seccomp as seccomp;

pub use self::kernel::{Offer, Offered, offered};
pub(crate) use self::seccomp::Alone;

/// How much a process keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Code of ours that computes: an allow-list. No file can be opened, no process or socket made;
    /// threads and memory are fine.
    Pure,
    /// Code of ours that starts an external program such as ffmpeg: a deny-list, because what such
    /// programs and their libraries call changes with every distribution. Programs and libraries of
    /// the system can be read and executed, the content can be opened again; nothing can be written.
    Tool,
}

/// What a process wishes to keep.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// How much.
    pub profile: Profile,
    /// The open file that may be opened again by [`Profile::Tool`], through `/proc/self/fd`.
    pub content: Option<BorrowedFd<'a>>,
    /// Folders and files of external programs that lie in none of the system's own folders.
    pub programs: &'a [&'a Path],
    /// Devices that external programs may read, write and control. Each opens a driver of the kernel
    /// to what they decode.
    pub devices: &'a [PathBuf],
}

/// How far landlock holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Landlock {
    /// Not at all.
    #[default]
    None,
    /// What this kernel's version of it can; seccomp refuses the rest.
    Partial,
    /// All that is asked of it.
    Full,
}

impl Landlock {
    /// The word for status.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Partial => "partial",
            Self::Full => "full",
        }
    }
}

/// What a process was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// What was wished for.
    pub profile: Profile,
    /// Whether no program that it starts can have more rights than it has itself.
    pub no_new_privs: bool,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// How far files are out of reach.
    pub landlock: Landlock,
    /// The version of landlock's interface that the kernel has; 0 without landlock.
    pub landlock_abi: u32,
    /// What is missing and why, in words for a person; none if nothing is.
    pub reason: Option<String>,
}

impl Granted {
    /// Whether content of strangers may be opened: by seccomp alone where nothing can be opened
    /// anyway, with landlock where programs are started.
    pub fn is_enough(&self) -> bool {
        let landlock = match self.profile {
            Profile::Pure => true,
            Profile::Tool => self.landlock > Landlock::None,
        };
        self.no_new_privs && self.seccomp && landlock
    }

    /// How many of the walls stand, to compare with another process.
    pub fn strength(&self) -> impl Ord + use<> {
        (self.seccomp, self.landlock, self.no_new_privs, self.landlock_abi)
    }
}

/// Locks the calling thread in, and all that it starts from now on. To be called after
/// [`become_child`](crate::process::become_child), from a process's only thread, before content is
/// read. There is no way back; entering again can only take more away.
///
/// It never fails: what could not be had is told, and the caller decides what that means.
pub fn enter(wish: &Wish<'_>) -> Granted {
    let mut missing = Vec::new();
    let no_new_privs = rustix::thread::set_no_new_privs(true);
    if let Err(errno) = no_new_privs {
        missing.push(format!("the kernel refused to give up new privileges: {errno}"));
    }
    let (landlock, landlock_abi) = match landlock::restrict(wish) {
        Ok((landlock, abi)) => (landlock, abi),
        Err(reason) => {
            missing.push(format!("landlock (files): {reason}"));
            (Landlock::None, 0)
        }
    };
    // Last: its lists have none of the calls above.
    let seccomp = seccomp::install(wish.profile);
    if let Err(reason) = &seccomp {
        missing.push(format!("seccomp (system calls): {reason}"));
    }
    Granted {
        profile: wish.profile,
        no_new_privs: no_new_privs.is_ok(),
        seccomp: seccomp.is_ok(),
        landlock,
        landlock_abi,
        reason: (!missing.is_empty()).then(|| missing.join("; ")),
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pure => "pure",
            Self::Tool => "tool",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_is_a_filter_for_pictures_and_both_walls_for_programs() {
        let check = |profile, seccomp, landlock, expect: bool| {
            let granted = Granted {
                profile,
                no_new_privs: true,
                seccomp,
                landlock,
                landlock_abi: 2,
                reason: None,
            };
            assert_eq!(granted.is_enough(), expect, "{granted:?}");
            let privileged = Granted { no_new_privs: false, ..granted };
            assert!(!privileged.is_enough());
        };
        check(Profile::Pure, true, Landlock::None, true);
        check(Profile::Pure, false, Landlock::Full, false);
        check(Profile::Tool, true, Landlock::None, false);
        check(Profile::Tool, true, Landlock::Partial, true);
        check(Profile::Tool, true, Landlock::Full, true);
        check(Profile::Tool, false, Landlock::Full, false);
    }
}
