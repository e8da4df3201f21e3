//! An external program that dies with the process that started it, read with patience.
#![allow(unsafe_code, reason = "what a child does between fork and exec is told by a closure")]

use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use crate::clock::{Clock, MonoTime, SystemClock};
use crate::error::{Error, Remedy};
use crate::sandbox::Alone;
use crate::wake::Wake;

/// How much of what it says on its standard error is kept: the end.
const KEPT: usize = 4096;
/// How long it may take to end once nobody listens to it.
const END: Duration = Duration::from_secs(2);
/// How often it is asked whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// A running program. What it writes to its standard output is read from it; dropped, it is ended.
///
/// Where this process may not kill, the program ends because nobody reads from it any more, or
/// with this process. The signal for that comes when the *thread* that started it ends, and the
/// program can neither refuse it nor leave processes behind that do not get it: it may have
/// threads, and no children.
#[derive(Debug)]
pub struct Tool {
    child: Child,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    said: Vec<u8>,
    patience: Duration,
}

/// A program that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether it says that all went well.
    pub is_success: bool,
    /// What ended it, if it did not end by itself.
    pub signal: Option<i32>,
    /// The end of what it said on its standard error, as it said it.
    pub said: String,
}

impl Tool {
    /// Starts a program with `input` as its standard input and nothing of the environment.
    /// `patience` is how long a read waits for it.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(
        program: &Path,
        arguments: &[String],
        input: BorrowedFd<'_>,
        patience: Duration,
    ) -> Result<Self, Error> {
        let failed = |error: io::Error| {
            let what = format!("{} cannot be started", program.display());
            Error::new(Remedy::GiveUp, format!("{what}: {error}"))
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            // Each thread's heap of its own would take most of the address space.
            .env("MALLOC_ARENA_MAX", "2")
            .env("LC_ALL", "C")
            .env("AV_LOG_FORCE_NOCOLOR", "1")
            .current_dir("/")
            .stdin(Stdio::from(input.try_clone_to_owned().map_err(failed)?))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let parent = std::process::id();
        let alone = Alone::new();
        let die_with_parent = move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // It may have died before the call above; then nobody sends the signal.
            let present = getppid().map_or(0, |pid| pid.as_raw_nonzero().get() as u32);
            if present != parent {
                return Err(io::ErrorKind::NotFound.into());
            }
            if let Some(alone) = &alone {
                alone.install();
            }
            Ok(())
        };
        // SAFETY: the closure runs between fork and exec. It makes four system calls without the C
        // library's state, and allocates nothing: an error of a simple kind holds no memory, and
        // the filter was made before.
        unsafe {
            command.pre_exec(die_with_parent);
        }
        let mut child = command.spawn().map_err(failed)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        Ok(Self { child, stdout, stderr, said: Vec::new(), patience })
    }

    /// Waits until it has ended by itself. What it still writes is lost.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn finish(mut self) -> Result<Ended, Error> {
        self.stdout = None;
        let clock = SystemClock;
        let until = clock.now() + END;
        while self.stderr.is_some() && self.wait_for_words(until) {}
        self.stderr = None;
        match self.wait(until) {
            Some(status) => Ok(Ended {
                is_success: status.success(),
                signal: status.signal(),
                said: String::from_utf8_lossy(&self.said).into_owned(),
            }),
            None => Err(Error::new(Remedy::GiveUp, "a program did not end when asked to")),
        }
    }

    /// Waits for its end.
    fn wait(&mut self, until: MonoTime) -> Option<ExitStatus> {
        let clock = SystemClock;
        // Nobody rings it: it is waited for.
        let pause = Wake::new();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Err(_) => return None,
                Ok(None) if clock.now() >= until => return None,
                Ok(None) => {
                    clock.wait(&pause, pause.current(), Some(clock.now() + LOOK));
                }
            }
        }
    }

    /// Waits for standard error alone. `false` once there is nothing to wait for.
    fn wait_for_words(&mut self, until: MonoTime) -> bool {
        let Some(stderr) = &self.stderr else { return false };
        let left = until.since(SystemClock.now());
        let mut one = [PollFd::new(stderr, PollFlags::IN)];
        match poll(&mut one, Some(&timespec(left))) {
            Ok(1..) => {
                self.listen();
                true
            }
            Err(rustix::io::Errno::INTR) => true,
            _ => false,
        }
    }

    /// Takes what is there of standard error. Called when there is something.
    fn listen(&mut self) {
        let Some(stderr) = &mut self.stderr else { return };
        let mut words = [0; 1024];
        match stderr.read(&mut words) {
            Ok(0) => self.stderr = None,
            Ok(length) => {
                self.said.extend_from_slice(&words[..length]);
                let surplus = self.said.len().saturating_sub(KEPT);
                self.said.drain(..surplus);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.stderr = None,
        }
    }
}

