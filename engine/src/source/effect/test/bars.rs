//! Test bars: the colours of a television's test card, with a line that passes over them.

use super::super::math::turn;
use super::super::param::{Param, Values};
use super::super::{Effect, EffectInfo};
use super::{Area, Canvas, Size};

pub(in super::super) const INFO: EffectInfo = EffectInfo {
    id: "test_bars",
    name: "Test bars",
    family: "test",
    description: "Bars of all mixtures of red, green and blue over steps of grey; a line passes over them.",
    params: &[
        Param::speed("How fast the line passes."),
        Param::number("level", 0.1, 1.0, 0.75, "", "The bytes of the bars; 1 is 255."),
        Param::color("line", "#FFFFFF", "The colour of the line."),
    ],
    build,
};

/// Which of red, green and blue are in each bar, from the left.
const BARS: [[u8; 3]; 7] =
    [[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 1, 0], [1, 0, 1], [1, 0, 0], [0, 0, 1]];
/// Steps of grey beneath, from black to white.
const STEPS: usize = 8;
/// Where the bars end and the opposite ones begin, and where those end, in heights.
const EDGES: [f32; 2] = [0.64, 0.74];
/// Seconds in which the line passes.
const PASS: f64 = 6.0;

struct Bars {
    speed: f64,
    line: [u8; 3],
    size: Size,
    /// What stands still.
    card: Canvas,
}

fn build(values: &Values<'_>, size: Size, _seed: u32) -> Box<dyn Effect> {
    let level = (values.number("level") * 255.0).round() as u8;
    let mut card = Canvas::new(size.width, size.height);
    let count = BARS.len();
    let edge = |i: usize, count: usize| i as f32 / count as f32;
    // Each goes on to the right and to the bottom, and the next is laid over it: so no seam is left.
    for (i, bar) in BARS.iter().enumerate() {
        let area = Area::of(size, (edge(i, count), 0.0), (1.0, 1.0));
        area.fill(&mut card, bar.map(|is_in| is_in * level));
    }
    // Beneath each bar its mirror image, with black between: what bleeds or is swapped is seen.
    for i in 0..count {
        let opposite = if i % 2 == 0 { BARS[count - 1 - i] } else { [0; 3] };
        let area = Area::of(size, (edge(i, count), EDGES[0]), (1.0, 1.0));
        area.fill(&mut card, opposite.map(|is_in| is_in * level));
    }
    for i in 0..STEPS {
        let grey = (i * 255 / (STEPS - 1)) as u8;
        let area = Area::of(size, (edge(i, STEPS), EDGES[1]), (1.0, 1.0));
        area.fill(&mut card, [grey; 3]);
    }
    let (speed, line) = (values.number("speed"), values.color("line").0);
    Box::new(Bars { speed, line, size, card })
}

impl Effect for Bars {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        canvas.rgb.copy_from_slice(&self.card.rgb);
        let wide = 0.06 * self.size.unit;
        // From outside to outside.
        let way = self.size.width as f32 + 3.0 * wide;
        let x = turn(t * self.speed / PASS) * way - 1.5 * wide;
        // Black beside it, so that it is seen on white too.
        Area::column(self.size, x, 3.0 * wide).fill(canvas, [0; 3]);
        Area::column(self.size, x, wide).fill(canvas, self.line);
    }
}
