//! Draws one item into a sink: a still once, what moves for as long as anyone looks.

use std::time::Duration;

use super::effect::Canvas;
use super::video::{self, VideoSpec};
use super::{CanvasSpec, FrameMeta, FrameSink, ProducerSpec, ReadSeek, SourceError, SourceSpec};
use super::{animation, effect, still};

/// Draws what `spec` says and returns when its last frame has been put or the sink has closed.
/// Nothing is put unless the whole frame could be drawn.
///
/// # Errors
/// The content is no picture, or `spec` asks for what cannot be drawn.
pub fn run(
    spec: &ProducerSpec,
    content: Option<&mut dyn ReadSeek>,
    sink: &mut dyn FrameSink,
) -> Result<(), SourceError> {
    let CanvasSpec { width, height, fps } = spec.canvas;
    if width == 0 || height == 0 || !fps.is_finite() || fps <= 0.0 {
        return Err(SourceError::Canvas { width, height, fps });
    }
    let only = FrameMeta { number: 0, pts: spec.start, last: true };
    match &spec.source {
        SourceSpec::Still { fit } => {
            let content = content.ok_or(SourceError::NoContent)?;
            let rgb = still::draw(content, *fit, width, height)?;
            // A closed sink is the usual end, here and below.
            let _closed = sink.put(&rgb, only);
        }
        SourceSpec::Animation { fit, repeat } => {
            let content = content.ok_or(SourceError::NoContent)?;
            animation::run(content, *fit, *repeat, spec.canvas, spec.start, sink)?;
        }
        SourceSpec::Video { fit, ffmpeg, length, devices, rate, repeat } => {
            let content = content.as_deref().and_then(|content| content.descriptor());
            let wanted = VideoSpec {
                ffmpeg,
                fit: *fit,
                length: *length,
                devices,
                rate: *rate,
                repeat: *repeat,
                canvas: spec.canvas,
                start: spec.start,
            };
            video::run(content.ok_or(SourceError::NoContent)?, &wanted, sink)?;
        }
        SourceSpec::Color { color } => {
            let rgb = color.0.repeat(width as usize * height as usize);
            let _closed = sink.put(&rgb, only);
        }
        SourceSpec::Effect { effect, params } => {
            let mut drawing = effect::build(effect, params, width, height, 0)?;
            let mut canvas = Canvas::new(width, height);
            let grid = Grid { start: spec.start, fps };
            let mut number = 0;
            loop {
                number = grid.first_from(sink.reader_position()).max(number);
                let pts = grid.pts(number);
                drawing.draw(pts.as_secs_f64(), &mut canvas);
                let meta = FrameMeta { number, pts, last: false };
                if sink.put(&canvas.rgb, meta).is_err() {
                    break;
                }
                number += 1;
            }
        }
    }
    Ok(())
}

/// The times at which an effect may be looked at: `start + number / fps`.
#[derive(Clone, Copy)]
struct Grid {
    start: Duration,
    fps: f64,
}

impl Grid {
    fn pts(self, number: u64) -> Duration {
        self.start + Duration::from_secs_f64(number as f64 / self.fps)
    }

