//! Test grid: squares, marked corners and moving cross-hairs, to see geometry and orientation.

use super::super::math::turn;
use super::super::param::{Param, Values};
use super::super::{Effect, EffectInfo};
use super::{Area, Canvas, Size, to_and_fro};

pub(in super::super) const INFO: EffectInfo = EffectInfo {
    id: "test_grid",
    name: "Test grid",
    family: "test",
    description: "A grid of squares with marked corners, and cross-hairs that move.",
    params: &[
        Param::speed("How fast the cross-hairs move."),
        Param::number("cells", 1.0, 16.0, 4.0, "", "Squares in the short side."),
        Param::color("color", "#B0B0B0", "The colour of the lines."),
        Param::color("cross", "#FF6000", "The colour of the cross-hairs."),
    ],
    build,
};

const GROUND: [u8; 3] = [6, 14, 44];
const CORNERS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 220, 0]];
/// Seconds in which each of the cross-hairs goes and comes back. They meet everywhere in time.
const PACES: [f64; 2] = [11.0, 7.0];

struct Grid {
    speed: f64,
    cross: [u8; 3],
    size: Size,
    /// What stands still.
    card: Canvas,
}

fn build(values: &Values<'_>, size: Size, _seed: u32) -> Box<dyn Effect> {
    let color = values.color("color").0;
    let mut card = Canvas::new(size.width, size.height);
    let (width, height) = (size.width as f32, size.height as f32);
    let whole = Area { left: 0.0, top: 0.0, right: width, bottom: height };
    whole.fill(&mut card, GROUND);
    // The lines lie evenly about the middle, whatever the shape.
    let cell = size.unit / values.number("cells") as f32;
    let line = (0.12 * cell).min(0.03 * size.unit);
    let most = (width.max(height) / 2.0 / cell) as i32;
    for number in -most..=most {
        let from_middle = number as f32 * cell;
        Area::column(size, width / 2.0 + from_middle, line).fill(&mut card, color);
        Area::row(size, height / 2.0 + from_middle, line).fill(&mut card, color);
    }
    // Half of a line at an edge is as wide as a line within.
    for x in [0.0, width] {
        Area::column(size, x, 2.0 * line).fill(&mut card, color);
    }
    for y in [0.0, height] {
        Area::row(size, y, 2.0 * line).fill(&mut card, color);
    }
    let side = (0.16 * size.unit).min(width / 2.0).min(height / 2.0);
    let places = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
    for ((x, y), corner) in places.into_iter().zip(CORNERS) {
        let (left, top) = ((x - side).max(0.0), (y - side).max(0.0));
        Area { left, top, right: x.max(side), bottom: y.max(side) }.fill(&mut card, corner);
    }
    let (speed, cross) = (values.number("speed"), values.color("cross").0);
    Box::new(Grid { speed, cross, size, card })
}

impl Effect for Grid {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        canvas.rgb.copy_from_slice(&self.card.rgb);
        let time = t * self.speed;
        let [x, y] = PACES.map(|pace| to_and_fro(turn(time / pace)));
        let line = 0.05 * self.size.unit;
        Area::row(self.size, y * self.size.height as f32, line).fill(canvas, self.cross);
        Area::column(self.size, x * self.size.width as f32, line).fill(canvas, self.cross);
    }
}
