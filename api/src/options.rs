//! What the program tells this crate once, at start.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::FromRef;
use engine::Handle;
use tokio::sync::Semaphore;

/// What the program decides about its API.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Serve the web interface from this folder instead of the one built in; for development.
    pub ui_dir: Option<PathBuf>,
    /// Names, without a port, that a `Host` header may have besides loopback and the address that
    /// the connection came in on: `wall.local`.
    pub allowed_hosts: Vec<String>,
    /// Origins of other sites that may change things: `https://panel.example`.
    pub allowed_origins: Vec<String>,
    /// Answer on addresses that other machines reach, although nobody proves who he is.
    pub allow_unauthenticated: bool,
}

/// Uploads at one time; each holds a thread that waits for the disk.
const UPLOADS: usize = 8;

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) handle: Handle,
    pub(crate) options: Arc<Options>,
    pub(crate) uploads: Arc<Semaphore>,
}

impl App {
    pub(crate) fn new(handle: Handle, options: Options) -> Self {
        Self { handle, options: Arc::new(options), uploads: Arc::new(Semaphore::new(UPLOADS)) }
    }
}

impl FromRef<App> for Handle {
    fn from_ref(app: &App) -> Self {
        app.handle.clone()
    }
}
