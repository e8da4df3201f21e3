//! The jobs thread: has new media looked at by producers in probe mode.
//!
//! It keeps no list of its own: what is still to be looked at is what the library says is being
//! processed, so that nothing is forgotten, neither by a full queue nor by a restart.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use hal::{Clock, MonoTime, Wake, Woken};
use tokio::sync::watch;

use crate::control::event::Event;
use crate::control::shared::Shared;
use crate::control::thread::{ControlClient, ToControl};
use crate::error::Error;
use crate::library::Probed;
use crate::producer::Launch;
use crate::store::StoreClient;

/// Lets the jobs thread look for work, and end.
#[derive(Clone)]
pub(crate) struct JobsClient {
    wake: Wake,
    ending: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    /// Counts the media that were settled.
    settled: watch::Receiver<u64>,
}

impl JobsClient {
    pub(crate) fn look(&self) {
        self.wake.notify();
    }

    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Release);
        self.wake.notify();
    }

    /// Waits until the thread has ended, or until `until`. Says whether it has: it may be waiting
    /// for a producer that looks at a file.
    pub(crate) fn wait_ended(&self, clock: &dyn Clock, until: MonoTime) -> bool {
        loop {
            let seen = self.wake.current();
            if self.ended.load(Ordering::Acquire) {
                return true;
            }
            if clock.wait(&self.wake, seen, Some(until)) == Woken::Due {
                return self.ended.load(Ordering::Acquire);
            }
        }
    }

    /// Changes whenever a media file was settled.
    pub(crate) fn settled(&self) -> watch::Receiver<u64> {
        self.settled.clone()
    }
}

/// What the thread works with.
pub(crate) struct Jobs {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) launcher: Arc<dyn Launch>,
    pub(crate) store: StoreClient,
    pub(crate) control: ControlClient,
    pub(crate) shared: Arc<Shared>,
}

/// Starts the thread.
///
/// # Errors
/// If the system has no thread left.
pub(crate) fn spawn(jobs: Jobs) -> io::Result<(JobsClient, JoinHandle<()>)> {
    let (counter, settled) = watch::channel(0);
    let client =
        JobsClient { wake: Wake::new(), ending: Arc::default(), ended: Arc::default(), settled };
    let own = client.clone();
    let thread = std::thread::Builder::new().name("jobs".into()).spawn(move || {
        let _end = End(own.clone());
        loop {
            let seen = own.wake.current();
            if own.ending.load(Ordering::Acquire) {
                return;
            }
            match jobs.look_at_next() {
                Ok(true) => counter.send_modify(|count| *count += 1),
                Ok(false) => {
                    jobs.clock.wait(&own.wake, seen, None);
                }
                Err(error) => {
                    // The library is ending or broken; the next wish tries again.
                    tracing::warn!(%error, "media could not be looked at");
                    jobs.clock.wait(&own.wake, seen, None);
                }
            }
        }
    })?;
    Ok((client, thread))
}

/// Tells who waits that the thread has ended, also if it ends by a panic.
struct End(JobsClient);

impl Drop for End {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
        self.0.wake.notify();
    }
}

impl Jobs {
    /// Looks at the oldest file that has not been looked at. `false` if there is none.
    fn look_at_next(&self) -> Result<bool, Error> {
        let next = self.store.run_blocking(|store| {
            let media = store.library.unsettled_media()?.into_iter().next();
            Ok(media.map(|media| (store.library.content_path(&media), media.id)))
        })?;
        let Some((path, id)) = next else { return Ok(false) };
        let found = match File::open(&path) {
            Ok(file) => self.launcher.probe(file),
            Err(error) => Err(format!("its file cannot be opened: {error}")),
        };
        if let Err(reason) = &found {
            tracing::info!(media = id, reason, "media rejected");
        }
        let found = found.map(|report| Probed {
            kind: report.kind,
            width: report.width,
            height: report.height,
            duration_s: report.duration_s,
            frames: report.frames,
            content_type: report.content_type,
            thumbnail: report.thumbnail,
        });
        let (shared, control) = (self.shared.clone(), self.control.clone());
        let settled = self.store.run_blocking(move |store| {
            let media = store.library.settle_media(&id, found)?;
            // Told from the store's thread: changes are told in their order.
            shared.tell(Event::Media { media });
            control.send_waiting(ToControl::MediaChanged);
            Ok(())
        });
        match settled {
            Ok(()) => {}
            // Deleted while it was looked at.
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(true)
    }
}
