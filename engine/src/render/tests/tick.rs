//! What single ticks show.

use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};

use hal::shm::abi::slot_at;
use hal::shm::slots::READING;

use super::stage::{HEIGHT, LEDS, Source, Stage, WIDTH, at, ms};
use crate::color::curve::{linear16_to_srgb8, srgb_to_linear16};
use crate::player::{FadeSpec, Token};
use crate::render::ToRender;

fn light(grey: u8) -> u16 {
    srgb_to_linear16()[usize::from(grey)]
}

/// The byte half way, by `share`, between two greys, mixed as light.
fn mixed(from: u8, to: u8, share: f64) -> u8 {
    let mixed = f64::from(light(from)) * (1.0 - share) + f64::from(light(to)) * share;
    linear16_to_srgb8(mixed.round() as u16)
}

#[test]
fn nothing_is_black() {
    let mut stage = Stage::new();
    assert_eq!(stage.grey(0), 0);
    assert!(stage.said().is_empty());
}

#[test]
fn a_scheduled_layer_that_is_ready_begins_exactly_at_its_time() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(10, 0);
    source.put(20, 5);
    stage.show(source.layer(1), Some(100));
    assert_eq!(stage.grey(99), 0);
    assert!(stage.said().is_empty());
    // The tick comes 4 ms after its time: the position is 4 ms, not 0.
    assert_eq!(stage.grey(104), 10);
    assert_eq!(stage.said(), ["shown 1 zero +100"]);
    assert_eq!(stage.grey(105), 20);
}

#[test]
fn a_layer_that_is_late_begins_when_it_is_ready_and_counts_from_there() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    stage.show(source.layer(1), Some(100));
    assert_eq!(stage.grey(110), 0);
    assert_eq!(stage.grey(120), 0);
    source.put(10, 0);
    source.put(20, 10);
    assert_eq!(stage.grey(130), 10);
    assert_eq!(stage.said(), ["shown 1 zero +130"]);
    assert_eq!(stage.grey(139), 10);
    assert_eq!(stage.grey(140), 20);
}

#[test]
fn a_layer_that_was_asked_for_after_its_time_begins_when_it_is_shown() {
    let mut stage = Stage::new();
    assert_eq!(stage.grey(1_000), 0);
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(10, 0);
    source.put(20, 10);
    // The item before it ended at 100 ms: this one replaces another that could not be shown.
    stage.show(source.layer(1), Some(100));
    assert_eq!(stage.grey(1_010), 10);
    assert_eq!(stage.said(), ["shown 1 zero +1010"]);
}

#[test]
fn a_layer_that_is_rescheduled_to_a_time_gone_by_begins_when_it_is_shown() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(10, 0);
    stage.show(source.layer(1), Some(2_000));
    assert_eq!(stage.grey(1_000), 0);
    let (token, fade) = (Token(1), FadeSpec::CUT);
    stage.send(ToRender::Reschedule { token, at: Some(at(500)), position: ms(0), fade });
    assert_eq!(stage.grey(1_010), 10);
    assert_eq!(stage.said(), ["shown 1 zero +1010"]);
}

#[test]
fn a_layer_asked_for_at_once_begins_with_its_position() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put(10, 5_000);
    source.put(20, 5_016);
    let layer = source.layer(1);
    stage.send(ToRender::Show { layer, at: None, position: ms(5_000), fade: FadeSpec::CUT });
    assert_eq!(stage.grey(50), 10);
    assert_eq!(stage.said(), ["shown 1 zero -4950"]);
    assert_eq!(stage.grey(66), 20);
}

#[test]
fn the_newest_due_frame_wins_and_those_it_overtook_are_counted() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    for number in 0..6 {
        source.put(number as u8 + 1, number * 10);
    }
    stage.show(source.layer(1), None);
    assert_eq!(stage.grey(0), 1);
    assert_eq!(stage.grey(39), 4);
    assert_eq!(stage.stats.counts().superseded, 2);
    assert_eq!(stage.grey(40), 5);
    assert_eq!(stage.stats.counts().superseded, 2);
    assert_eq!(stage.grey(45), 5, "the one after it is not due");
}

