//! The sRGB transfer functions: between the bytes of a picture and amounts of light.
//!
//! Light is linear: 0 is none, 1 is all that a picture can ask for. As an integer it is a `u16`
//! whose 65535 is 1, so one step is 1/20 of the step between the two darkest bytes.

use std::sync::LazyLock;

/// The light that an sRGB value stands for; both 0..=1.
pub fn srgb_decode(encoded: f64) -> f64 {
    if encoded <= 0.04045 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

/// The sRGB value that stands for an amount of light; both 0..=1.
pub fn srgb_encode(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// The light of each sRGB byte, to the nearest 1/65535.
pub fn srgb_to_linear16() -> &'static [u16; 256] {
    static TABLE: LazyLock<[u16; 256]> = LazyLock::new(|| {
        std::array::from_fn(|code| (65535.0 * srgb_decode(code as f64 / 255.0)).round() as u16)
    });
    &TABLE
}

/// The sRGB byte nearest to an amount of light. Slow: for previews and tests, not for frames.
pub fn linear16_to_srgb8(light: u16) -> u8 {
    (255.0 * srgb_encode(f64::from(light) / 65535.0)).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_bytes_stand_for_known_light() {
        fn check(code: u8, light: u16) {
            assert_eq!(srgb_to_linear16()[usize::from(code)], light, "byte {code}");
        }
        // By hand: 65535/255/12.92 = 19.89 a byte in the straight part, then ((c/255+.055)/1.055)^2.4.
        check(0, 0);
        check(1, 20);
        check(10, 199);
        check(128, 14146);
        check(188, 32957);
        check(255, 65535);
    }

    #[test]
    fn brighter_bytes_stand_for_more_light() {
        assert!(srgb_to_linear16().is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn every_byte_survives_the_way_to_light_and_back() {
        for code in 0..=255 {
            assert_eq!(linear16_to_srgb8(srgb_to_linear16()[usize::from(code)]), code);
        }
    }

    #[test]
    fn encode_undoes_decode() {
        for step in 0..=10_000 {
            let encoded = f64::from(step) / 10_000.0;
            assert!((srgb_encode(srgb_decode(encoded)) - encoded).abs() < 1e-6, "{encoded}");
        }
    }

    #[test]
    fn half_the_light_is_byte_188() {
        assert_eq!(linear16_to_srgb8(32768), 188);
    }
}
