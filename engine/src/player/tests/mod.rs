//! The player in a small world: producers that start in time, slowly or never, and a render that
//! lights what it is told to at the ticks of 60 fps.

mod gaps;
mod repeat;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::source::{Rgb8, SourceSpec};

const TICK: Duration = Duration::from_nanos(16_666_667);

fn seconds(s: f64) -> Duration {
    Duration::from_secs_f64(s)
}

fn item(id: &str, duration_s: f64) -> ProgramItem {
    ProgramItem {
        id: id.into(),
        kind: "color",
        name: id.into(),
        media_id: None,
        effect: None,
        duration: Some(seconds(duration_s)),
        transition: FadeSpec::CUT,
        repeat: 1,
        show: Ok(Playable { source: SourceSpec::Color { color: Rgb8([1, 2, 3]) }, content: None }),
    }
}

fn broken(id: &str) -> ProgramItem {
    ProgramItem { show: Err("it is gone".into()), ..item(id, 1.0) }
}

fn list(items: Vec<ProgramItem>, looping: bool) -> Arc<Program> {
    Arc::new(Program {
        playlist_id: Some("list".into()),
        playlist_name: Some("list".into()),
        items,
        looping,
        shuffle: false,
    })
}

/// How the producer of an item behaves, by the item's name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    After(Duration),
    Never,
    Fails,
}

struct Scheduled {
    token: Token,
    at: Option<MonoTime>,
    position: Duration,
    tried: bool,
}

/// Render and producers, as the player sees them.
struct World {
    player: Player,
    now: MonoTime,
    starts: BTreeMap<String, Start>,
    /// Appearances that hold a producer: when it has its first frame, and the item's name.
    alive: BTreeMap<Token, (Start, MonoTime, String)>,
    lit: Option<(Token, MonoTime)>,
    scheduled: Option<Scheduled>,
    frozen: Option<MonoTime>,
    /// Every lighting: the item, its zero, the tick.
    history: Vec<(String, MonoTime, MonoTime)>,
    skipped: Vec<String>,
}

impl World {
    fn new() -> Self {
        Self {
            player: Player::new(7),
            now: MonoTime::from_nanos(1_000_000_000),
            starts: BTreeMap::new(),
            alive: BTreeMap::new(),
            lit: None,
            scheduled: None,
            frozen: None,
            history: Vec::new(),
            skipped: Vec::new(),
        }
    }

    fn with(mut self, name: &str, start: Start) -> Self {
        self.starts.insert(name.into(), start);
        self
    }

    fn play(&mut self, program: &Arc<Program>, index: usize) {
        self.player.play(program.clone(), index, self.now);
        self.settle();
    }

    fn wish(&mut self, wish: impl FnOnce(&mut Player, MonoTime)) {
        wish(&mut self.player, self.now);
        self.settle();
    }

