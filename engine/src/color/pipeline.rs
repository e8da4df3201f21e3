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
use super::spec::{ColorOrder, ColorSpec, Gamma};

/// A gain of 1. A gain is at most this.
const UNITY: u32 = 1 << 16;

/// The level that stands for byte 255.
const FULL_LEVEL: f64 = 65280.0;

/// The colours of one output. Owned by the render thread.
#[derive(Debug)]
pub struct ColorMap {
    /// The level for each amount of light: so many entries that the steep start of the curve loses
    /// nothing. Its 128 KiB stay in the second cache; all three colours use the same.
    levels: Box<[u16; 65536]>,
    order: ColorOrder,
    white: [f64; 3],
    /// Of red, green and blue: 0..=[`UNITY`].
    gains: [u32; 3],
}

impl ColorMap {
    /// Makes the tables of one output, at full brightness.
    pub fn build(spec: &ColorSpec) -> Self {
        let mut levels = Box::new([0; 65536]);
        for (light, level) in levels.iter_mut().enumerate() {
            let light = light as f64 / 65535.0;
            let share = match spec.gamma {
                Gamma::Srgb => light,
                Gamma::Power(power) => srgb_encode(light).powf(power),
            };
            *level = (FULL_LEVEL * share).round() as u16;
        }
        let mut map =
            Self { levels, order: spec.order, white: spec.white.parts(), gains: [UNITY; 3] };
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
        // The order is settled outside the loop, inside which a constant costs nothing.
        match self.order {
            ColorOrder::Rgb => self.map_in_order::<0, 1, 2>(leds, out),
            ColorOrder::Rbg => self.map_in_order::<0, 2, 1>(leds, out),
            ColorOrder::Grb => self.map_in_order::<1, 0, 2>(leds, out),
            ColorOrder::Gbr => self.map_in_order::<1, 2, 0>(leds, out),
            ColorOrder::Brg => self.map_in_order::<2, 0, 1>(leds, out),
            ColorOrder::Bgr => self.map_in_order::<2, 1, 0>(leds, out),
        }
    }

    fn map_in_order<const A: usize, const B: usize, const C: usize>(
        &self,
        leds: &[[u16; 3]],
        out: &mut [[u8; 3]],
    ) {
        let gains = self.gains;
        let byte = |light: u16, gain: u32| {
            // At most 65535 * 65536 + 32768, which is below 2^32.
            let light = (u32::from(light) * gain + UNITY / 2) >> 16;
            // At most 65280 + 128.
            ((self.levels[usize::from(light as u16)] + 128) >> 8) as u8
        };
        for (led, bytes) in leds.iter().zip(out) {
            *bytes = [byte(led[A], gains[A]), byte(led[B], gains[B]), byte(led[C], gains[C])];
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::curve::srgb_to_linear16;
    use super::super::spec::White;
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
