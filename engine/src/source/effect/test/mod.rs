//! Test patterns: moving pictures that show faults of wiring, geometry, colour and timing.
//!
//! They are made of plain areas whose edges may fall between pixels: a pixel that is covered in part
//! has that part of the light, so that a pattern looks the same at every size.

mod bars;
mod chase;
mod flash;
mod grid;
mod ramp;

pub(super) use bars::INFO as BARS;
pub(super) use chase::INFO as CHASE;
pub(super) use flash::INFO as FLASH;
pub(super) use grid::INFO as GRID;
pub(super) use ramp::INFO as RAMP;

use super::canvas::{Canvas, Size};
use crate::source::light::{decode_table, encode_table};

/// A part of the canvas, in pixels from its upper left corner.
#[derive(Clone, Copy)]
struct Area {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Area {
    /// From shares of the canvas's width and height.
    fn of(size: Size, (left, top): (f32, f32), (right, bottom): (f32, f32)) -> Self {
        let (width, height) = (size.width as f32, size.height as f32);
        Self {
            left: left * width,
            top: top * height,
            right: right * width,
            bottom: bottom * height,
        }
    }

    /// As high as the canvas, around `x`.
    fn column(size: Size, x: f32, width: f32) -> Self {
        let (left, right) = (x - width / 2.0, x + width / 2.0);
        Self { left, right, top: 0.0, bottom: size.height as f32 }
    }

    /// As wide as the canvas, around `y`.
    fn row(size: Size, y: f32, height: f32) -> Self {
        let (top, bottom) = (y - height / 2.0, y + height / 2.0);
        Self { left: 0.0, right: size.width as f32, top, bottom }
    }