    /// Carries out actions until there are none; a producer that fails does so at once.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 100, "the player does not come to rest");
            let actions = self.player.take_actions();
            if actions.is_empty() {
                return;
            }
            let mut failing = Vec::new();
            for action in actions {
                match action {
                    Action::Prepare { token, item, .. } => {
                        let name = item.name.clone();
                        let start = *self.starts.get(&name).unwrap_or(&Start::After(TICK / 2));
                        if start == Start::Fails {
                            failing.push(token);
                        }
                        self.alive.insert(token, (start, self.now, name));
                    }
                    Action::Show { token, at, position, .. } => {
                        assert!(self.alive.contains_key(&token), "shown without a producer");
                        let old =
                            self.scheduled.replace(Scheduled { token, at, position, tried: false });
                        if let Some(old) = old
                            && old.token != token
                        {
                            assert!(
                                !self.alive.contains_key(&old.token),
                                "a scheduled appearance was forgotten"
                            );
                        }
                    }
                    Action::Discard { token } => {
                        if self.lit.is_none_or(|(lit, _)| lit != token) {
                            self.alive.remove(&token).expect("discarded twice");
                        }
                        if self.scheduled.as_ref().is_some_and(|s| s.token == token) {
                            self.scheduled = None;
                        }
                    }
                    Action::Black => {
                        if let Some((token, _)) = self.lit.take() {
                            self.alive.remove(&token);
                        }
                        assert!(
                            self.alive.is_empty(),
                            "a producer outlived black: {:?}",
                            self.alive
                        );
                        self.scheduled = None;
                    }
                    Action::Freeze { at } => {
                        assert!(self.frozen.replace(at).is_none());
                    }
                    Action::Thaw { at } => {
                        let pause = at.since(self.frozen.take().expect("thawed twice"));
                        if let Some((_, zero)) = &mut self.lit {
                            *zero = *zero + pause;
                        }
                    }
                    Action::Skipped { item_id, .. } => self.skipped.push(item_id),
                    Action::Changed => {}
                }
            }
            for token in failing {
                self.player.failed(token, "the file is damaged", self.now);
            }
        }
    }

    fn tick(&mut self) {
        self.now = self.now + TICK;
        self.player.tick(self.now);
        self.settle();
        let show_time = self.frozen.unwrap_or(self.now);
        let Some(scheduled) = &mut self.scheduled else { return };
        if scheduled.at.is_some_and(|at| at > self.now || self.frozen.is_some()) {
            return;
        }
        let (start, since, name) = &self.alive[&scheduled.token];
        let ready = matches!(start, Start::After(delay) if self.now >= *since + *delay);
        if !ready {
            scheduled.tried = true;
            return;
        }
        let zero = match scheduled.at {
            Some(at) if !scheduled.tried => at,
            _ => show_time - scheduled.position,
        };
        let token = scheduled.token;
        let name = name.clone();
        self.scheduled = None;
        if let Some((old, _)) = self.lit.replace((token, zero)) {
            self.alive.remove(&old);
        }
        self.history.push((name, zero, self.now));
        self.player.shown(token, zero, self.now);
        self.settle();
        assert!(self.alive.len() <= 2, "too many producers: {:?}", self.alive);
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.tick();
        }
    }

    fn shown(&self) -> Vec<&str> {
        self.history.iter().map(|(name, ..)| name.as_str()).collect()
    }

    fn lit_name(&self) -> Option<&str> {
        self.lit.map(|(token, _)| self.alive[&token].2.as_str())
    }

    fn state(&self) -> PlayerSnapshot {
        self.player.snapshot(self.now)
    }
}

#[test]
fn starts_are_spaced_by_the_durations_exactly() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 1.0), item("b", 0.5), item("c", 2.25)], true), 0);
    world.run(seconds(20.0));
    assert_eq!(world.shown()[..5], ["a", "b", "c", "a", "b"]);
    let zeros: Vec<_> = world.history.iter().map(|(_, zero, _)| *zero).collect();
    let spans = [1.0, 0.5, 2.25];
    for (index, pair) in zeros.windows(2).enumerate() {
        assert_eq!(pair[1].since(pair[0]), seconds(spans[index % 3]));
    }
}

#[test]
fn the_end_of_a_list_that_does_not_loop_is_black_and_stopped() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 0.5), item("b", 0.5)], false), 0);
    world.run(seconds(0.9));
    assert_eq!(world.lit_name(), Some("b"));
    world.run(seconds(0.2));
    assert_eq!(world.lit_name(), None);
    assert_eq!(world.state().state, PlayState::Stopped);
    assert_eq!(world.state().reason, None);
}

#[test]
fn a_skip_to_a_prepared_item_shows_on_the_next_tick() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 60.0), item("b", 60.0)], true), 0);
    world.run(seconds(1.0));
    world.wish(Player::next);
    world.tick();
    assert_eq!(world.lit_name(), Some("b"));
    world.run(seconds(1.0));
    world.wish(Player::previous);
    world.run(TICK * 2);
    assert_eq!(world.lit_name(), Some("a"));
}

#[test]
fn the_old_light_stays_while_the_next_item_is_slow_and_at_most_two_seconds() {
    let mut world =
        World::new().with("slow", Start::After(seconds(1.5))).with("dead", Start::Never);
    let program =
        list(vec![item("a", 60.0), item("slow", 60.0), item("dead", 60.0), item("d", 60.0)], true);
    world.play(&program, 0);
    world.run(TICK * 2);
    world.wish(Player::next);
    world.run(seconds(1.0));
    assert_eq!(world.lit_name(), Some("a"));
    world.run(seconds(1.0));
    assert_eq!(world.lit_name(), Some("slow"));
    let asked = world.now;
    world.wish(Player::next);
    while world.lit_name() != Some("d") {
        world.tick();
        assert_ne!(world.lit_name(), Some("dead"));
        assert!(world.now.since(asked) < seconds(2.1));
    }
    assert!(world.now.since(asked) >= seconds(2.0));
    assert_eq!(world.skipped, ["dead"]);
}

