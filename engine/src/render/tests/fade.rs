//! What is lit while one layer takes over from another: kinds, curves, and wishes in the middle.

use std::time::Duration;

use super::stage::{HEIGHT, Source, Stage, WIDTH, at, ms};
use crate::color::curve::{linear16_to_srgb8, srgb_to_linear16};
use crate::library::model::TransitionCurve;
use crate::player::FadeSpec;
use crate::render::ToRender;
use crate::source::Rgb8;

fn light(byte: u8) -> f64 {
    f64::from(srgb_to_linear16()[usize::from(byte)])
}

fn byte(light: f64) -> u8 {
    linear16_to_srgb8(light.round() as u16)
}

/// The light of two, of which the second has this share.
fn between(from: f64, to: f64, share: f64) -> f64 {
    from * (1.0 - share) + to * share
}

fn mixed(from: u8, to: u8, share: f64) -> u8 {
    byte(between(light(from), light(to), share))
}

fn smooth(span: Duration) -> FadeSpec {
    FadeSpec { curve: TransitionCurve::Smooth, ..FadeSpec::crossfade(span) }
}

fn through(span: Duration, curve: TransitionCurve, color: [u8; 3]) -> FadeSpec {
    FadeSpec { span, curve, through: Some(Rgb8(color)) }
}

fn source() -> Source {
    Source::new(WIDTH, HEIGHT)
}

/// A source that shows `grey + n` from 10 n milliseconds on.
fn rising(grey: u8) -> Source {
    let mut source = source();
    (0..8).for_each(|n| source.put(grey + n, u64::from(n) * 10));
    source
}

fn still(grey: u8) -> Source {
    let mut source = source();
    source.put_last(grey, 0);
    source
}

impl Stage {
    fn take_over(&mut self, source: &Source, token: u64, begin_ms: Option<u64>, fade: FadeSpec) {
        let (layer, at) = (source.layer(token), begin_ms.map(at));
        self.send(ToRender::Show { layer, at, position: ms(0), fade });
    }

    /// The first LED's colour.
    fn led(&mut self, now_ms: u64) -> [u8; 3] {
        *self.bytes(now_ms).first_chunk().unwrap()
    }
}

/// Between two stills, from 1000 ms to 1400 ms: what is lit at each quarter.
fn quarters(fade: FadeSpec, from: u8, to: u8) -> [[u8; 3]; 5] {
    let mut stage = Stage::new();
    let (old, new) = (still(from), still(to));
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(1_000), fade);
    stage.bytes(990);
    let seen = [1_000, 1_100, 1_200, 1_300, 1_400].map(|now| stage.led(now));
    assert_eq!(stage.said(), ["shown 1 zero +0", "shown 2 zero +1000", "retired 1"]);
    seen
}

#[test]
fn a_crossfade_has_a_quarter_of_the_light_after_a_quarter_of_the_time() {
    let seen = quarters(FadeSpec::crossfade(ms(400)), 200, 40);
    assert_eq!(seen, [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| [mixed(200, 40, share); 3]));
}

#[test]
fn a_smooth_crossfade_has_five_thirty_seconds_of_the_light_after_a_quarter() {
    let seen = quarters(smooth(ms(400)), 200, 40);
    let shares = [0.0, 5.0 / 32.0, 0.5, 27.0 / 32.0, 1.0];
    assert_eq!(seen, shares.map(|share| [mixed(200, 40, share); 3]));
}

#[test]
fn a_fade_reaches_its_colour_in_the_middle() {
    let color = [255, 128, 0];
    let to_color = |grey: u8, share: f64| color.map(|channel| mixed(grey, channel, share));
    for curve in [TransitionCurve::Linear, TransitionCurve::Smooth] {
        let seen = quarters(through(ms(400), curve, color), 200, 40);
        // Half way through each half both curves are at a half.
        let expected = [[200; 3], to_color(200, 0.5), color, to_color(40, 0.5), [40; 3]];
        assert_eq!(seen, expected, "{curve:?}");
    }
}

#[test]
fn a_smooth_fade_bends_each_half_by_itself() {
    let mut stage = Stage::new();
    let (old, new) = (still(200), still(40));
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(100), through(ms(800), TransitionCurve::Smooth, [0; 3]));
    assert_eq!(stage.grey(200), mixed(200, 0, 5.0 / 32.0));
    assert_eq!(stage.grey(400), mixed(200, 0, 27.0 / 32.0));
    assert_eq!(stage.grey(600), mixed(0, 40, 5.0 / 32.0));
    assert_eq!(stage.grey(800), mixed(0, 40, 27.0 / 32.0));
}

