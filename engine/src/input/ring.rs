//! The thread of a live ring: waits for frames, copies the newest over the border, hands it on.
//!
//! ```text
//!  serve: look -> watch the writer -> take -> hand on -> wait for the gate, then for a commit
//!    '- ended, for a reason --> the ring is made anew after a while --> serve
//! ```
//! Whatever writers do, one copy is made in each period of the display at most, and the ring is
//! looked at [`RESPITE`] after the last look at the earliest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hal::shm::live::{Ended, Glance, LiveRing};
use hal::shm::{Access, RingSpec, is_process_alive};
use hal::{Clock, MonoTime, Wake};

use super::feed::LiveFrame;
use super::gate::Gate;
use super::state::Desk;
use crate::control::event::Event;
use crate::control::shared::Shared;
use crate::control::snapshot::InputSource;

/// Between two looks at a ring in which nothing was found.
const RESPITE: Duration = Duration::from_micros(500);
/// A thread that waits looks up this often.
const IDLE: Duration = Duration::from_millis(250);
/// What is looked after now and then: the name, the rate.
const ROUND: Duration = Duration::from_secs(1);
/// Frames of a process that pushed itself into a living writer's place are not shown for so long.
const BAR: Duration = Duration::from_secs(1);
/// A reason stays to be read until frames have come for this long after it.
const GRUDGE: Duration = Duration::from_secs(10);

/// What the thread is made from.
pub(super) struct RingInput {
    pub(super) clock: Arc<dyn Clock>,
    /// The name of the ring in `/dev/shm`.
    pub(super) name: String,
    pub(super) spec: RingSpec,
    pub(super) desk: Arc<Desk>,
    pub(super) feed: triple_buffer::Input<LiveFrame>,
    pub(super) gate: Gate,
    pub(super) shared: Arc<Shared>,
    pub(super) control: Wake,
    pub(super) render: Wake,
    pub(super) wake: Wake,
    pub(super) ending: Arc<AtomicBool>,
}

/// When to make a ring anew: soon at first, then in spans that double up to ten seconds, so that
/// one who breaks each ring at once has about a dozen in a minute. After a calm minute it begins anew.
#[derive(Debug)]
struct Retry {
    delay: Duration,
    failed: Option<MonoTime>,
}

impl Retry {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(10);
    const CALM: Duration = Duration::from_secs(60);

    fn new() -> Self {
        Self { delay: Self::FIRST, failed: None }
    }

    fn failed(&mut self, now: MonoTime) -> MonoTime {
        if self.failed.is_some_and(|before| now.since(before) >= Self::CALM) {
            self.delay = Self::FIRST;
        }
        self.failed = Some(now);
        let at = now + self.delay;
        self.delay = Self::LONGEST.min(self.delay * 2);
        at
    }
}

/// Who writes, as far as the ring says it.
#[derive(Debug, Default)]
struct Writer {
    pid: Option<u32>,
    barred_until: Option<MonoTime>,
}

impl RingInput {
    /// The thread's life.
    pub(super) fn run(mut self, first: Result<LiveRing, hal::Error>) {
        let mut retry = Retry::new();
        let mut made = first;
        loop {
            let reason = match made {
                Ok(mut ring) => {
                    self.welcome(&ring);
                    match self.serve(&mut ring) {
                        Ok(()) => return,
                        Err(ended) => ended.to_string(),
                    }
                }
                Err(error) => error.chain(),
            };
            tracing::warn!(input = self.desk.id(), reason, "the live ring ended and is made anew");
            self.desk.fails(reason);
            self.tell();
            let until = retry.failed(self.clock.now());
            if !self.wait_until(until) {
                return;
            }
            made = LiveRing::create(&self.name, &self.spec);
        }
    }

    fn welcome(&self, ring: &LiveRing) {
        let access = match ring.access() {
            Access::Group => "group",
            Access::OwnerOnly(why) => {
                tracing::info!(input = self.desk.id(), why, "only this user's programs may draw");
                "owner"
            }
        };
        self.desk.works(access);
        self.tell();
    }

    fn tell(&self) {
        self.shared.tell(Event::Input { input: self.desk.snapshot() });
    }