    /// The first frame that is not before `position`.
    fn first_from(self, position: Duration) -> u64 {
        let behind = position.saturating_sub(self.start);
        let guess = (behind.as_secs_f64() * self.fps) as u64;
        // The product may be off by its rounding, to either side.
        (guess.saturating_sub(1)..=guess + 1)
            .find(|&number| self.pts(number) >= position)
            .unwrap_or(guess + 2)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::source::{Rgb8, SinkClosed};

    /// Keeps what was put, closes after `room` frames; the display jumps to `jump.1` once
    /// `jump.0` frames are there.
    struct Kept {
        frames: Vec<(Vec<u8>, FrameMeta)>,
        room: usize,
        jump: (usize, Duration),
    }

    impl FrameSink for Kept {
        fn put(&mut self, rgb: &[u8], meta: FrameMeta) -> Result<(), SinkClosed> {
            if self.frames.len() == self.room {
                return Err(SinkClosed);
            }
            self.frames.push((rgb.to_vec(), meta));
            Ok(())
        }

        fn reader_position(&self) -> Duration {
            if self.frames.len() >= self.jump.0 { self.jump.1 } else { Duration::ZERO }
        }
    }

    fn kept(room: usize) -> Kept {
        Kept { frames: Vec::new(), room, jump: (usize::MAX, Duration::ZERO) }
    }

    fn spec(source: SourceSpec) -> ProducerSpec {
        ProducerSpec {
            source,
            canvas: CanvasSpec { width: 6, height: 4, fps: 30.0 },
            start: Duration::from_millis(1500),
        }
    }

    fn plasma() -> SourceSpec {
        SourceSpec::Effect { effect: "plasma".into(), params: Map::new() }
    }

    #[test]
    fn a_colour_is_one_last_frame() {
        let mut sink = kept(9);
        run(&spec(SourceSpec::Color { color: Rgb8([1, 2, 3]) }), None, &mut sink).unwrap();
        let meta = FrameMeta { number: 0, pts: Duration::from_millis(1500), last: true };
        assert_eq!(sink.frames, [([1, 2, 3].repeat(24), meta)]);
    }

    #[test]
    fn an_effect_runs_on_its_grid_until_the_sink_closes() {
        let mut sink = kept(4);
        run(&spec(plasma()), None, &mut sink).unwrap();
        let seen: Vec<_> = sink.frames.iter().map(|(_, m)| (m.number, m.pts, m.last)).collect();
        let at = |n: u64| Duration::from_millis(1500) + Duration::from_secs_f64(n as f64 / 30.0);
        assert_eq!(seen, [0, 1, 2, 3].map(|n| (n, at(n), false)));
    }

    #[test]
    fn an_effect_that_is_behind_skips_to_the_same_frame_it_would_have_drawn() {
        let mut slow = kept(3);
        slow.jump = (2, Duration::from_millis(2480));
        run(&spec(plasma()), None, &mut slow).unwrap();
        let numbers: Vec<_> = slow.frames.iter().map(|(_, m)| m.number).collect();
        // 2.48 s is 29.4 frames after the start at 1.5 s.
        assert_eq!(numbers, [0, 1, 30]);
        let mut steady = kept(31);
        run(&spec(plasma()), None, &mut steady).unwrap();
        assert_eq!(slow.frames[2], steady.frames[30]);
    }

    #[test]
    fn the_grid_finds_its_own_points_for_a_year() {
        for fps in [1.0, 23.976, 29.97, 60.0, 144.0] {
            let grid = Grid { start: Duration::from_millis(700), fps };
            for number in [0, 1, 2, 59, 1001, 86_400 * 30, 31_536_000] {
                assert_eq!(grid.first_from(grid.pts(number)), number, "{fps} {number}");
                let after = grid.pts(number) + Duration::from_nanos(1);
                assert_eq!(grid.first_from(after), number + 1, "{fps} {number}");
            }
            assert_eq!(grid.first_from(Duration::ZERO), 0);
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_before_any_frame() {
        let check = |change: &dyn Fn(&mut ProducerSpec), expect: &str| {
            let mut spec = spec(plasma());
            change(&mut spec);
            let mut sink = kept(1);
            let error = run(&spec, None, &mut sink).unwrap_err();
            assert_eq!(error.to_string(), expect);
            assert!(sink.frames.is_empty());
        };
        check(
            &|s| s.canvas.fps = 0.0,
            "a canvas of 6 × 4 pixels at 0 frames per second cannot be drawn on",
        );
        check(
            &|s| s.canvas.width = 0,
            "a canvas of 0 × 4 pixels at 30 frames per second cannot be drawn on",
        );
        check(
            &|s| s.source = SourceSpec::Effect { effect: "lava".into(), params: Map::new() },
            "effect \"lava\" does not exist",
        );
        check(
            &|s| s.source = SourceSpec::Still { fit: crate::source::Fit::Cover },
            "no file was given for the still",
        );
    }
}
