//! Colours in a row: named palettes that close into a ring, and ramps from end to end.

use super::super::light::{srgb_decode, srgb_encode};
use crate::source::Rgb8;

/// Names of the palettes, for parameters.
pub(super) const NAMES: &[&str] =
    &["rainbow", "sunset", "ocean", "forest", "neon", "lava", "aurora", "candy", "ice"];

const ENTRIES: usize = 1024;

/// 1024 colours between a few stops.
pub(super) struct Palette {
    /// Red, green and blue times 256: 0..=65 280.
    colors: Vec<[u16; 3]>,
    /// What a position of 1 is multiplied by: rings close there, ramps end.
    pub(super) scale: f32,
}

impl Palette {
    /// A palette by its name; the first one for a name that there is not.
    pub(super) fn named(name: &str) -> Self {
        Self::ring(match name {
            "sunset" => &[
                0x2A_0A_5E, 0x8E_1B_8F, 0xF0_30_6A, 0xFF_7A_2A, 0xFF_C6_4A, 0xFF_50_58, 0xA8_18_80,
            ],
            "ocean" => &[0x00_1A_58, 0x00_50_B8, 0x00_A8_E0, 0x38_F0_D8, 0x00_B8_A8, 0x00_60_C8],
            "forest" => &[0x03_38_12, 0x0A_80_28, 0x6A_D0_24, 0xD8_F0_3A, 0x20_B0_60, 0x00_60_48],
            "neon" => &[0xFF_00_80, 0x80_00_FF, 0x00_A0_FF, 0x00_FF_B0, 0x20_40_FF, 0xE0_00_FF],
            "lava" => &[
                0x28_00_06, 0x90_00_10, 0xF0_30_00, 0xFF_A0_00, 0xFF_E0_50, 0xFF_50_00, 0x78_00_18,
            ],
            "aurora" => &[
                0x00_48_40, 0x00_E0_70, 0x40_FF_B8, 0x10_90_E0, 0x60_30_E0, 0xC0_30_C0, 0x20_40_A0,
            ],
            "candy" => &[0xFF_40_98, 0xFF_A0_30, 0xFF_58_60, 0xB0_50_FF, 0x40_C8_FF, 0x90_60_FF],
            "ice" => &[0x00_18_50, 0x00_60_D8, 0x40_C0_FF, 0xC8_FA_FF, 0x50_98_FF, 0x28_20_A8],
            _ => &[
                0xFF_10_30, 0xFF_80_00, 0xFF_E0_00, 0x28_E0_28, 0x00_D8_F0, 0x20_48_FF, 0x90_20_FF,
                0xFF_10_B0,
            ],
        })
    }

    /// A ring: the last stop runs into the first.
    fn ring(stops: &[u32]) -> Self {
        let labs: Vec<Lab> = stops.iter().map(|&stop| Lab::of(bytes(stop))).collect();
        let colors = (0..ENTRIES).map(|entry| {
            let at = entry as f64 / ENTRIES as f64 * labs.len() as f64;
            let stop = at as usize;
            labs[stop].mixed(labs[(stop + 1) % labs.len()], at - stop as f64).color()
        });
        Self { colors: colors.collect(), scale: ENTRIES as f32 }
    }

    /// A ramp through stops at rising positions, of which the first is 0 and the last 1.
    pub(super) fn ramp(stops: &[(f64, u32)]) -> Self {
        let colors = (0..ENTRIES).map(|entry| {
            let at = entry as f64 / (ENTRIES - 1) as f64;
            let next = stops.iter().position(|stop| stop.0 >= at).unwrap_or(stops.len() - 1).max(1);
            let (from, to) = (stops[next - 1], stops[next]);
            let part = ((at - from.0) / (to.0 - from.0)).clamp(0.0, 1.0);
            Lab::of(bytes(from.1)).mixed(Lab::of(bytes(to.1)), part).color()
        });
        Self { colors: colors.collect(), scale: (ENTRIES - 1) as f32 }
    }

    /// The colour at an entry, of which only the lowest ten bits count.
    #[inline(always)]
    pub(super) fn entry(&self, entry: usize) -> [u32; 3] {
        self.colors.get(entry & (ENTRIES - 1)).map_or([0; 3], |color| color.map(u32::from))
    }

    /// The linear light (0..=1) at a position in 0..1.
    pub(super) fn light(&self, at: f32) -> [f32; 3] {
        let color = self.entry((at * self.scale) as usize);
        color.map(|value| srgb_decode(f64::from(value) / 65_280.0) as f32)
    }

    /// The mask for an index into the palette.
    pub(super) const MASK: u32 = ENTRIES as u32 - 1;
}

/// The linear light (0..=1) of a colour.
pub(super) fn light_of(color: Rgb8) -> [f32; 3] {
    color.0.map(|byte| srgb_decode(f64::from(byte) / 255.0) as f32)
}

fn bytes(color: u32) -> [f64; 3] {
    [color >> 16, color >> 8, color].map(|value| f64::from(value & 255) / 255.0)
}

/// A colour in OkLab, where the way between two colours passes through the ones that people see
/// between them.
#[derive(Clone, Copy)]
struct Lab([f64; 3]);

impl Lab {
    fn of(srgb: [f64; 3]) -> Self {
        let [r, g, b] = srgb.map(srgb_decode);
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        Self([
            0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
        ])
    }

    fn mixed(self, other: Self, part: f64) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + (other.0[i] - self.0[i]) * part))
    }

    fn color(self) -> [u16; 3] {
        let [lightness, a, b] = self.0;
        let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        let linear = [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
        ];
        linear.map(|light| (srgb_encode(light.clamp(0.0, 1.0)) * 65_280.0).round() as u16)
    }
}
