//! Items that are shown several times in a row.

use super::*;

fn times(repeat: u32, item: ProgramItem) -> ProgramItem {
    ProgramItem { repeat, transition: FadeSpec::crossfade(seconds(0.2)), ..item }
}

#[test]
fn an_item_is_shown_as_often_as_is_said_each_for_its_time_and_without_a_gap() {
    let mut world = World::new();
    let program =
        list(vec![times(3, item("a", 1.0)), item("b", 0.5), times(2, item("c", 2.0))], true);
    world.play(&program, 0);
    world.run(seconds(20.0));
    assert_eq!(world.shown()[..8], ["a", "a", "a", "b", "c", "c", "a", "a"]);
    let zeros: Vec<_> = world.history.iter().map(|(_, zero, _)| *zero).collect();
    let spans = [1.0, 1.0, 1.0, 0.5, 2.0, 2.0];
    for (index, pair) in zeros.windows(2).enumerate() {
        assert_eq!(pair[1].since(pair[0]), seconds(spans[index % 6]), "after number {index}");
    }
}

#[test]
fn only_the_first_time_it_comes_in_by_its_transition() {
    let mut player = Player::new(1);
    let mut now = MonoTime::from_nanos(1_000_000_000);
    player.play(list(vec![times(2, item("a", 1.0)), times(1, item("b", 1.0))], true), 0, now);
    let mut fades = Vec::new();
    for _ in 0..6 {
        for action in player.take_actions() {
            if let Action::Show { token, fade, .. } = action {
                fades.push(fade.is_cut());
                player.shown(token, now, now);
                now = now + seconds(1.0);
                player.tick(now);
                break;
            }
        }
    }
    // a, a again, b, a, a again, b.
    assert_eq!(fades, [false, true, false, false, true, false]);
}

#[test]
fn the_next_item_is_another_one_however_often_this_one_was_to_come() {
    let mut world = World::new();
    world.play(&list(vec![times(100, item("a", 1.0)), item("b", 1.0)], true), 0);
    world.run(seconds(2.5));
    assert_eq!(world.lit_name(), Some("a"));
    world.wish(Player::next);
    world.run(TICK * 3);
    assert_eq!(world.lit_name(), Some("b"));
    world.run(seconds(1.0));
    assert_eq!(world.lit_name(), Some("a"));
    world.wish(Player::previous);
    world.run(TICK * 3);
    assert_eq!(world.lit_name(), Some("b"));
}

#[test]
fn a_list_that_does_not_loop_ends_after_the_last_time() {
    let mut world = World::new();
    world.play(&list(vec![times(3, item("a", 0.5))], false), 0);
    world.run(seconds(1.4));
    assert_eq!(world.lit_name(), Some("a"));
    world.run(seconds(0.2));
    assert_eq!((world.lit_name(), world.state().state), (None, PlayState::Stopped));
    assert_eq!(world.shown(), ["a", "a", "a"]);
}

#[test]
fn a_position_that_is_sought_stays_within_this_time() {
    let mut world = World::new();
    world.play(&list(vec![times(2, item("a", 2.0)), item("b", 2.0)], true), 0);
    world.run(seconds(2.5));
    world.wish(|player, now| player.seek(seconds(1.5), now));
    world.run(seconds(0.4));
    assert_eq!(world.lit_name(), Some("a"));
    world.run(seconds(0.3));
    assert_eq!(world.lit_name(), Some("b"), "it was the second time already");
}

#[test]
fn an_edit_of_how_often_counts_from_now_on() {
    let mut world = World::new();
    world.play(&list(vec![times(2, item("a", 1.0)), item("b", 1.0)], true), 0);
    world.run(seconds(0.5));
    let more = list(vec![times(4, item("a", 1.0)), item("b", 1.0)], true);
    world.wish(|player, now| player.edit(more, now));
    world.run(seconds(3.0));
    assert_eq!(world.lit_name(), Some("a"));
    world.run(seconds(1.0));
    assert_eq!(world.lit_name(), Some("b"));
    let before = world.history.len();
    world.run(seconds(1.0));
    // Once is enough now, while it is shown for the first time.
    let once = list(vec![item("a", 1.0), item("b", 1.0)], true);
    world.wish(|player, now| player.edit(once, now));
    world.run(seconds(1.0));
    assert_eq!(world.shown()[before..], ["a", "b"]);
}

#[test]
fn one_that_fails_is_not_tried_as_often_as_it_was_to_come() {
    let mut world = World::new().with("bad", Start::Fails);
    world.play(&list(vec![item("a", 1.0), times(50, item("bad", 1.0)), item("c", 1.0)], true), 0);
    world.run(seconds(6.5));
    assert_eq!(world.shown(), ["a", "c", "a", "c", "a", "c", "a"]);
    assert_eq!(world.skipped, ["bad"]);
}
