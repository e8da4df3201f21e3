//! That light has no gaps: what follows is ready before it is needed, whatever happens to the list.

use super::*;

const START_UP: Duration = Duration::from_millis(300);

fn slow() -> Start {
    Start::After(START_UP)
}

impl World {
    /// Lets time pass; something is lit at every tick.
    fn run_lit(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.tick();
            assert!(self.lit.is_some(), "dark at {:?}: {:?}", self.now, self.history.last());
        }
    }

    /// Each item began exactly when the one before it ended, and was seen at the next tick.
    fn has_no_gap(&self, duration: Duration) {
        assert!(self.history.len() > 8, "{:?}", self.history);
        for pair in self.history.windows(2) {
            let [(_, before, _), (name, zero, tick)] = pair else { panic!() };
            assert_eq!(zero.since(*before), duration, "{name}");
            assert!(tick.since(*zero) < TICK, "{name} was seen {:?} late", tick.since(*zero));
        }
    }
}

#[test]
fn what_follows_is_ready_in_time_round_and_round() {
    let check = |names: &[&str], shuffle: bool| {
        let mut world = World::new();
        names.iter().for_each(|name| _ = world.starts.insert((*name).into(), slow()));
        let items = names.iter().map(|name| item(name, 0.5)).collect();
        let program = Arc::new(Program { shuffle, ..(*list(items, true)).clone() });
        world.play(&program, 0);
        world.run(START_UP + TICK);
        world.run_lit(seconds(6.0));
        world.has_no_gap(seconds(0.5));
    };
    check(&["a", "b", "c"], false);
    check(&["a"], false);
    check(&["a", "b", "c", "d", "e"], true);
    check(&["a"], true);
}

#[test]
fn items_that_are_shorter_than_their_producers_start_are_shown_whole_and_never_leave_it_dark() {
    let mut world = World::new().with("a", slow()).with("b", slow());
    world.play(&list(vec![item("a", 0.1), item("b", 0.1)], true), 0);
    world.run(START_UP + TICK);
    world.run_lit(seconds(5.0));
    let spans: Vec<_> = world.history.windows(2).map(|w| w[1].1.since(w[0].1)).collect();
    assert!(spans.len() > 10, "{spans:?}");
    // The old light stays until the next one is there, and not for long after that.
    assert!(spans.iter().all(|span| (START_UP..START_UP + TICK * 3).contains(span)), "{spans:?}");
    assert!(world.skipped.is_empty());
}

#[test]
fn an_edit_just_before_the_next_item_is_due_keeps_the_old_light_until_what_follows_is_ready() {
    let check = |edited: &[&str], follows: &str| {
        let mut world = World::new().with("b", slow()).with("c", slow()).with("new", slow());
        world.play(&list(vec![item("a", 2.0), item("b", 2.0), item("c", 2.0)], true), 0);
        world.run(seconds(1.9));
        let program = list(edited.iter().map(|name| item(name, 2.0)).collect(), true);
        world.wish(|player, now| player.edit(program, now));
        let asked = world.now;
        while world.history.len() < 2 {
            world.run_lit(TICK);
            assert!(world.now.since(asked) < START_UP + TICK * 2, "{edited:?}");
        }
        let (name, zero, tick) = world.history.last().unwrap();
        assert_eq!(name, follows, "{edited:?}");
        // It came late, so it counts from when it was seen.
        assert_eq!(zero, tick);
        world.run_lit(seconds(1.9));
        assert_eq!(world.lit_name(), Some(follows), "it is shown whole");
        assert!(world.skipped.is_empty());
    };
    check(&["a", "c"], "c");
    check(&["a", "new", "c"], "new");
    check(&["a", "new", "b", "c"], "new");
    check(&["c"], "c");
    check(&["new"], "new");
}

#[test]
fn an_edit_that_leaves_what_follows_as_it_was_leaves_its_producer_too() {
    let check = |edited: &[&str]| {
        let mut world = World::new().with("b", slow());
        world.play(&list(vec![item("a", 2.0), item("b", 2.0), item("c", 2.0)], true), 0);
        world.run(seconds(1.9));
        let prepared: Vec<_> = world.alive.keys().copied().collect();
        let program = list(edited.iter().map(|name| item(name, 2.0)).collect(), true);
        world.wish(|player, now| player.edit(program.clone(), now));
        assert_eq!(world.alive.keys().copied().collect::<Vec<_>>(), prepared, "{edited:?}");
        world.run_lit(seconds(3.9));
        let [(_, a, _), (b_name, b, _), (third, c, _)] = &world.history[..] else {
            panic!("{edited:?}: {:?}", world.history)
        };
        assert_eq!((b_name.as_str(), b.since(*a), c.since(*b)), ("b", seconds(2.0), seconds(2.0)));
        // The walk goes on from where `b` is now.
        let at = edited.iter().position(|name| *name == "b").unwrap();
        assert_eq!(third, edited[(at + 1) % edited.len()], "{edited:?}");
        assert_eq!(world.state().playing.unwrap().count, edited.len());
    };
    check(&["a", "b", "c", "new"]);
    check(&["new", "a", "b", "c"]);
    check(&["a", "b"]);
    check(&["b", "c"]);
}

#[test]
fn a_change_of_what_follows_is_a_new_producer() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 2.0), item("b", 2.0)], true), 0);
    world.run(seconds(1.0));
    let prepared: Vec<_> = world.alive.keys().copied().collect();
    let program = list(vec![item("a", 2.0), item("b", 3.0)], true);
    world.wish(|player, now| player.edit(program, now));
    assert_ne!(world.alive.keys().copied().collect::<Vec<_>>(), prepared);
}

#[test]
fn a_list_that_no_longer_loops_has_nothing_prepared_after_its_last_item() {
    let mut world = World::new();
    world.play(&list(vec![item("a", 2.0)], true), 0);
    world.run(seconds(1.0));
    let program = list(vec![item("a", 2.0)], false);
    world.wish(|player, now| player.edit(program, now));
    world.run(seconds(1.1));
    assert_eq!((world.shown(), world.lit_name()), (vec!["a"], None));
}