#[test]
fn both_items_move_beneath_a_fade_and_the_second_ones_time_begins_with_it() {
    let mut stage = Stage::new();
    let (old, new) = (rising(100), rising(50));
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(20), through(ms(40), TransitionCurve::Linear, [0; 3]));
    assert_eq!(stage.grey(20), 102);
    assert_eq!(stage.grey(30), mixed(103, 0, 0.5), "the old one moves on");
    assert_eq!(stage.grey(40), 0);
    assert_eq!(stage.grey(50), mixed(0, 53, 0.5), "three frames after the beginning");
    assert_eq!(stage.grey(60), 54);
    assert_eq!(stage.said(), ["shown 1 zero +0", "shown 2 zero +20", "retired 1"]);
}

#[test]
fn an_item_whose_frames_have_ended_stays_beneath_with_its_last_one() {
    let mut stage = Stage::new();
    let mut old = source();
    old.put(100, 0);
    old.put_last(140, 10);
    let new = rising(50);
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(2_000), FadeSpec::crossfade(ms(40)));
    stage.bytes(1_990);
    assert_eq!(stage.grey(2_000), 140);
    assert_eq!(stage.grey(2_020), mixed(140, 52, 0.5));
    assert_eq!(stage.grey(2_040), 54);
}

#[test]
fn a_fade_from_nothing_comes_out_of_black_through_its_colour() {
    let mut stage = Stage::new();
    let new = still(200);
    stage.take_over(&new, 1, None, through(ms(400), TransitionCurve::Linear, [120; 3]));
    assert_eq!(stage.grey(0), 0);
    assert_eq!(stage.grey(100), mixed(0, 120, 0.5));
    assert_eq!(stage.grey(200), 120);
    assert_eq!(stage.grey(300), mixed(120, 200, 0.5));
    assert_eq!(stage.grey(400), 200);
}

#[test]
fn a_skip_in_the_middle_of_a_fade_begins_with_the_mixture_that_is_lit() {
    let mut stage = Stage::new();
    let (old, new, newest) = (still(200), still(100), still(20));
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(1_000), FadeSpec::crossfade(ms(100)));
    assert_eq!(stage.grey(1_049), mixed(200, 100, 0.49));
    stage.take_over(&newest, 3, None, FadeSpec::crossfade(ms(100)));
    assert_eq!(stage.grey(1_050), mixed(200, 100, 0.5), "no jump to either of the two");
    assert_eq!(
        stage.said(),
        ["shown 1 zero +0", "shown 2 zero +1000", "shown 3 zero +1050", "retired 1"]
    );
    // The first fade is finished beneath the second.
    let under = |share| between(light(200), light(100), share);
    assert_eq!(stage.grey(1_075), byte(between(under(0.75), light(20), 0.25)));
    assert_eq!(stage.grey(1_100), byte(between(light(100), light(20), 0.5)));
    assert_eq!(stage.grey(1_125), byte(between(light(100), light(20), 0.75)));
    assert_eq!(stage.grey(1_150), 20);
    assert_eq!(stage.said(), ["retired 2"]);
}

#[test]
fn the_item_that_goes_out_in_the_middle_of_its_own_fade_moves_on() {
    let mut stage = Stage::new();
    let (mut old, new, newest) = (source(), rising(100), still(20));
    for (grey, pts) in [(200, 0), (202, 1_020), (205, 1_030)] {
        old.put(grey, pts);
    }
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(1_000), FadeSpec::crossfade(ms(100)));
    assert_eq!(stage.grey(1_020), mixed(202, 102, 0.2));
    stage.take_over(&newest, 3, None, FadeSpec::crossfade(ms(100)));
    // The first stands still from here on: a third item would be needed to move it.
    assert_eq!(stage.grey(1_030), mixed(202, 103, 0.3));
    let under = between(light(202), light(105), 0.5);
    assert_eq!(stage.grey(1_050), byte(between(under, light(20), 0.2)));
}

