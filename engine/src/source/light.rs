//! sRGB bytes and linear light, in 16 bits, by table.

use std::sync::LazyLock;

/// Linear light of full white.
pub(super) const FULL: u16 = u16::MAX;

static DECODE: LazyLock<[u16; 256]> =
    LazyLock::new(|| std::array::from_fn(|byte| to_u16(srgb_decode(byte as f64 / 255.0))));

/// 65 536 entries: near black a byte is only 20 steps of light wide, so no entry may be shared.
static ENCODE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..=u16::MAX)
        .map(|light| (srgb_encode(f64::from(light) / 65_535.0) * 255.0).round() as u8)
        .collect()
});

static DECODE_16: LazyLock<Vec<u16>> = LazyLock::new(|| {
    (0..=u16::MAX).map(|code| to_u16(srgb_decode(f64::from(code) / 65_535.0))).collect()
});

/// The light of each sRGB byte.
pub(super) fn decode_table() -> &'static [u16; 256] {
    &DECODE
}

/// The light of each 16-bit sRGB value.
pub(super) fn decode_table_16() -> &'static [u16] {
    &DECODE_16
}

/// The sRGB byte nearest to each amount of light; 65 536 entries.
pub(super) fn encode_table() -> &'static [u8] {
    &ENCODE
}

/// Light (0..=1) of an sRGB value (0..=1), by IEC 61966-2-1.
pub(super) fn srgb_decode(value: f64) -> f64 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The sRGB value (0..=1) of light (0..=1), by IEC 61966-2-1.
pub(super) fn srgb_encode(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

fn to_u16(light: f64) -> u16 {
    (light * f64::from(FULL)).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_the_way_to_light_and_back() {
        for byte in 0..=255_u8 {
            let light = decode_table()[usize::from(byte)];
            assert_eq!(encode_table()[usize::from(light)], byte);
            assert_eq!(decode_table_16()[usize::from(byte) * 257], light);
        }
    }

    #[test]
    fn half_the_light_of_white_is_byte_188() {
        assert_eq!(encode_table()[usize::from(FULL / 2)], 188);
    }
}