#[test]
fn a_late_item_is_shown_for_its_whole_duration() {
    let mut world = World::new().with("b", Start::After(seconds(1.0)));
    world.play(&list(vec![item("a", 0.5), item("b", 2.0), item("c", 2.0)], true), 0);
    world.run(seconds(6.0));
    let [(_, a, _), (_, b, _), (_, c, _), ..] = &world.history[..] else { panic!() };
    assert!(b.since(*a) > seconds(0.9));
    assert_eq!(c.since(*b), seconds(2.0));
}

#[test]
fn pausing_freezes_light_and_position() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 2.0), item("b", 2.0)], true), 0);
    world.run(seconds(1.0));
    world.wish(Player::pause);
    let before = world.state();
    world.run(seconds(30.0));
    assert_eq!(world.state(), before);
    assert_eq!(before.state, PlayState::Paused);
    world.wish(|player, now| assert!(player.resume(now)));
    world.run(seconds(0.9));
    assert_eq!(world.lit_name(), Some("a"));
    world.run(seconds(0.3));
    assert_eq!(world.lit_name(), Some("b"));
    let spans: Vec<_> = world.history.windows(2).map(|w| w[1].1.since(w[0].1)).collect();
    let pause = spans[0].as_secs_f64() - 2.0;
    assert!((29.9..30.1).contains(&pause), "{spans:?}");
}

#[test]
fn a_skip_while_paused_shows_the_new_item_and_stays_paused() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 2.0), item("b", 2.0)], true), 0);
    world.run(seconds(1.0));
    world.wish(Player::pause);
    world.run(seconds(1.0));
    world.wish(Player::next);
    world.run(seconds(5.0));
    assert_eq!(world.lit_name(), Some("b"));
    let state = world.state();
    assert_eq!((state.state, state.playing.unwrap().position_s), (PlayState::Paused, 0.0));
    world.wish(|player, now| assert!(player.resume(now)));
    world.run(seconds(1.9));
    assert_eq!(world.lit_name(), Some("b"));
    world.run(seconds(0.3));
    assert_eq!(world.lit_name(), Some("a"));
}

#[test]
fn stop_is_black_and_resume_begins_the_list_again() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 2.0), item("b", 2.0)], true), 1);
    world.run(seconds(1.0));
    world.wish(Player::stop);
    assert_eq!(world.lit_name(), None);
    assert_eq!(world.state(), PlayerSnapshot::default());
    world.wish(|player, now| assert!(player.resume(now)));
    world.tick();
    assert_eq!(world.lit_name(), Some("a"));
}

#[test]
fn what_is_only_known_is_dark_until_it_is_resumed() {
    let mut world = World::new();
    let program = list(vec![item("a", 2.0)], true);
    world.wish(|player, _| player.know(program));
    world.run(seconds(5.0));
    assert_eq!((world.lit_name(), world.state().state), (None, PlayState::Stopped));
    world.wish(|player, now| assert!(player.resume(now)));
    world.tick();
    assert_eq!(world.lit_name(), Some("a"));
}

#[test]
fn seeking_shows_the_position_and_keeps_the_rest() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 10.0), item("b", 10.0)], true), 0);
    world.run(seconds(1.0));
    world.wish(|player, now| player.seek(seconds(9.0), now));
    world.tick();
    let position = world.state().playing.unwrap().position_s;
    assert!((9.0..9.1).contains(&position), "{position}");
    world.run(seconds(1.1));
    assert_eq!(world.lit_name(), Some("b"));
}

