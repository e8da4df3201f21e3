//! The player: a pure state machine that decides what is lit, from when and until when.
//!
//! ```text
//!            play                      first frame seen by render
//!  stopped --------> playing (waiting) ------------------------> playing (lit since T)
//!     ^                 |    ^                                     |  |      ^
//!     |  end of list,   |    |  next, previous, seek, T + duration |  |pause | resume
//!     |  nothing plays  |    +-------------------------------------+  v      |
//!     +-----------------+------------------- stop ---------------- paused ---+
//! ```
//!
//! It knows no clock, no thread and no process: time is handed in, and what has to happen comes out
//! as [`Action`]s. Render tells when an item was really shown, and from that instant its duration
//! counts, so that nothing is cut short by a slow start; an item that was ready in time starts
//! exactly where the one before it ended, so that nothing drifts.

mod action;
mod order;
mod program;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hal::MonoTime;

pub use self::action::{Action, Token};
use self::order::Order;
pub use self::program::{EFFECT, FadeSpec, Playable, Program, ProgramItem, STILL};
use crate::control::snapshot::{PlayState, PlayerSnapshot, Playing};

/// How long the old light stays while an item has no first frame; then the next one is tried.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Faults that are remembered as told.
const MOST_TOLD: usize = 20_000;

/// One appearance of an item.
#[derive(Clone, Debug)]
struct Appearance {
    token: Token,
    item: Arc<ProgramItem>,
    index: usize,
    /// How often the item was shown before in this row.
    round: u32,
    /// The position it starts with.
    from: Duration,
    /// Position zero on the timeline, once lit. Moves on by the length of each pause.
    zero: Option<MonoTime>,
    /// When light was asked for, to limit patience; none while it is scheduled for later.
    asked: Option<MonoTime>,
}

impl Appearance {
    fn end(&self) -> Option<MonoTime> {
        Some(self.zero? + self.item.duration?)
    }
}

/// The player. Owned by control.
#[derive(Debug)]
pub struct Player {
    program: Option<(Arc<Program>, Order)>,
    state: PlayState,
    reason: Option<String>,
    /// What is lit, or is to be lit as soon as it can.
    current: Option<Appearance>,
    /// What follows it, its producer already started.
    next: Option<Appearance>,
    /// Where the walk stands once `next` is lit.
    order_at_next: Option<Order>,
    /// What was passed over since this list began, and why: told once, not once a round.
    told: BTreeSet<(String, String)>,
    /// What failed since something was last shown, by index: not tried again until then, so that a
    /// list of which nothing plays ends instead of going round.
    failed: BTreeMap<usize, String>,
    frozen: Option<MonoTime>,
    tokens: u64,
    seed: u64,
    actions: Vec<Action>,
}

impl Player {
    /// A stopped player. `seed` decides the order of shuffled rounds.
    pub fn new(seed: u64) -> Self {
        Self {
            program: None,
            state: PlayState::Stopped,
            reason: None,
            current: None,
            next: None,
            order_at_next: None,
            told: BTreeSet::new(),
            failed: BTreeMap::new(),
            frozen: None,
            tokens: 0,
            seed,
            actions: Vec::new(),
        }
    }

    /// What has to happen since the last call.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// When [`Player::tick`] must be called at the latest.
    pub fn deadline(&self) -> Option<MonoTime> {
        let current = self.current.as_ref()?;
        let patience = |appearance: &Appearance| Some(appearance.asked? + PATIENCE);
        if current.zero.is_none() {
            return patience(current);
        }
        if self.state != PlayState::Playing {
            return None;
        }
        match &self.next {
            Some(next) => patience(next).or(current.end()),
            None => current.end(),
        }
    }

    /// What plays now.
    pub fn snapshot(&self, now: MonoTime) -> PlayerSnapshot {
        let program = self.program.as_ref().map(|(program, _)| program);
        let playing = self.current.as_ref().map(|current| {
            let position = self.position_of(current, now);
            let position = current.item.duration.map_or(position, |d| position.min(d));
            Playing {
                playlist_id: program.and_then(|program| program.playlist_id.clone()),
                playlist_name: program.and_then(|program| program.playlist_name.clone()),
                item_id: current.item.id.clone(),
                kind: current.item.kind,
                name: current.item.name.clone(),
                media_id: current.item.media_id.clone(),
                effect: current.item.effect.clone(),
                index: current.index,
                count: program.map_or(0, |program| program.items.len()),
                position_s: position.as_secs_f64(),
                duration_s: current.item.duration.map(|d| d.as_secs_f64()),
                lit: current.zero.is_some(),
            }
        });
        PlayerSnapshot { state: self.state, reason: self.reason.clone(), playing }
    }

