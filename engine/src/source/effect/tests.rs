//! What holds for every effect of the catalogue.

use serde_json::{Map, Value, json};

use super::super::light::{decode_table, encode_table};
use super::{Canvas, EffectInfo, ParamKind, build, catalogue, check_params};
use crate::Error;

const SMALL: (u32, u32) = (64, 32);
const LARGE: (u32, u32) = (160, 96);

fn frame(info: &EffectInfo, params: &Map<String, Value>, size: (u32, u32), t: f64) -> Canvas {
    let mut canvas = Canvas::new(size.0, size.1);
    build(info.id, params, size.0, size.1, 0).unwrap().draw(t, &mut canvas);
    canvas
}

fn default_frame(info: &EffectInfo, size: (u32, u32), t: f64) -> Canvas {
    frame(info, &Map::new(), size, t)
}

fn with(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

/// Mean difference of two frames' bytes.
fn difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

/// The canvas averaged in light to 8 × 4 pixels.
fn thumbnail(canvas: &Canvas) -> Vec<u8> {
    let (width, height) = (canvas.width as usize / 8, canvas.height as usize / 4);
    let mut out = Vec::new();
    for (row, column) in (0..4).flat_map(|row| (0..8).map(move |column| (row, column))) {
        for channel in 0..3 {
            let mut sum = 0_u64;
            for y in row * height..(row + 1) * height {
                for x in column * width..(column + 1) * width {
                    let byte = canvas.rgb[(y * canvas.width as usize + x) * 3 + channel];
                    sum += u64::from(decode_table()[usize::from(byte)]);
                }
            }
            out.push(encode_table()[(sum / (width * height) as u64) as usize]);
        }
    }
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Thumbnails within a tolerance and not hashes: palettes are made with the machine's `pow` and
/// `cbrt`, whose last bit may differ and move a byte by one; what must not change unseen is the look.
/// After a change that is meant, `PRISMATRON_WRITE_GOLDEN=1` writes the file anew.
#[test]
fn each_effect_looks_as_it_did() {
    let mut lines = String::new();
    for info in catalogue() {
        for (width, height) in [SMALL, LARGE] {
            let thumbnail = thumbnail(&default_frame(info, (width, height), 12.25));
            lines += &format!("{} {width}x{height} {}\n", info.id, hex(&thumbnail));
        }
    }
    if std::env::var_os("PRISMATRON_WRITE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/source/effect/golden.txt");
        std::fs::write(path, &lines).unwrap();
    }
    let golden = include_str!("golden.txt");
    assert_eq!(golden.lines().count(), lines.lines().count());
    for (golden, line) in golden.lines().zip(lines.lines()) {
        let (golden_name, golden_bytes) = golden.rsplit_once(' ').unwrap();
        let (name, bytes) = line.rsplit_once(' ').unwrap();
        assert_eq!(golden_name, name);
        let byte = |text: &str, at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        for at in (0..bytes.len()).step_by(2) {
            let off = byte(golden_bytes, at).abs_diff(byte(bytes, at));
            assert!(off <= 2, "{name}: byte {} is off by {off}", at / 2);
        }
    }
}

#[test]
fn a_frame_depends_on_its_time_alone() {
    for info in catalogue() {
        let mut effect = build(info.id, &Map::new(), LARGE.0, LARGE.1, 0).unwrap();
        let mut canvas = Canvas::new(LARGE.0, LARGE.1);
        for t in [3.0, 90.5, 0.0, 41.7] {
            effect.draw(t, &mut canvas);
        }
        effect.draw(7.125, &mut canvas);
        assert!(canvas == default_frame(info, LARGE, 7.125), "{}", info.id);
    }
}

#[test]
fn the_look_is_the_same_at_every_size() {
    for info in catalogue() {
        for t in [0.0, 12.25] {
            let of = |size| thumbnail(&default_frame(info, size, t));
            let reference = of((320, 160));
            for size in [SMALL, (160, 80), (512, 256), (16, 8)] {
                let off = difference(&reference, &of(size));
                assert!(off < 6.0, "{} at {size:?}, {t} s: {off}", info.id);
            }
        }
    }
}

#[test]
fn each_effect_moves_but_does_not_jump() {
    for info in catalogue() {
        for t in [0.0, 33.0, 20_000_000.5] {
            let moved = |span| {
                let (a, b) = (default_frame(info, LARGE, t), default_frame(info, LARGE, t + span));
                difference(&a.rgb, &b.rgb)
            };
            assert!(moved(0.5) > 2.0, "{} at {t} s moves by {} in 0.5 s", info.id, moved(0.5));
            let moment = moved(0.001);
            assert!(moment < 1.0, "{} at {t} s jumps by {moment} in 1 ms", info.id);
        }
    }
}

#[test]
fn each_effect_stands_still_at_speed_zero() {
    for info in catalogue() {
        let still = with("speed", json!(0));
        let same = frame(info, &still, SMALL, 0.0) == frame(info, &still, SMALL, 77.7);
        assert!(same, "{}", info.id);
    }
}

#[test]
fn no_effect_is_black_or_white_or_grey() {
    for info in catalogue() {
        for (size, t) in [(SMALL, 5.0), (LARGE, 31_000_000.0), ((16, 16), 100.0), ((60, 1), 9.0)] {
            let canvas = default_frame(info, size, t);
            let mean = difference(&canvas.rgb, &vec![0; canvas.rgb.len()]);
            assert!((8.0..200.0).contains(&mean), "{} {size:?}: brightness {mean}", info.id);
            let color: u32 = canvas
                .rgb
                .as_chunks::<3>()
                .0
                .iter()
                .map(|[r, g, b]| u32::from(*r.max(g).max(b) - *r.min(g).min(b)))
                .sum();
            let color = f64::from(color) / f64::from(size.0 * size.1);
            assert!(color > 8.0, "{} {size:?}: saturation {color}", info.id);
        }
    }
}

#[test]
fn odd_canvases_can_be_drawn_on_with_any_parameters() {
    for info in catalogue() {
        for extreme in 0..2 {
            let params: Map<_, _> = info
                .params
                .iter()
                .map(|param| {
                    let value = match param.kind {
                        ParamKind::Number { min, max, .. } => json!([min, max][extreme]),
                        ParamKind::Choice { options, .. } => {
                            json!(options[extreme * (options.len() - 1)])
                        }
                        ParamKind::Color { .. } => json!(["#000000", "#FFFFFF"][extreme]),
                    };
                    (param.name.to_owned(), value)
                })
                .collect();
            for size in [(1, 1), (1, 60), (301, 1), (97, 131), (7, 3)] {
                frame(info, &params, size, 31_536_000.0);
            }
        }
    }
}

#[test]
fn each_parameter_changes_the_picture() {
    for info in catalogue() {
        assert!((2..=5).contains(&info.params.len()), "{}", info.id);
        for param in info.params {
            let others: Vec<Value> = match param.kind {
                ParamKind::Number { min, max, default, .. } => {
                    [min, max].into_iter().filter(|end| *end != default).map(|e| json!(e)).collect()
                }
                ParamKind::Choice { options, default } => {
                    options.iter().filter(|word| **word != default).map(|w| json!(w)).collect()
                }
                ParamKind::Color { .. } => vec![json!("#FF2000")],
            };
            let before = default_frame(info, LARGE, 8.0);
            for value in others {
                let after = frame(info, &with(param.name, value.clone()), LARGE, 8.0);
                let off = difference(&before.rgb, &after.rgb);
                assert!(off > 0.5, "{}: {} = {value} changes {off}", info.id, param.name);
            }
        }
    }
}

#[test]
fn defaults_pass_and_are_in_the_schema() {
    for info in catalogue() {
        let defaults: Map<_, _> =
            info.params.iter().map(|p| (p.name.to_owned(), p.default_value())).collect();
        check_params(info.id, &defaults).unwrap();
        assert!(frame(info, &defaults, SMALL, 4.0) == default_frame(info, SMALL, 4.0));
        let schema = info.schema();
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["additionalProperties"], false);
        for (name, value) in &defaults {
            assert_eq!(&schema["properties"][name]["default"], value, "{}", info.id);
        }
        assert_eq!(schema["properties"].as_object().unwrap().len(), defaults.len());
        assert_eq!(schema["properties"]["speed"]["minimum"], 0.0);
    }
}

