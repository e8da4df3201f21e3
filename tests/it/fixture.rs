//! The daemon under test: the real program with a data folder, an instance and a port of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hal::{Clock, SystemClock};
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use rustix::process::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::alone::Turn;
use crate::events::Events;
use crate::process;

/// How long anything may take that takes moments on an idle machine.
pub(crate) const SOON: Duration = Duration::from_secs(10);
/// How long the daemon may take to end.
const END: Duration = Duration::from_secs(3);

/// One daemon. Dropped, it is asked to end, and has to leave nothing behind.
pub(crate) struct Fixture {
    /// Holds the data folder alone, so that what is written beside it is seen.
    root: TempDir,
    instance: String,
    running: Option<Running>,
    http: reqwest::Client,
    log: Arc<Mutex<String>>,
    dress: fn(&mut Command),
    _turn: Turn,
}

struct Running {
    child: Child,
    address: SocketAddr,
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) said: String,
}

impl Fixture {
    /// Starts a daemon with these settings beside other tests. It listens on a free port.
    pub(crate) async fn start(settings: &str) -> Self {
        Self::with(settings, Turn::shared()).started().await
    }

    /// Starts a daemon while no other test runs one: for what measures time.
    pub(crate) async fn start_alone(settings: &str) -> Self {
        Self::with(settings, Turn::alone()).started().await
    }

    /// A daemon that has not been started.
    pub(crate) fn prepare(settings: &str) -> Self {
        Self::with(settings, Turn::shared())
    }

    /// Starts a daemon whose process is made ready by `dress` first.
    pub(crate) async fn start_dressed(settings: &str, dress: fn(&mut Command)) -> Self {
        let mut fixture = Self::prepare(settings);
        fixture.dress = dress;
        fixture.started().await
    }

