//! Live light over the playlist's: take-over, fades, what stays beneath, and ticks on arrival.

use std::sync::Arc;
use std::time::Duration;

use hal::MonoTime;

use super::clock::StepClock;
use super::stage::{HEIGHT, LEDS, Parts, Source, Stage, WIDTH, at, ms, parts};
use crate::color::curve::{linear16_to_srgb8, srgb_to_linear16};
use crate::input::{Feed, LiveFrame, Picture, feed};
use crate::render::lead::Lead;
use crate::render::{Face, RenderLink, ToRender, thread};
use crate::stats::FrameStats;

/// An input's end of a feed.
struct Painter(triple_buffer::Input<LiveFrame>);

impl Painter {
    fn new(leds: bool) -> (Self, Feed) {
        let canvas_width = (!leds).then_some(WIDTH);
        let bytes = if leds { LEDS * 3 } else { (WIDTH * HEIGHT * 3) as usize };
        let (input, feed) = feed(Picture { canvas_width, linear: false }, bytes);
        (Self(input), feed)
    }

    fn paint(&mut self, grey: u8, now: MonoTime) {
        let frame = self.0.input_buffer_mut();
        frame.pixels.fill(grey);
        frame.at = now;
        self.0.publish();
    }
}

fn stage() -> (Stage, Painter, Painter) {
    let mut stage = Stage::new();
    let ((canvas, a), (leds, b)) = (Painter::new(false), Painter::new(true));
    stage.render.live = crate::render::live::Live::new(vec![a, b], LEDS);
    (stage, canvas, leds)
}

fn drive(stage: &mut Stage, face: Face, fade_ms: u64) {
    stage.send(ToRender::Drive { face, fade: ms(fade_ms) });
}

fn mixed(from: u8, to: u8, weight: f64) -> u8 {
    let light = |code: u8| f64::from(srgb_to_linear16()[usize::from(code)]);
    linear16_to_srgb8((light(from) * (1.0 - weight) + light(to) * weight).round() as u16)
}

#[test]
fn an_input_shows_in_place_of_the_playlist_whose_time_goes_on_beneath() {
    let (mut stage, mut canvas, mut leds) = stage();
    let mut source = Source::new(WIDTH, HEIGHT);
    for number in 0..5 {
        source.put(number as u8 + 1, number * 100);
    }
    stage.show(source.layer(1), None);
    assert_eq!(stage.grey(0), 1);
    canvas.paint(200, at(5));
    assert_eq!(stage.grey(10), 1, "nobody said that it drives");
    drive(&mut stage, Face::Input(0), 0);
    assert_eq!(stage.grey(20), 200, "at once");
    leds.paint(70, at(25));
    drive(&mut stage, Face::Input(1), 0);
    assert_eq!(stage.grey(110), 70, "another one");
    drive(&mut stage, Face::Black, 0);
    assert_eq!(stage.grey(210), 0);
    drive(&mut stage, Face::Playlist, 0);
    assert_eq!(stage.grey(310), 4, "where it would have been");
}

#[test]
fn live_light_shows_while_the_player_is_stopped_and_while_it_is_paused() {
    let (mut stage, mut canvas, _leds) = stage();
    canvas.paint(90, at(0));
    drive(&mut stage, Face::Input(0), 0);
    assert_eq!(stage.grey(0), 90);
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(10, 0);
    stage.show(source.layer(1), None);
    stage.bytes(10);
    stage.send(ToRender::Freeze { at: at(15) });
    canvas.paint(91, at(20));
    assert_eq!(stage.grey(20), 91);
    stage.send(ToRender::Black);
    assert_eq!(stage.grey(30), 91);
    drive(&mut stage, Face::Playlist, 0);
    assert_eq!(stage.grey(40), 0);
}

#[test]
fn a_fade_mixes_light_and_both_sides_move() {
    let (mut stage, mut canvas, _leds) = stage();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(200, 0);
    source.put(100, 60);
    stage.show(source.layer(1), None);
    stage.bytes(0);
    canvas.paint(0, at(0));
    drive(&mut stage, Face::Input(0), 100);
    assert_eq!(stage.grey(10), 200, "its first tick is all the old one");
    assert_eq!(stage.grey(35), mixed(200, 0, 0.25));
    canvas.paint(50, at(55));
    assert_eq!(stage.grey(60), mixed(100, 50, 0.5));
    assert_eq!(stage.grey(110), 50);
    // Back, and broken off in the middle: from what was seen, not from anywhere else.
    drive(&mut stage, Face::Playlist, 100);
    stage.bytes(200);
    assert_eq!(stage.grey(250), mixed(50, 100, 0.5));
    drive(&mut stage, Face::Input(0), 100);
    let seen = mixed(50, 100, 0.5);
    assert_eq!(stage.grey(260), seen);
    assert!(stage.grey(310).abs_diff(mixed(seen, 50, 0.5)) <= 1);
    assert_eq!(stage.grey(360), 50);
}

#[test]
fn at_the_end_the_outputs_get_black_whatever_drives() {
    let (mut stage, mut canvas, _leds) = stage();
    canvas.paint(90, at(0));
    drive(&mut stage, Face::Input(0), 0);
    assert_eq!(stage.grey(0), 90);
    stage.send(ToRender::End);
    assert_eq!(stage.grey(10), 0);
}

/// A render thread with one input, whose time the test moves.
struct Running {
    clock: Arc<StepClock>,
    link: RenderLink,
    wake: hal::Wake,
    stats: Arc<FrameStats>,
    painter: Painter,
    waits: u64,
    thread: Option<std::thread::JoinHandle<()>>,
    _output: crate::output::OutputHandle,
}

