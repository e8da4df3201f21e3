//! Tests of whole maps: the fast ways against the plain one, and pictures with known answers.

use proptest::prelude::*;

use super::super::{Corner, Direction, MatrixSpec, PointsSpec};
use super::*;
use crate::color::curve::{linear16_to_srgb8, srgb_to_linear16};

struct Picture {
    width: usize,
    codes: Vec<u8>,
}

impl Rows for Picture {
    fn copy_row(&self, y: u32, into: &mut [u8]) {
        assert_eq!(into.len(), self.width * 3);
        into.copy_from_slice(&self.codes[y as usize * self.width * 3..][..self.width * 3]);
    }
}

impl Picture {
    fn of(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 3]) -> Self {
        let codes = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let codes = codes.flat_map(|(x, y)| pixel(x, y)).collect();
        Self { width: width as usize, codes }
    }

    /// Noise that depends on the seed; `hard` makes it black and white only.
    fn noise(width: u32, height: u32, seed: u64, hard: bool) -> Self {
        let mut state = seed | 1;
        let codes = (0..width as usize * height as usize * 3).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let code = (state >> 56) as u8;
            if hard { if code > 127 { 255 } else { 0 } } else { code }
        });
        Self { width: width as usize, codes: codes.collect() }
    }
}

fn matrix(columns: u32, rows: u32) -> LayoutSpec {
    LayoutSpec::Matrix(MatrixSpec {
        columns,
        rows,
        start: Corner::TopLeft,
        direction: Direction::Horizontal,
        serpentine: false,
    })
}

fn sampled(spec: &LayoutSpec, width: u32, height: u32, picture: &Picture) -> Vec<[u16; 3]> {
    let mut map = LayoutMap::build(spec, width, height).unwrap();
    let mut leds = vec![[7; 3]; map.leds()];
    map.sample(picture, &mut leds);
    leds
}

/// Samples in both ways, twice, and compares.
fn check_against_plain(spec: &LayoutSpec, width: u32, height: u32, picture: &Picture) {
    let mut map = LayoutMap::build(spec, width, height).unwrap();
    let mut plain = vec![[1; 3]; map.leds()];
    map.sample_plain(picture, &mut plain);
    let mut fast = vec![[2; 3]; map.leds()];
    for round in 0..2 {
        map.sample(picture, &mut fast);
        for (led, (fast, plain)) in fast.iter().zip(&plain).enumerate() {
            for channel in 0..3 {
                // 2 of the computed curve, and each of the two rounds once by at most a half.
                let off = fast[channel].abs_diff(plain[channel]);
                assert!(
                    off <= 3,
                    "round {round}, LED {led} at {:?}: fast {fast:?}, plain {plain:?}",
                    map.area(led)
                );
            }
        }
    }
}

fn corner() -> impl Strategy<Value = Corner> {
    prop_oneof![
        Just(Corner::TopLeft),
        Just(Corner::TopRight),
        Just(Corner::BottomLeft),
        Just(Corner::BottomRight)
    ]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Horizontal), Just(Direction::Vertical)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_matrix_is_sampled_as_plainly(
        (width, height) in (1u32..90, 1u32..60),
        (columns, rows) in (1u32..100, 1u32..70),
        (start, direction, serpentine) in (corner(), direction(), any::<bool>()),
        (seed, hard) in (any::<u64>(), any::<bool>()),
    ) {
        let spec = LayoutSpec::Matrix(MatrixSpec { columns, rows, start, direction, serpentine });
        check_against_plain(&spec, width, height, &Picture::noise(width, height, seed, hard));
    }

    #[test]
    fn an_even_matrix_is_sampled_as_plainly(
        (columns, rows) in (1u32..14, 1u32..12),
        (across, down) in (1u32..12, 1u32..6),
        (start, direction, serpentine) in (corner(), direction(), any::<bool>()),
        seed: u64,
    ) {
        let spec = LayoutSpec::Matrix(MatrixSpec { columns, rows, start, direction, serpentine });
        let (width, height) = (columns * across, rows * down);
        check_against_plain(&spec, width, height, &Picture::noise(width, height, seed, false));
    }

    #[test]
    fn points_are_sampled_as_plainly(
        (width, height) in (1u32..90, 1u32..60),
        points in proptest::collection::vec([0.0..=1.0f64, 0.0..=1.0f64], 1..40),
        size in proptest::option::of(0.0001..=1.0f64),
        (seed, hard) in (any::<u64>(), any::<bool>()),
    ) {
        let spec = LayoutSpec::Points(PointsSpec { points, size });
        check_against_plain(&spec, width, height, &Picture::noise(width, height, seed, hard));
    }
}

#[test]
fn large_and_narrow_canvases_are_sampled_as_plainly() {
    for (width, height, columns, rows) in
        [(800, 480, 1, 1), (800, 480, 64, 32), (2000, 3, 3, 2), (1, 2000, 1, 3), (777, 333, 2, 333)]
    {
        for hard in [false, true] {
            let picture = Picture::noise(width, height, 5, hard);
            check_against_plain(&matrix(columns, rows), width, height, &picture);
        }
    }
}

#[test]
fn an_led_for_each_pixel_is_exactly_its_pixel() {
    let picture = Picture::of(16, 16, |x, y| {
        let code = (y * 16 + x) as u8;
        [code, 255 - code, code ^ 85]
    });
    let leds = sampled(&matrix(16, 16), 16, 16, &picture);
    for (led, codes) in leds.as_flattened().iter().zip(&picture.codes) {
        assert_eq!(*led, srgb_to_linear16()[usize::from(*codes)]);
    }
}

