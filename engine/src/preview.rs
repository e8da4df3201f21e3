//! The preview: light as left at render's tap, as sRGB bytes for viewers.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use hal::{Clock, Wake};
use tokio::sync::watch;

use crate::color::curve::linear16_to_srgb8;
use crate::control::handle::PreviewFrame;
use crate::render::{TapReader, TapWish};

/// What a viewer needs.
#[derive(Clone)]
pub(crate) struct PreviewSource {
    latest: watch::Receiver<Arc<PreviewFrame>>,
    wish: TapWish,
    render: Wake,
    tap: Wake,
    ending: Arc<AtomicBool>,
}

impl PreviewSource {
    /// Ends the thread.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Release);
        self.tap.notify();
    }
}

/// One viewer's reader of the preview: newest frame only.
pub struct Preview {
    source: PreviewSource,
    seen: Option<u64>,
}

impl Preview {
    pub(crate) fn new(source: PreviewSource) -> Self {
        Self { source, seen: None }
    }

    /// The next light that is newer than the last one given, or the present one if it stands still
    /// and this viewer has not seen it. `None` once the engine has ended.
    pub async fn next(&mut self) -> Option<Arc<PreviewFrame>> {
        // What was left for someone else an hour ago is not the present light.
        let present = self.source.wish.last_change();
        loop {
            let latest = self.source.latest.borrow_and_update().clone();
            // Number 0 is what stands there before the first tick.
            let is_news = latest.number > self.seen.unwrap_or(0);
            if is_news && latest.number >= present {
                self.seen = Some(latest.number);
                return Some(latest);
            }
            self.source.wish.ask();
            // It may be resting.
            self.source.render.notify();
            self.source.latest.changed().await.ok()?;
        }
    }
}

/// Starts the thread that turns light into bytes, so that render does not have to.
///
/// # Errors
/// If the system has no thread left.
pub(crate) fn spawn(
    clock: Arc<dyn Clock>,
    mut tap: TapReader,
    wish: TapWish,
    render: Wake,
) -> io::Result<(PreviewSource, JoinHandle<()>)> {
    let (sender, latest) = watch::channel(Arc::new(PreviewFrame::default()));
    let ending = Arc::new(AtomicBool::new(false));
    let wake = tap.wake().clone();
    let source = PreviewSource { latest, wish, render, tap: wake.clone(), ending: ending.clone() };
    let thread = std::thread::Builder::new().name("preview".into()).spawn(move || {
        loop {
            // Before the looks: what is said after it ends the wait.
            let seen = wake.current();
            if ending.load(Ordering::Acquire) {
                return;
            }
            if let Some(frame) = tap.take() {
                // 0 to 65536, so that full brightness changes nothing.
                let brightness = (frame.brightness * 65536.0) as u64;
                let byte =
                    |light: u16| linear16_to_srgb8(((u64::from(light) * brightness) >> 16) as u16);
                let rgb = frame.leds.iter().flatten().map(|&light| byte(light)).collect();
                sender.send_replace(Arc::new(PreviewFrame { number: frame.number, rgb }));
            }
            clock.wait(&wake, seen, None);
        }
    })?;
    Ok((source, thread))
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use hal::SystemClock;

    use super::*;
    use crate::render::tap;

    fn start() -> (crate::render::Tap, PreviewSource, JoinHandle<()>) {
        let (tap, reader, wish) = tap(2);
        let (source, thread) = spawn(Arc::new(SystemClock), reader, wish, Wake::new()).unwrap();
        (tap, source, thread)
    }

    #[test]
    fn there_is_nothing_to_see_before_the_first_tick() {
        let (_tap, source, thread) = start();
        let mut viewer = Preview::new(source.clone());
        let next = std::pin::pin!(viewer.next());
        assert_eq!(next.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        source.end();
        thread.join().unwrap();
    }
}
