//! The daemon's life: settings, lock, engine, listeners, ready, wait, drain.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use api::Router;
use engine::producer::ProcessLauncher;
use engine::settings::{ApiSettings, SettingsFile};
use engine::{Config, Engine, Handle, Running};
use hal::{Clock, SystemClock};
use sd_notify::NotifyState;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::RunOptions;
use crate::{folders, lock, notify};

/// Threads that answer HTTP.
const WORKERS: usize = 2;

/// Runs the display until it is asked to end.
pub(crate) fn run(options: &RunOptions) -> anyhow::Result<()> {
    let data = folders::data(options.data.clone())?;
    let cache = folders::cache(options.data.as_deref())?;
    let path = folders::settings(options.settings.clone(), &data)?;
    let settings = SettingsFile::load(&path, hal::output::kinds())?;
    let _lock = lock::take(&data)?;
    warn_of_root();

    let api = settings.settings().api.clone();
    let addresses = addresses(&api, &options.listen)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let prefix = format!("prismatron_{}", options.instance);
    for name in hal::shm::sweep_dead(&format!("{prefix}_"))? {
        tracing::info!(name, "a ring of a dead owner was removed");
    }
    let executable = std::env::current_exe().context("the daemon's own program is not known")?;
    // With our process number: two displays that were given one name do not share frames.
    let rings = format!("{prefix}_{}", std::process::id());
    let producers = &settings.settings().producers;
    let launcher = ProcessLauncher::new(executable, rings, clock.clone())
        .allow_unconfined(producers.allow_unconfined)
        .with_tools(producers.tools());
    let launcher = Arc::new(launcher);
    let starting = notify::starting()?;
    let engine = Engine::build(Config {
        data,
        cache,
        settings,
        instance: options.instance.clone(),
        outputs: hal::output::kinds(),
        launcher,
        clock,
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("http")
        .enable_all()
        .build()?;
    // Bound before any light: a port in use is known before anything has begun.
    let spare = spare_addresses(&api, &options.listen);
    let listeners = runtime.block_on(bind(&addresses, &spare))?;
    drop(starting);
    let running = engine.spawn().context("the engine's threads cannot be started")?;
    let result = runtime.block_on(serve(&running, listeners, options, &api));
    notify::tell(&[NotifyState::Stopping]);
    running.finish();
    runtime.shutdown_timeout(Duration::from_millis(200));
    tracing::info!("ended");
    result
}

/// Serves until a signal, or until a part of the engine that cannot be missed has ended.
async fn serve(
    running: &Running,
    listeners: Vec<TcpListener>,
    options: &RunOptions,
    api: &ApiSettings,
) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let handle = running.handle();
    let api_options = api::Options {
        ui_dir: options.ui_dir.clone(),
        allow_unauthenticated: api.allow_unauthenticated,
        allowed_hosts: own_names(),
        ..api::Options::default()
    };
    for listener in &listeners {
        announce(listener.local_addr()?)?;
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = api::router(handle.clone(), api_options);
    let _watchdog =
        notify::watchdog(handle.clone(), router.clone(), tokio::runtime::Handle::current())?;
    let serving = tokio::spawn(api::serve(listeners, router.clone(), async move {
        let _ = stopped.await;
    }));
    tokio::spawn(ready(handle.clone(), router.clone()));
    tokio::spawn(notify::status(handle));
    let result = tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        part = running.broken() => Err(anyhow::anyhow!("the {part} thread has broken down")),
    };
    let _ = stop.send(());
    let _ = serving.await;
    result
}

/// Says that the display is ready once its first tick has been handed to every output and the
/// interface answers.
async fn ready(handle: Handle, router: Router) {
    let mut look = tokio::time::interval(Duration::from_millis(5));
    while handle.status().frames.presented == 0 || !api::answers(router.clone()).await {
        look.tick().await;
    }
    notify::tell(&[NotifyState::Ready]);
    #[cfg(debug_assertions)]
    if let Ok(part) = std::env::var("PRISMATRON_STALL") {
        stall(&handle, &part).await;
    }
}

/// Has a part stop for good two seconds after readiness, so that the watchdog can be tested. Only
/// builds for tests can be asked for it.
#[cfg(debug_assertions)]
async fn stall(handle: &Handle, part: &str) {
    tokio::time::sleep(Duration::from_secs(2)).await;
    handle.stall(part);
    for _ in 0..if part == "http" { WORKERS } else { 0 } {
        tokio::spawn(async {
            loop {
                std::thread::park();
            }
        });
    }
}

/// The addresses to listen on. Without a password only this machine may come in.
pub(crate) fn addresses(
    api: &ApiSettings,
    more: &[SocketAddr],
) -> anyhow::Result<BTreeSet<SocketAddr>> {
    let addresses: BTreeSet<_> = api.listen.iter().chain(more).copied().collect();
    if let Some(open) = addresses.iter().find(|address| !address.ip().is_loopback())
        && !api.allow_unauthenticated
    {
        bail!(
            "{open} would let anyone on the network in, because no password can be set yet: \
             listen on 127.0.0.1 or [::1], or set api.allow_unauthenticated = true"
        );
    }
    Ok(addresses)
}

/// What others on the network call this machine: its name, and its name under mDNS.
fn own_names() -> Vec<String> {
    let name = hal::process::host_name();
    vec![format!("{name}.local"), name]
}

/// The addresses that nobody asked for, where somebody named another: one that is taken is given up.
fn spare_addresses(api: &ApiSettings, more: &[SocketAddr]) -> Vec<SocketAddr> {
    let default = ApiSettings::default().listen;
    let named = !more.is_empty() && api.listen == default;
    if named {
        default.into_iter().filter(|address| !more.contains(address)).collect()
    } else {
        Vec::new()
    }
}

async fn bind(
    addresses: &BTreeSet<SocketAddr>,
    spare: &[SocketAddr],
) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for address in addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && spare.contains(address) => {
                tracing::warn!(%address, "another program listens there; only --listen is answered");
            }
            Err(error) => {
                let advice = if error.kind() == io::ErrorKind::AddrInUse {
                    "; another program listens there: end it, or choose another port with \
                     --listen 127.0.0.1:9000 or with api.listen in settings.toml"
                } else {
                    ""
                };
                bail!("cannot listen on {address}: {error}{advice}");
            }
        }
    }
    Ok(listeners)
}

/// Says an address that a browser on this machine can open.
fn announce(mut address: SocketAddr) -> anyhow::Result<()> {
    let everywhere = address.ip().is_unspecified();
    if everywhere {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let more = if everywhere { " and at this machine's other addresses" } else { "" };
    writeln!(io::stdout(), "Prismatron is at http://{address}{more}")?;
    io::stdout().flush()?;
    Ok(())
}

fn warn_of_root() {
    if hal::process::is_root() {
        tracing::warn!("running as root, which Prismatron never needs");
    }
}