    /// The list that plays, or was stopped.
    pub fn program(&self) -> Option<&Arc<Program>> {
        self.program.as_ref().map(|(program, _)| program)
    }

    /// The position at which a restarted producer of this appearance has to begin, if it is still
    /// wanted.
    pub fn position(&self, token: Token, now: MonoTime) -> Option<Duration> {
        let appearance = [&self.current, &self.next]
            .into_iter()
            .flatten()
            .find(|appearance| appearance.token == token)?;
        Some(self.position_of(appearance, now))
    }

    fn position_of(&self, appearance: &Appearance, now: MonoTime) -> Duration {
        let now = self.frozen.unwrap_or(now);
        appearance.zero.map_or(appearance.from, |zero| now.since(zero))
    }

    // === wishes ===

    /// Plays a list from one of its items. An empty list stops the player with that as the reason.
    pub fn play(&mut self, program: Arc<Program>, index: usize, now: MonoTime) {
        self.discard_next();
        self.thaw(now);
        self.reason = None;
        self.failed.clear();
        self.told.clear();
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if program.items.is_empty() {
            let name = program.playlist_name.clone().unwrap_or_default();
            self.program = None;
            self.halt(Some(format!("playlist \"{name}\" has no item to play")));
            return;
        }
        let index = index.min(program.items.len() - 1);
        let order = Order::starting_at(program.items.len(), index, program.shuffle, self.seed);
        self.program = Some((program, order.clone()));
        self.state = PlayState::Playing;
        self.light(order, Duration::ZERO, now);
    }

    /// What [`Player::resume`] begins, if nothing has been played yet.
    pub fn know(&mut self, program: Arc<Program>) {
        if self.program.is_none() && !program.items.is_empty() {
            let order = Order::starting_at(program.items.len(), 0, program.shuffle, self.seed);
            self.program = Some((program, order));
        }
    }

    /// Begins a stopped list again; goes on after a pause. Says whether there was anything to do it
    /// with.
    pub fn resume(&mut self, now: MonoTime) -> bool {
        match self.state {
            PlayState::Playing => true,
            PlayState::Paused => {
                self.thaw(now);
                self.state = PlayState::Playing;
                self.actions.push(Action::Changed);
                self.schedule_next(now);
                true
            }
            PlayState::Stopped => {
                let Some((program, _)) = self.program.clone() else { return false };
                self.play(program, 0, now);
                true
            }
        }
    }

    /// Light and position stand still. Does nothing unless playing.
    pub fn pause(&mut self, now: MonoTime) {
        if self.state != PlayState::Playing {
            return;
        }
        self.state = PlayState::Paused;
        self.frozen = Some(now);
        self.actions.push(Action::Freeze { at: now });
        self.actions.push(Action::Changed);
        // It was scheduled for a time that will not come; it keeps its producer.
        if let Some(next) = &mut self.next {
            next.asked = None;
        }
    }

    /// Black, position 0. The list is kept for [`Player::resume`].
    pub fn stop(&mut self, now: MonoTime) {
        self.thaw(now);
        self.halt(None);
    }

    /// To the item after this one; at the end of a list that does not loop, to its end.
    pub fn next(&mut self, now: MonoTime) {
        let Some((program, order)) = self.program.clone() else { return };
        if self.current.is_none() {
            return;
        }
        if order.at_end() && !program.looping {
            self.thaw(now);
            self.halt(None);
            return;
        }
        self.go_on(order, now);
    }

    /// Lights what comes after the current item, however often that was to be shown.
    fn go_on(&mut self, mut order: Order, now: MonoTime) {
        if let Some(mut next) = self.next.take_if(|next| next.round == 0) {
            // Its first frame is ready, or nearly: it only has to be shown earlier.
            next.asked = Some(now);
            self.show(&next, None);
            self.step_to(next);
        } else {
            order.forward();
            self.light(order, Duration::ZERO, now);
        }
    }

    /// To the item before this one; before the first is the last if the list loops, else the first
    /// begins again.
    pub fn previous(&mut self, now: MonoTime) {
        let Some((program, mut order)) = self.program.clone() else { return };
        if self.current.is_none() {
            return;
        }
        self.discard_next();
        order.back(program.looping);
        self.light_backwards(order, now);
    }

