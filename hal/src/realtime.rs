//! How a thread is scheduled: exact timers always, real-time priority where the machine grants it.
#![allow(unsafe_code, reason = "the scheduler's policy has no safe wrapper in rustix")]

use std::ffi::CString;
use std::num::NonZeroU64;

use rustix::process::{Resource, getrlimit};

/// How a thread would like to be scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Priority in `SCHED_FIFO`, 1 to 99. A limit below it (`RLIMIT_RTPRIO`) lowers it.
    pub fifo: Option<u8>,
    /// Nice value if real-time scheduling is not granted, -20 (first) to 19 (last).
    pub nice: Option<i8>,
}

impl Wish {
    /// Like any other thread, but with exact timers.
    pub const NORMAL: Self = Self { fifo: None, nice: None };
}

/// How a thread is scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// Real-time, before every normal thread.
    Fifo,
    /// Normal, with more weight than others.
    Nice,
    /// Like any other thread.
    Normal,
}

impl Granted {
    /// The word for it in status and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Nice => "nice",
            Self::Normal => "normal",
        }
    }
}

/// A real-time thread that computes this long without a wait is ended by the kernel, if a limit
/// is set at all. A limit below it would endanger a thread that is merely busy.
const LEAST_RTTIME_US: u64 = 100_000;

/// Names the calling thread, removes the slack of its timers and schedules it as wished, or as
/// near to it as the machine permits. Never fails; says what the kernel reports afterwards.
///
/// Threads and processes that it starts later are scheduled normally.
pub fn prepare_thread(name: &str, wish: Wish) -> Granted {
    // The kernel keeps the first 15 bytes.
    if let Ok(name) = CString::new(name.replace('\0', "")) {
        let _ = rustix::thread::set_name(&name);
    }
    // The default of 50 µs is most of a normal thread's lateness. It needs no privilege.
    let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));

    let fifo = wish.fifo.is_some_and(try_fifo);
    if !fifo && let Some(nice) = wish.nice {
        // Also a normal thread must not pass its weight on. Always permitted.
        let _ = set_policy(libc::SCHED_OTHER, 0);
        let _ = rustix::process::setpriority_process(None, nice.into());
    }
    let granted = granted();
    tracing::info!(thread = name, scheduling = granted.as_str(), "thread prepared");
    granted
}

/// How the calling thread is scheduled.
pub fn granted() -> Granted {
    match policy() & !libc::SCHED_RESET_ON_FORK {
        libc::SCHED_FIFO => Granted::Fifo,
        // Zero names the calling thread on Linux, not its process.
        _ => match rustix::process::getpriority_process(None) {
            Ok(nice) if nice < 0 => Granted::Nice,
            _ => Granted::Normal,
        },
    }
}

fn try_fifo(priority: u8) -> bool {
    let rttime = getrlimit(Resource::Rttime).current;
    if rttime.is_some_and(|limit| limit < LEAST_RTTIME_US) {
        return false;
    }
    let priority = libc::c_int::from(priority.clamp(1, 99));
    if set_policy(libc::SCHED_FIFO, priority) {
        return true;
    }
    match getrlimit(Resource::Rtprio).current {
        Some(limit) if limit > 0 && limit < priority as u64 => {
            set_policy(libc::SCHED_FIFO, limit as libc::c_int)
        }
        _ => false,
    }
}

/// Sets the calling thread's policy by the system call itself: in musl the function of this name
/// does nothing.
fn set_policy(policy: libc::c_int, priority: libc::c_int) -> bool {
    let mut param = std::mem::MaybeUninit::<libc::sched_param>::zeroed();
    // SAFETY: sched_param consists of integers (and, in musl, timespecs of integers), for which
    // all-zero bytes are values.
    let param = unsafe {
        let param = param.assume_init_mut();
        param.sched_priority = priority;
        param
    };
    let policy = policy | libc::SCHED_RESET_ON_FORK;
    // SAFETY: thread id 0 is the calling thread; the kernel reads one struct sched_param, which
    // begins with the priority, from a pointer that is valid for the call.
    unsafe {
        libc::syscall(libc::SYS_sched_setscheduler, 0, policy, std::ptr::from_ref(param)) == 0
    }
}

fn policy() -> libc::c_int {
    // SAFETY: the call takes a thread id, 0 for the calling thread, and touches no memory.
    let policy = unsafe { libc::syscall(libc::SYS_sched_getscheduler, 0) };
    // It cannot fail for the calling thread.
    libc::c_int::try_from(policy).unwrap_or(libc::SCHED_OTHER).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nice value, real-time priority and policy as the proc file system shows them.
    fn shown() -> (i64, i64, i64) {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
        // The name in brackets may hold spaces; the fields after it are counted from 3.
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let field = |number: usize| fields[number - 3].parse().unwrap();
        (field(19), field(40), field(41))
    }

    fn check(wish: Wish) {
        std::thread::spawn(move || {
            let told = prepare_thread("a name of more than 15 bytes", wish);
            let (nice, priority, policy) = shown();
            let truth = match (policy, nice) {
                (1, _) => Granted::Fifo,
                (0, ..0) => Granted::Nice,
                (0, _) => Granted::Normal,
                other => panic!("{other:?}"),
            };
            assert_eq!(told, truth, "{wish:?}");
            match told {
                Granted::Fifo => {
                    assert!((1..=i64::from(wish.fifo.unwrap())).contains(&priority));
                }
                Granted::Nice => assert_eq!(nice, i64::from(wish.nice.unwrap()).max(-20)),
                Granted::Normal => assert_eq!(priority, 0),
            }
            assert_eq!(rustix::thread::current_timer_slack().unwrap_or(1), expected_slack(told));
            let name = std::fs::read_to_string("/proc/thread-self/comm").unwrap();
            assert_eq!(name, "a name of more \n");
            let child = std::thread::spawn(granted).join().unwrap();
            assert_eq!(child, Granted::Normal, "a thread started by it is normal");
        })
        .join()
        .unwrap();
    }

    /// A real-time thread has no slack at all, whatever was set.
    fn expected_slack(granted: Granted) -> u64 {
        if granted == Granted::Fifo { 0 } else { 1 }
    }

    #[test]
    fn a_thread_gets_what_it_is_told_it_got_whatever_it_wishes() {
        check(Wish::NORMAL);
        check(Wish { fifo: None, nice: Some(-5) });
        check(Wish { fifo: Some(10), nice: Some(-5) });
        check(Wish { fifo: Some(10), nice: None });
        check(Wish { fifo: Some(255), nice: Some(-128) });
    }

    #[test]
    fn the_words_of_status_are_fixed() {
        assert_eq!(
            [Granted::Fifo, Granted::Nice, Granted::Normal].map(Granted::as_str),
            ["fifo", "nice", "normal"]
        );
    }
}
