//! Fades: how what was lit becomes what is, LED by LED, in linear light.
//!
//! ```text
//!  base (stands still) --interrupted--> outgoing --running--> lit
//! ```
//!
//! Usually there is one course, `running`: the outgoing layer moves on beneath the lit one. If
//! another layer is lit in the middle of it, the new course must begin with the mixture that is
//! seen: what was outgoing stops where it is and becomes `base`, the layer that was lit goes out
//! over it, and the old course is finished beneath the new one. So however often someone skips,
//! light never jumps, and never more than two layers move.

use std::time::Duration;

use hal::MonoTime;

use super::layer::Layer;
use crate::color::curve::srgb_to_linear16;
use crate::color::{FULL_WEIGHT, mix, mix_with_color};
use crate::layout::Led;
use crate::library::model::TransitionCurve;
use crate::player::FadeSpec;

/// One change, from its beginning to its end.
#[derive(Clone, Copy)]
struct Course {
    begin: MonoTime,
    spec: FadeSpec,
}

impl Course {
    /// How far time has come, from 0 to 1; none once it is over.
    fn part(&self, show_time: MonoTime) -> Option<f64> {
        let gone = show_time.since(self.begin);
        (gone < self.spec.span).then(|| gone.as_secs_f64() / self.spec.span.as_secs_f64())
    }

    /// Mixes the light of `part`.
    fn mix(&self, part: f64, from: &[Led], to: &[Led], out: &mut [Led]) {
        let weight = |part: f64| (bend(self.spec.curve, part) * f64::from(FULL_WEIGHT)) as u32;
        match self.spec.through {
            None => mix(from, to, weight(part), out),
            // Each half is bent by itself, so that light comes to rest in the colour too.
            Some(color) => {
                let color = color.0.map(|byte| srgb_to_linear16()[usize::from(byte)]);
                if part < 0.5 {
                    mix_with_color(from, color, weight(2.0 * part), out);
                } else {
                    mix_with_color(to, color, FULL_WEIGHT - weight(2.0 * part - 1.0), out);
                }
            }
        }
    }
}

/// The share of light that has changed after a share of the time.
fn bend(curve: TransitionCurve, part: f64) -> f64 {
    match curve {
        TransitionCurve::Linear => part,
        TransitionCurve::Smooth => part * part * (3.0 - 2.0 * part),
    }
}

/// The change to the lit layer, if there is one. Allocates when it is built and never again.
pub(super) struct Fade {
    /// From what is beneath to the lit layer.
    running: Option<Course>,
    /// What is beneath; none is black.
    outgoing: Option<Box<Layer>>,
    /// From `base` to `outgoing`: the course that was not over when `running` began.
    interrupted: Option<Course>,
    base: Vec<Led>,
    /// What is beneath the lit layer, while there are two courses.
    under: Vec<Led>,
}

impl Fade {
    pub(super) fn new(leds: usize) -> Self {
        Self {
            running: None,
            outgoing: None,
            interrupted: None,
            base: vec![[0; 3]; leds],
            under: vec![[0; 3]; leds],
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    pub(super) fn outgoing(&mut self) -> Option<&mut Box<Layer>> {
        self.outgoing.as_mut()
    }

    /// What was lit makes room. Hands out the layers that are no longer needed.
    pub(super) fn begin(
        &mut self,
        begin: MonoTime,
        spec: FadeSpec,
        was_lit: Option<Box<Layer>>,
    ) -> [Option<Box<Layer>>; 2] {
        if spec.is_cut() {
            return [self.end(), was_lit];
        }
        // As they were at the last tick: that is what is seen.
        if self.running.is_some() {
            match (&self.interrupted, &self.outgoing) {
                (Some(_), _) => std::mem::swap(&mut self.base, &mut self.under),
                (None, Some(layer)) => self.base.copy_from_slice(&layer.leds),
                (None, None) => self.base.fill([0; 3]),
            }
        }
        self.interrupted = self.running.replace(Course { begin, spec });
        [std::mem::replace(&mut self.outgoing, was_lit), None]
    }

    /// Only the lit layer is seen from now on. Hands out the one that was beneath it.
    pub(super) fn end(&mut self) -> Option<Box<Layer>> {
        self.running = None;
        self.interrupted = None;
        self.outgoing.take()
    }

    /// Time stood still for this long.
    pub(super) fn put_off(&mut self, pause: Duration) {
        for course in [&mut self.running, &mut self.interrupted].into_iter().flatten() {
            course.begin = course.begin + pause;
        }
        if let Some(layer) = &mut self.outgoing {
            layer.zero = layer.zero + pause;
        }
    }

    /// Mixes what is to be seen of `lit` and what is beneath it. Says whether that was all of
    /// `lit`: then there is nothing left to mix.
    pub(super) fn mix(
        &mut self,
        show_time: MonoTime,
        lit: &[Led],
        black: &[Led],
        light: &mut [Led],
    ) -> bool {
        let course = self.running.as_ref();
        let Some((course, part)) = course.and_then(|c| Some((c, c.part(show_time)?))) else {
            light.copy_from_slice(lit);
            return true;
        };
        let outgoing = self.outgoing.as_ref().map_or(black, |layer| &layer.leds);
        let before = self.interrupted.and_then(|course| Some((course, course.part(show_time)?)));
        match before {
            Some((before, its_part)) => {
                before.mix(its_part, &self.base, outgoing, &mut self.under);
                course.mix(part, &self.under, lit, light);
            }
            None => {
                self.interrupted = None;
                course.mix(part, outgoing, lit, light);
            }
        }
        false
    }
}
