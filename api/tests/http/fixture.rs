//! A real engine behind real sockets, in a folder of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use engine::producer::InProcess;
use engine::settings::SettingsFile;
use engine::{Config, Engine, Running};
use hal::SystemClock;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Longer than anything here takes on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

const SETTINGS: &str = r#"
[display]
width = 64
height = 32
fps = 60
[layout]
kind = "matrix"
columns = 16
rows = 8
[[outputs]]
id = "wall"
kind = "null"
[player]
at_start = "nothing"
"#;

/// An engine and its API on a port of its own. The LEDs: 16 columns, 8 rows.
pub(crate) struct Fixture {
    pub(crate) address: SocketAddr,
    pub(crate) client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
    running: Option<Running>,
    folder: TempDir,
}

/// The one place that knows how an engine is made.
fn build(folder: &TempDir) -> Running {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let data = folder.path().join("data");
    let cache = folder.path().join("cache");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::create_dir_all(&cache).unwrap();
    let settings = data.join("settings.toml");
    std::fs::write(&settings, SETTINGS).unwrap();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let prefix = format!("prismatron_api{}x{count}", std::process::id());
    let config = Config {
        data,
        cache,
        settings: SettingsFile::load(&settings, hal::output::kinds()).unwrap(),
        instance: format!("api-{}-{count}", std::process::id()),
        outputs: hal::output::kinds(),
        launcher: Arc::new(InProcess::new(prefix)),
        clock: Arc::new(SystemClock),
    };
    Engine::build(config).unwrap().spawn().unwrap()
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::with(api::Options::default()).await
    }

    pub(crate) async fn with(options: api::Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = build(&folder);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = api::router(running.handle(), options);
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(api::serve(vec![listener], router, async move {
            let _ = stopped.await;
        }));
        Self {
            address,
            client: reqwest::Client::new(),
            stop: Some(stop),
            serving: Some(serving),
            running: Some(running),
            folder,
        }
    }

    /// Ends the API, and waits until it has ended.
    pub(crate) async fn end(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        read(self.request("GET", path).send().await.unwrap()).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        read(self.request(method, path).json(&body).send().await.unwrap()).await
    }

    pub(crate) async fn upload(&self, name: &str, bytes: Vec<u8>) -> (u16, Value) {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        read(self.request("POST", "/api/media").multipart(form).send().await.unwrap()).await
    }

    /// Opens a WebSocket; with an `Origin` if there is one. Err is the status of the refusal.
    pub(crate) async fn socket(&self, path: &str, origin: Option<&str>) -> Result<Socket, u16> {
        use tokio_tungstenite::tungstenite::Error;
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("Origin", origin.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Files of uploads that have not become media.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let folder = self.folder.path().join("data/incoming");
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    /// Reads the status until it is as wished.
    pub(crate) async fn status_until(&self, is_wished: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                let (_, status) = self.get("/api/status").await;
                if is_wished(&status) {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("the status never became as wished")
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // It waits for threads, which a thread of the runtime may not.
            std::thread::spawn(|| running.finish()).join().unwrap();
        }
    }
}

/// Status and JSON of an answer; null if it has no body.
pub(crate) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    let value = match bytes.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&bytes).unwrap(),
    };
    (status, value)
}

/// A PNG of one colour.
pub(crate) fn png(width: u32, height: u32, color: [u8; 3]) -> Vec<u8> {
    let picture = image::RgbImage::from_pixel(width, height, image::Rgb(color));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