#[test]
fn wrong_parameters_are_refused_with_field_and_value() {
    let check = |params: Value, expect_field: &str, expect_value: &str, expect_reason: &str| {
        let params = params.as_object().unwrap();
        match check_params("matrix_rain", params) {
            Err(Error::Invalid { field, value, reason }) => {
                assert_eq!((field.as_str(), value.as_str()), (expect_field, expect_value));
                assert_eq!(reason, expect_reason);
            }
            other => panic!("{other:?}"),
        }
        assert!(build("matrix_rain", params, 8, 8, 0).is_err());
    };
    check(json!({"speed": 9}), "params.speed", "9", "9 is not a number from 0 to 5");
    check(json!({"speed": -0.1}), "params.speed", "-0.1", "-0.1 is not a number from 0 to 5");
    check(json!({"speed": "1"}), "params.speed", "\"1\"", "\"1\" is not a number from 0 to 5");
    check(json!({"tail": null}), "params.tail", "null", "null is not a number from 0.2 to 2");
    let not_a_color = "\"green\" is not a colour such as \"#FF8000\"";
    check(json!({"color": "green"}), "params.color", "\"green\"", not_a_color);
    let no_such =
        "effect \"matrix_rain\" has no such parameter; it has speed, color, rows, density, tail";
    check(json!({"speeed": 1}), "params.speeed", "1", no_such);
    let words = with("fuel", json!("oil"));
    let error = check_params("fire", &words).unwrap_err().to_string();
    assert_eq!(error, "params.fuel: \"oil\" is not one of wood, gas, copper, magic");
    assert_eq!(check_params("lava", &Map::new()), Err(Error::not_found("effect", "lava")));
}

#[test]
fn the_page_lists_the_catalogue() {
    let page = include_str!("../../../../docs/effects.md");
    let mut rows = Vec::new();
    for info in catalogue() {
        let heading = format!("## {} (`{}`, {})", info.name, info.id, info.family);
        assert!(page.contains(&format!("{heading}\n\n{}\n", info.description)), "{heading}");
        for param in info.params {
            let (range, default) = match param.kind {
                ParamKind::Number { min, max, default, unit } => {
                    (format!("{min} to {max} {unit}"), default.to_string())
                }
                ParamKind::Choice { options, default } => (options.join(", "), default.to_owned()),
                ParamKind::Color { default } => ("`#RRGGBB`".to_owned(), format!("`{default}`")),
            };
            let (name, text) = (param.name, param.description);
            rows.push(format!("| `{name}` | {} | {default} | {text} |", range.trim_end()));
        }
    }
    let listed: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(listed, rows);
}
