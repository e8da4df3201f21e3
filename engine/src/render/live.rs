//! Live light over that of the playlist: what the outputs show, and when a frame is a tick.
//!
//! The playlist is composed beneath all the time, so that its clock and its producers go on. What is
//! shown is one of the faces, or for the span of a fade a mixture of two, made of light.

use std::time::Duration;

use hal::MonoTime;

use crate::color::mix;
use crate::input::Feed;
use crate::layout::{LayoutMap, Led};

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Face {
    /// What the player has lit.
    #[default]
    Playlist,
    /// The newest frame of an input, by its number.
    Input(usize),
    /// Nothing.
    Black,
}

/// What a face comes from in a fade.
#[derive(Clone, Copy, Debug)]
enum From {
    Face(Face),
    /// The mixture that was shown when the fade before was broken off.
    Frozen,
}

struct Fade {
    from: From,
    span: Duration,
    /// The first tick of the fade; none before it.
    begin: Option<MonoTime>,
}

struct Plane {
    feed: Feed,
    leds: Vec<Led>,
    /// Where a frame is sampled to, to see whether it differs.
    spare: Vec<Led>,
    /// When the frame came that was taken and not yet sampled.
    fresh: Option<MonoTime>,
}

/// Owned by render.
pub(super) struct Live {
    planes: Vec<Plane>,
    face: Face,
    fade: Option<Fade>,
    /// The mixture during a fade.
    light: Vec<Led>,
    frozen: Vec<Led>,
    black: Vec<Led>,
    touched: bool,
}

impl Live {
    pub(super) fn new(feeds: Vec<Feed>, leds: usize) -> Self {
        let dark = vec![[0; 3]; leds];
        let plane = |feed| Plane { feed, leds: dark.clone(), spare: dark.clone(), fresh: None };
        Self {
            planes: feeds.into_iter().map(plane).collect(),
            face: Face::Playlist,
            fade: None,
            light: dark.clone(),
            frozen: dark.clone(),
            black: dark,
            touched: false,
        }
    }

    /// Shows another face, after a fade or at once.
    pub(super) fn drive(&mut self, face: Face, span: Duration) {
        let before = std::mem::replace(&mut self.face, face);
        let from = match self.fade.take() {
            Some(Fade { begin: Some(_), .. }) => {
                self.frozen.copy_from_slice(&self.light);
                From::Frozen
            }
            Some(Fade { from, begin: None, .. }) => from,
            None => From::Face(before),
        };
        self.fade = (!span.is_zero()).then_some(Fade { from, span, begin: None });
        self.touched = true;
    }

    /// Whether the next tick shows something else although no frame came.
    pub(super) fn is_restless(&self) -> bool {
        self.touched || self.fade.is_some()
    }

    /// Whether nothing but the frames of an input changes what is shown.
    pub(super) fn drives_alone(&self) -> bool {
        matches!(self.face, Face::Input(_) | Face::Black) && !self.is_restless()
    }

    /// When the frame came that waits to be shown. None in a fade, which has the display's own pace.
    pub(super) fn arrival(&mut self) -> Option<MonoTime> {
        let Face::Input(input) = self.face else { return None };
        if self.fade.is_some() {
            return None;
        }
        let plane = self.planes.get_mut(input)?;
        if let Some(at) = plane.feed.take() {
            // One that took the place of another is shown when that would have been.
            plane.fresh.get_or_insert(at);
        }
        plane.fresh
    }

    /// Brings what is shown up to date. `playlist` is the light beneath, and whether it changed.
    /// Says whether what is shown did.
    pub(super) fn compose(
        &mut self,
        deadline: MonoTime,
        map: &mut LayoutMap,
        (playlist, moved): (&[Led], bool),
    ) -> bool {
        let mut changed = std::mem::take(&mut self.touched);
        let from = match &self.fade {
            Some(Fade { from: From::Face(face), .. }) => Some(*face),
            _ => None,
        };
        for face in [Some(self.face), from].into_iter().flatten() {
            changed |= match face {
                Face::Playlist => moved,
                Face::Input(input) => {
                    self.planes.get_mut(input).is_some_and(|plane| plane.update(map))
                }
                Face::Black => false,
            };
        }
        let Some(fade) = &mut self.fade else { return changed };
        let begin = *fade.begin.get_or_insert(deadline);
        let passed = deadline.since(begin);
        if passed >= fade.span {
            self.fade = None;
            return true;
        }
        let weight = (passed.as_secs_f64() / fade.span.as_secs_f64() * 65536.0) as u32;
        let from = match fade.from {
            From::Frozen => &self.frozen,
            From::Face(face) => look(face, &self.planes, &self.black, playlist),
        };
        let to = look(self.face, &self.planes, &self.black, playlist);
        mix(from, to, weight, &mut self.light);
        true
    }

    /// What the outputs show.
    pub(super) fn shown<'a>(&'a self, playlist: &'a [Led]) -> &'a [Led] {
        match self.fade {
            Some(Fade { begin: Some(_), .. }) => &self.light,
            _ => look(self.face, &self.planes, &self.black, playlist),
        }
    }
}

fn look<'a>(face: Face, planes: &'a [Plane], black: &'a [Led], playlist: &'a [Led]) -> &'a [Led] {
    match face {
        Face::Playlist => playlist,
        Face::Input(input) => planes.get(input).map_or(black, |plane| &plane.leds),
        Face::Black => black,
    }
}

impl Plane {
    /// Samples the newest frame, if there is a new one. Says whether its light is another.
    fn update(&mut self, map: &mut LayoutMap) -> bool {
        // One that came after the tick was planned is as good.
        let taken = self.feed.take().is_some();
        if self.fresh.take().is_none() && !taken {
            return false;
        }
        self.feed.light(map, &mut self.spare);
        std::mem::swap(&mut self.leds, &mut self.spare);
        self.leds != self.spare
    }
}
