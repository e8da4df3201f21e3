//! The last step of the pixel path: light per LED becomes the bytes of one output.
//!
//! ```text
//! light (u16, 65535 = full)
//!   x gain of the colour = brightness x white   (u32, 65536 = 1)
//!   -> light of the device (u16, to the nearest 1/65535)
//!   -> level (u16, 8.8 fixed: 0..=65280 stands for 0..=255)   by the curve
//!   -> byte (u8, to the nearest)                             in the order of the wire
//! ```
//! The level keeps eight bits below the byte, for dithering over time.

use super::curve::srgb_encode;
use super::spec::{ColorSpec, Gamma};

/// A gain of 1. A gain is at most this.
const UNITY: u32 = 1 << 16;

/// The level that stands for byte 255.
const FULL_LEVEL: u32 = 255 << 8;

/// The colours of one output. Owned by the render thread.
#[derive(Debug)]
pub struct ColorMap {
    curve: Curve,
    /// Which colour each byte on the wire carries.
    channels: [usize; 3],
    white: [f64; 3],
    /// Of red, green and blue: 0..=[`UNITY`].
    gains: [u32; 3],
}

/// From the light of the device to its level.
#[derive(Debug)]
enum Curve {
    /// The level is proportional to the light.
    Proportional,
    /// One level for each amount of light, so that the steep start of the curve loses nothing. Its
    /// 128 KiB stay in the second cache; all three colours use the same.
    Table(Box<[u16; 65536]>),
}

impl ColorMap {
    /// Makes the tables of one output, at full brightness.
    pub fn build(spec: &ColorSpec) -> Self {
        let curve = match spec.gamma {
            Gamma::Srgb => Curve::Proportional,
            Gamma::Power(power) => {
                let mut table = Box::new([0; 65536]);
                for (light, level) in table.iter_mut().enumerate() {
                    let encoded = srgb_encode(light as f64 / 65535.0);
                    *level = (f64::from(FULL_LEVEL) * encoded.powf(power)).round() as u16;
                }
                Curve::Table(table)
            }
        };
        let mut map = Self {
            curve,
            channels: spec.order.channels(),
            white: spec.white.parts(),
            gains: [UNITY; 3],
        };
        map.set_brightness(1.0);
        map
    }

    /// Sets how much light is let through, 0..=1; what is outside counts as the nearer end.
    /// Neither allocates nor takes long: the render thread may call it between two frames.
    pub fn set_brightness(&mut self, brightness: f64) {
        // Written so that not a number is dark.
        let brightness = if brightness > 0.0 { brightness.min(1.0) } else { 0.0 };
        self.gains = self.white.map(|white| (brightness * white * f64::from(UNITY)).round() as u32);
    }

    /// Writes the bytes of some LEDs.
    ///
    /// # Panics
    /// If `out` is not three bytes per LED.
    pub fn map(&self, leds: &[[u16; 3]], out: &mut [u8]) {
        let (out, rest) = out.as_chunks_mut::<3>();
        assert!(out.len() == leds.len() && rest.is_empty(), "three bytes per LED");
        match &self.curve {
            Curve::Proportional => self.map_by(leds, out, proportional),
            Curve::Table(table) => self.map_by(leds, out, |light| table[usize::from(light)]),
        }
    }

    /// The order is settled outside the loop, where a constant costs nothing in it.
    #[inline(always)]
    fn map_by(&self, leds: &[[u16; 3]], out: &mut [[u8; 3]], level: impl Fn(u16) -> u16 + Copy) {
        match self.channels {
            [0, 2, 1] => map_in_order::<0, 2, 1>(leds, out, self.gains, level),
            [1, 0, 2] => map_in_order::<1, 0, 2>(leds, out, self.gains, level),
            [1, 2, 0] => map_in_order::<1, 2, 0>(leds, out, self.gains, level),
            [2, 0, 1] => map_in_order::<2, 0, 1>(leds, out, self.gains, level),
            [2, 1, 0] => map_in_order::<2, 1, 0>(leds, out, self.gains, level),
            _ => map_in_order::<0, 1, 2>(leds, out, self.gains, level),
        }
    }
}

fn map_in_order<const A: usize, const B: usize, const C: usize>(
    leds: &[[u16; 3]],
    out: &mut [[u8; 3]],
    gains: [u32; 3],
    level: impl Fn(u16) -> u16 + Copy,
) {
    for (led, bytes) in leds.iter().zip(out) {
        *bytes = [A, B, C].map(|channel| {
            // At most 65535 * 65536 + 32768, which is below 2^32.
            let light = (u32::from(led[channel]) * gains[channel] + UNITY / 2) >> 16;
            // At most 65280 + 128.
            ((level(light as u16) + 128) >> 8) as u8
        });
    }
}