#[test]
fn black_ends_what_is_lit_what_fades_and_what_waits() {
    let mut stage = Stage::new();
    let mut sources: Vec<_> = (0..3).map(|_| Source::new(WIDTH, HEIGHT)).collect();
    for source in &mut sources {
        source.put(100, 0);
    }
    stage.show(sources[0].layer(1), None);
    stage.bytes(0);
    let layer = sources[1].layer(2);
    stage.send(ToRender::Show {
        layer,
        at: None,
        position: ms(0),
        fade: FadeSpec::crossfade(ms(1_000)),
    });
    stage.bytes(10);
    stage.show(sources[2].layer(3), Some(5_000));
    assert_eq!(stage.grey(20), 100);
    assert_eq!(stage.said(), ["shown 1 zero +0", "shown 2 zero +10"]);
    stage.send(ToRender::Black);
    assert_eq!(stage.grey(30), 0);
    assert_eq!(stage.said(), ["retired 3", "retired 1", "retired 2"]);
    assert_eq!(stage.grey(5_000), 0);
}

#[test]
fn a_pause_keeps_light_and_position() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    for number in 0..5 {
        source.put(number as u8 + 1, number * 10);
    }
    stage.show(source.layer(1), None);
    assert_eq!(stage.grey(0), 1);
    assert_eq!(stage.grey(10), 2);
    stage.send(ToRender::Freeze { at: at(15) });
    assert_eq!(stage.grey(20), 2);
    assert_eq!(stage.grey(9_000), 2);
    stage.send(ToRender::Thaw { at: at(10_015) });
    assert_eq!(stage.grey(10_019), 2);
    assert_eq!(stage.grey(10_020), 3);
    assert_eq!(stage.grey(10_030), 4);
}

#[test]
fn a_pause_in_the_middle_of_a_fade_keeps_the_mix_and_both_positions() {
    let mut stage = Stage::new();
    let (mut old, mut new) = (Source::new(WIDTH, HEIGHT), Source::new(WIDTH, HEIGHT));
    old.put(200, 0);
    old.put(150, 70);
    new.put(50, 0);
    new.put(90, 60);
    stage.show(old.layer(1), None);
    assert_eq!(stage.grey(0), 200);
    let layer = new.layer(2);
    stage.send(ToRender::Show {
        layer,
        at: Some(at(10)),
        position: ms(0),
        fade: FadeSpec::crossfade(ms(100)),
    });
    assert_eq!(stage.grey(60), mixed(200, 50, 0.5));
    stage.send(ToRender::Freeze { at: at(60) });
    assert_eq!(stage.grey(5_000), mixed(200, 50, 0.5));
    stage.send(ToRender::Thaw { at: at(10_060) });
    assert_eq!(stage.grey(10_065), mixed(200, 50, 0.55));
    // Ten milliseconds later each of the two has its second frame.
    assert_eq!(stage.grey(10_070), mixed(150, 90, 0.6));
    assert_eq!(stage.grey(10_110), 90);
    let said = stage.said();
    assert_eq!(said, ["shown 1 zero +0", "shown 2 zero +10", "retired 1"]);
}

#[test]
fn what_is_scheduled_does_not_come_while_time_stands_still() {
    let mut stage = Stage::new();
    let (mut old, mut new) = (Source::new(WIDTH, HEIGHT), Source::new(WIDTH, HEIGHT));
    old.put_last(200, 0);
    new.put_last(50, 0);
    stage.show(old.layer(1), None);
    stage.bytes(0);
    stage.show(new.layer(2), Some(100));
    stage.send(ToRender::Freeze { at: at(50) });
    assert_eq!(stage.grey(500), 200);
    // One that is asked for at once does: a wish made in a pause is seen.
    let (token, position, fade) = (Token(2), ms(0), FadeSpec::CUT);
    stage.send(ToRender::Reschedule { token, at: None, position, fade });
    assert_eq!(stage.grey(510), 50);
}

