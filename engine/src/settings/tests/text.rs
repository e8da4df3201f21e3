//! Texts that are settings, and texts that are not.

use serde_json::json;

use super::KINDS;
use crate::settings::*;

fn parse(text: &str) -> Result<Settings, SettingsError> {
    Settings::parse(text, &KINDS)
}

#[test]
fn no_settings_are_a_virtual_display() {
    let expect = json!({
        "display": {"width": 800, "height": 480, "fps": 60.0, "brightness": 0.8},
        "layout": {
            "kind": "matrix", "columns": 64, "rows": 32,
            "start": "top-left", "direction": "horizontal", "serpentine": false,
        },
        "outputs": [{
            "id": "null", "kind": "null", "order": "RGB", "gamma": "srgb",
            "white": [1.0, 1.0, 1.0],
        }],
        "inputs": [{
            "id": "live", "kind": "ring", "name": "live", "format": "canvas", "encoding": "srgb",
            "priority": 100, "timeout_s": 2.5, "on_loss": "release", "fade_s": 0.0, "enabled": true,
        }],
        "player": {"at_start": "resume"},
        "producers": {"ffmpeg": "auto", "hardware_decoding": true, "allow_unconfined": false},
        "api": {"listen": ["127.0.0.1:8080"], "allow_unauthenticated": false},
    });
    let settings = parse("").unwrap();
    assert_eq!(serde_json::to_value(&settings).unwrap(), expect);
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.layout.leds(), 2048);
    assert_eq!(settings.outputs[0].range(2048), 0..2048);
    // Tables without keys say nothing.
    assert_eq!(parse("[display]\n[layout]\n[player]\n[api]").unwrap(), settings);
}

#[test]
fn every_key_has_its_effect() {
    let text = r##"
[display]
width = 1
height = 7680
fps = 29.97
brightness = 1

[layout]
kind = "matrix"
columns = 20
rows = 10
start = "bottom-right"
direction = "vertical"
serpentine = true

[[outputs]]
id = "left-1"
kind = "ddp"
host = "192.0.2.1:4048"
nested = { deep = [1, 2.5, "x"], at = 2026-01-02 }
leds = "0..150"
order = "GRB"
gamma = 2.2
white = [1.0, 0.85, 0]

[[outputs]]
id = "mirror"
kind = "null"
leds = "100..200"
gamma = "srgb"

[[inputs]]
id = "sim"
kind = "ring"
name = "left-wall"
format = "leds"
encoding = "linear"
priority = 40
timeout_s = 1
on_loss = "hold"
fade_s = 0.5
enabled = false

[[inputs]]
kind = "ring"
name = "right-wall"
on_loss = "black"

[player]
at_start = "0190c7a2b3d47e5f8a9b0c1d2e3f4a5b"

[producers]
ffmpeg = "/opt/ffmpeg/bin/ffmpeg"
hardware_decoding = false
allow_unconfined = true

[api]
listen = ["0.0.0.0:80", "[::1]:8080"]
allow_unauthenticated = true
"##;
    let expect = json!({
        "display": {"width": 1, "height": 7680, "fps": 29.97, "brightness": 1.0},
        "layout": {
            "kind": "matrix", "columns": 20, "rows": 10,
            "start": "bottom-right", "direction": "vertical", "serpentine": true,
        },
        "outputs": [
            {
                "id": "left-1", "kind": "ddp", "leds": "0..150", "order": "GRB", "gamma": 2.2,
                "white": [1.0, 0.85, 0.0], "host": "192.0.2.1:4048",
                "nested": {"deep": [1, 2.5, "x"], "at": "2026-01-02"},
            },
            {
                "id": "mirror", "kind": "null", "leds": "100..200", "order": "RGB",
                "gamma": "srgb", "white": [1.0, 1.0, 1.0],
            },
        ],
        "inputs": [
            {
                "id": "sim", "kind": "ring", "name": "left-wall", "format": "leds",
                "encoding": "linear", "priority": 40, "timeout_s": 1.0, "on_loss": "hold",
                "fade_s": 0.5, "enabled": false,
            },
            {
                "id": "right-wall", "kind": "ring", "name": "right-wall", "format": "canvas",
                "encoding": "srgb", "priority": 100, "timeout_s": 2.5, "on_loss": "black",
                "fade_s": 0.0, "enabled": true,
            },
        ],
        "player": {"at_start": "0190c7a2b3d47e5f8a9b0c1d2e3f4a5b"},
        "producers": {
            "ffmpeg": "/opt/ffmpeg/bin/ffmpeg",
            "hardware_decoding": false,
            "allow_unconfined": true,
        },
        "api": {"listen": ["0.0.0.0:80", "[::1]:8080"], "allow_unauthenticated": true},
    });
    let settings = parse(text).unwrap();
    assert_eq!(serde_json::to_value(&settings).unwrap(), expect);
    assert_eq!(settings.outputs[1].shape(200), hal::output::Shape { leds: 100, channels: 3 });
}