#[test]
fn what_cannot_play_is_skipped_and_a_list_of_nothing_playable_stops_with_the_reason() {
    let mut world = World::new().with("bad", Start::Fails).with("worse", Start::Fails);
    world.play(&list(vec![broken("gone"), item("bad", 1.0), item("a", 1.0)], true), 0);
    world.run(seconds(2.5));
    assert_eq!(world.shown(), ["a", "a", "a"]);
    // Told once, not once a round.
    assert_eq!(world.skipped, ["gone", "bad"]);

    world.play(&list(vec![item("bad", 1.0), item("worse", 1.0), broken("gone")], true), 1);
    world.run(seconds(5.0));
    assert_eq!(world.lit_name(), None);
    assert_eq!(world.state().state, PlayState::Stopped);
    assert_eq!(
        world.state().reason.as_deref(),
        Some("nothing in the list can be played: \"bad\": the file is damaged")
    );
}

#[test]
fn an_empty_list_stops_with_the_reason() {
    let mut world = World::new();
    world.play(&list(vec![], true), 0);
    assert_eq!(world.state().reason.as_deref(), Some("playlist \"list\" has no item to play"));
}

#[test]
fn an_item_alone_without_end_is_never_followed() {
    let mut world = World::new();
    let forever = ProgramItem { duration: None, ..item("a", 1.0) };
    world.play(&list(vec![forever], true), 0);
    world.run(seconds(100.0));
    assert_eq!(world.shown(), ["a"]);
}

#[test]
fn a_transition_is_clamped_to_half_of_the_shorter_item() {
    let check = |before: f64, duration: f64, transition: f64, expect: f64| {
        let mut player = Player::new(1);
        let incoming = ProgramItem {
            transition: FadeSpec::crossfade(seconds(transition)),
            ..item("b", duration)
        };
        let now = MonoTime::from_nanos(1);
        player.play(list(vec![item("a", before), incoming], true), 0, now);
        player.shown(Token(1), now, now);
        let fade = player.take_actions().into_iter().rev().find_map(|action| match action {
            Action::Show { fade, .. } => Some(fade),
            _ => None,
        });
        assert_eq!(
            fade,
            Some(FadeSpec::crossfade(seconds(expect))),
            "{before} {duration} {transition}"
        );
    };
    check(10.0, 10.0, 1.0, 1.0);
    check(1.0, 10.0, 5.0, 0.5);
    check(10.0, 1.0, 5.0, 0.5);
}

#[test]
fn an_edit_never_changes_what_is_lit_and_chooses_what_follows_anew() {
    let check = |edited: &[&str], follows: &str| {
        let mut world = World::new();
        world.play(&list(vec![item("a", 2.0), item("b", 2.0), item("c", 2.0)], true), 1);
        world.run(seconds(1.0));
        let program = list(edited.iter().map(|name| item(name, 2.0)).collect(), true);
        world.wish(|player, now| player.edit(program, now));
        world.run(seconds(0.9));
        assert_eq!(world.lit_name(), Some("b"), "{edited:?}");
        world.run(seconds(0.3));
        assert_eq!(world.lit_name(), Some(follows), "{edited:?}");
    };
    check(&["a", "b", "c"], "c");
    check(&["c", "b", "a"], "a");
    check(&["b", "new"], "new");
    check(&["a", "c"], "c");
    check(&["a"], "a");
}

#[test]
fn a_list_that_ends_plays_what_is_left_of_it_after_an_edit() {
    let check = |at: usize, edited: &[&str], expect: &[&str]| {
        let mut world = World::new();
        world.play(&list(vec![item("a", 2.0), item("b", 2.0), item("c", 2.0)], false), at);
        world.run(seconds(1.0));
        let program = list(edited.iter().map(|name| item(name, 2.0)).collect(), false);
        world.wish(|player, now| player.edit(program, now));
        world.run(seconds(10.0));
        assert_eq!(world.shown()[1..], *expect, "at {at}: {edited:?}");
        assert_eq!(world.state(), PlayerSnapshot::default());
    };
    check(0, &["b", "c"], &["b", "c"]);
    check(1, &["a", "c"], &["c"]);
    check(2, &["a", "b"], &[]);
    check(2, &["a", "b", "d"], &["d"]);
    check(1, &["x", "y"], &["x", "y"]);
    check(1, &["c", "b", "a"], &["a"]);
}

#[test]
fn what_is_lit_can_be_sought_in_after_it_was_taken_out() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 9.0), item("b", 9.0)], true), 0);
    world.run(seconds(1.0));
    let program = list(vec![item("b", 9.0)], true);
    world.wish(|player, now| player.edit(program, now));
    world.wish(|player, now| player.seek(seconds(8.0), now));
    world.tick();
    assert_eq!(world.lit_name(), Some("a"));
    world.run(seconds(1.2));
    assert_eq!(world.lit_name(), Some("b"));
}