    /// Lays a plain colour over what is there.
    fn fill(self, canvas: &mut Canvas, color: [u8; 3]) {
        let width = canvas.width as usize;
        for (y, high) in pixels(self.top, self.bottom, canvas.height) {
            let row = &mut canvas.rgb.as_chunks_mut::<3>().0[y * width..][..width];
            for (x, wide) in pixels(self.left, self.right, canvas.width) {
                cover(&mut row[x], color, wide * high);
            }
        }
    }
}

/// The pixels between two places, and how much of each lies between them.
fn pixels(from: f32, to: f32, count: u32) -> impl Iterator<Item = (usize, f32)> {
    let (from, to) = (from.clamp(0.0, count as f32), to.clamp(0.0, count as f32));
    (from as usize..to.ceil() as usize).map(move |pixel| {
        let part = to.min(pixel as f32 + 1.0) - from.max(pixel as f32);
        (pixel, part)
    })
}

fn cover(pixel: &mut [u8; 3], color: [u8; 3], part: f32) {
    if part >= 0.999 {
        *pixel = color;
        return;
    }
    for (byte, over) in pixel.iter_mut().zip(color) {
        let (under, over) = (decode_table()[usize::from(*byte)], decode_table()[usize::from(over)]);
        let light = f32::from(under) + (f32::from(over) - f32::from(under)) * part.max(0.0);
        *byte = encode_table()[light as usize];
    }
}

/// From 0 to 1 and back, for a time in turns.
fn to_and_fro(turns: f32) -> f32 {
    1.0 - (2.0 * turns - 1.0).abs()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::build;
    use super::*;

    #[test]
    fn an_area_between_pixels_has_its_share_of_light() {
        let mut canvas = Canvas::new(4, 2);
        let area = Area { left: 0.5, top: -3.0, right: 2.0, bottom: 1.5 };
        area.fill(&mut canvas, [255, 0, 255]);
        let grey: Vec<_> = canvas.rgb.chunks(3).map(|pixel| (pixel[0], pixel[1])).collect();
        // A half of the light is byte 188, a quarter is 137.
        assert_eq!(grey[..4], [(188, 0), (255, 0), (0, 0), (0, 0)]);
        assert_eq!(grey[4..], [(137, 0), (188, 0), (0, 0), (0, 0)]);
    }

    #[test]
    fn areas_outside_of_the_canvas_leave_no_trace() {
        let mut canvas = Canvas::new(3, 3);
        for (left, right) in [(-9.0, -1.0), (3.0, 9.0), (2.0, 1.0)] {
            Area { left, right, top: 0.0, bottom: 3.0 }.fill(&mut canvas, [255; 3]);
        }
        assert_eq!(canvas, Canvas::new(3, 3));
    }

    fn frame(effect: &str, params: serde_json::Value, t: f64) -> Canvas {
        let mut canvas = Canvas::new(160, 96);
        let params = params.as_object().unwrap();
        build(effect, params, 160, 96, 0).unwrap().draw(t, &mut canvas);
        canvas
    }

    fn pixel(canvas: &Canvas, x: u32, y: u32) -> [u8; 3] {
        canvas.rgb.as_chunks::<3>().0[(y * canvas.width + x) as usize]
    }

    #[test]
    fn the_chase_lights_one_cell_after_the_other_in_reading_order() {
        let params = json!({"columns": 5, "rows": 3, "color": "#FF00FF"});
        for step in 0..40_u32 {
            let canvas = frame("test_chase", params.clone(), (f64::from(step) + 0.5) / 6.0);
            let lit: Vec<_> = (0..15)
                .filter(|cell| {
                    let (x, y) = (cell % 5 * 32 + 16, cell / 5 * 32 + 16);
                    pixel(&canvas, x, y) == [255, 0, 255]
                })
                .collect();
            assert_eq!(lit, [step % 15]);
        }
    }

    #[test]
    fn the_chase_of_columns_goes_to_the_right_and_that_of_rows_down() {
        let second = |shape: &str| {
            let params = json!({"columns": 5, "rows": 3, "shape": shape, "color": "#FF00FF"});
            let canvas = frame("test_chase", params, 1.5 / 6.0);
            canvas.rgb.as_chunks::<3>().0.iter().map(|pixel| *pixel == [255, 0, 255]).collect()
        };
        let columns: Vec<bool> = second("column");
        let rows: Vec<bool> = second("row");
        assert!(columns.iter().enumerate().all(|(at, lit)| *lit == (32..64).contains(&(at % 160))));
        assert!(rows.iter().enumerate().all(|(at, lit)| *lit == (32..64).contains(&(at / 160))));
    }

    #[test]
    fn the_flash_is_lit_for_its_length_once_a_second_and_the_bar_shows_the_time_between() {
        for second in [0.0, 7.0, 86_400.0] {
            for (part, lit) in [(0.0, true), (0.19, true), (0.21, false), (0.99, false)] {
                let canvas = frame("test_flash", json!({"length": 0.2}), second + part);
                let flash = pixel(&canvas, 80, 10) == [255; 3];
                assert_eq!(flash, lit, "{second} s and {part}");
            }
            let canvas = frame("test_flash", json!({}), second + 0.5);
            let bar: Vec<_> =
                (0..160).filter(|x| pixel(&canvas, *x, 60) == [0, 0xC8, 255]).collect();
            assert_eq!((bar.first(), bar.len()), (Some(&80), 9), "{second}");
            let place = (second % 10.0) as u32 * 16 + 8;
            let lit: Vec<_> =
                (0..10).map(|i| i * 16 + 8).filter(|x| pixel(&canvas, *x, 90)[0] == 255).collect();
            assert_eq!(lit, [place]);
        }
    }

    #[test]
    fn the_grid_marks_its_corners_clockwise() {
        let canvas = frame("test_grid", json!({}), 2.0);
        let corners = [(3, 3), (156, 3), (156, 92), (3, 92)].map(|(x, y)| pixel(&canvas, x, y));
        assert_eq!(corners, [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 220, 0]]);
    }

    #[test]
    fn a_ramp_that_is_even_in_light_is_half_the_light_in_its_middle() {
        let middle = |even: &str| pixel(&frame("test_ramp", json!({"even": even}), 0.0), 80, 5)[0];
        assert_eq!((middle("bytes"), middle("light")), (128, 188));
    }
}