/// `light * 65280 / 65535` to the nearest. 65280/65535 is 256/257, which needs 32 bits and no division
/// as `light - light/257`; 255/65536 is 1/257 to a part in 65536, at most 0.004 of a level.
fn proportional(light: u16) -> u16 {
    light - ((u32::from(light) * 255 + 32768) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::curve::srgb_to_linear16;
    use super::super::spec::{ColorOrder, White};
    use super::*;

    fn spec(gamma: Gamma) -> ColorSpec {
        ColorSpec { gamma, ..ColorSpec::default() }
    }

    fn mapped(map: &ColorMap, led: [u16; 3]) -> [u8; 3] {
        let mut out = [0; 3];
        map.map(&[led], &mut out);
        out
    }

    /// The formula of the contract, on exact light.
    fn reference(gamma: Gamma, light: f64) -> f64 {
        match gamma {
            Gamma::Srgb => 255.0 * light,
            Gamma::Power(power) => 255.0 * srgb_encode(light).powf(power),
        }
    }

    #[test]
    fn mid_grey_is_55_on_a_device_whose_light_follows_the_byte() {
        let grey = srgb_to_linear16()[128];
        assert_eq!(mapped(&ColorMap::build(&spec(Gamma::Srgb)), [grey; 3]), [55; 3]);
    }

    #[test]
    fn with_gamma_1_every_byte_comes_out_as_it_went_in() {
        let map = ColorMap::build(&spec(Gamma::Power(1.0)));
        for code in 0..=255u8 {
            let light = srgb_to_linear16()[usize::from(code)];
            // 2 off is what sampling may add.
            for light in [light.saturating_sub(2), light, light.saturating_add(2)] {
                assert_eq!(mapped(&map, [light; 3]), [code; 3]);
            }
        }
    }

    #[test]
    fn brightness_scales_light_and_not_bytes() {
        fn check(gamma: Gamma, brightness: f64, expected: u8) {
            let mut map = ColorMap::build(&spec(gamma));
            map.set_brightness(brightness);
            assert_eq!(mapped(&map, [65535; 3]), [expected; 3], "{gamma:?} at {brightness}");
        }
        check(Gamma::Srgb, 0.5, 128);
        check(Gamma::Power(1.0), 0.5, 188);
        check(Gamma::Srgb, 1.0, 255);
        check(Gamma::Srgb, 0.0, 0);
        check(Gamma::Srgb, 7.0, 255);
        check(Gamma::Srgb, -1.0, 0);
        check(Gamma::Srgb, f64::NAN, 0);
    }

    #[test]
    fn white_takes_light_from_single_colours() {
        let white = White::new([1.0, 0.5, 0.0]).unwrap();
        let map = ColorMap::build(&ColorSpec { white, ..ColorSpec::default() });
        assert_eq!(mapped(&map, [65535; 3]), [255, 128, 0]);
    }

    #[test]
    fn white_belongs_to_the_colour_and_not_to_the_place_on_the_wire() {
        let white = White::new([1.0, 0.5, 0.25]).unwrap();
        for (name, expected) in [
            ("RGB", [255, 128, 64]),
            ("RBG", [255, 64, 128]),
            ("GRB", [128, 255, 64]),
            ("GBR", [128, 64, 255]),
            ("BRG", [64, 255, 128]),
            ("BGR", [64, 128, 255]),
        ] {
            let order: ColorOrder = name.parse().unwrap();
            let map = ColorMap::build(&ColorSpec { white, order, ..ColorSpec::default() });
            assert_eq!(mapped(&map, [65535; 3]), expected, "{name}");
        }
    }

    #[test]
    fn a_level_is_light_in_256ths_of_a_byte() {
        for light in 0..=u16::MAX {
            let exact = f64::from(light) * 65280.0 / 65535.0;
            let level = f64::from(proportional(light));
            assert!((level - exact).abs() <= 0.51, "{light}: {level}, exact {exact}");
        }
        assert_eq!(proportional(65535), 65280);
    }

    proptest! {
        #[test]
        fn bytes_are_those_of_the_formula(
            gamma in prop_oneof![Just(Gamma::Srgb), (0.1..=5.0f64).prop_map(Gamma::Power)],
            white in [0.0..=1.0f64, 0.0..=1.0f64, 0.0..=1.0f64],
            brightness in 0.0..=1.0f64,
            led: [u16; 3],
            order in 0..6usize,
        ) {
            let order = [
                ColorOrder::Rgb, ColorOrder::Rbg, ColorOrder::Grb,
                ColorOrder::Gbr, ColorOrder::Brg, ColorOrder::Bgr,
            ][order];
            let mut map = ColorMap::build(&ColorSpec { order, gamma, white: White::new(white).unwrap() });
            map.set_brightness(brightness);
            let bytes = mapped(&map, led);
            for (byte, channel) in bytes.into_iter().zip(order.channels()) {
                // The gain and the light are each rounded once, together by at most one step of
                // 65535, and the level by 1/512 of a byte.
                let light = f64::from(led[channel]) / 65535.0 * white[channel] * brightness;
                let least = reference(gamma, (light - 1.0 / 65535.0).max(0.0)) - 1.0 / 500.0;
                let most = reference(gamma, (light + 1.0 / 65535.0).min(1.0)) + 1.0 / 500.0;
                let byte = f64::from(byte);
                prop_assert!(
                    least.round() <= byte && byte <= most.round(),
                    "{byte} is not {least}..{most}"
                );
            }
        }
    }
}