#[test]
fn points_are_read() {
    let text = "[layout]\nkind = \"points\"\npoints = [[0, 0], [0.5, 1]]\nsize = 0.1\n\
                [[outputs]]\nid = \"a\"\nkind = \"null\"\nleds = \"1..2\"";
    let layout = parse(text).unwrap().layout;
    assert_eq!(layout.leds(), 2);
    let expect = json!({"kind": "points", "points": [[0.0, 0.0], [0.5, 1.0]], "size": 0.1});
    assert_eq!(serde_json::to_value(layout).unwrap(), expect);
}

#[test]
fn a_door_for_other_programs_is_open_unless_it_is_closed_by_name() {
    assert_eq!(parse("inputs = []").unwrap().inputs, [InputSettings::default()]);
    let closed = parse("[[inputs]]\nkind = \"ring\"\nenabled = false").unwrap().inputs;
    assert_eq!(closed, [InputSettings { enabled: false, ..InputSettings::default() }]);
}

#[test]
fn an_empty_list_of_outputs_is_none_and_not_the_default() {
    assert_eq!(parse("outputs = []").unwrap().outputs, []);
    assert_eq!(parse("[api]\nlisten = []").unwrap().api.listen, []);
    let inline = "outputs = [{ id = \"a\", kind = \"null\" }]";
    assert_eq!(parse(inline).unwrap().outputs[0].id, "a");
}

