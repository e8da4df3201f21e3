//! Playlists through the wire, good and bad.

use engine::library::model::{ItemContent, NewPlaylist};
use serde_json::json;

use super::*;

fn parse(body: &Value) -> Result<NewPlaylist, Error> {
    decode::<PlaylistWish>(body, "")?.try_into()
}

fn parse_item(item: Value) -> Result<engine_model::NewItem, Error> {
    parse(&json!({"name": "a", "items": [item]})).map(|mut list| list.items.remove(0))
}

#[test]
fn a_playlist_loops_unless_told_otherwise() {
    let check = |body: Value, expected: (bool, bool)| {
        let list = parse(&body).unwrap();
        assert_eq!((list.r#loop, list.shuffle), expected, "{body}");
    };
    check(json!({"name": "a", "items": []}), (true, false));
    check(json!({"name": "a", "items": [], "loop": false}), (false, false));
    check(json!({"name": "a", "items": [], "shuffle": true}), (true, true));
}

#[test]
fn each_kind_of_item_is_understood() {
    let check = |item: Value, expected: ItemContent| {
        assert_eq!(parse_item(item).unwrap().content, expected);
    };
    let media_id = "m".to_owned();
    check(json!({"kind": "media", "media_id": "m"}), ItemContent::Media { media_id });
    let effect = ItemContent::Effect { effect: "plasma".into(), params: Map::new() };
    check(json!({"kind": "effect", "effect": "plasma"}), effect.clone());
    check(json!({"kind": "effect", "effect": "plasma", "params": {}}), effect);
    let color = engine_source::Rgb8([255, 128, 0]);
    check(json!({"kind": "color", "color": "#ff8000"}), ItemContent::Color { color });
}

#[test]
fn what_an_item_leaves_out_has_its_default() {
    let item = parse_item(json!({"kind": "color", "color": "#000000"})).unwrap();
    assert_eq!(item.id, None);
    assert_eq!(item.duration_s, None);
    assert_eq!(item.fit, engine_source::Fit::Cover);
    assert_eq!(item.transition, None);
    let transition = json!({"kind": "crossfade"});
    let item = parse_item(json!({"kind": "color", "color": "#000000", "transition": transition}));
    assert_eq!(item.unwrap().transition.unwrap().duration_s, 1.0);
    let transition = json!({"kind": "fade"});
    let item = parse_item(json!({"kind": "color", "color": "#000000", "transition": transition}));
    let transition = item.unwrap().transition.unwrap();
    assert_eq!(transition.curve, engine_model::TransitionCurve::Linear);
    assert_eq!(transition.color, engine_source::Rgb8::BLACK);
}

#[test]
fn a_refused_item_is_named_by_its_place_and_key() {
    let check = |item: Value, expected: &str| {
        let body = json!({"name": "a", "items": [{"kind": "color", "color": "#000000"}, item]});
        match parse(&body) {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, expected, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    };
    check(json!({"kind": "text", "text": "hello"}), "items[1].kind");
    check(json!({"kind": "playlist", "playlist_id": "p"}), "items[1].kind");
    check(json!({"kind": "smell"}), "items[1].kind");
    check(json!({}), "items[1].kind");
    check(json!("media"), "items[1]");
    check(json!([null, "color", null, null, null, "#000000", null, null, null]), "items[1]");
    check(json!({"kind": "media"}), "items[1].media_id");
    check(json!({"kind": "media", "media_id": 3}), "items[1].media_id");
    check(json!({"kind": "media", "media_id": "m", "effect": "e"}), "items[1].effect");
    check(json!({"kind": "effect"}), "items[1].effect");
    check(json!({"kind": "effect", "effect": "e", "params": 1}), "items[1].params");
    check(json!({"kind": "color", "color": "red"}), "items[1].color");
    check(json!({"kind": "color", "color": "#000000", "params": {}}), "items[1].params");
    check(json!({"kind": "color", "color": "#000000", "fit": "zoom"}), "items[1].fit");
    check(json!({"kind": "color", "color": "#000000", "duration": 3}), "items[1].duration");
    check(json!({"kind": "color", "color": "#000000", "duration_s": "3"}), "items[1].duration_s");
    let transition = json!({"kind": "wipe"});
    check(
        json!({"kind": "color", "color": "#000000", "transition": transition}),
        "items[1].transition.kind",
    );
    check(
        json!({"kind": "color", "color": "#000000", "transition": ["cut", 1.0]}),
        "items[1].transition",
    );
    let with = |transition| json!({"kind": "color", "color": "#000000", "transition": transition});
    let refused = [
        (json!({"kind": "cut", "curve": "linear"}), "curve"),
        (json!({"kind": "cut", "color": "#000000"}), "color"),
        (json!({"kind": "crossfade", "color": "#000000"}), "color"),
        (json!({"kind": "crossfade", "curve": "wavy"}), "curve"),
        (json!({"kind": "crossfade", "duration_s": "1"}), "duration_s"),
        (json!({"kind": "fade", "color": "red"}), "color"),
        (json!({"kind": "fade", "color": 3}), "color"),
        (json!({"kind": "fade", "colour": "#000000"}), "colour"),
    ];
    for (transition, key) in refused {
        check(with(transition), &format!("items[1].transition.{key}"));
    }
}

#[test]
fn a_refused_transition_says_what_was_wrong_with_which_value() {
    let refusal = |transition: Value| {
        let item = json!({"kind": "color", "color": "#000000", "transition": transition});
        parse_item(item).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(json!({"kind": "crossfade", "color": "#FF8000"})),
        "items[0].transition.color: does not belong to a transition of kind \"crossfade\""
    );
    assert_eq!(
        refusal(json!({"kind": "fade", "color": "red"})),
        "items[0].transition.color: \"red\" is not a colour such as \"#FF8000\""
    );
}

#[test]
fn unknown_keys_of_a_playlist_are_named() {
    match parse(&json!({"name": "a", "items": [], "repeat": true})) {
        Err(Error::Invalid { field, value, .. }) => {
            assert_eq!((&*field, &*value), ("repeat", "true"))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_playlist_that_was_read_can_be_sent_back() {
    let list = engine_model::Playlist {
        id: "p".into(),
        name: "Evening".into(),
        items: vec![
            engine_model::Item {
                id: "i".into(),
                content: ItemContent::Effect { effect: "plasma".into(), params: Map::new() },
                duration_s: Some(5.0),
                fit: engine_source::Fit::Contain,
                transition: Some(engine_model::Transition {
                    kind: engine_model::TransitionKind::Fade,
                    duration_s: 0.5,
                    curve: engine_model::TransitionCurve::Smooth,
                    color: engine_source::Rgb8([255, 128, 0]),
                }),
                repeat: 3,
                enabled: false,
            },
            engine_model::Item {
                id: "j".into(),
                content: ItemContent::Color { color: engine_source::Rgb8([1, 2, 3]) },
                duration_s: None,
                fit: engine_source::Fit::Cover,
                transition: Some(engine_model::Transition::default()),
                repeat: 1,
                enabled: true,
            },
        ],
        r#loop: false,
        shuffle: true,
        revision: 4,
        created_at: "2026-01-02T03:04:05Z".into(),
    };
    let told = serde_json::to_value(Playlist::from(list.clone())).unwrap();
    assert_eq!(told["items"][0]["kind"], "effect");
    assert_eq!(told["items"][1]["color"], "#010203");
    let fade = json!({"kind": "fade", "duration_s": 0.5, "curve": "smooth", "color": "#FF8000"});
    assert_eq!(told["items"][0]["transition"], fade);
    assert_eq!(told["items"][1]["transition"], json!({"kind": "cut", "duration_s": 1.0}));
    let wished = parse(&told).unwrap();
    assert_eq!((wished.name, wished.r#loop, wished.shuffle), (list.name, false, true));
    for (wished, item) in wished.items.into_iter().zip(list.items) {
        assert_eq!(wished.id, Some(item.id));
        assert_eq!(wished.content, item.content);
        assert_eq!(wished.duration_s, item.duration_s);
        assert_eq!(wished.fit, item.fit);
        assert_eq!(wished.transition, item.transition);
        assert_eq!((wished.repeat, wished.enabled), (item.repeat, item.enabled));
    }
}
