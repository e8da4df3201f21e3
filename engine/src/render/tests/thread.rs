//! When the thread ticks: at the display's rate, rarely while nothing moves, never not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use hal::{Clock, MonoTime, SystemClock, Wake, Woken};

use super::clock::StepClock;
use super::stage::{HEIGHT, Parts, Source, WIDTH, at, ms, parts};
use crate::player::FadeSpec;
use crate::render::lead::Lead;
use crate::render::{Layer, RenderLink, TapReader, TapWish, ToRender, thread};
use crate::stats::FrameStats;

const FPS: f64 = 100.0;

/// A render thread whose time the test moves, wait by wait.
struct Running {
    clock: Arc<StepClock>,
    link: RenderLink,
    wake: Wake,
    stats: Arc<FrameStats>,
    seen: hal::output::memory::MemoryHandle,
    tap_reader: TapReader,
    tap_wish: TapWish,
    waits: u64,
    thread: Option<JoinHandle<()>>,
    _output: crate::output::OutputHandle,
}

impl Running {
    /// Begins its ticks at their deadlines.
    fn new() -> Self {
        Self::with_lead(ms(0))
    }

    fn with_lead(lead: Duration) -> Self {
        let clock = Arc::new(StepClock::starting_at(at(0)));
        let Parts { render, link, wake, stats, seen, tap_reader, tap_wish, output } =
            parts(clock.clone(), WIDTH, HEIGHT);
        let its_wake = wake.clone();
        let lead = Lead::fixed(lead);
        let thread = std::thread::spawn(move || thread::run(render, FPS, lead, &its_wake));
        Self {
            clock,
            link,
            wake,
            stats,
            seen,
            tap_reader,
            tap_wish,
            waits: 0,
            thread: Some(thread),
            _output: output,
        }
    }

    /// Until when the thread waits next.
    fn wait(&mut self) -> MonoTime {
        let (waits, until) = self.clock.next_wait(self.waits);
        self.waits = waits;
        until
    }

    /// Lets time pass to the end of the present wait; returns until when the next one goes on.
    fn step(&mut self, until: MonoTime) -> MonoTime {
        self.clock.move_to(until);
        self.wait()
    }

    fn show(&mut self, layer: Box<Layer>) {
        let message = ToRender::Show { layer, at: None, position: ms(0), fade: FadeSpec::CUT };
        assert!(self.link.send(message).is_ok());
    }

    fn presented(&self) -> u64 {
        self.stats.counts().presented
    }

    /// Lets time pass until the thread rests; returns until when it does, and since when.
    fn until_it_rests(&mut self) -> (MonoTime, MonoTime) {
        let mut until = self.wait();
        for _ in 0..200 {
            let now = self.clock.now();
            if until.since(now) > ms(10) {
                return (until, now);
            }
            until = self.step(until);
        }
        panic!("it does not rest");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.link.send(ToRender::End);
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok() || std::thread::panicking());
        }
    }
}

#[test]
fn ticks_come_at_the_displays_rate() {
    let mut running = Running::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(10, 0);
    running.wait();
    running.show(source.layer(1));
    let mut until = running.wait();
    for tick in 1..=300 {
        assert_eq!(until, at(tick * 10));
        until = running.step(until);
    }
    let counts = running.stats.counts();
    assert_eq!((counts.presented, counts.late, counts.dropped), (300, 0, 0));
}

#[test]
fn a_tick_is_begun_before_its_deadline_and_seen_at_it() {
    let mut running = Running::with_lead(ms(3));
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put_last(10, 0);
    running.wait();
    running.show(source.layer(1));
    assert_eq!(running.wait(), at(7));
    assert_eq!(running.step(at(7)), at(10), "the work is done and waits");
    assert_eq!(running.presented(), 0);
    assert_eq!(running.step(at(10)), at(17));
    running.seen.wait_until(|seen| seen.last.as_ref().is_some_and(|last| last.bytes == [10; 6]));
    let counts = running.stats.counts();
    assert_eq!((counts.presented, counts.lateness_us.max), (1, 0));
}

#[test]
fn light_that_stands_still_for_a_second_is_ticked_once_a_second() {
    let mut running = Running::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put_last(10, 0);
    running.wait();
    running.show(source.layer(1));
    let (until, since) = running.until_it_rests();
    // The first tick shows it, the second finds it unchanged, a second later it rests.
    assert_eq!((since, until), (at(1_020), at(2_020)));
    let before = running.presented();
    assert_eq!(before, 102);
    let until = running.step(until);
    assert_eq!((until, running.presented()), (at(3_020), before + 1));
    let until = running.step(until);
    assert_eq!((until, running.presented()), (at(4_020), before + 2));
    let counts = running.stats.counts();
    assert_eq!((counts.late, counts.dropped), (0, 0), "a rest is no fault");
}

#[test]
fn light_that_moves_slowly_does_not_rest() {
    let mut running = Running::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(10, 0);
    running.wait();
    running.show(source.layer(1));
    let mut until = running.wait();
    for _ in 0..500 {
        until = running.step(until);
        assert_eq!(until.since(running.clock.now()), ms(10));
    }
}

#[test]
fn a_message_ends_a_rest_at_once() {
    let mut running = Running::new();
    let (_, since) = running.until_it_rests();
    running.clock.move_to(since + ms(333));
    running.wait();
    let before = running.presented();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put_last(10, 0);
    running.show(source.layer(1));
    // The ticks are where they would have been without the rest.
    let until = running.wait();
    assert_eq!(until.since(at(0)).as_millis() % 10, 0);
    assert!(until.since(running.clock.now()) <= ms(10));
    running.step(until);
    assert_eq!(running.presented(), before + 1);
    running.seen.wait_until(|seen| seen.last.as_ref().is_some_and(|last| last.bytes == [10; 6]));
    assert_eq!(running.stats.counts().dropped, 0);
}