#[test]
fn what_cannot_be_used_is_told_with_line_key_and_reason() {
    let check = |text: &str, expect: &str| {
        assert_eq!(parse(text).unwrap_err().to_string(), format!("settings.toml:{expect}"));
    };
    check("\n[display]\nfps = 0", "3: display.fps: 0 is not between 1 and 1000");
    check("[display]\nfps = 1000.5", "2: display.fps: 1000.5 is not between 1 and 1000");
    check("[display]\nfps = nan", "2: display.fps: NaN is not between 1 and 1000");
    check("[display]\nfps = inf", "2: display.fps: inf is not between 1 and 1000");
    check("[display]\nfps = \"60\"", "2: display.fps: \"60\" is not a number");
    check("[display]\nwidth = 0", "2: display.width: 0 is not between 1 and 7680");
    check("[display]\nwidth = 7681", "2: display.width: 7681 is not between 1 and 7680");
    check("[display]\nheight = -1", "2: display.height: -1 is not between 1 and 7680");
    check("[display]\nheight = 48.5", "2: display.height: 48.5 is not a whole number");
    check("[display]\nbrightness = 1.01", "2: display.brightness: 1.01 is not between 0 and 1");
    check("display = { width = 1, fps = 0 }", "1: display.fps: 0 is not between 1 and 1000");
    check("display.fps = 0", "1: display.fps: 0 is not between 1 and 1000");
    check("display = 1", "1: display: 1 is not a table");
    check("[[display]]", "1: display: [{}] is not a table");
    check(
        "[display]\nfps = 60\nbrigthness = 1",
        "3: display.brigthness: unknown key; known here: width, height, fps, brightness",
    );
    check(
        "[player]\n\n[dispaly]\nfps = 60",
        "3: dispaly: unknown key; known here: display, layout, outputs, inputs, player, producers, \
         api",
    );

    check("[layout]\nkind = \"spiral\"", "2: layout.kind: \"spiral\" is none of matrix, points");
    check(
        "[layout]\nkind = \"optics\"",
        "2: layout.kind: \"optics\" is not available yet; use matrix or points",
    );
    check("[layout]\nrows = 0", "2: layout.rows: 0 is not between 1 and 65535");
    check(
        "[layout]\nrows = 1000\ncolumns = 1001",
        "3: layout.columns: 1001000 LEDs are more than the limit of 1000000",
    );
    check(
        "[layout]\nstart = \"middle\"",
        "2: layout.start: \"middle\" is none of top-left, top-right, bottom-left, bottom-right",
    );
    check("[layout]\nserpentine = 1", "2: layout.serpentine: 1 is not true or false");
    check("[layout]\nkind = \"points\"", "1: layout.points: is missing");
    check(
        "[layout]\nkind = \"points\"\npoints = []",
        "3: layout.points: 0 points are not between 1 and 1000000",
    );
    check(
        "[layout]\nkind = \"points\"\npoints = [\n  [0, 0],\n  [0.5, 1.25],\n]",
        "5: layout.points[1][1]: 1.25 is not between 0 and 1",
    );
    check(
        "[layout]\nkind = \"points\"\npoints = [[0]]",
        "3: layout.points[0]: 1 numbers are not x and y",
    );
    check(
        "[layout]\nkind = \"points\"\npoints = [[0, 0]]\ncolumns = 3",
        "4: layout.columns: unknown key; known here: kind, points, size",
    );

    let output = |rest: &str| format!("[[outputs]]\nid = \"a\"\nkind = \"ddp\"\n{rest}");
    check("[[outputs]]\nkind = \"null\"", "1: outputs[0].id: is missing");
    check("[[outputs]]\nid = \"a\"", "1: outputs[0].kind: is missing");
    check(
        "[[outputs]]\nid = \"Wall\"\nkind = \"null\"",
        "2: outputs[0].id: \"Wall\" is not 1 to 32 of a-z, 0-9 and -",
    );
    check(
        "[[outputs]]\nid = \"a\"\nkind = \"dpp\"",
        "3: outputs[0].kind: \"dpp\" is none of null, ddp",
    );
    check(
        "[[outputs]]\nid = \"a\"\nkind = \"null\"\n[[outputs]]\nid = \"a\"\nkind = \"null\"",
        "5: outputs[1].id: \"a\" is the id of outputs[0] too",
    );
    check(&output(""), "1: outputs[0].host: is missing");
    check(&output("host = 7"), "4: outputs[0].host: is not an address");
    check(
        "[[outputs]]\nid = \"a\"\nkind = \"null\"\nhsot = 7",
        "4: outputs[0].hsot: unknown key; every table here knows id, kind, leds, order, gamma, white",
    );
    check(
        &output("leds = \"0..4096\""),
        "4: outputs[0].leds: \"0..4096\" ends at 4096, the layout has 2048 LEDs",
    );
    check(
        &output("leds = \"7..7\""),
        "4: outputs[0].leds: \"7..7\" holds no LED: the end is left out",
    );
    for range in ["0-9", "..5", "5..", "-1..5", "0..=5", "0..99999999999999999999"] {
        check(
            &output(&format!("leds = \"{range}\"")),
            &format!("4: outputs[0].leds: \"{range}\" is not a range such as \"0..2048\""),
        );
    }
    check(&output("leds = 5"), "4: outputs[0].leds: 5 is not text in quotation marks");
    check(
        &output("order = \"grb\""),
        "4: outputs[0].order: \"grb\" is not one of \"RGB\", \"RBG\", \"GRB\", \"GBR\", \"BRG\", \"BGR\"",
    );
    check(&output("gamma = 0"), "4: outputs[0].gamma: 0 is not between 0.1 and 5");
    check(&output("gamma = \"2.2\""), "4: outputs[0].gamma: \"2.2\" is none of srgb");
    check(&output("white = [1, 1]"), "4: outputs[0].white: 2 numbers are not red, green and blue");
    check(&output("white = [1, 1, 2]"), "4: outputs[0].white[2]: 2 is not between 0 and 1");

    check("[[inputs]]\nkind = \"e131\"", "2: inputs[0].kind: \"e131\" is none of ring");
    check("[[inputs]]\nname = \"a\"", "1: inputs[0].kind: is missing");
    check(
        "[[inputs]]\nkind = \"ring\"\nname = \"a_b\"",
        "3: inputs[0].name: \"a_b\" is not 1 to 32 of a-z, 0-9 and -",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\n[[inputs]]\nkind = \"ring\"\nid = \"b\"\nname = \"live\"",
        "6: inputs[1].name: \"live\" is the name of inputs[0] too",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\n[[inputs]]\nkind = \"ring\"\nid = \"live\"\nname = \"b\"",
        "5: inputs[1].id: \"live\" is the id of inputs[0] too",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\nid = \"none\"",
        "3: inputs[0].id: \"none\" means something else in the status",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\nformat = \"rgb\"",
        "3: inputs[0].format: \"rgb\" is none of canvas, leds",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\nencoding = \"as-output\"",
        "3: inputs[0].encoding: \"as-output\" is none of srgb, linear",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\npriority = 201",
        "3: inputs[0].priority: 201 is not between 0 and 200",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\ntimeout_s = 0",
        "3: inputs[0].timeout_s: 0 is not between 0.1 and 3600",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\non_loss = \"stay\"",
        "3: inputs[0].on_loss: \"stay\" is none of release, hold, black",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\nfade_s = -1",
        "3: inputs[0].fade_s: -1 is not between 0 and 60",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\nenabled = 1",
        "3: inputs[0].enabled: 1 is not true or false",
    );
    check(
        "[[inputs]]\nkind = \"ring\"\nslots = 4",
        "3: inputs[0].slots: unknown key; known here: kind, name, id, format, encoding, priority, timeout_s, on_loss, fade_s, enabled",
    );
    check(
        "[player]\nat_start = \"resme\"",
        "2: player.at_start: \"resme\" is neither \"resume\" nor \"nothing\" nor a playlist's id",
    );
    check(
        "[outputs]\nid = \"wall\"",
        "1: outputs: write [[outputs]] instead of [outputs]: there may be several",
    );
    check(
        "[producers]\nallow_unconfined = \"no\"",
        "2: producers.allow_unconfined: \"no\" is not true or false",
    );
    check(
        "[producers]\nallow = true",
        "2: producers.allow: unknown key; known here: ffmpeg, hardware_decoding, allow_unconfined",
    );
    check(
        "[producers]\nffmpeg = \"ffmpeg\"",
        "2: producers.ffmpeg: \"ffmpeg\" is neither \"auto\" nor a path such as \"/usr/bin/ffmpeg\"",
    );
    check("[api]\nlisten = \"127.0.0.1:80\"", "2: api.listen: \"127.0.0.1:80\" is not a list");
    check(
        "[api]\nlisten = [\n \"127.0.0.1:80\",\n \"localhost:80\"]",
        "4: api.listen[1]: \"localhost:80\" is not an address such as \"127.0.0.1:8080\"",
    );
    check(
        "[api]\nlisten = [\"127.0.0.1:80\", \"127.0.0.1:80\"]",
        "2: api.listen[1]: 127.0.0.1:80 is there twice",
    );
}

