//! From a row of sRGB bytes to sums of light: the loops that see every pixel of every frame.
//!
//! A table of 256 entries costs a load for each byte, and loads do not come in vectors. So the
//! curve is computed: a polynomial of degree 5 in 16-bit fixed point, every step of which is one
//! vector instruction, at most 2/65535 from the table. Each loop is written so that the compiler
//! makes vectors of it, and is compiled once for each set of vector instructions a processor may have.

use fearless_simd::{Level, Simd, dispatch};

/// Codes up to this one are in the straight part of the curve.
const LAST_STRAIGHT: u16 = 10;

/// Coefficients of the curved part for t = code/255, in units of 1/65536, with the signs
/// `C[0] + C[1] t + C[2] t^2 + C[3] t^3 - (C[4] - C[5] code) t^4`. The last one is so small that it
/// multiplies the code itself: 15 a code are 3855 t.
///
/// The best polynomial of degree 5 over codes 11..=255 is 1.33/65535 off. These are its coefficients
/// moved a little by a search over the very integer arithmetic below, so that what each product
/// drops is made up for; the result is at most 2 off and no step leaves 0..=65535.
const C: [u16; 6] = [68, 1964, 35361, 39952, 15633, 15];

/// The light of an sRGB code, 65535 = full, at most 2 from the exact value.
///
/// No sum here saturates. But a plain `+` between two products is widened by the compiler to 32 bits,
/// to which the products then lose their one instruction; a saturating one is left where it is.
#[inline(always)]
fn light_of(code: u8, c: [u16; 6]) -> u16 {
    let code = u16::from(code);
    let t = code.wrapping_mul(257);
    let sum = c[4].saturating_sub(code.wrapping_mul(c[5]));
    let sum = c[3].saturating_sub(product(sum, t));
    let sum = c[2].saturating_add(product(sum, t));
    let sum = c[1].saturating_add(product(sum, t));
    let curved = c[0].saturating_add(product(sum, t));
    // 65535/255/12.92 = 19.89 = 1273/64. Wraps for codes that do not use it.
    let straight = code.wrapping_mul(1273).wrapping_add(32) >> 6;
    if code <= LAST_STRAIGHT { straight } else { curved }
}

/// Product of two fractions in units of 1/65536, rounded down.
#[inline(always)]
fn product(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b)) >> 16) as u16
}

/// The vector instructions that this processor has. Found once, when a map is built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes(Level);

impl Lanes {
    pub(super) fn detect() -> Self {
        Self(Level::new())
    }

    /// Writes the light of each code.
    pub(super) fn decode(self, codes: &[u8], light: &mut [u16]) {
        dispatch!(self.0, simd => simd.vectorize(#[inline(always)] || decode(codes, light)));
    }

    /// Writes the light of each code: encoded as sRGB, or an amount of light already.
    pub(super) fn light(self, linear: bool, codes: &[u8], light: &mut [u16]) {
        if !linear {
            return self.decode(codes, light);
        }
        dispatch!(self.0, simd => simd.vectorize(
            #[inline(always)]
            || for (light, &code) in light.iter_mut().zip(codes) {
                *light = u16::from(code) * 257;
            }
        ));
    }

    /// Adds light to sums.
    pub(super) fn add(self, light: &[u16], sums: &mut [i32]) {
        dispatch!(self.0, simd => simd.vectorize(
            #[inline(always)]
            || for (sum, &light) in sums.iter_mut().zip(light) {
                *sum = sum.wrapping_add(i32::from(light));
            }
        ));
    }

    /// Writes `sums + weight * edge`.
    pub(super) fn add_edge(self, sums: &[i32], weight: f32, edge: &[u16], total: &mut [f32]) {
        dispatch!(self.0, simd => simd.vectorize(
            #[inline(always)]
            || for ((total, &sum), &edge) in total.iter_mut().zip(sums).zip(edge) {
                *total = sum as f32 + weight * f32::from(edge);
            }
        ));
    }

    /// Adds `weight * edge` to each total.
    pub(super) fn add_last_edge(self, weight: f32, edge: &[u16], total: &mut [f32]) {
        dispatch!(self.0, simd => simd.vectorize(
            #[inline(always)]
            || for (total, &edge) in total.iter_mut().zip(edge) {
                *total += weight * f32::from(edge);
            }
        ));
    }

    /// Runs a loop of another file under the same instructions; give it an `inline(always)` closure.
    pub(super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        dispatch!(self.0, simd => simd.vectorize(work))
    }
}

#[inline(always)]
fn decode(codes: &[u8], light: &mut [u16]) {
    // Hidden from the compiler, which would use what it knows of their size to rearrange the sums.
    let coefficients = std::hint::black_box(C);
    for (light, &code) in light.iter_mut().zip(codes) {
        *light = light_of(code, coefficients);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::curve::srgb_to_linear16;

    #[test]
    fn computed_light_is_at_most_2_from_the_table() {
        for code in 0..=255 {
            let exact = srgb_to_linear16()[usize::from(code)];
            let light = light_of(code, C);
            assert!(light.abs_diff(exact) <= 2, "code {code}: {light}, exact {exact}");
        }
    }

    #[test]
    fn the_straight_part_of_the_curve_and_its_ends_are_exact() {
        for code in (0..=10).chain([255]) {
            assert_eq!(light_of(code, C), srgb_to_linear16()[usize::from(code)], "code {code}");
        }
    }

    #[test]
    fn brighter_codes_never_give_less_light() {
        assert!((0..=255).map(|code| light_of(code, C)).is_sorted());
    }

    #[test]
    fn vectors_and_single_codes_agree() {
        // The best instructions that this processor has, and those that every one has.
        for lanes in [Lanes::detect(), Lanes(Level::baseline())] {
            check_lanes(lanes);
        }
    }

    fn check_lanes(lanes: Lanes) {
        for length in [0, 1, 31, 32, 33, 255, 256] {
            let codes: Vec<u8> = (0..length).map(|i| (255 - i) as u8).collect();
            let mut light = vec![0; codes.len()];
            lanes.decode(&codes, &mut light);
            let mut sums = vec![1000; codes.len()];
            lanes.add(&light, &mut sums);
            let mut total = vec![0.0; codes.len()];
            lanes.add_edge(&sums, 0.5, &light, &mut total);
            lanes.add_last_edge(0.25, &light, &mut total);
            for (i, &code) in codes.iter().enumerate() {
                let expected = light_of(code, C);
                assert_eq!(light[i], expected);
                assert_eq!(sums[i], 1000 + i32::from(expected));
                assert_eq!(total[i], 1000.0 + 1.75 * f32::from(expected));
            }
        }
    }
}
