//! Cross-fades: a weighted mean of two rows of LEDs, in linear light.

/// The weight at which only the second picture is seen.
pub const FULL_WEIGHT: u32 = 1 << 16;

/// Mixes two planes of light: `weight` 0 is exactly `a`, [`FULL_WEIGHT`] exactly `b`.
///
/// A larger weight counts as full. Between the ends the result is the nearest 1/65535.
///
/// # Panics
/// If the three are not equally long.
pub fn mix(a: &[[u16; 3]], b: &[[u16; 3]], weight: u32, out: &mut [[u16; 3]]) {
    assert!(a.len() == b.len() && b.len() == out.len(), "planes of different length");
    let to = weight.min(FULL_WEIGHT);
    let from = FULL_WEIGHT - to;
    let (a, b, out) = (a.as_flattened(), b.as_flattened(), out.as_flattened_mut());
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        // At most 65535 * 65536 + 32768, which is below 2^32.
        *out = ((u32::from(a) * from + u32::from(b) * to + FULL_WEIGHT / 2) >> 16) as u16;
    }
}

/// As [`mix`], for a second picture of one plain colour.
///
/// # Panics
/// If the two are not equally long.
pub fn mix_with_color(a: &[[u16; 3]], color: [u16; 3], weight: u32, out: &mut [[u16; 3]]) {
    assert!(a.len() == out.len(), "planes of different length");
    let to = weight.min(FULL_WEIGHT);
    let from = FULL_WEIGHT - to;
    // Constant over the plane; the range is that of `mix`.
    let share = color.map(|light| u32::from(light) * to + FULL_WEIGHT / 2);
    for (out, a) in out.iter_mut().zip(a) {
        for ((out, &a), share) in out.iter_mut().zip(a).zip(share) {
            *out = ((u32::from(a) * from + share) >> 16) as u16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mixed(a: u16, b: u16, weight: u32) -> u16 {
        let mut out = [[0; 3]];
        mix(&[[a; 3]], &[[b; 3]], weight, &mut out);
        out[0][1]
    }

    #[test]
    fn half_way_between_black_and_white_is_half_the_light() {
        assert_eq!(mixed(0, 65535, FULL_WEIGHT / 2), 32768);
    }

    #[test]
    fn more_than_full_is_full() {
        assert_eq!(mixed(1, 2, u32::MAX), 2);
    }

    proptest! {
        #[test]
        fn both_ends_are_exact(a: u16, b: u16) {
            prop_assert_eq!(mixed(a, b, 0), a);
            prop_assert_eq!(mixed(a, b, FULL_WEIGHT), b);
        }

        #[test]
        fn light_is_mixed_to_the_nearest_step(a: u16, b: u16, weight in 0..=FULL_WEIGHT) {
            let share = f64::from(weight) / 65536.0;
            let exact = f64::from(a) * (1.0 - share) + f64::from(b) * share;
            prop_assert!((f64::from(mixed(a, b, weight)) - exact).abs() <= 0.5 + 1e-9);
        }

        #[test]
        fn a_plain_colour_is_mixed_as_a_plane_of_it(
            a: [u16; 3], color: [u16; 3], weight in 0..=FULL_WEIGHT + 1
        ) {
            let (mut plane, mut plain) = ([[0; 3]; 2], [[1; 3]; 2]);
            mix(&[a; 2], &[color; 2], weight, &mut plane);
            mix_with_color(&[a; 2], color, weight, &mut plain);
            prop_assert_eq!(plane, plain);
        }
    }
}
