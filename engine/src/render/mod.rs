//! Render: at each tick, the newest due frames become LED bytes in the outputs' mailboxes.
//!
//! Stages of a tick: messages, switch (is a scheduled layer ready?), update of each layer (newest
//! due frame, sampled by area in linear light), mix, live light over it, colour per output; then, at
//! the deadline,
//! mailboxes, lateness, preview tap. The work is begun before the deadline by as much as it usually
//! takes, so that bytes leave when they are due and not when we happen to be done. Light is `u16`
//! per LED and channel, 65535 = full, linear, until the colour stage.
//!
//! The thread waits on the clock and on its own wake-up word and on nothing else. After its first
//! tick it does not allocate, lock, log or free: what it no longer needs goes back to control.

mod fade;
mod layer;
mod lead;
mod link;
mod live;
mod pace;
mod tap;
#[cfg(test)]
mod tests;
mod thread;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use hal::{Clock, MonoTime};

use self::fade::Fade;
pub use self::layer::Layer;
pub use self::link::{Channel, FromRender, RenderLink, ToRender, link};
pub use self::live::Face;
use self::live::Live;
pub use self::tap::{Tap, TapReader, TapWish, TappedFrame, tap};
pub use self::thread::RenderThread;
pub(crate) use self::thread::spawn;
use crate::color::ColorMap;
use crate::input::Feed;
use crate::layout::{LayoutMap, Led};
use crate::output::MailboxWriter;
use crate::player::FadeSpec;
use crate::pulse::Pulse;
use crate::stats::{FrameStats, TickTimes};

/// Light stands still for this long before render stops repeating it at the display's rate.
const SETTLE: Duration = Duration::from_secs(1);
/// How long render rests at most while nothing moves.
const REST: Duration = Duration::from_secs(1);

/// One output, as render sees it.
pub struct Lane {
    /// The LEDs that it carries.
    pub range: Range<usize>,
    /// From light to its bytes.
    pub color: ColorMap,
    /// Where its bytes go.
    pub mailbox: MailboxWriter,
}

/// A layer that waits to be lit.
struct Scheduled {
    layer: Box<Layer>,
    at: Option<MonoTime>,
    position: Duration,
    fade: FadeSpec,
    /// A tick at which it was due has gone by without it: it starts when it has a frame.
    tried: bool,
}

/// Everything that a tick needs. Owned by the render thread.
pub struct Render {
    clock: Arc<dyn Clock>,
    channel: Channel,
    map: LayoutMap,
    lanes: Vec<Lane>,
    tap: Tap,
    stats: Arc<FrameStats>,
    brightness: f64,
    lit: Option<Box<Layer>>,
    fade: Fade,
    scheduled: Option<Scheduled>,
    frozen: Option<MonoTime>,
    /// What the player has lit: linear light per LED, before brightness.
    light: Vec<Led>,
    /// Inputs that show in its place.
    live: Live,
    black: Vec<Led>,
    /// Something other than a frame changed what is to be seen since the last tick.
    touched: bool,
    /// The deadline of the newest tick.
    ticked: MonoTime,
    /// When the work of the newest tick began and ended, and whether it changed the light.
    begun: MonoTime,
    prepared: MonoTime,
    changed: bool,
    /// Answered in each round of the thread.
    pulse: Pulse,
    /// Counts the ticks handed over.
    number: u64,
    /// Since when nothing has changed.
    still_since: Option<MonoTime>,
    ended: bool,
}

impl Render {
    /// A dark render for a layout and its outputs.
    pub fn new(
        clock: Arc<dyn Clock>,
        channel: Channel,
        map: LayoutMap,
        mut lanes: Vec<Lane>,
        tap: Tap,
        stats: Arc<FrameStats>,
        brightness: f64,
    ) -> Self {
        let leds = map.leds();
        for lane in &mut lanes {
            lane.color.set_brightness(brightness);
        }
        Self {
            clock,
            channel,
            map,
            lanes,
            tap,
            stats,
            brightness,
            lit: None,
            fade: Fade::new(leds),
            scheduled: None,
            frozen: None,
            light: vec![[0; 3]; leds],
            live: Live::new(Vec::new(), leds),
            black: vec![[0; 3]; leds],
            touched: true,
            ticked: MonoTime::ZERO,
            begun: MonoTime::ZERO,
            prepared: MonoTime::ZERO,
            changed: false,
            pulse: Pulse::default(),
            number: 0,
            still_since: None,
            ended: false,
        }
    }