    fn with(settings: &str, turn: Turn) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = tempfile::Builder::new().prefix("prismatron-it-").tempdir().unwrap();
        std::fs::create_dir(root.path().join("data")).unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy();
        let fixture = Self {
            root,
            instance: format!("it-{}-{number}", std::process::id()),
            running: None,
            http: http.build().unwrap(),
            log: Arc::default(),
            dress: |_| (),
            _turn: turn,
        };
        fixture.write_settings(settings);
        fixture
    }

    /// Replaces the settings. They get a free port unless they say where to listen.
    pub(crate) fn write_settings(&self, settings: &str) {
        let api =
            if settings.contains("[api]") { "" } else { "\n[api]\nlisten = [\"127.0.0.1:0\"]\n" };
        std::fs::write(self.data().join("settings.toml"), format!("{settings}{api}")).unwrap();
    }

    async fn started(mut self) -> Self {
        self.start_again().await;
        self
    }

    /// Starts the daemon, again on the same data if it has run before.
    pub(crate) async fn start_again(&mut self) {
        self.start_with(&[]).await;
    }

    /// As `start_again`, with more words on the command line.
    pub(crate) async fn start_with(&mut self, more: &[&str]) {
        assert!(self.running.is_none(), "it runs already");
        let mut command = self.command(more);
        (self.dress)(&mut command);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (told, address) = tokio::sync::oneshot::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn({
            let log = self.log.clone();
            move || {
                let mut told = Some(told);
                for line in stdout.lines().map_while(Result::ok) {
                    if let Some((_, address)) = line.split_once("Prismatron is at http://")
                        && let Some(told) = told.take()
                    {
                        let address = address.split(' ').next().unwrap_or_default();
                        let _ = told.send(address.parse().unwrap());
                    }
                    note(&log, &line);
                }
            }
        });
        std::thread::spawn({
            let log = self.log.clone();
            move || stderr.lines().map_while(Result::ok).for_each(|line| note(&log, &line))
        });
        match tokio::time::timeout(SOON, address).await {
            Ok(Ok(address)) => self.running = Some(Running { child, address }),
            other => {
                let _ = child.kill();
                let _ = child.wait();
                panic!("the daemon did not say where it listens ({other:?}):\n{}", self.log());
            }
        }
    }

    /// The program with this fixture's data and instance.
    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_prismatron"));
        command
            .arg("run")
            .arg("--data")
            .arg(self.data())
            .args(["--instance", &self.instance])
            .args(more)
            .env_remove("RUST_LOG")
            .env_remove("STATE_DIRECTORY")
            .env_remove("CACHE_DIRECTORY")
            .stdin(Stdio::null());
        command
    }

    /// Runs a daemon that is expected to give up by itself.
    pub(crate) fn run_to_end(&self, more: &[&str]) -> Ended {
        run_to_end(&mut self.command(more))
    }

    /// Asks the daemon to end, and checks that it does so in time and leaves nothing behind.
    pub(crate) fn end(&mut self) {
        let Some(Running { mut child, .. }) = self.running.take() else { return };
        let pid = child.id();
        let began = SystemClock.now();
        process::send(pid, Signal::TERM);
        let in_time = process::has_ended(pid, END);
        let took = SystemClock.now().since(began);
        if !in_time {
            process::send(pid, Signal::KILL);
        }
        let status = child.wait().unwrap();
        assert!(in_time, "the daemon did not end within {END:?}:\n{}", self.log());
        assert!(status.success(), "the daemon ended with {status}:\n{}", self.log());
        let left: Vec<_> = process::children(pid)
            .into_iter()
            .filter(|&child| !process::has_ended(child, Duration::from_millis(500)))
            .collect();
        assert!(left.is_empty(), "processes {left:?} are left {took:?} after the request to end");
        let rings = process::rings(&self.instance);
        assert!(rings.is_empty(), "{rings:?} are left in /dev/shm");
    }

    /// Ends the daemon with SIGKILL, which it cannot see, and says which process it was.
    pub(crate) fn kill(&mut self) -> u32 {
        let Running { mut child, .. } = self.running.take().expect("it runs");
        let pid = child.id();
        child.kill().unwrap();
        child.wait().unwrap();
        pid
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    pub(crate) fn pid(&self) -> u32 {
        self.running.as_ref().expect("it runs").child.id()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().expect("it runs").address
    }

    /// All that the daemon has said.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Whether the daemon runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.running.as_mut().is_some_and(|running| running.child.try_wait().unwrap().is_none())
    }

    // === HTTP ===

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.http.get(self.url(path))).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (StatusCode, Value) {
        answer(self.http.delete(self.url(path))).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.http.patch(self.url(path)).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.http.put(self.url(path)).json(&body)).await
    }

    pub(crate) async fn try_post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        answer(self.http.post(self.url(path)).json(&body)).await
    }

    /// Posts what has to succeed.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_post(path, body).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    pub(crate) async fn status(&self) -> Value {
        let (status, answer) = self.get("/api/status").await;
        assert_eq!(status, StatusCode::OK);
        answer
    }

    /// Waits until the status is so.
    pub(crate) async fn status_when(
        &self,
        what: &str,
        limit: Duration,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        let until = SystemClock.now() + limit;
        let mut look = tokio::time::interval(Duration::from_millis(10));
        loop {
            look.tick().await;
            let status = self.status().await;
            if is_so(&status) {
                return status;
            }
            assert!(
                SystemClock.now() < until,
                "the status is not \"{what}\" after {limit:?}: {status}\n{}",
                self.log()
            );
        }
    }

    pub(crate) async fn try_upload(&self, name: &str, bytes: Vec<u8>) -> (StatusCode, Value) {
        let form = Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()));
        answer(self.http.post(self.url("/api/media")).multipart(form)).await
    }

    /// As `try_upload`, with a name that is put on the wire as it is.
    pub(crate) async fn try_upload_raw(&self, name: &[u8], bytes: &[u8]) -> (StatusCode, Value) {
        let head: &[u8] = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"";
        let body = [head, name, b"\"\r\n\r\n", bytes, b"\r\n--edge--\r\n"].concat();
        let request = self.http.post(self.url("/api/media")).body(body);
        answer(request.header("Content-Type", "multipart/form-data; boundary=edge")).await
    }

    /// Uploads a picture that has to be accepted, and gives its id.
    pub(crate) async fn upload(&self, name: &str, bytes: Vec<u8>) -> String {
        let (status, media) = self.try_upload(name, bytes).await;
        assert_eq!(status, StatusCode::CREATED, "{media}");
        assert_eq!(media["state"], "ready", "{media}");
        media["id"].as_str().unwrap().to_owned()
    }

    /// Makes a playlist and gives it.
    pub(crate) async fn playlist(&self, items: Value, looping: bool) -> Value {
        self.post("/api/playlists", json!({"name": "a list", "items": items, "loop": looping}))
            .await
    }

    /// Makes a playlist and plays it.
    pub(crate) async fn play(&self, items: Value, looping: bool) -> Value {
        let playlist = self.playlist(items, looping).await;
        self.post("/api/player/play", json!({"playlist_id": playlist["id"]})).await;
        playlist
    }

    /// The events from now on.
    pub(crate) async fn events(&self) -> Events {
        Events::open(self.address()).await
    }

    /// Every file in the data folder and beside it, with its path from the folder above.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.root.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    let path = entry.path();
                    let path = path.strip_prefix(self.root.path()).unwrap();
                    files.push(path.to_string_lossy().into_owned());
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
            return;
        }
        if let Some(Running { mut child, .. }) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
            // It could not tidy up any more, and the machine is not to fill with its rings.
            for ring in process::rings(&self.instance) {
                let _ = std::fs::remove_file(Path::new("/dev/shm").join(ring));
            }
        }
        eprintln!("the daemon {} said:\n{}", self.instance, self.log());
    }
}

/// Runs a program that is expected to end by itself.
pub(crate) fn run_to_end(command: &mut Command) -> Ended {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let ended = process::has_ended(child.id(), SOON);
    if !ended {
        let _ = child.kill();
    }
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let status = child.wait().unwrap();
    assert!(ended, "it still ran after {SOON:?} and said:\n{said}");
    Ended { status, said }
}

/// An output table of kind DDP.
pub(crate) fn ddp(id: &str, address: SocketAddr, more: &str) -> String {
    format!("[[outputs]]\nid = \"{id}\"\nkind = \"ddp\"\nhost = \"{address}\"\n{more}\n")
}

fn note(log: &Mutex<String>, line: &str) {
    let mut log = log.lock().unwrap();
    log.push_str(line);
    log.push('\n');
}

async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("the daemon answers");
    let status = response.status();
    let text = response.text().await.expect("the answer is whole");
    let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, value)
}
