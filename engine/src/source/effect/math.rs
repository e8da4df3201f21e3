//! Arithmetic that gives the same frame on every machine: only operations that IEEE 754 fixes.

/// 1.5 · 2²³: added to a number below 2²² in amount, it leaves the nearest whole number in the low
/// bits. The plain conversion to an integer checks its range and takes twice as long.
const WHOLE: f32 = 12_582_912.0;

/// Mixes three numbers into one that looks random.
pub(super) fn hash(a: u32, b: u32, c: u32) -> u32 {
    let mut h = a.wrapping_mul(0x9E37_79B1) ^ b.wrapping_mul(0x85EB_CA77).rotate_left(13);
    h ^= c.wrapping_mul(0xC2B2_AE3D).rotate_left(7);
    h = (h ^ (h >> 16)).wrapping_mul(0x7FEB_352D);
    h = (h ^ (h >> 15)).wrapping_mul(0x846C_A68B);
    h ^ (h >> 16)
}

/// A hash as a number in 0..1.
pub(super) fn unit(hash: u32) -> f32 {
    (hash >> 8) as f32 / 16_777_216.0
}

/// The whole number nearest to `value` (below 2²² in amount), cut to the bits of `mask` (at most
/// 22 of them); negative numbers wrap as in two's complement.
#[inline(always)]
pub(super) fn index(value: f32, mask: u32) -> usize {
    ((value + WHOLE).to_bits() & mask) as usize
}

/// sin(2π · turns) within 0.001; `turns` below 2²² in amount.
#[inline(always)]
pub(super) fn wave(turns: f32) -> f32 {
    let part = turns - ((turns + WHOLE) - WHOLE);
    let arc = part * (8.0 - 16.0 * part.abs());
    arc + 0.225 * (arc * arc.abs() - arc)
}

/// The direction of a point from the middle, in turns: -0.5..=0.5, within 0.001.
pub(super) fn angle(x: f32, y: f32) -> f32 {
    let (wide, high) = (x.abs(), y.abs());
    let slope = wide.min(high) / wide.max(high).max(1e-9);
    // arctan in turns for 0..=1.
    let eighth = slope * (0.125 + 0.0435 * (1.0 - slope));
    let quarter = if high > wide { 0.25 - eighth } else { eighth };
    let half = if x < 0.0 { 0.5 - quarter } else { quarter };
    if y < 0.0 { -half } else { half }
}

/// The fractional part of a time in cycles: 0..1 in full precision, however long it has run.
pub(super) fn turn(cycles: f64) -> f32 {
    (cycles - cycles.floor()) as f32
}

/// The number of the cycle, and how much of it is over.
pub(super) fn cycle(cycles: f64) -> (u32, f32) {
    (cycles.floor() as i64 as u32, turn(cycles))
}

/// 0 at `from`, 1 at `to`, smooth between and constant outside.
pub(super) fn smooth(from: f32, to: f32, value: f32) -> f32 {
    let part = ((value - from) / (to - from)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wave_is_a_sine() {
        for step in -4000..4000 {
            let turns = step as f32 / 777.0;
            let sine = (f64::from(turns) * std::f64::consts::TAU).sin() as f32;
            assert!((wave(turns) - sine).abs() < 0.0012, "{turns}: {} {sine}", wave(turns));
        }
    }

    #[test]
    fn the_angle_is_an_arctangent() {
        for step in 0..360 {
            let (sin, cos) = f64::from(step).to_radians().sin_cos();
            let expect = sin.atan2(cos) / std::f64::consts::TAU;
            let got = angle(cos as f32, sin as f32);
            assert!((f64::from(got) - expect).abs() < 0.001, "{step}: {got} {expect}");
        }
    }

    #[test]
    fn an_index_rounds_and_wraps() {
        let check = |value, expect| assert_eq!(index(value, 1023), expect, "{value}");
        check(0.0, 0);
        check(0.6, 1);
        check(1023.4, 1023);
        check(1024.0, 0);
        check(-1.0, 1023);
        check(-2049.2, 1023);
    }

    #[test]
    fn phases_stay_exact_for_a_year() {
        let year = 365.0 * 86_400.0;
        assert_eq!(turn(year), 0.0);
        assert!((turn(year + 0.25) - 0.25).abs() < 1e-7);
        assert_eq!(cycle(year + 0.5), (31_536_000, 0.5));
    }
}
