//! Processes as the kernel tells of them: who was started by whom, and whether they are gone.

use std::fs;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// The producers, and programs that look at files, that the daemon `parent` has started. They say
/// whose they are on their command line, so they are found after the daemon's end as well.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let wanted = parent.to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
        let words: Vec<_> = line.split(|&byte| byte == 0).map(String::from_utf8_lossy).collect();
        if words.windows(2).any(|pair| pair[0] == "--parent" && pair[1] == wanted) {
            found.push(pid);
        }
    }
    found
}

/// The programs that a producer has started.
pub(crate) fn started_by(producer: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{producer}/task/{producer}/children"));
    list.unwrap_or_default().split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Sends a signal to one process. Nothing happens if it has ended.
pub(crate) fn send(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid as i32) {
        let _ = kill_process(pid, signal);
    }
}

/// Waits until a process has ended. False if it still runs after `limit`.
pub(crate) fn has_ended(pid: u32, limit: Duration) -> bool {
    let Some(pid) = Pid::from_raw(pid as i32) else { return true };
    let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else { return true };
    let limit = Timespec { tv_sec: limit.as_secs() as i64, tv_nsec: limit.subsec_nanos().into() };
    let mut ended = [PollFd::new(&pidfd, PollFlags::IN)];
    matches!(poll(&mut ended, Some(&limit)), Ok(count) if count > 0)
}

/// The rings of an instance that lie in shared memory.
pub(crate) fn rings(instance: &str) -> Vec<String> {
    let prefix = format!("prismatron_{instance}_");
    let names = fs::read_dir("/dev/shm").unwrap().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(&prefix)).collect()
}
