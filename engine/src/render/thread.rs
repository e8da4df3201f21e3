//! The render thread: waits for the next tick and takes it.
//!
//! Ticks have their own pace; while an input drives, its frames are the ticks as they come, never
//! above the display's rate, and the pace goes on when they stay away for a moment.

use std::io;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use hal::realtime::{self, Granted};
use hal::{Clock, MonoTime, Wake, Woken};

use super::Render;
use super::lead::Lead;
use super::pace::Pace;
use crate::engine::Guard;
use crate::input::Gate;

/// Above the outputs: bytes that come too late are worth less than bytes that wait.
const PRIORITY: u8 = 20;
/// After a live frame, for so long (or one and a half periods) the next tick is the next frame's: a
/// tick of the display's own pace just before it would put it off by a period.
const LULL: Duration = Duration::from_millis(100);

/// The running thread. It ends after [`ToRender::End`](super::ToRender::End); whoever spawned it
/// joins it.
pub struct RenderThread {
    thread: JoinHandle<()>,
    granted: Arc<OnceLock<Granted>>,
}

impl RenderThread {
    /// How the machine lets it run, once it runs.
    pub fn granted(&self) -> Arc<OnceLock<Granted>> {
        self.granted.clone()
    }

    /// Waits for its end. A panic of render goes on here: without it there is no light to save.
    pub fn join(self) {
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Starts the render thread. `wake` is the word that control notifies.
///
/// # Errors
/// If the system has no thread left.
pub(crate) fn spawn(
    render: Render,
    fps: f64,
    wake: Wake,
    guard: Guard,
) -> io::Result<RenderThread> {
    let granted = Arc::new(OnceLock::new());
    let report = granted.clone();
    let thread = std::thread::Builder::new().name("render".into()).spawn(move || {
        let _guard = guard;
        let wish = realtime::Wish { fifo: Some(PRIORITY), nice: Some(-10) };
        let _ = report.set(realtime::prepare_thread("render", wish));
        run(render, fps, Lead::new(fps), &wake);
    })?;
    Ok(RenderThread { thread, granted })
}

pub(super) fn run(mut render: Render, fps: f64, mut lead: Lead, wake: &Wake) {
    let clock = render.clock.clone();
    let mut pace = Pace::new(clock.now(), fps);
    let mut gate = Gate::new(fps);
    let lull = LULL.max(Duration::from_secs_f64(1.5 / fps));
    // Until then ticks come with live frames alone.
    let mut quiet: Option<MonoTime> = None;
    loop {
        let seen = wake.current();
        render.pulse.answer();
        render.receive();
        let now = clock.now();
        if render.ended {
            // What the outputs show last.
            render.prepare(now);
            render.hand_over(now, lead.get());
            return;
        }
        if let Some(arrived) = render.arrival() {
            let due = arrived.max(gate.opens());
            if !is_over(&*clock, wake, seen, due) {
                continue;
            }
            let now = clock.now();
            gate.pass(now);
            // Handed over as soon as it is ready: it is late if that takes longer than planned.
            let planned = lead.get();
            let deadline = due + planned;
            lead.learn(render.prepare(deadline));
            render.hand_over(deadline, planned);
            quiet = Some(now + lull);
            continue;
        }
        if let Some(until) = render.rest_until(now) {
            if is_over(&*clock, wake, seen, until) && render.rest_until(until).is_some() {
                // A sign of life; the outputs repeat the light by themselves.
                let deadline = clock.now() + lead.get();
                take(&mut render, &*clock, wake, deadline, &mut lead);
                if render.changed {
                    gate.pass(deadline);
                }
            }
            quiet = None;
            pace.realign(clock.now().max(gate.opens()));
            continue;
        }
        if let Some(until) = quiet {
            if render.follows_frames() && !is_over(&*clock, wake, seen, until) {
                continue;
            }
            quiet = None;
            pace.realign(clock.now().max(gate.opens()));
            continue;
        }
        if !is_over(&*clock, wake, seen, pace.next_deadline() - lead.get()) {
            continue;
        }
        let tick = pace.begin(clock.now());
        if tick.dropped > 0 {
            render.stats.dropped(tick.dropped);
        }
        let follows = render.follows_frames();
        take(&mut render, &*clock, wake, tick.deadline, &mut lead);
        // One that only repeats the light of a frame does not put the next frame off: a program that
        // draws now and then would wait half a period each time. In the mean the rate is kept,
        // because a lull follows each frame.
        if !follows || render.changed {
            gate.pass(tick.deadline);
        }
    }
}

/// Takes one tick: works now, hands over at the deadline.
fn take(render: &mut Render, clock: &dyn Clock, wake: &Wake, deadline: MonoTime, lead: &mut Lead) {
    let planned = lead.get();
    lead.learn(render.prepare(deadline));
    // What is said meanwhile counts for the next tick.
    while clock.now() < deadline {
        clock.wait(wake, wake.current(), Some(deadline));
    }
    render.hand_over(deadline, planned);
}

/// Waits until `until`, or for a notification. Says whether `until` has passed, which a notification
/// may hide: however many come, they do not keep a tick from being taken.
fn is_over(clock: &dyn Clock, wake: &Wake, seen: u32, until: MonoTime) -> bool {
    clock.wait(wake, seen, Some(until)) == Woken::Due || clock.now() >= until
}