#[test]
fn light_never_jumps_however_often_someone_skips() {
    let mut stage = Stage::new();
    let greys = [255, 0, 200, 30, 255, 90];
    let sources = greys.map(still);
    stage.show(sources[0].layer(0), None);
    let mut before = stage.grey(0);
    let spans = [100, 70, 130, 40, 100];
    for now in 1..400_u64 {
        // A new item every 23 ms, each in the middle of the fade before it.
        let skip = (now / 23) as usize;
        if now.is_multiple_of(23) && skip < greys.len() {
            let curve = [TransitionCurve::Linear, TransitionCurve::Smooth][skip % 2];
            let fade = FadeSpec { curve, ..FadeSpec::crossfade(ms(spans[skip - 1])) };
            stage.take_over(&sources[skip], skip as u64, None, fade);
        }
        let grey = stage.grey(now);
        // The fastest of them changes all of the light by a twenty-fifth in a millisecond, and each
        // of the two courses may.
        let step = (light(grey) - light(before)).abs() / 65_535.0;
        assert!(step < 0.08, "{before} to {grey} at {now} ms");
        before = grey;
    }
    assert_eq!(before, 90);
    let retired = |said: &Vec<String>| said.iter().filter(|s| s.starts_with("retired")).count();
    assert_eq!(retired(&stage.said()), 5);
}

#[test]
fn a_skip_through_a_colour_in_the_middle_of_a_fade_is_continuous_too() {
    let mut stage = Stage::new();
    let (old, new, newest) = (still(200), still(100), still(20));
    let fade = through(ms(100), TransitionCurve::Linear, [0; 3]);
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(1_000), fade);
    assert_eq!(stage.grey(1_024), mixed(200, 0, 0.48));
    stage.take_over(&newest, 3, None, fade);
    assert_eq!(stage.grey(1_025), mixed(200, 0, 0.5));
    let under = between(light(200), 0.0, 0.8);
    assert_eq!(stage.grey(1_040), byte(between(under, 0.0, 0.3)));
    assert_eq!(stage.grey(1_075), 0);
    assert_eq!(stage.grey(1_125), 20);
}

#[test]
fn a_cut_in_the_middle_of_a_fade_is_a_cut() {
    let mut stage = Stage::new();
    let (old, new, newest) = (still(200), still(100), still(20));
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(1_000), FadeSpec::crossfade(ms(100)));
    stage.bytes(1_050);
    stage.show(newest.layer(3), None);
    assert_eq!(stage.grey(1_060), 20);
    assert_eq!(stage.said()[2..], ["shown 3 zero +1060", "retired 1", "retired 2"]);
}

#[test]
fn black_ends_a_fade_that_interrupted_another_and_the_next_one_begins_with_black() {
    let mut stage = Stage::new();
    let (old, new, newest, after) = (still(200), still(100), still(20), still(255));
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(1_000), FadeSpec::crossfade(ms(100)));
    stage.bytes(1_050);
    stage.take_over(&newest, 3, None, FadeSpec::crossfade(ms(100)));
    stage.bytes(1_060);
    stage.send(ToRender::Black);
    assert_eq!(stage.grey(1_070), 0);
    stage.take_over(&after, 4, None, FadeSpec::crossfade(ms(100)));
    assert_eq!(stage.grey(1_080), 0);
    assert_eq!(stage.grey(1_130), mixed(0, 255, 0.5));
    assert_eq!(stage.grey(1_180), 255);
    let retired: Vec<_> = stage.said().into_iter().filter(|said| said.contains("ret")).collect();
    assert_eq!(retired, ["retired 1", "retired 2", "retired 3"]);
}

#[test]
fn a_pause_keeps_both_courses_where_they_are() {
    let mut stage = Stage::new();
    let (old, new, newest) = (still(200), rising(100), still(20));
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.take_over(&new, 2, Some(1_000), FadeSpec::crossfade(ms(100)));
    stage.bytes(1_040);
    stage.take_over(&newest, 3, None, smooth(ms(100)));
    stage.bytes(1_050);
    let seen = |new: u8, old_share: f64, part: f64| {
        let under = between(light(200), light(new), old_share);
        byte(between(under, light(20), part * part * (3.0 - 2.0 * part)))
    };
    assert_eq!(stage.grey(1_070), seen(107, 0.7, 0.2));
    stage.send(ToRender::Freeze { at: at(1_070) });
    assert_eq!(stage.grey(9_000), seen(107, 0.7, 0.2));
    stage.send(ToRender::Thaw { at: at(11_070) });
    assert_eq!(stage.grey(11_080), seen(107, 0.8, 0.3));
    assert_eq!(stage.grey(11_150), 20);
}