    /// To a position in this item. The caller has checked it against the item's duration.
    pub fn seek(&mut self, position: Duration, now: MonoTime) {
        let Some((_, order)) = self.program.clone() else { return };
        if self.current.is_none() {
            return;
        }
        self.discard_next();
        let round = self.current.as_ref().map_or(0, |current| current.round);
        let sought = self.current.as_ref().map(|current| current.item.id.clone());
        self.light(order, position, now);
        if let Some(current) = &mut self.current
            && sought.is_some_and(|id| id == current.item.id)
        {
            current.round = round;
        }
    }

    /// The list that plays was edited. What is lit stays lit; what follows is chosen anew, and
    /// its producer goes on if that is what it was.
    pub fn edit(&mut self, program: Arc<Program>, now: MonoTime) {
        let Some((old, order)) = &self.program else { return };
        if program.items.is_empty() {
            let reason =
                (self.state != PlayState::Stopped).then(|| "the playlist was emptied".to_owned());
            self.thaw(now);
            self.program = None;
            self.halt(reason);
            return;
        }
        let places: BTreeMap<&str, usize> =
            program.items.iter().enumerate().map(|(index, item)| (&*item.id, index)).collect();
        let to = |index: usize| places.get(&*old.items.get(index)?.id).copied();
        let order = order.edited(to, program.items.len(), program.shuffle);
        if let Some(current) = &mut self.current {
            current.index = order.current().min(program.items.len() - 1);
        }
        self.failed.clear();
        self.program = Some((program, order));
        if !self.keep_next() {
            self.discard_next();
            if self.current.as_ref().is_some_and(|current| current.zero.is_some()) {
                self.prepare_next(now);
            }
        }
        self.actions.push(Action::Changed);
    }

    /// The list was deleted: it cannot be resumed; if it plays, it stops.
    pub fn forget(&mut self, now: MonoTime) {
        self.thaw(now);
        self.program = None;
        if self.state != PlayState::Stopped {
            self.halt(Some("the playlist was deleted".to_owned()));
        }
    }

    // === what happened ===

    /// Render lit this appearance; its position was zero at `zero`.
    pub fn shown(&mut self, token: Token, zero: MonoTime, now: MonoTime) {
        if let Some(next) = self.next.take_if(|next| next.token == token) {
            self.step_to(next);
        }
        let Some(current) = &mut self.current else { return };
        if current.token != token || current.zero.is_some() {
            return;
        }
        current.zero = Some(zero);
        current.asked = None;
        self.reason = None;
        self.failed.clear();
        self.actions.push(Action::Changed);
        self.prepare_next(now);
    }

    /// The producer of this appearance cannot go on.
    pub fn failed(&mut self, token: Token, reason: &str, now: MonoTime) {
        if self.next.as_ref().is_some_and(|next| next.token == token) {
            let Some(next) = self.next.take() else { return };
            self.skipped(&next.item, reason);
            self.actions.push(Action::Discard { token });
            self.failed.insert(next.index, reason.to_owned());
            if let Some(order) = self.order_at_next.take() {
                self.prepare_from(order, now);
            }
        } else if self.current.as_ref().is_some_and(|current| current.token == token) {
            self.give_up_current(reason, now);
        }
    }

    /// Lets time act: the end of an item, of a list, or of patience.
    pub fn tick(&mut self, now: MonoTime) {
        let Some(current) = &self.current else { return };
        if current.zero.is_none() {
            if current.asked.is_some_and(|asked| now >= asked + PATIENCE) {
                self.give_up_current("it had no picture within 2 s", now);
            }
            return;
        }
        if self.state != PlayState::Playing {
            return;
        }
        let Some(end) = current.end() else { return };
        match &mut self.next {
            Some(next) if next.asked.is_none() && now >= end => next.asked = Some(end),
            Some(next) if next.asked.is_some_and(|asked| now >= asked + PATIENCE) => {
                let token = next.token;
                self.failed(token, "it had no picture within 2 s", now);
            }
            Some(_) => {}
            None if now >= end => self.halt(self.reason.clone()),
            None => {}
        }
    }

    // === inner ===

    /// Makes `next` the current one.
    fn step_to(&mut self, next: Appearance) {
        if let (Some((_, order)), Some(stepped)) = (&mut self.program, self.order_at_next.take()) {
            *order = stepped;
        }
        self.current = Some(next);
        self.actions.push(Action::Changed);
    }