#[test]
fn a_fade_is_mixed_in_light_exact_at_its_ends_and_moves_beneath() {
    let mut stage = Stage::new();
    let (mut old, mut new) = (Source::new(WIDTH, HEIGHT), Source::new(WIDTH, HEIGHT));
    old.put(255, 0);
    old.put(100, 40);
    new.put(0, 0);
    new.put(60, 70);
    stage.show(old.layer(1), None);
    assert_eq!(stage.grey(0), 255);
    let layer = new.layer(2);
    stage.send(ToRender::Show {
        layer,
        at: Some(at(20)),
        position: ms(0),
        fade: FadeSpec::crossfade(ms(100)),
    });
    assert_eq!(stage.grey(20), 255, "at its beginning all is the old one");
    assert_eq!(stage.grey(30), mixed(255, 0, 0.1));
    assert_eq!(stage.grey(70), mixed(100, 0, 0.5), "the old one moves on");
    assert_eq!(stage.grey(119), mixed(100, 60, 0.99));
    assert_eq!(stage.said(), ["shown 1 zero +0", "shown 2 zero +20"]);
    assert_eq!(stage.grey(120), 60, "at its end all is the new one");
    assert_eq!(stage.said(), ["retired 1"]);
}

#[test]
fn half_of_white_over_black_is_188_and_not_128() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put_last(255, 0);
    let layer = source.layer(1);
    stage.send(ToRender::Show {
        layer,
        at: None,
        position: ms(0),
        fade: FadeSpec::crossfade(ms(100)),
    });
    assert_eq!(stage.grey(0), 0);
    assert_eq!(stage.grey(50), 188);
    assert_eq!(stage.grey(100), 255);
}

#[test]
fn a_checkerboard_of_black_and_white_is_half_the_light() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    let white = |i: u32| if (i % WIDTH + i / WIDTH).is_multiple_of(2) { 255 } else { 0 };
    let pixels: Vec<u8> = (0..WIDTH * HEIGHT).flat_map(|i| [white(i); 3]).collect();
    source.put_pixels(&pixels, 0, true);
    stage.show(source.layer(1), None);
    assert_eq!(stage.bytes(0), [188; LEDS * 3]);
}

#[test]
fn a_layer_that_waits_can_be_taken_back_and_a_lit_one_cannot() {
    let mut stage = Stage::new();
    let (mut lit, mut waiting) = (Source::new(WIDTH, HEIGHT), Source::new(WIDTH, HEIGHT));
    lit.put(10, 0);
    waiting.put(20, 0);
    stage.show(lit.layer(1), None);
    stage.bytes(0);
    stage.show(waiting.layer(2), Some(50));
    stage.bytes(10);
    stage.send(ToRender::Discard { token: Token(1) });
    stage.send(ToRender::Discard { token: Token(2) });
    assert_eq!(stage.grey(60), 10);
    assert_eq!(stage.said(), ["shown 1 zero +0", "retired 2"]);
}

#[test]
fn a_layer_takes_the_place_of_another_that_waits() {
    let mut stage = Stage::new();
    let (mut first, mut second) = (Source::new(WIDTH, HEIGHT), Source::new(WIDTH, HEIGHT));
    first.put(10, 0);
    second.put(20, 0);
    stage.show(first.layer(1), Some(100));
    stage.show(second.layer(2), Some(200));
    assert_eq!(stage.grey(150), 0);
    assert_eq!(stage.said(), ["retired 1"]);
    assert_eq!(stage.grey(200), 20);
}

#[test]
fn a_successor_replaces_light_with_its_first_due_frame_and_not_before() {
    let mut stage = Stage::new();
    let (mut dead, mut alive) = (Source::new(WIDTH, HEIGHT), Source::new(WIDTH, HEIGHT));
    dead.put(10, 0);
    stage.show(dead.layer(1), None);
    assert_eq!(stage.grey(0), 10);
    stage.send(ToRender::Succeed { token: Token(1), reader: alive.reader() });
    assert_eq!(stage.grey(20), 10, "nothing is there yet");
    alive.put(30, 50);
    assert_eq!(stage.grey(40), 10, "its frame is not due");
    stage.said();
    assert_eq!(stage.grey(50), 30);
    assert_eq!(stage.said(), ["spare"]);
    alive.put(40, 60);
    assert_eq!(stage.grey(60), 40);
}

#[test]
fn a_successor_of_a_layer_that_is_gone_comes_back() {
    let mut stage = Stage::new();
    let source = Source::new(WIDTH, HEIGHT);
    stage.send(ToRender::Succeed { token: Token(7), reader: source.reader() });
    stage.bytes(0);
    assert_eq!(stage.said(), ["spare"]);
}