    /// The same with live inputs; their numbers are their places here.
    #[must_use]
    pub fn with_feeds(mut self, feeds: Vec<Feed>) -> Self {
        self.live = Live::new(feeds, self.map.leds());
        self
    }

    /// By which others see that its thread goes round.
    pub(crate) fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// One whole tick, without a wait: `deadline` is when its bytes are due.
    pub fn tick(&mut self, deadline: MonoTime) {
        self.prepare(deadline);
        self.hand_over(deadline, Duration::ZERO);
    }

    /// The work of a tick, before its deadline: the bytes lie in the mailboxes, unseen. Says how
    /// long it took.
    fn prepare(&mut self, deadline: MonoTime) -> Duration {
        self.begun = self.clock.now();
        self.channel.flush();
        self.receive();
        self.switch(deadline);
        let touched = self.touched;
        let moved = self.compose(deadline);
        let beneath = (&*self.light, moved);
        self.changed = self.live.compose(deadline, &mut self.map, beneath) || touched;
        self.ticked = deadline;
        self.number += 1;
        let shown = self.live.shown(&self.light);
        for lane in &mut self.lanes {
            lane.color.map(&shown[lane.range.clone()], lane.mailbox.buffer());
        }
        self.prepared = self.clock.now();
        self.prepared.since(self.begun)
    }

    /// At its deadline: the outputs see the bytes. `lead` is how long before it the work was
    /// planned to begin.
    fn hand_over(&mut self, deadline: MonoTime, lead: Duration) {
        for lane in &mut self.lanes {
            lane.mailbox.publish(self.number, deadline);
        }
        let times = TickTimes {
            deadline,
            lead,
            begun: self.begun,
            prepared: self.prepared,
            done: self.clock.now(),
        };
        self.stats.presented(&times);
        if self.changed {
            self.tap.changed(self.number);
            self.still_since = None;
        } else if self.still_since.is_none() {
            self.still_since = Some(deadline);
        }
        self.tap.offer(self.live.shown(&self.light), self.brightness);
    }

    /// Until when there is no need for a tick, if nothing is asked: light has stood still for a
    /// while and will for some time.
    fn rest_until(&self, now: MonoTime) -> Option<MonoTime> {
        let still_since = self.still_since?;
        let restless = self.touched || self.live.is_restless() || self.tap.is_owed();
        if now.since(still_since) < SETTLE || restless {
            return None;
        }
        let moving = self.lit.as_ref().is_some_and(|layer| !layer.is_still());
        if (moving || self.fade.is_running()) && self.frozen.is_none() {
            return None;
        }
        // Counted from the last tick, so that being woken for nothing puts no sign of life off.
        let until = self.ticked + REST;
        match &self.scheduled {
            None => Some(until),
            // Scheduled for later: rest until then. While frozen its time does not come.
            Some(Scheduled { at: Some(at), .. }) if self.frozen.is_none() && *at > now => {
                Some(until.min(*at))
            }
            Some(Scheduled { at: Some(_), .. }) if self.frozen.is_some() => Some(until),
            Some(_) => None,
        }
    }

    /// When the live frame came that waits to be shown.
    fn arrival(&mut self) -> Option<MonoTime> {
        self.live.arrival()
    }

    /// Whether nothing but live frames changes what is shown.
    fn follows_frames(&self) -> bool {
        self.live.drives_alone() && !self.touched
    }

    // === messages ===

    fn receive(&mut self) {
        while let Some(message) = self.channel.receive() {
            self.obey(message);
        }
    }

    fn obey(&mut self, message: ToRender) {
        match message {
            ToRender::Show { layer, at, position, fade } => {
                let tried = self.has_gone_by(at);
                let scheduled = Scheduled { layer, at, position, fade, tried };
                if let Some(old) = self.scheduled.replace(scheduled) {
                    self.channel.send(FromRender::Retired(old.layer));
                }
            }
            ToRender::Reschedule { token, at, position, fade } => {
                let tried = self.has_gone_by(at);
                if let Some(scheduled) = &mut self.scheduled
                    && scheduled.layer.token == token
                {
                    scheduled.at = at;
                    scheduled.position = position;
                    scheduled.fade = fade;
                    scheduled.tried = tried;
                }
            }
            ToRender::Discard { token } => {
                if let Some(old) = self.scheduled.take_if(|old| old.layer.token == token) {
                    self.channel.send(FromRender::Retired(old.layer));
                }
            }
            ToRender::Succeed { token, reader } => {
                let scheduled = self.scheduled.as_mut().map(|scheduled| &mut scheduled.layer);
                let layer = [self.lit.as_mut(), scheduled, self.fade.outgoing()]
                    .into_iter()
                    .flatten()
                    .find(|layer| layer.token == token);
                let spare = match layer {
                    Some(layer) => layer.succeed(reader),
                    None => Some(reader),
                };
                if let Some(spare) = spare {
                    self.channel.send(FromRender::Spare(spare));
                }
            }
            ToRender::Drive { face, fade } => self.live.drive(face, fade),
            ToRender::Black => self.black_out(),
            ToRender::Freeze { at } => self.frozen = Some(at),
            ToRender::Thaw { at } => self.thaw(at),
            ToRender::Brightness(brightness) => {
                self.brightness = brightness;
                for lane in &mut self.lanes {
                    lane.color.set_brightness(brightness);
                }
                self.touched = true;
            }
            ToRender::End => {
                self.black_out();
                self.live.drive(Face::Playlist, Duration::ZERO);
                self.ended = true;
            }
        }
    }