    /// Lights the item that `order` stands on at once, or the first after it that can be.
    fn light(&mut self, order: Order, position: Duration, now: MonoTime) {
        self.light_by(order, position, now, |order, looping| {
            let more = looping || !order.at_end();
            order.forward();
            more
        });
    }

    /// As `light`, but what cannot be shown is passed over backwards.
    fn light_backwards(&mut self, order: Order, now: MonoTime) {
        self.light_by(order, Duration::ZERO, now, |order, looping| {
            let before = order.current();
            order.back(looping);
            order.current() != before
        });
    }

    fn light_by(
        &mut self,
        mut order: Order,
        position: Duration,
        now: MonoTime,
        mut step: impl FnMut(&mut Order, bool) -> bool,
    ) {
        let Some((program, _)) = self.program.clone() else { return };
        self.discard_next();
        let lit = self.current.as_ref().map(|current| current.item.clone());
        self.discard_unlit_current();
        let mut position = position;
        let mut last_reason = None;
        for _ in 0..program.items.len() {
            let index = order.current();
            match self.appear(&program, index, lit.as_ref(), position) {
                Ok(mut appearance) => {
                    appearance.asked = Some(now);
                    self.show(&appearance, None);
                    if let Some((_, kept)) = &mut self.program {
                        *kept = order;
                    }
                    self.current = Some(appearance);
                    self.actions.push(Action::Changed);
                    return;
                }
                Err(reason) => last_reason = Some(reason),
            }
            position = Duration::ZERO;
            if !step(&mut order, program.looping) {
                break;
            }
        }
        self.thaw(now);
        self.halt(last_reason.map(|reason| format!("nothing in the list can be played: {reason}")));
    }

    /// Starts the producer of the item after the current one and schedules it.
    fn prepare_next(&mut self, now: MonoTime) {
        let Some((_, order)) = self.program.clone() else { return };
        self.prepare_from(order, now);
    }

    /// As `prepare_next`, but from where `order` stands.
    fn prepare_from(&mut self, mut order: Order, now: MonoTime) {
        let Some((program, _)) = self.program.clone() else { return };
        // An item that is shown for ever has none after it.
        if self.current.as_ref().is_none_or(|current| current.item.duration.is_none()) {
            return;
        }
        if let Some(round) = self.once_more(&program, &order)
            && let Ok(appearance) = self.appear_again(&program, order.current(), round)
        {
            self.next = Some(appearance);
            self.order_at_next = Some(order);
            self.schedule_next(now);
            return;
        }
        for _ in 0..=program.items.len() {
            if order.at_end() && !program.looping {
                return;
            }
            order.forward();
            if let Ok(appearance) = self.appear(&program, order.current(), None, Duration::ZERO) {
                self.next = Some(appearance);
                self.order_at_next = Some(order);
                self.schedule_next(now);
                return;
            }
        }
    }

    /// The round that follows the current one, if the same item is to be shown once more. The list's
    /// word counts as it is now, and only while the walk stands on that item.
    fn once_more(&self, program: &Program, order: &Order) -> Option<u32> {
        let current = self.current.as_ref()?;
        let item = program.items.get(order.current())?;
        let round = current.round + 1;
        (item.id == current.item.id && round < item.repeat).then_some(round)
    }

    fn appear_again(
        &mut self,
        program: &Program,
        index: usize,
        round: u32,
    ) -> Result<Appearance, String> {
        let mut appearance = self.appear(program, index, None, Duration::ZERO)?;
        appearance.round = round;
        Ok(appearance)
    }

    /// Tells render when the next one begins.
    fn schedule_next(&mut self, now: MonoTime) {
        if self.state != PlayState::Playing {
            return;
        }
        let Some(end) = self.current.as_ref().and_then(Appearance::end) else { return };
        if let Some(mut next) = self.next.take() {
            if now >= end {
                next.asked = Some(now);
            }
            self.show(&next, Some(end));
            self.next = Some(next);
        }
    }