#[test]
fn layers_that_are_waiting_or_going_out_have_successors_too() {
    let mut stage = Stage::new();
    let (mut old, mut new) = (Source::new(WIDTH, HEIGHT), Source::new(WIDTH, HEIGHT));
    let (mut old_again, mut new_again) = (Source::new(WIDTH, HEIGHT), Source::new(WIDTH, HEIGHT));
    old.put(200, 0);
    stage.show(old.layer(1), None);
    stage.bytes(0);
    let layer = new.layer(2);
    stage.send(ToRender::Show {
        layer,
        at: None,
        position: ms(0),
        fade: FadeSpec::crossfade(ms(100)),
    });
    stage.send(ToRender::Succeed { token: Token(2), reader: new_again.reader() });
    assert_eq!(stage.grey(5), 200);
    new_again.put(40, 0);
    stage.bytes(10);
    new.put(99, 10);
    old_again.put(100, 50);
    stage.send(ToRender::Succeed { token: Token(1), reader: old_again.reader() });
    assert_eq!(stage.grey(60), mixed(100, 40, 0.5));
}

/// A writer that changes a slot while it is read. Which instant it hits is chance, so it goes on
/// until it has hit; what is shown meanwhile has to be whole every time.
#[test]
fn a_frame_that_changes_while_it_is_read_is_not_shown() {
    // Large, so that reading takes long enough to be hit.
    let (width, height) = (1_024, 512);
    let mut stage = Stage::of(width, height);
    let mut source = Source::new(width, height);
    let path = format!("/dev/shm/{}", source.ring.name());
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let stride = (64 + source.ring.spec().frame_bytes() as u64).next_multiple_of(64);
    stage.show(source.layer(1), None);
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                for slot in (0..8).map(|index| 512 + index * stride) {
                    let mut state = [0; 4];
                    file.read_exact_at(&mut state, slot + slot_at::STATE as u64).unwrap();
                    if u32::from_le_bytes(state) == READING {
                        let sequence = 1_u64.to_le_bytes();
                        file.write_all_at(&sequence, slot + slot_at::SEQUENCE as u64).unwrap();
                    }
                }
            }
        });
        let _end = OnDrop(|| ended.store(true, Ordering::Relaxed));
        let (mut shown, mut honest) = (0, 0);
        for round in 1..100_000 {
            let cheats = stage.stats.cheats();
            let grey = 100 + (round % 100) as u8;
            source.put(grey, 0);
            let byte = stage.grey(round);
            if stage.stats.cheats() > cheats {
                assert_eq!(byte, shown, "the last good light stays");
            } else {
                // It may also have hit the frame before it was taken, which is then passed over.
                assert!(byte == grey || byte == shown, "{byte} is neither {grey} nor {shown}");
                honest += u32::from(byte == grey);
                shown = byte;
            }
            if honest > 3 && stage.stats.cheats() > 3 {
                return;
            }
        }
        panic!("{honest} honest frames, {} cheats", stage.stats.cheats());
    });
}