#[test]
fn a_checkerboard_averages_to_half_the_light_and_not_half_the_byte() {
    let picture = Picture::of(80, 48, |x, y| [if (x + y) % 2 == 0 { 255 } else { 0 }; 3]);
    let points = PointsSpec { points: vec![[0.5, 0.5], [0.0, 1.0]], size: Some(20.0 / 48.0) };
    for spec in [matrix(40, 24), matrix(5, 3), LayoutSpec::Points(points)] {
        for led in sampled(&spec, 80, 48, &picture) {
            assert_eq!(led.map(linear16_to_srgb8), [188; 3], "{led:?}");
        }
    }
}

#[test]
fn a_cut_pixel_counts_by_the_share_that_is_inside() {
    // Two LEDs on five columns, white in the middle: each gets half of it, 0.5 / 2.5 = 1/5.
    let picture = Picture::of(5, 1, |x, _| [if x == 2 { 255 } else { 0 }; 3]);
    assert_eq!(sampled(&matrix(2, 1), 5, 1, &picture), [[13107; 3]; 2]);
    let picture = Picture::of(1, 5, |_, y| [if y == 2 { 255 } else { 0 }; 3]);
    assert_eq!(sampled(&matrix(1, 2), 1, 5, &picture), [[13107; 3]; 2]);
}

#[test]
fn a_matrix_finer_than_the_canvas_repeats_its_pixels() {
    let picture = Picture::of(2, 1, |x, _| [if x == 0 { 255 } else { 0 }; 3]);
    let (white, black) = ([65535; 3], [0; 3]);
    let expected = [white, white, black, black];
    assert_eq!(sampled(&matrix(4, 3), 2, 1, &picture), expected.repeat(3));
}

#[test]
fn a_plain_colour_is_the_same_on_every_led_of_every_layout() {
    let points = PointsSpec { points: vec![[0.0, 0.0], [1.0, 1.0], [0.3, 0.7]], size: None };
    for code in [0, 1, 10, 11, 128, 254, 255] {
        let picture = Picture::of(33, 17, |_, _| [code; 3]);
        let exact = srgb_to_linear16()[usize::from(code)];
        for spec in
            [matrix(7, 5), matrix(33, 3), matrix(11, 17), LayoutSpec::Points(points.clone())]
        {
            let leds = sampled(&spec, 33, 17, &picture);
            assert!(leds.iter().all(|led| *led == leds[0]), "{leds:?}");
            assert!(leds[0][0].abs_diff(exact) <= 2, "code {code}: {leds:?}");
        }
    }
}

#[test]
fn leds_come_in_the_order_of_the_wire() {
    let picture = Picture::of(6, 4, |x, y| [(x / 2) as u8 * 100, (y / 2) as u8 * 100, 0]);
    let spec = LayoutSpec::Matrix(MatrixSpec {
        columns: 3,
        rows: 2,
        start: Corner::BottomLeft,
        direction: Direction::Vertical,
        serpentine: true,
    });
    let places: Vec<_> = sampled(&spec, 6, 4, &picture)
        .iter()
        .map(|[r, g, _]| (linear16_to_srgb8(*r) / 100, linear16_to_srgb8(*g) / 100))
        .collect();
    assert_eq!(places, [(0, 1), (0, 0), (1, 0), (1, 1), (2, 1), (2, 0)]);
}

#[test]
fn positions_are_the_middles_of_the_areas_in_wire_order() {
    let spec = LayoutSpec::Matrix(MatrixSpec {
        columns: 2,
        rows: 2,
        start: Corner::TopRight,
        direction: Direction::Horizontal,
        serpentine: true,
    });
    let map = LayoutMap::build(&spec, 8, 4).unwrap();
    let places: Vec<_> = map.positions().collect();
    assert_eq!(places, [[0.75, 0.25], [0.25, 0.25], [0.25, 0.75], [0.75, 0.75]]);
    assert_eq!(map.area(0), Area { left: 4.0, right: 8.0, top: 0.0, bottom: 2.0 });

    let points = PointsSpec { points: vec![[0.5, 0.0]], size: Some(0.5) };
    let map = LayoutMap::build(&LayoutSpec::Points(points), 8, 4).unwrap();
    assert_eq!(map.positions().collect::<Vec<_>>(), [[0.5, 0.0]]);
    assert_eq!(map.area(0), Area { left: 3.0, right: 5.0, top: 0.0, bottom: 1.0 });
}

#[test]
fn canvases_without_pixels_or_with_too_many_are_refused() {
    for (width, height, part) in
        [(0, 4, "display.width: 0 pixels"), (4, 32768, "display.height: 32768 pixels")]
    {
        let message = LayoutMap::build(&matrix(1, 1), width, height).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn every_layout_in_the_documents_can_be_built() {
    #[derive(serde::Deserialize)]
    struct Settings {
        layout: LayoutSpec,
    }

    let page = include_str!("../../../docs/layout.md");
    let blocks: Vec<_> = page.split("```toml\n").skip(1).collect();
    assert!(blocks.len() >= 2);
    for block in blocks {
        let text = block.split("```").next().unwrap();
        let settings: Settings = toml::from_str(text).unwrap();
        LayoutMap::build(&settings.layout, 800, 480).unwrap();
    }
}