    /// Takes frames until the program ends (`Ok`) or the ring does.
    fn serve(&mut self, ring: &mut LiveRing) -> Result<(), Ended> {
        let mut writer = Writer::default();
        let begun = self.clock.now();
        let mut round = begun;
        let mut counted = self.counted();
        let mut grudge = true;
        loop {
            if self.ending.load(Ordering::Acquire) {
                return Ok(());
            }
            let looked = self.clock.now();
            if looked.since(round) >= ROUND {
                ring.check_name()?;
                let now_counted = self.counted();
                let frames = (now_counted - counted) as f64;
                self.desk.set_rate(frames / looked.since(round).as_secs_f64());
                (round, counted) = (looked, now_counted);
            }
            let glance = ring.look()?;
            self.watch(&mut writer, &glance, looked);
            let barred = writer.barred_until.is_some_and(|until| looked < until);
            if !barred && self.take(ring)? {
                if grudge && looked.since(begun) >= GRUDGE {
                    grudge = false;
                    self.desk.forgives();
                }
                if !self.wait_until(self.gate.opens()) {
                    return Ok(());
                }
                continue;
            }
            ring.wait(glance.commits, IDLE)?;
            if !self.wait_until(looked + RESPITE) {
                return Ok(());
            }
        }
    }

    /// Copies the newest frame, if there is a new one, and hands it on.
    fn take(&mut self, ring: &mut LiveRing) -> Result<bool, Ended> {
        let frame = self.feed.input_buffer_mut();
        let take = ring.take(&mut frame.pixels)?;
        self.desk.torn.fetch_add(u64::from(take.torn), Ordering::Relaxed);
        if !take.is_new {
            return Ok(false);
        }
        let now = self.clock.now();
        frame.at = now;
        self.feed.publish();
        self.gate.pass(now);
        self.desk.dropped.fetch_add(take.skipped, Ordering::Relaxed);
        if self.desk.brought(now) {
            self.control.notify();
        }
        if self.desk.is_driving() {
            self.render.notify();
        }
        Ok(true)
    }

    /// Notices who writes. One who takes the place of a writer that lives and did not leave is
    /// counted, and not shown for a while: the last good light stays.
    fn watch(&self, writer: &mut Writer, glance: &Glance, now: MonoTime) {
        if glance.writer == writer.pid {
            return;
        }
        let before = std::mem::replace(&mut writer.pid, glance.writer);
        if let (Some(before), Some(pid)) = (before, glance.writer)
            && is_process_alive(before)
        {
            self.desk.cheats.fetch_add(1, Ordering::Relaxed);
            writer.barred_until = Some(now + BAR);
            tracing::debug!(input = self.desk.id(), before, pid, "a writer was pushed aside");
        }
        let source = |pid| InputSource { pid, name: hal::process::name_of(pid) };
        self.desk.set_sources(glance.writer.map(source).into_iter().collect());
    }

    /// Frames that came, seen and unseen.
    fn counted(&self) -> u64 {
        let (seen, unseen) = (&self.desk.frames, &self.desk.dropped);
        seen.load(Ordering::Relaxed).wrapping_add(unseen.load(Ordering::Relaxed))
    }

    /// Lets time pass. False if the program ends meanwhile.
    fn wait_until(&self, until: MonoTime) -> bool {
        loop {
            let seen = self.wake.current();
            if self.ending.load(Ordering::Acquire) {
                return false;
            }
            if self.clock.now() >= until {
                return true;
            }
            self.clock.wait(&self.wake, seen, Some(until));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_breaks_every_ring_has_a_dozen_in_a_minute() {
        let at = |ms: u64| MonoTime::from_nanos(ms * 1_000_000);
        let mut retry = Retry::new();
        let (mut now, mut count) = (at(0), 0);
        while now < at(60_000) {
            now = retry.failed(now);
            count += 1;
        }
        assert!((10..=14).contains(&count), "{count}");
        // A calm minute later it is as at first.
        let later = now + Duration::from_secs(61);
        assert_eq!(retry.failed(later), later + Retry::FIRST);
    }
}
