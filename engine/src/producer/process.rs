//! Producers as processes: the daemon's own binary with a hidden subcommand.
//!
//! A producer gets the content as its standard input and the ring by name; it has no other file,
//! no environment and no argument that a user wrote. It says why it failed on its standard output.
//! A thread of ours waits for that output to end, which is also how a killed producer is noticed
//! within a millisecond.

use std::fs::File;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hal::process::Killer;
use hal::sandbox::Granted;
use hal::shm::Ring;
use hal::{Clock, Wake};

use super::confine::Weakest;
use super::wire::{self, EXIT_FAILED, EXIT_LOST, Message};
use super::{Ended, Launch, Launched, Outcome, ProbeReport, Producer, open_content, ring_spec};
use crate::source::{ProducerSpec, Tools};

/// How long looking at a file may take before it is given up.
const PROBE_LIMIT: Duration = Duration::from_secs(60);

/// Starts producer processes.
pub struct ProcessLauncher {
    executable: PathBuf,
    prefix: String,
    clock: Arc<dyn Clock>,
    launched: AtomicU64,
    allow_unconfined: bool,
    weakest: Arc<Weakest>,
    tools: Tools,
}

impl ProcessLauncher {
    /// `executable` is the daemon's own binary; rings are named `<prefix>_<n>`.
    pub fn new(executable: PathBuf, prefix: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            executable,
            prefix: prefix.into(),
            clock,
            launched: AtomicU64::new(0),
            allow_unconfined: false,
            weakest: Arc::default(),
            tools: Tools::default(),
        }
    }

    /// Whether producers open content also where the kernel cannot confine them.
    #[must_use]
    pub fn allow_unconfined(self, allow_unconfined: bool) -> Self {
        Self { allow_unconfined, ..self }
    }

    /// With programs that may be started to look at files.
    #[must_use]
    pub fn with_tools(self, tools: Tools) -> Self {
        Self { tools, ..self }
    }

    fn start(&self, arguments: &[&str], content: Option<File>) -> io::Result<(Child, Killer)> {
        let mut child = Command::new(&self.executable)
            .args(arguments)
            .args(["--parent", &std::process::id().to_string()])
            .args(self.allow_unconfined.then_some("--allow-unconfined"))
            .env_clear()
            // Signals that a terminal sends to the daemon's group are for the daemon.
            .process_group(0)
            .stdin(content.map_or_else(Stdio::null, Stdio::from))
            .stdout(Stdio::piped())
            .spawn()?;
        match Killer::of(child.id()) {
            Ok(killer) => Ok((child, killer)),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(io::Error::other(error.chain()))
            }
        }
    }
}

/// A running producer process.
struct Process {
    pid: u32,
    killer: Arc<Killer>,
    ring: Arc<Ring>,
}

impl Producer for Process {
    fn pid(&self) -> Option<u32> {
        Some(self.pid)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It owns nothing but its memory: there is nothing that it would have to tidy up.
        self.killer.kill();
        self.ring.close();
    }
}

impl Launch for ProcessLauncher {
    fn launch(
        &self,
        spec: &ProducerSpec,
        content: Option<&Path>,
        ended: Ended,
    ) -> Result<Launched, String> {
        let content = open_content(content)?;
        let name = format!("{}_{}", self.prefix, self.launched.fetch_add(1, Ordering::Relaxed));
        let ring = Ring::create(&name, &ring_spec(&spec.canvas)).map_err(|error| error.chain())?;
        let spec = serde_json::to_string(spec).map_err(|error| error.to_string())?;
        let (mut child, killer) = self
            .start(&["producer", "--ring", &name, "--spec", &spec], content)
            .map_err(|error| format!("its producer cannot be started: {error}"))?;
        let pid = child.id();
        let killer = Arc::new(killer);
        let weakest = self.weakest.clone();
        let watched = std::thread::Builder::new()
            .name(format!("producer-{pid}"))
            .spawn(move || ended(wait(&mut child, &weakest)))
            .map_err(|error| format!("no thread to watch its producer: {error}"));
        if let Err(error) = watched {
            killer.kill();
            return Err(error);
        }
        let producer = Box::new(Process { pid, killer, ring: ring.clone() });
        Ok(Launched { reader: Box::new(ring.reader()), producer })
    }

    fn granted(&self) -> Option<Granted> {
        self.weakest.granted()
    }

    fn allows_unconfined(&self) -> bool {
        self.allow_unconfined
    }

    fn probe(&self, content: File) -> Result<ProbeReport, String> {
        let tools = serde_json::to_string(&self.tools).map_err(|error| error.to_string())?;
        let (mut child, killer) = self
            .start(&["probe", "--tools", &tools], Some(content))
            .map_err(|error| format!("it cannot be looked at: {error}"))?;
        let done = Wake::new();
        let timer = done.clone();
        let clock = self.clock.clone();
        // A decoder that neither ends nor computes is ended from outside.
        let watch = std::thread::Builder::new().name("probe-limit".into()).spawn(move || {
            let until = clock.now() + PROBE_LIMIT;
            while timer.current() == 0 {
                if clock.wait(&timer, 0, Some(until)) == hal::Woken::Due {
                    killer.kill();
                    return true;
                }
            }
            false
        });
        let said = listen(&mut child, &self.weakest);
        let status = child.wait();
        done.notify();
        let took_too_long = watch.is_ok_and(|watch| watch.join().unwrap_or_default());
        match (wire::read(&said), status) {
            (Some(Message::Probed(report)), Ok(status)) if status.success() => Ok(report),
            (Some(Message::Failed(reason)), _) => Err(reason),
            _ if took_too_long => {
                let seconds = PROBE_LIMIT.as_secs();
                Err(format!("it could not be looked at within {seconds} s"))
            }
            (_, Ok(status)) => {
                Err(format!("it broke the program that looked at it ({})", words(status)))
            }
            (_, Err(error)) => Err(format!("it cannot be looked at: {error}")),
        }
    }
}

/// Waits for the end of a producer.
fn wait(child: &mut Child, weakest: &Weakest) -> Outcome {
    let said = listen(child, weakest);
    match child.wait() {
        Ok(status) if status.success() => Outcome::Finished,
        Ok(status) if status.code() == Some(i32::from(EXIT_FAILED)) => match wire::read(&said) {
            Some(Message::Failed(reason)) => Outcome::Failed(reason),
            _ => Outcome::Died("it failed without a reason".into()),
        },
        Ok(status) if status.code() == Some(i32::from(EXIT_LOST)) => match wire::read(&said) {
            Some(Message::Failed(reason)) => Outcome::Died(reason),
            _ => Outcome::Died(words(status)),
        },
        Ok(status) => Outcome::Died(words(status)),
        Err(error) => Outcome::Died(format!("it cannot be waited for: {error}")),
    }
}

fn listen(child: &mut Child, weakest: &Weakest) -> Vec<u8> {
    let Some(stdout) = child.stdout.take() else { return Vec::new() };
    wire::listen(stdout, |granted| weakest.note(granted))
}

fn words(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(6), _) => "aborted, probably out of memory".into(),
        (Some(9), _) => "killed".into(),
        (Some(24), _) => "took too much processor time".into(),
        (Some(signal), _) => format!("ended by signal {signal}"),
        (None, Some(code)) => format!("ended with status {code}"),
        (None, None) => "ended".into(),
    }
}