/// A producer that was taken over by what it decodes can write anything into its ring.
#[test]
fn nonsense_in_the_words_of_a_ring_is_told_once_and_shows_no_mixture() {
    let mut told = 0;
    for seed in 1..200_u64 {
        let mut stage = Stage::new();
        let mut source = Source::new(WIDTH, HEIGHT);
        let spec = *source.ring.spec();
        let path = format!("/dev/shm/{}", source.ring.name());
        let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
        let stride = (64 + spec.frame_bytes() as u64).next_multiple_of(64);
        stage.show(source.layer(1), None);
        source.put(200, 0);
        assert_eq!(stage.grey(0), 200);
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut next = |end: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % end
        };
        let mut now = 0;
        for _ in 0..100 {
            let slot = 512 + next(8) * stride;
            // Each slot is of one grey as a whole, whatever is said of it.
            let grey = [10 + next(200) as u8; 1].repeat(spec.frame_bytes());
            let mut state = [0; 4];
            file.read_exact_at(&mut state, slot).unwrap();
            if u32::from_le_bytes(state) != READING {
                file.write_all_at(&grey, slot + slot_at::PIXELS as u64).unwrap();
            }
            let word = |kind, end: u64, other: u64| match kind {
                0 => 0,
                1 => u64::MAX,
                2 => end,
                _ => other,
            };
            let sequence = word(next(4), next(20), next(u64::MAX));
            let pts = word(next(4), next(1 << 34), next(u64::MAX));
            let bytes = if next(4) > 0 { spec.frame_bytes() as u64 } else { next(u64::MAX) };
            let words = [sequence, next(9), pts, bytes].map(u64::to_le_bytes).concat();
            file.write_all_at(&words, slot + slot_at::SEQUENCE as u64).unwrap();
            file.write_all_at(&(next(6) as u32).to_le_bytes(), slot).unwrap();
            now += next(40);
            // One grey, or this fails.
            stage.grey(now);
        }
        let said = stage.said();
        let cheats = said.iter().filter(|said| *said == "cheated 1").count();
        assert!(cheats <= 1, "{said:?}");
        told += cheats;
        // Another producer takes over.
        let mut successor = Source::new(WIDTH, HEIGHT);
        successor.put(77, 0);
        stage.send(ToRender::Succeed { token: Token(1), reader: successor.reader() });
        assert_eq!(stage.grey(now + 16), 77);
    }
    assert!(told > 150, "only {told} of 199 were noticed");
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn brightness_acts_on_light_at_the_next_tick() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    source.put_last(255, 0);
    stage.show(source.layer(1), None);
    assert_eq!(stage.grey(0), 255);
    stage.send(ToRender::Brightness(0.5));
    assert_eq!(stage.grey(10), 188);
    stage.send(ToRender::Brightness(0.0));
    assert_eq!(stage.grey(20), 0);
    stage.send(ToRender::Brightness(1.0));
    assert_eq!(stage.grey(30), 255);
}

#[test]
fn what_render_needs_no_more_comes_back_and_is_not_dropped_there() {
    let mut stage = Stage::new();
    let names: Vec<_> = (1..=200)
        .map(|token| {
            let mut source = Source::new(WIDTH, HEIGHT);
            source.put_last(token as u8, 0);
            stage.show(source.layer(token), None);
            assert_eq!(stage.grey(token), token as u8);
            format!("/dev/shm/{}", source.ring.name())
        })
        .collect();
    // The writers and the rings' own handles are gone; what render gave back keeps them alive.
    let alive = |name: &&String| std::path::Path::new(name.as_str()).exists();
    assert_eq!(names.iter().filter(alive).count(), 200);
    // More than the queue holds; the rest follows, in its order.
    let mut said = stage.said();
    stage.bytes(201);
    said.extend(stage.said());
    let expected = (1..=200u64).flat_map(|token| {
        let shown = format!("shown {token} zero +{token}");
        let retired = (token > 1).then(|| format!("retired {}", token - 1));
        std::iter::once(shown).chain(retired)
    });
    assert_eq!(said, expected.collect::<Vec<_>>());
    assert_eq!(names.iter().filter(alive).count(), 1);
}

#[test]
fn the_tap_gives_only_what_is_wanted_and_the_newest_of_it() {
    let mut stage = Stage::new();
    let mut source = Source::new(WIDTH, HEIGHT);
    for number in 0..8 {
        source.put(number as u8 + 1, number * 10);
    }
    stage.show(source.layer(1), None);
    stage.bytes(0);
    assert!(stage.tap_reader.take().is_none(), "nobody asked");
    stage.tap_wish.ask();
    stage.bytes(10);
    stage.bytes(20);
    let frame = stage.tap_reader.take().unwrap();
    assert_eq!((frame.number, frame.leds[0][0]), (2, light(2)), "one for one wish");
    assert!(stage.tap_reader.take().is_none());
    stage.bytes(30);
    stage.tap_wish.ask();
    stage.tap_wish.ask();
    stage.send(ToRender::Brightness(0.25));
    stage.bytes(40);
    let frame = stage.tap_reader.take().unwrap();
    assert_eq!((frame.number, frame.leds[1][2]), (5, light(5)));
    assert_eq!(frame.brightness, 0.25);
    // Light that stands still is not given twice, however often it is asked for.
    stage.tap_wish.ask();
    stage.bytes(41);
    assert!(stage.tap_reader.take().is_none());
    assert_eq!(stage.tap_wish.last_change(), 5);
}