impl Read for Tool {
    /// Fails with `TimedOut` if nothing comes for as long as the patience lasts.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let until = SystemClock.now() + self.patience;
        loop {
            let Some(stdout) = &self.stdout else { return Ok(0) };
            let mut both = vec![PollFd::new(stdout, PollFlags::IN)];
            both.extend(self.stderr.as_ref().map(|stderr| PollFd::new(stderr, PollFlags::IN)));
            let left = until.since(SystemClock.now());
            match poll(&mut both, Some(&timespec(left))) {
                Ok(0) => return Err(io::ErrorKind::TimedOut.into()),
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            let has_output = !both[0].revents().is_empty();
            let has_words = both.get(1).is_some_and(|stderr| !stderr.revents().is_empty());
            drop(both);
            if has_words {
                self.listen();
            }
            if has_output {
                let Some(stdout) = &mut self.stdout else { return Ok(0) };
                return stdout.read(into);
            }
        }
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        self.stdout = None;
        self.stderr = None;
        // In a sandbox this is refused; it ends when it next writes.
        if self.child.try_wait().is_ok_and(|status| status.is_some()) {
            return;
        }
        let _ = self.child.kill();
        let _ = self.wait(SystemClock.now() + END);
    }
}

fn timespec(left: Duration) -> Timespec {
    Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    fn shell(script: &str, patience_ms: u64) -> Tool {
        let nothing = std::fs::File::open("/dev/null").unwrap();
        let arguments = ["-c".to_owned(), script.to_owned()];
        let patience = Duration::from_millis(patience_ms);
        Tool::start(Path::new("/bin/sh"), &arguments, nothing.as_fd(), patience).unwrap()
    }

    #[test]
    fn what_it_writes_and_says_is_read_to_the_end() {
        let mut tool =
            shell("printf abc; printf one >&2; printf def; printf two >&2; exit 3", 5000);
        let mut written = String::new();
        tool.read_to_string(&mut written).unwrap();
        assert_eq!(written, "abcdef");
        let ended = tool.finish().unwrap();
        assert_eq!(ended, Ended { is_success: false, signal: None, said: "onetwo".into() });
    }

    #[test]
    fn one_that_is_killed_is_told_from_one_that_fails() {
        let mut tool = shell("echo one; echo last words >&2; kill -9 $$", 5000);
        tool.read_to_string(&mut String::new()).unwrap();
        let ended = tool.finish().unwrap();
        assert_eq!((ended.is_success, ended.signal), (false, Some(9)));
    }

    #[test]
    fn it_has_no_children() {
        let mut tool = shell("echo one; (echo two); echo three", 5000);
        let mut written = String::new();
        tool.read_to_string(&mut written).unwrap();
        if crate::sandbox::offered().seccomp == crate::sandbox::Offer::There(1) {
            assert_eq!(written, "one\n");
            assert!(!tool.finish().unwrap().is_success);
        }
    }

    #[test]
    fn one_that_says_much_is_not_held_up_and_its_last_words_are_kept() {
        let script =
            "i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done; echo done";
        let mut tool = shell(script, 20_000);
        let mut written = String::new();
        tool.read_to_string(&mut written).unwrap();
        assert_eq!(written, "done\n");
        let ended = tool.finish().unwrap();
        assert!(ended.is_success);
        assert!(ended.said.len() <= KEPT);
        assert!(ended.said.ends_with("line 19999\n"), "{:?}", ended.said);
    }

    #[test]
    fn one_that_writes_nothing_is_given_up_and_ended() {
        let mut tool = shell("echo $$; exec sleep 1000", 300);
        let mut line = [0; 32];
        let length = tool.read(&mut line).unwrap();
        let pid = std::str::from_utf8(&line[..length]).unwrap().trim().to_owned();
        let error = tool.read(&mut line).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(tool);
        assert!(!Path::new("/proc").join(pid).exists());
    }

    #[test]
    fn it_sees_no_environment_but_what_it_needs() {
        let mut tool = shell("exec env", 5000);
        let mut written = String::new();
        tool.read_to_string(&mut written).unwrap();
        assert!(written.contains("MALLOC_ARENA_MAX=2"), "{written}");
        assert!(!written.contains("HOME="), "{written}");
    }

    #[test]
    fn one_that_is_not_there_is_an_error_with_its_name() {
        let nothing = std::fs::File::open("/dev/null").unwrap();
        let program = Path::new("/nowhere/at-all");
        let error = Tool::start(program, &[], nothing.as_fd(), Duration::ZERO).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/at-all cannot be started"), "{error}");
    }
}
