//! Rainbow: bands of all colours that travel in one direction, or out of the middle.

use super::canvas::{Canvas, Size};
use super::field::{Field, Point};
use super::math::{angle, turn, wave};
use super::palette::Palette;
use super::param::{Param, Values};
use super::{Effect, EffectInfo};

pub(super) const INFO: EffectInfo = EffectInfo {
    id: "rainbow",
    name: "Rainbow",
    family: "waves",
    description: "Bands of all colours that travel in one direction, or out of the middle.",
    params: &[
        Param::speed("How fast the bands travel."),
        Param::choice("shape", &["bands", "rings", "fan"], "bands", "How the colours lie."),
        Param::number(
            "angle",
            0.0,
            360.0,
            20.0,
            "°",
            "The direction of travel; 0 is to the right.",
        ),
        Param::number(
            "count",
            1.0,
            8.0,
            1.0,
            "",
            "Rainbows in the short side, or around the middle.",
        ),
        Param::number("bend", 0.0, 1.0, 0.35, "", "How much the bands sway."),
    ],
    build,
};

#[derive(Clone, Copy)]
enum Shape {
    Bands,
    Rings,
    Fan,
}

struct Rainbow {
    speed: f64,
    shape: Shape,
    /// The direction of travel.
    along: (f32, f32),
    count: f32,
    bend: f32,
    palette: Palette,
    field: Field,
}

fn build(values: &Values<'_>, size: Size, _seed: u32) -> Box<dyn Effect> {
    let turns = (values.number("angle") / 360.0) as f32;
    let shape = match values.word("shape").as_str() {
        "rings" => Shape::Rings,
        "fan" => Shape::Fan,
        _ => Shape::Bands,
    };
    let count = values.number("count") as f32;
    Box::new(Rainbow {
        speed: values.number("speed"),
        shape,
        along: (wave(turns + 0.25), wave(turns)),
        // A fan must close: part of a rainbow would leave a seam.
        count: if matches!(shape, Shape::Fan) { count.round() } else { count },
        bend: values.number("bend") as f32,
        palette: Palette::named("rainbow"),
        field: Field::new(size, if matches!(shape, Shape::Bands) { 80.0 } else { 160.0 }),
    })
}

impl Effect for Rainbow {
    fn draw(&mut self, t: f64, canvas: &mut Canvas) {
        let time = t * self.speed;
        let shift = turn(time * 0.120_710_678);
        let (sway, other, sheen) =
            (turn(time * 0.073_205_081), turn(time * 0.051_961_524), turn(time * 0.091_143_783));
        let ((dx, dy), count, bend, shape) = (self.along, self.count, self.bend, self.shape);
        self.field.fill(|x, y| {
            // On the screen y runs down.
            let (along, across) = (x * dx - y * dy, x * dy + y * dx);
            let swayed = bend
                * (0.12 * wave(0.8 * across + sway)
                    + 0.07 * wave(1.7 * across - 0.6 * along - other));
            let color = match shape {
                Shape::Bands => (along + swayed) * count,
                Shape::Rings => (x * x + y * y).sqrt() * count + swayed,
                Shape::Fan => angle(x, y) * count + swayed,
            };
            let light = 0.94 + 0.06 * wave(1.3 * along + 0.7 * across - sheen + swayed);
            Point { color: color - shift, light }
        });
        self.field.paint(&self.palette, canvas);
    }
}