#[test]
fn text_that_is_not_toml_is_told_with_its_line() {
    let check = |text: &str, line: &str| {
        let message = parse(text).unwrap_err().to_string();
        assert!(message.starts_with(line), "{message}");
        assert!(!message.contains('\n'), "{message}");
    };
    check("[display]\nfps = \n", "settings.toml:2: ");
    check("[display]\nfps = 1\nfps = 2", "settings.toml:3: ");
    check("[display", "settings.toml:1: ");
    check("a = \"\u{1}\"", "settings.toml:1: ");
}

#[test]
fn every_example_of_the_documentation_is_taken() {
    let page = include_str!("../../../../docs/settings.md");
    let blocks: Vec<&str> = page
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect();
    assert!(blocks.len() >= 3, "{} examples", blocks.len());
    for block in blocks {
        if let Err(error) = parse(block) {
            panic!("{error}\n{block}");
        }
    }
    // The table names every key that there is.
    let value = serde_json::to_value(Settings::default()).unwrap();
    for (table, keys) in value.as_object().unwrap() {
        let keys = keys.as_array().map_or(keys, |list| &list[0]);
        for key in keys.as_object().unwrap().keys() {
            assert!(page.contains(&format!("| `{key}` |")), "{table}.{key} is not documented");
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(
        text in "(\\[\\[?(display|layout|outputs|api)\\]\\]?\n|(fps|id|kind|leds|points|white|listen|gamma) = (\"[a-z0-9.]{0,6}\"|-?[0-9.]{1,4}|\\[[0-9, \\[\\]]{0,8}\\]|\\{\\}|nan)\n|[ -~]{0,8}\n){0,8}"
    ) {
        if let Err(error) = parse(&text) {
            proptest::prop_assert!(!error.reason.is_empty());
        }
    }
}