#[derive(Clone, Debug)]
enum Op {
    Play(usize),
    Resume,
    Pause,
    Stop,
    Next,
    Previous,
    Seek(u8),
    Edit(Vec<u8>, bool, bool),
    Forget,
    Wait(u16),
    KillLit,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0usize..6).prop_map(Op::Play),
        Just(Op::Resume),
        Just(Op::Pause),
        Just(Op::Stop),
        Just(Op::Next),
        Just(Op::Previous),
        any::<u8>().prop_map(Op::Seek),
        (proptest::collection::vec(0u8..7, 0..5), any::<bool>(), any::<bool>())
            .prop_map(|(items, looping, shuffle)| Op::Edit(items, looping, shuffle)),
        Just(Op::Forget),
        (1u16..200).prop_map(Op::Wait),
        Just(Op::KillLit),
    ]
}

fn random_list(items: &[u8], looping: bool, shuffle: bool) -> Arc<Program> {
    let items = items
        .iter()
        .map(|kind| match kind {
            0 => broken("gone"),
            1 => item("never", 0.5),
            2 => item("fails", 0.5),
            3 => item("slow", 1.0),
            4 => {
                ProgramItem { transition: FadeSpec::crossfade(seconds(0.4)), ..item("quick", 0.3) }
            }
            other => item(&format!("good{other}"), 1.5),
        })
        .enumerate()
        .map(|(index, mut item)| {
            item.id = format!("{}-{index}", item.id);
            item
        })
        .collect();
    Arc::new(Program { shuffle, ..(*list(items, looping)).clone() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_wishes_in_any_order_leave_a_player_that_is_whole(
        ops in proptest::collection::vec(op(), 1..60)
    ) {
        let mut world = World::new()
            .with("never", Start::Never)
            .with("fails", Start::Fails)
            .with("slow", Start::After(seconds(0.7)));
        let mut program = random_list(&[5, 3, 6], true, false);
        for op in ops {
            match op {
                Op::Play(index) => world.play(&program, index),
                Op::Resume => world.wish(|player, now| { player.resume(now); }),
                Op::Pause => world.wish(Player::pause),
                Op::Stop => world.wish(Player::stop),
                Op::Next => world.wish(Player::next),
                Op::Previous => world.wish(Player::previous),
                Op::Seek(percent) => world.wish(|player, now| {
                    player.seek(seconds(f64::from(percent) / 300.0), now);
                }),
                Op::Edit(items, looping, shuffle) => {
                    program = random_list(&items, looping, shuffle);
                    let edited = program.clone();
                    world.wish(|player, now| player.edit(edited, now));
                }
                Op::Forget => world.wish(Player::forget),
                Op::Wait(ticks) => (0..ticks).for_each(|_| world.tick()),
                Op::KillLit => {
                    if let Some((token, _)) = world.lit {
                        world.wish(|player, now| player.failed(token, "it died", now));
                    }
                }
            }
            let state = world.state();
            match state.state {
                PlayState::Stopped => {
                    prop_assert!(world.lit.is_none() && world.alive.is_empty());
                    prop_assert!(state.playing.is_none() && world.scheduled.is_none());
                }
                PlayState::Playing | PlayState::Paused => {
                    let playing = state.playing.unwrap();
                    prop_assert!(playing.count > 0 && playing.index < playing.count);
                    prop_assert!(playing.position_s <= playing.duration_s.unwrap_or(f64::MAX));
                    // Something is on its way or lit, and someone will look again.
                    prop_assert!(world.lit.is_some() || world.scheduled.is_some());
                    prop_assert!(
                        state.state == PlayState::Paused || world.player.deadline().is_some()
                    );
                }
            }
            prop_assert_eq!(world.frozen.is_some(), state.state == PlayState::Paused);
        }
        // Left alone, a playing list goes on or ends: it never hangs on a dark item.
        let before = world.history.len();
        let was = world.state();
        world.run(seconds(20.0));
        if was.state == PlayState::Playing && world.state().state == PlayState::Playing {
            prop_assert!(world.history.len() > before);
        }
    }
}
