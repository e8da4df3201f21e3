//! What the service manager is told: that the display is ready, what it does, that it lives.
//!
//! ```text
//! starting (extended while repairs last) -> READY, STATUS ..., WATCHDOG ... -> STOPPING
//! ```
//! The watchdog is fed from a thread of its own, at a quarter of its period, and only once render,
//! control and the HTTP interface have each answered a question that was put after the feeding before.
//! One that is slow has three quarters of the period to answer, whenever it was asked. Whether
//! ticks are late or a device answers is no matter of it. Without a service manager all this is silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use api::Router;
use engine::Handle;
use engine::control::Challenge;
use engine::control::snapshot::{PlayState, Status};
use hal::{Clock, SystemClock, Wake};
use sd_notify::NotifyState;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// A start that repairs or migrates a library is given so much more time, again and again.
const EXTENSION: Duration = Duration::from_secs(20);
/// For as long as this.
const LONGEST_START: Duration = Duration::from_secs(600);
/// How often the text of `systemctl status` may change.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// The last look, in quarters of the watchdog's period, before that is over.
const LAST_MISS: u32 = 3;

/// Tells the service manager something; what it cannot hear is no fault of ours.
pub(crate) fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager was not told");
    }
}

/// A thread that does something now and then until it is dropped.
pub(crate) struct Ticker {
    ended: Arc<AtomicBool>,
    wake: Wake,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    fn spawn(
        name: &str,
        period: Duration,
        mut act: impl FnMut() -> bool + Send + 'static,
    ) -> std::io::Result<Self> {
        let (ended, wake) = (Arc::new(AtomicBool::new(false)), Wake::new());
        let (its_ended, its_wake) = (ended.clone(), wake.clone());
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || {
            let clock = SystemClock;
            let mut next = clock.now();
            loop {
                if !act() {
                    return;
                }
                next = next + period;
                while clock.now() < next {
                    let seen = its_wake.current();
                    if its_ended.load(Ordering::Acquire) {
                        return;
                    }
                    clock.wait(&its_wake, seen, Some(next));
                }
            }
        })?;
        Ok(Self { ended, wake, thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        self.wake.notify();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Asks for more time while the start goes on, until it is dropped.
pub(crate) fn starting() -> std::io::Result<Ticker> {
    let mut left = LONGEST_START;
    // The unit's own time is enough for a start without repairs; the first word comes at once.
    Ticker::spawn("starting", EXTENSION / 2, move || {
        let more = u32::try_from(EXTENSION.as_micros()).unwrap_or(u32::MAX);
        tell(&[NotifyState::ExtendTimeoutUsec(more)]);
        left = left.saturating_sub(EXTENSION / 2);
        !left.is_zero()
    })
}

/// Feeds the watchdog, if the service manager has set one.
pub(crate) fn watchdog(
    handle: Handle,
    router: Router,
    runtime: tokio::runtime::Handle,
) -> std::io::Result<Option<Ticker>> {
    let Some(period) = sd_notify::watchdog_enabled() else { return Ok(None) };
    let mut asked: Option<(Challenge, Arc<AtomicBool>)> = None;
    let mut misses = 0;
    let ticker = Ticker::spawn("watchdog", period / 4, move || {
        if let Some((threads, answered)) = &asked {
            let http = (!answered.load(Ordering::Acquire)).then_some("http");
            let missing = threads.unanswered().or(http);
            if let Some(part) = missing {
                // The same question stands: an answer that comes late is one. It is told when the
                // end is near; render answers once a second while it rests.
                misses += 1;
                if misses == LAST_MISS {
                    tracing::error!(part, "has not answered: the watchdog is not fed");
                }
                return true;
            }
            tell(&[NotifyState::Watchdog]);
            misses = 0;
        }
        let answered = Arc::new(AtomicBool::new(false));
        let (router, says) = (router.clone(), answered.clone());
        runtime.spawn(async move { says.store(api::answers(router).await, Ordering::Release) });
        asked = Some((handle.challenge(), answered));
        true
    })?;
    Ok(Some(ticker))
}

/// Keeps the text of `systemctl status` up to date.
pub(crate) async fn status(handle: Handle) {
    let mut told = String::new();
    let mut changes = handle.subscribe().changes;
    loop {
        let text = sentence(&handle.status());
        if text != told {
            tell(&[NotifyState::Status(&text)]);
            told = text;
        }
        if matches!(changes.recv().await, Err(RecvError::Closed)) {
            return;
        }
        // Whatever else happens meanwhile, its sum is what counts.
        tokio::time::sleep(STATUS_EVERY).await;
        while !matches!(changes.try_recv(), Err(TryRecvError::Empty | TryRecvError::Closed)) {}
    }
}

/// One line on what the display does.
fn sentence(status: &Status) -> String {
    let player = &status.player;
    let mut text = match (&player.state, &player.playing) {
        (PlayState::Stopped, _) | (_, None) => match &player.reason {
            Some(reason) => format!("stopped: {reason}"),
            None => "stopped".to_owned(),
        },
        (state, Some(playing)) => {
            let verb = if *state == PlayState::Paused { "paused at" } else { "plays" };
            let list = playing.playlist_name.as_deref();
            let place = format!("{} of {}", playing.index + 1, playing.count);
            match list {
                Some(list) => format!("{verb} {} ({place} of {list})", playing.name),
                None => format!("{verb} {}", playing.name),
            }
        }
    };
    if status.source != "playlist" && status.source != "none" {
        text = format!("shows input {}; beneath it {text}", status.source);
    }
    if let Some(reason) = status.system.reasons.first() {
        text = format!("{text}; {reason}");
    }
    text
}