    /// Whether a tick at which it would have been due was taken before it was asked for.
    fn has_gone_by(&self, at: Option<MonoTime>) -> bool {
        at.is_some_and(|at| at <= self.ticked)
    }

    fn black_out(&mut self) {
        if let Some(scheduled) = self.scheduled.take() {
            self.channel.send(FromRender::Retired(scheduled.layer));
        }
        self.end_fade();
        if let Some(layer) = self.lit.take() {
            self.channel.send(FromRender::Retired(layer));
        }
        self.touched = true;
    }

    fn end_fade(&mut self) {
        if let Some(layer) = self.fade.end() {
            self.channel.send(FromRender::Retired(layer));
        }
    }

    fn thaw(&mut self, at: MonoTime) {
        let Some(frozen) = self.frozen.take() else { return };
        let pause = at.since(frozen);
        if let Some(layer) = &mut self.lit {
            layer.zero = layer.zero + pause;
        }
        self.fade.put_off(pause);
        self.still_since = None;
    }

    // === the picture ===

    /// Time as the layers see it: it stands still while frozen.
    fn show_time(&self, deadline: MonoTime) -> MonoTime {
        self.frozen.unwrap_or(deadline)
    }

    /// Lights the scheduled layer if it is due and has a frame.
    fn switch(&mut self, deadline: MonoTime) {
        let show_time = self.show_time(deadline);
        let frozen = self.frozen.is_some();
        let Some(scheduled) = &mut self.scheduled else { return };
        let begin = match scheduled.at {
            Some(at) if frozen || at > deadline => return,
            // Ready at its first tick: its time began when the item before it ended.
            Some(at) if !scheduled.tried => at,
            _ => show_time,
        };
        let layer = &mut scheduled.layer;
        layer.zero = begin - scheduled.position;
        let (ready, spare) = layer.update(show_time, &mut self.map, &self.stats);
        if layer.take_cheat() {
            self.channel.send(FromRender::Cheated { token: layer.token });
        }
        if let Some(spare) = spare {
            self.channel.send(FromRender::Spare(spare));
        }
        if !ready {
            scheduled.tried = true;
            return;
        }
        let Some(Scheduled { layer, fade, .. }) = self.scheduled.take() else { return };
        self.channel.send(FromRender::Shown { token: layer.token, zero: layer.zero });
        let was_lit = self.lit.replace(layer);
        for layer in self.fade.begin(begin, fade, was_lit).into_iter().flatten() {
            self.channel.send(FromRender::Retired(layer));
        }
        self.touched = true;
    }

    /// Brings `light` up to date. Says whether it changed.
    fn compose(&mut self, deadline: MonoTime) -> bool {
        let show_time = self.show_time(deadline);
        let mut changed = std::mem::take(&mut self.touched);
        for layer in [self.lit.as_mut(), self.fade.outgoing()].into_iter().flatten() {
            let (moved, spare) = layer.update(show_time, &mut self.map, &self.stats);
            if layer.take_cheat() {
                self.channel.send(FromRender::Cheated { token: layer.token });
            }
            changed |= moved;
            if let Some(spare) = spare {
                self.channel.send(FromRender::Spare(spare));
            }
        }
        let lit = self.lit.as_ref().map_or(&self.black, |layer| &layer.leds);
        if self.fade.is_running() {
            let over = self.fade.mix(show_time, lit, &self.black, &mut self.light);
            changed |= over || self.frozen.is_none();
            if over {
                self.end_fade();
            }
        } else if changed {
            self.light.copy_from_slice(lit);
        }
        changed
    }
}
