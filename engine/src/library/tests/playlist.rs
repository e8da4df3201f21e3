//! Playlists, their checks and their revisions.

use serde_json::json;

use super::*;
use crate::library::model::{Item, Page, Playlist, Transition, TransitionCurve, TransitionKind};
use crate::library::{Wish, schema};
use crate::source::Rgb8;

/// The wish that leads to an item again.
fn kept(item: &Item) -> NewItem {
    NewItem {
        id: Some(item.id.clone()),
        content: item.content.clone(),
        duration_s: item.duration_s,
        fit: item.fit,
        transition: item.transition.clone(),
        repeat: item.repeat,
        enabled: item.enabled,
    }
}

fn effect_item(effect: &str, params: Value) -> NewItem {
    let Value::Object(params) = params else { panic!("{params}") };
    item(ItemContent::Effect { effect: effect.to_owned(), params })
}

#[test]
fn a_playlist_comes_back_as_it_was_saved() {
    let mut fixture = Fixture::new();
    let media = fixture.ready("a.png", b"a");
    let items = vec![
        NewItem {
            duration_s: Some(0.1),
            fit: Fit::Contain,
            repeat: 1000,
            enabled: false,
            ..media_item(&media)
        },
        NewItem {
            duration_s: Some(604_800.0),
            fit: Fit::Stretch,
            transition: Some(Transition {
                kind: TransitionKind::Fade,
                duration_s: 0.3,
                curve: TransitionCurve::Smooth,
                color: Rgb8([1, 2, 254]),
            }),
            ..effect_item("waves", json!({"speed": 0.25, "names": ["ä", null, {"a": 1}]}))
        },
        NewItem {
            transition: Some(Transition { duration_s: 0.0, ..Transition::default() }),
            ..color_item()
        },
        NewItem {
            transition: Some(Transition {
                kind: TransitionKind::Crossfade,
                ..Transition::default()
            }),
            ..color_item()
        },
    ];
    let new = NewPlaylist { r#loop: false, shuffle: true, ..list(" Evening ", items.clone()) };
    let made = fixture.library.create_playlist(new).unwrap();
    assert_eq!((made.name.as_str(), made.revision), ("Evening", 1));
    assert_eq!((made.r#loop, made.shuffle), (false, true));
    for (item, wished) in made.items.iter().zip(&items) {
        assert_eq!(&NewItem { id: None, ..kept(item) }, wished);
    }
    assert_eq!(made.items.len(), 4);
    assert_eq!(fixture.reopen().library.playlist(&made.id).unwrap(), made);
}

#[test]
fn playlists_from_before_curves_and_colours_are_read() {
    let fixture = Fixture::new().reopen_after(|data| {
        let path = data.join("prismatron.db");
        std::fs::remove_file(&path).unwrap();
        let database = rusqlite::Connection::open(path).unwrap();
        schema::take_steps(&database, 0..1).unwrap();
        database
            .execute_batch(
                "INSERT INTO playlists VALUES ('p', 'Old', 'old', 1, 0, 3, '2026-01-02T03:04:05Z');
                 INSERT INTO items VALUES
                 ('i', 'p', 0, 'color', NULL, NULL, NULL, '#FF8000', 5, 'cover', 'crossfade', 1.5),
                 ('j', 'p', 1, 'color', NULL, NULL, NULL, '#FF8000', 5, 'cover', NULL, NULL);",
            )
            .unwrap();
    });
    let list = fixture.library.playlist("p").unwrap();
    let kind = TransitionKind::Crossfade;
    let expected = Transition { kind, duration_s: 1.5, ..Transition::default() };
    assert_eq!(list.items[0].transition, Some(expected));
    assert_eq!((list.items[1].transition.as_ref(), list.revision), (None, 3));
    // Nobody said how often, and all were played.
    assert!(list.items.iter().all(|item| item.repeat == 1 && item.enabled));
}

#[test]
fn items_keep_their_ids_through_a_replacement() {
    let mut fixture = Fixture::new();
    let made = fixture
        .library
        .create_playlist(list("a", vec![color_item(), effect_item("waves", json!({}))]))
        .unwrap();
    let [first, second] = made.items.as_slice() else { panic!("{made:?}") };
    let mine = NewItem { id: Some("my-own_1".to_owned()), ..color_item() };
    let new = list("b", vec![kept(second), color_item(), kept(first), mine]);
    let replaced = fixture.library.replace_playlist(&made.id, new, Some(1)).unwrap();
    assert_eq!((replaced.name.as_str(), replaced.revision), ("b", 2));
    assert_eq!(replaced.created_at, made.created_at);
    assert_eq!(replaced.items[0], *second);
    assert_eq!(replaced.items[2], *first);
    assert_eq!(replaced.items[3].id, "my-own_1");
    assert!(![&first.id, &second.id].contains(&&replaced.items[1].id));
    assert_eq!(fixture.reopen().library.playlist(&made.id).unwrap(), replaced);
}

#[test]
fn a_change_from_an_old_revision_is_refused() {
    let mut fixture = Fixture::new();
    let made = fixture.library.create_playlist(list("a", vec![])).unwrap();
    let replaced = fixture.library.replace_playlist(&made.id, list("b", vec![]), None).unwrap();
    let stale = Error::Stale { what: format!("playlist \"{}\"", made.id), current: "2".to_owned() };
    let late = fixture.library.replace_playlist(&made.id, list("c", vec![]), Some(1));
    assert_eq!(late.unwrap_err(), stale);
    assert_eq!(fixture.library.delete_playlist(&made.id, Some(1)).unwrap_err(), stale);
    assert_eq!(fixture.library.playlist(&made.id).unwrap(), replaced);

    fixture.library.delete_playlist(&made.id, Some(2)).unwrap();
    let gone = Error::not_found("playlist", &made.id);
    assert_eq!(fixture.library.playlist(&made.id).unwrap_err(), gone);
    assert_eq!(fixture.library.delete_playlist(&made.id, None).unwrap_err(), gone);
    let late = fixture.library.replace_playlist(&made.id, list("d", vec![]), None);
    assert_eq!(late.unwrap_err(), gone);
}

#[test]
fn what_cannot_be_played_is_refused_by_field_and_changes_nothing() {
    let mut fixture = Fixture::new();
    let other = fixture.library.create_playlist(list("other", vec![color_item()])).unwrap();
    let before = fixture.library.create_playlist(list("before", vec![color_item()])).unwrap();
    let with = |item: NewItem| list("x", vec![color_item(), item]);
    let lasting = |seconds: f64| with(NewItem { duration_s: Some(seconds), ..color_item() });
    let fading = |duration_s: f64| {
        let kind = TransitionKind::Crossfade;
        let transition = Some(Transition { kind, duration_s, ..Transition::default() });
        with(NewItem { transition, ..color_item() })
    };
    let named = |id: &str| with(NewItem { id: Some(id.to_owned()), ..color_item() });
    let ghost = item(ItemContent::Media { media_id: "nobody".to_owned() });
    let twice = {
        let mine = NewItem { id: Some("one".to_owned()), ..color_item() };
        list("x", vec![mine.clone(), mine])
    };
    let cases = [
        (list("", vec![]), "name: a playlist needs a name"),
        (list(" \u{a0}", vec![]), "name: a playlist needs a name"),
        (list(&"é".repeat(201), vec![]), "name: more than 200 characters"),
        (list("a\nb", vec![]), "name: a name has no line breaks or other control characters"),
        (
            list("x", vec![color_item(); 10_001]),
            "items: 10001 items are more than the limit of 10000",
        ),
        (lasting(0.09), "items[1].duration_s: 0.09 is not between 0.1 and 604800 seconds"),
        (lasting(604_801.0), "items[1].duration_s: 604801 is not between 0.1 and 604800 seconds"),
        (lasting(-1.0), "items[1].duration_s: -1 is not between 0.1 and 604800 seconds"),
        (lasting(f64::NAN), "items[1].duration_s: NaN is not between 0.1 and 604800 seconds"),
        (lasting(f64::INFINITY), "items[1].duration_s: inf is not between 0.1 and 604800 seconds"),
        (
            with(NewItem { repeat: 0, ..color_item() }),
            "items[1].repeat: 0 is not between 1 and 1000",
        ),
        (
            with(NewItem { repeat: 1001, ..color_item() }),
            "items[1].repeat: 1001 is not between 1 and 1000",
        ),
        (fading(60.5), "items[1].transition.duration_s: 60.5 is not between 0 and 60 seconds"),
        (fading(f64::NAN), "items[1].transition.duration_s: NaN is not between 0 and 60 seconds"),
        (with(ghost), "items[1].media_id: there is no media \"nobody\""),
        (with(effect_item("wave", json!({}))), "items[1].effect: there is no effect \"wave\""),
        (
            with(effect_item("waves", json!({"speed": 2}))),
            "items[1].params.speed: not between 0 and 1",
        ),
        (named(""), "items[1].id: \"\" is no id: 1 to 64 letters, digits, - and _"),
        (named("a b"), "items[1].id: \"a b\" is no id: 1 to 64 letters, digits, - and _"),
        (twice, "items[1].id: \"one\" is there twice"),
    ];
    for (new, expect) in cases {
        let replaced = fixture.library.replace_playlist(&before.id, new.clone(), None);
        assert_eq!(replaced.unwrap_err().to_string(), expect);
        assert_eq!(fixture.library.create_playlist(new).unwrap_err().to_string(), expect);
    }
    let stolen = fixture.library.replace_playlist(&before.id, named(&other.items[0].id), None);
    let stolen = stolen.unwrap_err().to_string();
    assert!(stolen.contains("belongs to an item of another playlist"), "{stolen}");

    assert_eq!(fixture.library.playlists(&Page::default()).unwrap().items, [before, other]);
}

#[test]
fn the_largest_playlist_is_taken() {
    let mut fixture = Fixture::new();
    let new = list(&"é".repeat(200), vec![color_item(); 10_000]);
    let made = fixture.library.create_playlist(new.clone()).unwrap();
    assert_eq!(made.items.len(), 10_000);
    let replaced = fixture.library.replace_playlist(&made.id, new, Some(1)).unwrap();
    assert_eq!(replaced.items.len(), 10_000);
}

#[test]
fn playlists_are_listed_in_parts_with_their_items() {
    let mut fixture = Fixture::new();
    let names = ["beta", "Alpha", "gamma"];
    let made: Vec<Playlist> = names
        .iter()
        .map(|name| fixture.library.create_playlist(list(name, vec![color_item()])).unwrap())
        .collect();
    let page = |sort: &str| Page { sort: Some(sort.to_owned()), limit: 2, ..Page::default() };
    let listed = fixture.library.playlists(&page("name")).unwrap();
    assert_eq!(
        (listed.items.as_slice(), listed.total),
        ([made[1].clone(), made[0].clone()].as_slice(), 3)
    );
    let listed = fixture.library.playlists(&page("-created_at")).unwrap();
    assert_eq!(listed.items, [made[2].clone(), made[1].clone()]);
    let q = Page { q: Some("ALPH".to_owned()), ..Page::default() };
    assert_eq!(fixture.library.playlists(&q).unwrap().total, 1);
    let error = fixture.library.playlists(&page("bytes")).unwrap_err();
    assert_eq!(error.to_string(), "sort: \"bytes\" is none of name, created_at");
}

#[test]
fn the_last_wish_survives_a_restart() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.library.wish().unwrap(), None);
    let Value::Object(params) = json!({"speed": 0.5, "deep": [1, {"a": null}]}) else { panic!() };
    for wish in [
        Wish::Playlist { playlist_id: "p".to_owned(), item_id: Some("i".to_owned()) },
        Wish::Playlist { playlist_id: "p".to_owned(), item_id: None },
        Wish::Media { media_id: "m".to_owned() },
        Wish::Effect { effect: "waves".to_owned(), params },
    ] {
        fixture.library.set_wish(&wish).unwrap();
        fixture = fixture.reopen();
        assert_eq!(fixture.library.wish().unwrap(), Some(wish));
    }
}

#[test]
fn a_stop_survives_a_restart_until_something_is_asked_for() {
    let mut fixture = Fixture::new();
    let wish = Wish::Media { media_id: "m".to_owned() };
    fixture.library.set_wish(&wish).unwrap();
    fixture.library.set_stopped(true).unwrap();
    fixture = fixture.reopen();
    assert!(fixture.library.stopped().unwrap());
    assert_eq!(fixture.library.wish().unwrap().as_ref(), Some(&wish));
    fixture.library.set_stopped(false).unwrap();
    assert!(!fixture.library.stopped().unwrap());
    fixture.library.set_stopped(true).unwrap();
    fixture.library.set_wish(&wish).unwrap();
    assert!(!fixture.reopen().library.stopped().unwrap());
}