    fn appear(
        &mut self,
        program: &Program,
        index: usize,
        lit: Option<&Arc<ProgramItem>>,
        position: Duration,
    ) -> Result<Appearance, String> {
        // What is lit may have been taken out of the list; it can still be sought in.
        let Some(item) = program.items.get(index).or(lit.map(|lit| &**lit)) else {
            return Err("the item was taken out of the list".to_owned());
        };
        if let Some(reason) = self.failed.get(&index) {
            return Err(format!("\"{}\": {reason}", item.name));
        }
        match &item.show {
            Ok(playable) => {
                self.tokens += 1;
                let token = Token(self.tokens);
                let playable = playable.clone();
                let item = Arc::new(item.clone());
                let action = Action::Prepare { token, item: item.clone(), playable, position };
                self.actions.push(action);
                let index = index.min(program.items.len().saturating_sub(1));
                let (zero, asked) = (None, None);
                Ok(Appearance { token, item, index, round: 0, from: position, zero, asked })
            }
            Err(reason) => {
                let reason = reason.clone();
                self.skipped(item, &reason);
                self.failed.insert(index, reason.clone());
                Err(format!("\"{}\": {reason}", item.name))
            }
        }
    }

    fn show(&mut self, appearance: &Appearance, at: Option<MonoTime>) {
        // While time stands still a mix would never end; and an item does not come in after itself.
        if self.frozen.is_some() || appearance.round > 0 {
            let (token, position) = (appearance.token, appearance.from);
            self.actions.push(Action::Show { token, at, position, fade: FadeSpec::CUT });
            return;
        }
        let half = |duration: Option<Duration>| duration.map_or(Duration::MAX, |d| d / 2);
        let before = self.current.as_ref().and_then(|current| current.item.duration);
        let fade = appearance
            .item
            .transition
            .at_most(half(appearance.item.duration))
            .at_most(half(before));
        self.actions.push(Action::Show {
            token: appearance.token,
            at,
            position: appearance.from,
            fade,
        });
    }

    /// The current one is dead, or never came: the one after it is tried.
    fn give_up_current(&mut self, reason: &str, now: MonoTime) {
        let Some(current) = self.current.clone() else { return };
        self.skipped(&current.item, reason);
        let Some((program, order)) = self.program.clone() else { return };
        self.discard_unlit_current();
        let alone = program.items.len() == 1;
        let at_end = order.at_end() && !program.looping;
        self.failed.insert(order.current(), reason.to_owned());
        if alone || at_end {
            self.thaw(now);
            self.halt(Some(format!("\"{}\": {reason}", current.item.name)));
            return;
        }
        self.go_on(order, now);
    }

    fn skipped(&mut self, item: &ProgramItem, reason: &str) {
        // Reasons are few; should one contain something that always changes, it is told again.
        if self.told.len() >= MOST_TOLD {
            self.told.clear();
        }
        if self.told.insert((item.id.clone(), reason.to_owned())) {
            self.actions.push(Action::Skipped {
                item_id: item.id.clone(),
                name: item.name.clone(),
                reason: reason.to_owned(),
            });
        }
    }

    /// Whether what is prepared is what follows in the list as it is now: then its producer goes on.
    fn keep_next(&mut self) -> bool {
        let Some((program, order)) = &self.program else { return false };
        let again = self.once_more(program, order);
        let Some(next) = &mut self.next else { return false };
        if let Some(round) = again {
            let index = order.current();
            let stays = next.round == round && program.items.get(index) == Some(&*next.item);
            if stays {
                next.index = index;
                self.order_at_next = Some(order.clone());
            }
            return stays;
        }
        if next.round > 0 {
            return false;
        }
        if order.at_end() && !program.looping {
            return false;
        }
        let mut order = order.clone();
        order.forward();
        let index = order.current();
        if program.items.get(index) != Some(&*next.item) {
            return false;
        }
        next.index = index;
        self.order_at_next = Some(order);
        true
    }

    fn discard_next(&mut self) {
        self.order_at_next = None;
        if let Some(next) = self.next.take() {
            self.actions.push(Action::Discard { token: next.token });
        }
    }

    fn discard_unlit_current(&mut self) {
        if let Some(current) = self.current.take_if(|current| current.zero.is_none()) {
            self.actions.push(Action::Discard { token: current.token });
        }
    }

    fn thaw(&mut self, now: MonoTime) {
        let Some(frozen) = self.frozen.take() else { return };
        let pause = now.since(frozen);
        if let Some(current) = &mut self.current {
            current.zero = current.zero.map(|zero| zero + pause);
        }
        self.actions.push(Action::Thaw { at: now });
    }

    /// Black and stopped.
    fn halt(&mut self, reason: Option<String>) {
        self.discard_next();
        self.discard_unlit_current();
        self.current = None;
        self.state = PlayState::Stopped;
        self.reason = reason;
        self.actions.push(Action::Black);
        self.actions.push(Action::Changed);
    }
}