impl Running {
    /// At 100 fps, with an input that drives a playlist's still.
    fn new() -> Self {
        let clock = Arc::new(StepClock::starting_at(at(0)));
        let Parts { render, link, wake, stats, output, .. } = parts(clock.clone(), WIDTH, HEIGHT);
        let (painter, its_feed) = Painter::new(false);
        let render = render.with_feeds(vec![its_feed]);
        let its_wake = wake.clone();
        let lead = Lead::fixed(ms(0));
        let thread = std::thread::spawn(move || thread::run(render, 100.0, lead, &its_wake));
        let mut running = Self {
            clock,
            link,
            wake,
            stats,
            painter,
            waits: 0,
            thread: Some(thread),
            _output: output,
        };
        running.wait();
        let drive = ToRender::Drive { face: Face::Input(0), fade: ms(0) };
        assert!(running.link.send(drive).is_ok());
        running.wait();
        running
    }

    fn wait(&mut self) -> MonoTime {
        let (waits, until) = self.clock.next_wait(self.waits);
        self.waits = waits;
        until
    }

    /// A frame comes; returns how many ticks that made, and until when the thread waits then.
    fn frame_at(&mut self, now: MonoTime, grey: u8) -> (u64, MonoTime) {
        let before = self.presented();
        self.clock.set(now);
        self.painter.paint(grey, now);
        self.wake.notify();
        let until = self.wait();
        (self.presented() - before, until)
    }

    fn presented(&self) -> u64 {
        self.stats.counts().presented
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

fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

#[test]
fn a_frame_is_a_tick_as_soon_as_it_comes_and_the_pace_waits_for_the_next() {
    let mut running = Running::new();
    // Between two ticks of the pace, with jitter, at the display's own rate.
    for number in 0..200_u64 {
        let now = at(3) + us(number * 10_000 + number * 7_919 % 1_200);
        let (ticks, until) = running.frame_at(now, number as u8);
        assert_eq!(ticks, 1, "frame {number}");
        assert_eq!(until, now + ms(100), "no tick of the pace in between");
    }
    let counts = running.stats.counts();
    assert_eq!((counts.late, counts.dropped, counts.lateness_us.max), (0, 0, 0));
}

#[test]
fn a_flood_makes_no_more_ticks_than_the_displays_rate() {
    let mut running = Running::new();
    let first = at(3);
    running.frame_at(first, 1);
    let before = running.presented();
    for number in 1..=1_000_u64 {
        // Ten frames in each period.
        running.frame_at(first + us(number * 1_000), number as u8);
    }
    let ticks = running.presented() - before;
    assert!((99..=101).contains(&ticks), "{ticks} ticks in a second at 100 fps");
}

#[test]
fn without_frames_the_usual_pace_goes_on_and_nothing_counts_as_dropped() {
    let mut running = Running::new();
    let (_, until) = running.frame_at(at(3), 9);
    assert_eq!(until, at(103));
    running.clock.move_to(at(103));
    let until = running.wait();
    assert_eq!(until, at(110), "the first tick of the pace after the lull");
    running.clock.move_to(at(110));
    assert_eq!(running.wait(), at(120));
    assert_eq!(running.stats.counts().dropped, 0);
}

#[test]
fn a_frame_after_a_lull_is_a_tick_at_once_and_the_rate_is_kept() {
    let mut running = Running::new();
    let mut last = at(3);
    running.frame_at(last, 1);
    for number in 0..20_u64 {
        // The pace repeats the light until the next one comes, just after one of its ticks.
        let mut until = running.wait_after(last + ms(100));
        let next = last + ms(140) + us(number * 600);
        while until <= next {
            until = running.wait_after(until);
        }
        let (ticks, until) = running.frame_at(next, number as u8 + 2);
        assert_eq!((ticks, until), (1, next + ms(100)), "frame {number}");
        // Another one in the same period waits for the rate.
        let (ticks, until) = running.frame_at(next + ms(1), 200);
        assert_eq!((ticks, until), (0, next + us(8_750)), "frame {number}");
        let until = running.wait_after(until);
        last = running.now();
        assert_eq!(until, last + ms(100), "frame {number}");
    }
    let counts = running.stats.counts();
    assert_eq!((counts.late, counts.dropped), (0, 0));
}

#[test]
fn a_wish_is_not_kept_waiting_for_a_frame() {
    let mut running = Running::new();
    running.frame_at(at(3), 9);
    assert!(running.link.send(ToRender::Brightness(0.5)).is_ok());
    assert_eq!(running.wait(), at(20), "a period after the last tick, on the grid");
    let before = running.presented();
    running.clock.move_to(at(20));
    running.wait();
    assert_eq!(running.presented(), before + 1);
}

#[test]
fn a_frame_ends_a_rest_at_once() {
    let mut running = Running::new();
    running.frame_at(at(3), 9);
    // The same light over and over: after a second it rests.
    let mut until = running.wait_after(at(103));
    for _ in 0..300 {
        if until.since(running.now()) > ms(500) {
            break;
        }
        until = running.wait_after(until);
    }
    assert!(until.since(running.now()) > ms(500), "it does not rest");
    let now = running.now() + ms(333);
    let (ticks, _) = running.frame_at(now, 10);
    assert_eq!(ticks, 1);
    assert_eq!(running.stats.counts().lateness_us.max, 0);
}

impl Running {
    fn now(&self) -> MonoTime {
        use hal::Clock;
        self.clock.now()
    }

    fn wait_after(&mut self, until: MonoTime) -> MonoTime {
        self.clock.move_to(until);
        self.wait()
    }
}