#[test]
fn a_rest_ends_when_a_scheduled_layer_is_due() {
    let mut running = Running::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put_last(10, 0);
    running.wait();
    let (layer, begin) = (source.layer(1), at(4_444));
    let message = ToRender::Show { layer, at: Some(begin), position: ms(0), fade: FadeSpec::CUT };
    assert!(running.link.send(message).is_ok());
    let mut until = running.wait();
    for _ in 0..300 {
        if running.clock.now() >= begin {
            break;
        }
        assert!(until <= at(4_450), "it waits until {until:?}");
        until = running.step(until);
    }
    assert_eq!(until, at(4_450), "the first tick after its time");
    running.step(until);
    let mut zero = None;
    while let Some(message) = running.link.receive() {
        if let crate::render::FromRender::Shown { zero: its_zero, .. } = message {
            zero = Some(its_zero);
        }
    }
    assert_eq!(zero, Some(begin));
}

#[test]
fn a_preview_that_is_asked_for_in_a_rest_is_given() {
    let mut running = Running::new();
    let (_, since) = running.until_it_rests();
    assert!(running.tap_reader.take().is_none());
    // As a viewer does it.
    running.tap_wish.ask();
    running.wake.notify();
    let until = running.wait();
    assert!(until.since(since) <= ms(10));
    running.step(until);
    let frame = running.tap_reader.take().expect("a copy of the light");
    assert_eq!(frame.number, running.tap_wish.last_change());
}

#[test]
fn a_pause_rests_too_and_its_end_is_seen() {
    let mut running = Running::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(10, 0);
    source.put(20, 500);
    running.wait();
    running.show(source.layer(1));
    running.wait();
    let freeze = ToRender::Freeze { at: running.clock.now() + ms(100) };
    assert!(running.link.send(freeze).is_ok());
    let (_, since) = running.until_it_rests();
    assert!(running.link.send(ToRender::Thaw { at: since }).is_ok());
    let until = running.wait();
    assert!(until.since(since) <= ms(10));
    let mut until = until;
    for _ in 0..60 {
        until = running.step(until);
    }
    running.seen.wait_until(|seen| seen.last.as_ref().is_some_and(|last| last.bytes == [20; 6]));
}

#[test]
fn wake_ups_without_end_do_not_keep_the_light_from_moving() {
    let mut running = Running::new();
    running.wait();
    // As if somebody notified without a pause, 20 times in each tick.
    running.clock.set_restless(Some(Duration::from_micros(500)));
    running.seen.wait_for_frames(50);
    running.clock.set_restless(None);
}

#[test]
fn wake_ups_without_end_do_not_put_off_the_sign_of_life_in_a_rest() {
    let mut running = Running::new();
    running.until_it_rests();
    let before = running.presented();
    running.clock.set_restless(Some(ms(50)));
    running.seen.wait_for_frames(before + 3);
    running.clock.set_restless(None);
}

#[test]
fn the_last_thing_that_the_outputs_get_is_black() {
    let mut running = Running::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(200, 0);
    running.wait();
    running.show(source.layer(1));
    let until = running.wait();
    running.step(until);
    running.seen.wait_until(|seen| seen.last.as_ref().is_some_and(|last| last.bytes == [200; 6]));
    assert!(running.link.send(ToRender::End).is_ok());
    running.thread.take().unwrap().join().unwrap();
    running.seen.wait_until(|seen| seen.last.as_ref().is_some_and(|last| last.bytes == [0; 6]));
}

/// The machine's clock, which once, in the middle of a tick, does not answer for a while.
struct StallingClock {
    /// Readings of the clock since the last wait that ended at its deadline.
    readings: AtomicU64,
    stalls: AtomicU64,
}

const STALL: Duration = Duration::from_millis(120);

impl Clock for StallingClock {
    fn now(&self) -> MonoTime {
        // After a deadline: the pace reads the clock, the tick begins, the tick ends.
        let reading = self.readings.fetch_add(1, Ordering::AcqRel);
        if reading == 2 && self.stalls.fetch_sub(1, Ordering::AcqRel) == 1 {
            let wake = Wake::new();
            let until = SystemClock.now() + STALL;
            while SystemClock.wait(&wake, wake.current(), Some(until)) != Woken::Due {}
        }
        SystemClock.now()
    }

    fn wait(&self, wake: &Wake, seen: u32, until: Option<MonoTime>) -> Woken {
        let woken = SystemClock.wait(wake, seen, until);
        if woken == Woken::Due {
            self.readings.store(0, Ordering::Release);
        }
        woken
    }
}

#[test]
fn a_tick_that_stalls_has_run_late_and_the_ticks_it_ate_are_dropped() {
    // The tenth tick stalls.
    let clock = StallingClock { readings: AtomicU64::new(9), stalls: AtomicU64::new(10) };
    let Parts { render, mut link, wake, stats, seen, output, .. } =
        parts(Arc::new(clock), WIDTH, HEIGHT);
    let its_wake = wake.clone();
    let lead = Lead::fixed(ms(0));
    let thread = std::thread::spawn(move || thread::run(render, FPS, lead, &its_wake));
    seen.wait_for_frames(20);
    assert!(link.send(ToRender::End).is_ok());
    thread.join().unwrap();
    output.join();
    let counts = stats.counts();
    assert!(counts.ran_late >= 1, "{counts:?}");
    assert!(counts.late >= counts.ran_late, "{counts:?}");
    // 120 ms are twelve ticks, of which the newest is presented late.
    assert!(counts.dropped >= 10, "{counts:?}");
    assert!(counts.lateness_us.max >= STALL.as_micros() as u64, "{counts:?}");
}
