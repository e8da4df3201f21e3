//! The control thread: carries out what the player decides, and hears what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use hal::{Clock, MonoTime, Wake};
use tokio::sync::oneshot;

use super::event::Event;
use super::shared::Shared;
use super::snapshot::PlayerSnapshot;
use crate::error::Error;
use crate::input::Inputs;
use crate::library::Wish;
use crate::player::{Action, Playable, Player, Program, ProgramItem, Token};
use crate::producer::{Launch, Outcome, Producer};
use crate::pulse::Pulse;
use crate::render::{FromRender, Layer, RenderLink, ToRender};
use crate::source::{CanvasSpec, ProducerSpec};
use crate::store::{Store, StoreClient};

/// How often a producer is started anew for one appearance of an item, if it dies within a minute
/// each time.
const RESTARTS: u32 = 3;
/// Brightness is written to disk this long after its last change.
const WRITE_AFTER: Duration = Duration::from_secs(2);
/// A producer that ran for this long before it died is not held against the next one.
const CALM: Duration = Duration::from_secs(60);
/// Wishes that may wait. One more is refused as busy.
const WISHES: usize = 64;
/// News that may wait; who brings more waits too.
const NEWS: usize = 64;

pub(crate) type Answer<T> = oneshot::Sender<Result<T, Error>>;

/// All that control can be told.
pub(crate) enum ToControl {
    /// Play this list from this item.
    Play { program: Arc<Program>, index: usize, asked: Option<(Wish, Answer<PlayerSnapshot>)> },
    /// What can be resumed, without lighting it.
    Know { program: Arc<Program> },
    /// A wish about what plays.
    Transport { wish: Transport, answer: Answer<PlayerSnapshot> },
    /// A playlist is not what it was; none means that it was deleted.
    Edited { playlist_id: String, program: Option<Arc<Program>> },
    /// Media changed: lists that use them have to be looked at again.
    MediaChanged,
    /// Applied at once; refused if it is not what the asker knew any more, if he says so.
    Brightness { brightness: f64, known: Option<f64>, answer: Answer<()> },
    /// A producer ended by itself.
    Ended { token: Token, launch: u32, outcome: Outcome },
    /// The program ends.
    End,
}

/// Wishes that need nothing from the library.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Transport {
    Resume,
    Pause,
    Stop,
    Next,
    Previous,
    Seek(f64),
}

/// Puts messages to control.
#[derive(Clone)]
pub(crate) struct ControlClient {
    wishes: Sender<ToControl>,
    // Apart, so that neither keeps the other from being heard.
    news: Sender<ToControl>,
    wake: Wake,
}

/// Control's end of what is put to it.
pub(crate) struct Inbox {
    wishes: Receiver<ToControl>,
    news: Receiver<ToControl>,
}

impl ControlClient {
    /// Never waits.
    pub(crate) fn send(&self, message: ToControl) -> Result<(), Error> {
        let sent = self.wishes.try_send(message);
        self.wake.notify();
        sent.map_err(|_| Error::Busy { part: "control" })
    }

    /// Has control go round although there is nothing to hear.
    pub(crate) fn nudge(&self) {
        self.wake.notify();
    }

    /// For those who may wait: producers that ended, and the end of the program.
    pub(crate) fn send_waiting(&self, message: ToControl) {
        // Fails only if control has ended, which is when nobody needs to know.
        let _ = self.news.send(message);
        self.wake.notify();
    }
}

/// Both ends of the way to control.
pub(crate) fn channel(wake: Wake) -> (ControlClient, Inbox) {
    let (wishes, wished) = crossbeam_channel::bounded(WISHES);
    let (news, heard) = crossbeam_channel::bounded(NEWS);
    (ControlClient { wishes, news, wake }, Inbox { wishes: wished, news: heard })
}

/// One appearance of an item, from its producer's start to its last light.
struct Live {
    item: Arc<ProgramItem>,
    playable: Playable,
    producer: Option<Box<dyn Producer>>,
    /// Until render has it.
    layer: Option<Box<Layer>>,
    /// Counts the producers started for it.
    launches: u32,
    /// Counts those that died soon one after the other, and when the newest did.
    deaths: u32,
    died: MonoTime,
}

/// What a turn of control came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// There may be more to hear.
    Heard,
    /// There was nothing to hear.
    Quiet,
    /// The program ends.
    End,
}

/// Owned by the control thread.
pub(crate) struct Control {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) wake: Wake,
    pub(crate) inbox: Inbox,
    pub(crate) client: ControlClient,
    pub(crate) render: RenderLink,
    pub(crate) launcher: Arc<dyn Launch>,
    pub(crate) store: StoreClient,
    pub(crate) shared: Arc<Shared>,
    pub(crate) player: Player,
    pub(crate) canvas: CanvasSpec,
    pub(crate) leds: usize,
    inputs: Inputs,
    lives: BTreeMap<Token, Live>,
    write_brightness_at: Option<MonoTime>,
    /// Answered in each round of the thread.
    pulse: Pulse,
}

/// What control is made from.
pub(crate) struct Parts {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) wake: Wake,
    pub(crate) inbox: Inbox,
    pub(crate) client: ControlClient,
    pub(crate) render: RenderLink,
    pub(crate) launcher: Arc<dyn Launch>,
    pub(crate) store: StoreClient,
    pub(crate) shared: Arc<Shared>,
    pub(crate) canvas: CanvasSpec,
    pub(crate) leds: usize,
    pub(crate) inputs: Inputs,
    /// Decides the order of shuffled lists.
    pub(crate) seed: u64,
}

impl Control {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            clock: parts.clock,
            wake: parts.wake,
            inbox: parts.inbox,
            client: parts.client,
            render: parts.render,
            launcher: parts.launcher,
            store: parts.store,
            shared: parts.shared,
            player: Player::new(parts.seed),
            canvas: parts.canvas,
            leds: parts.leds,
            inputs: parts.inputs,
            lives: BTreeMap::new(),
            write_brightness_at: None,
            pulse: Pulse::default(),
        }
    }

    /// By which others see that its thread goes round.
    pub(crate) fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// The thread's life.
    pub(crate) fn run(mut self) {
        loop {
            let seen = self.wake.current();
            self.pulse.answer();
            match self.turn() {
                Turn::Heard => continue,
                Turn::Quiet => {}
                Turn::End => break,
            }
            let deadlines =
                [self.player.deadline(), self.write_brightness_at, self.inputs.deadline()];
            let deadline = deadlines.into_iter().flatten();
            self.clock.wait(&self.wake, seen, deadline.min());
        }
        if self.write_brightness_at.is_some() {
            self.write_brightness();
        }
        self.tell_render(ToRender::End);
        // Dropping what is left ends the producers.
    }

    /// Hears what render says and one message of each kind, and lets time act: however many wishes
    /// come, what they replace is taken away between them.
    fn turn(&mut self) -> Turn {
        let mut turn = Turn::Quiet;
        // Render first: what it has lit counts before a wish that was made after it.
        while let Some(message) = self.render.receive() {
            match message {
                FromRender::Shown { token, zero } => {
                    self.player.shown(token, zero, self.clock.now());
                    self.perform();
                }
                FromRender::Cheated { token } => self.dismiss(token),
                FromRender::Retired(layer) => {
                    self.lives.remove(&layer.token);
                    self.count_producers();
                }
                FromRender::Spare(reader) => drop(reader),
            }
        }
        for message in
            [self.inbox.news.try_recv(), self.inbox.wishes.try_recv()].into_iter().flatten()
        {
            if matches!(message, ToControl::End) {
                return Turn::End;
            }
            self.obey(message);
            self.perform();
            turn = Turn::Heard;
        }
        let now = self.clock.now();
        self.player.tick(now);
        self.perform();
        self.judge_inputs(now);
        if self.write_brightness_at.is_some_and(|at| now >= at) {
            self.write_brightness_at = None;
            self.write_brightness();
        }
        turn
    }

    /// Lets the inputs' rules say who drives, and has it done.
    fn judge_inputs(&mut self, now: MonoTime) {
        let plays = self.player.snapshot(now).playing.is_some();
        let (ruling, changed) = self.inputs.judge(now, plays);
        if let Some(ruling) = ruling {
            self.tell_render(ToRender::Drive { face: ruling.face, fade: ruling.fade });
            self.shared.set_driver(ruling.driver);
        }
        for desk in changed {
            self.shared.tell(Event::Input { input: desk.snapshot() });
        }
    }

    fn obey(&mut self, message: ToControl) {
        let now = self.clock.now();
        match message {
            ToControl::Play { program, index, asked } => {
                self.player.play(program, index, now);
                self.inputs.let_go();
                self.perform();
                if let Some((wish, answer)) = asked {
                    self.keep(answer, move |store| store.library.set_wish(&wish));
                }
            }
            ToControl::Know { program } => self.player.know(program),
            ToControl::Transport { wish, answer } => match self.transport(wish, now) {
                Ok(()) => {
                    self.perform();
                    if !matches!(wish, Transport::Pause | Transport::Seek(_)) {
                        self.inputs.let_go();
                    }
                    match wish {
                        Transport::Stop => {
                            self.keep(answer, |store| store.library.set_stopped(true));
                        }
                        Transport::Resume => {
                            self.keep(answer, |store| store.library.set_stopped(false));
                        }
                        _ => drop(answer.send(Ok(self.player.snapshot(self.clock.now())))),
                    }
                }
                Err(error) => drop(answer.send(Err(error))),
            },
            ToControl::Edited { playlist_id, program } => {
                let plays_it = self
                    .player
                    .program()
                    .is_some_and(|program| program.playlist_id.as_ref() == Some(&playlist_id));
                match program {
                    // Most news of the library is about other things: what follows stays prepared.
                    Some(program) if self.player.program() == Some(&program) => {}
                    Some(program) if plays_it => self.player.edit(program, now),
                    None if plays_it => self.player.forget(now),
                    _ => {}
                }
            }
            ToControl::MediaChanged => self.look_again(),
            ToControl::Brightness { known: Some(known), answer, .. }
                if known != self.shared.brightness() =>
            {
                let current = self.shared.brightness().to_string();
                let _ = answer.send(Err(Error::Stale { what: "brightness".into(), current }));
            }
            ToControl::Brightness { brightness, answer, .. } => {
                self.tell_render(ToRender::Brightness(brightness));
                self.shared.tell(Event::Brightness { brightness });
                self.write_brightness_at = Some(now + WRITE_AFTER);
                let _ = answer.send(Ok(()));
            }
            ToControl::Ended { token, launch, outcome } => self.ended(token, launch, outcome),
            ToControl::End => {}
        }
    }

    fn transport(&mut self, wish: Transport, now: MonoTime) -> Result<(), Error> {
        let nothing_plays = || Error::Conflict { reason: "nothing plays".into() };
        let playing = self.player.snapshot(now).playing;
        match wish {
            Transport::Resume => {
                if !self.player.resume(now) {
                    let reason = "nothing has been asked for that could be played again".into();
                    return Err(Error::Conflict { reason });
                }
            }
            Transport::Pause => {
                playing.ok_or_else(nothing_plays)?;
                self.player.pause(now);
            }
            Transport::Stop => self.player.stop(now),
            Transport::Next => {
                playing.ok_or_else(nothing_plays)?;
                self.player.next(now);
            }
            Transport::Previous => {
                playing.ok_or_else(nothing_plays)?;
                self.player.previous(now);
            }
            Transport::Seek(position_s) => {
                let playing = playing.ok_or_else(nothing_plays)?;
                let end = playing.duration_s.unwrap_or(f64::from(u32::MAX));
                if !(0.0..=end).contains(&position_s) {
                    let reason = format!("is not between 0 and the item's end at {end} s");
                    return Err(Error::invalid("position_s", position_s, reason));
                }
                self.player.seek(Duration::from_secs_f64(position_s), now);
            }
        }
        Ok(())
    }

    /// Answers with the player's state once what was wished for is on the disk. Writes come in the
    /// order in which wishes were obeyed, so that what is kept is what was done last.
    fn keep(
        &self,
        answer: Answer<PlayerSnapshot>,
        write: impl FnOnce(&mut Store) -> Result<(), Error> + Send + 'static,
    ) {
        let player = self.player.snapshot(self.clock.now());
        // Whoever asked may have gone. If the library is too busy, the answer is dropped, which
        // tells him so.
        self.store.run_later(move |store| drop(answer.send(write(store).map(|()| player))));
    }

    // === what the player decided ===

    fn perform(&mut self) {
        let mut changed = false;
        loop {
            let actions = self.player.take_actions();
            if actions.is_empty() {
                break;
            }
            for action in actions {
                changed |= action == Action::Changed;
                self.act(action);
            }
        }
        if changed {
            let player = self.player.snapshot(self.clock.now());
            self.shared.tell(Event::Player { player });
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Prepare { token, item, playable, position } => {
                let live = Live {
                    item,
                    playable,
                    producer: None,
                    layer: None,
                    launches: 0,
                    deaths: 0,
                    died: MonoTime::ZERO,
                };
                self.lives.insert(token, live);
                if let Err(reason) = self.launch(token, position) {
                    self.player.failed(token, &reason, self.clock.now());
                }
            }
            Action::Show { token, at, position, fade } => {
                let Some(live) = self.lives.get_mut(&token) else { return };
                let message = match live.layer.take() {
                    Some(layer) => ToRender::Show { layer, at, position, fade },
                    None => ToRender::Reschedule { token, at, position, fade },
                };
                self.tell_render(message);
            }
            Action::Discard { token } => {
                if self
                    .lives
                    .get(&token)
                    .is_some_and(|live| live.layer.is_some() || live.launches == 0)
                {
                    self.lives.remove(&token);
                    self.count_producers();
                } else {
                    // Render sends it back.
                    self.tell_render(ToRender::Discard { token });
                }
            }
            Action::Freeze { at } => self.tell_render(ToRender::Freeze { at }),
            Action::Thaw { at } => self.tell_render(ToRender::Thaw { at }),
            Action::Black => self.tell_render(ToRender::Black),
            Action::Skipped { item_id, name, reason } => {
                tracing::warn!(item = item_id, name, reason, "item skipped");
                self.shared.tell(Event::ItemSkipped { item_id, name, reason });
            }
            Action::Changed => {}
        }
    }

    /// Starts a producer for an appearance, the first or one more.
    fn launch(&mut self, token: Token, position: Duration) -> Result<(), String> {
        let Some(live) = self.lives.get_mut(&token) else { return Ok(()) };
        // The old one must not write to a ring that nobody reads.
        live.producer = None;
        let launch = live.launches + 1;
        let spec = ProducerSpec {
            source: live.playable.source.clone(),
            canvas: self.canvas,
            start: position,
        };
        let client = self.client.clone();
        let ended = Box::new(move |outcome| {
            client.send_waiting(ToControl::Ended { token, launch, outcome });
        });
        let launched = self.launcher.launch(&spec, live.playable.content.as_deref(), ended)?;
        live.launches = launch;
        tracing::debug!(
            item = live.item.id,
            pid = launched.producer.pid(),
            launch,
            "producer started"
        );
        live.producer = Some(launched.producer);
        let first = launch == 1;
        if first || live.layer.is_some() {
            live.layer = Some(Box::new(Layer::new(token, launched.reader, self.leds)));
        } else {
            self.tell_render(ToRender::Succeed { token, reader: launched.reader });
        }
        self.count_producers();
        Ok(())
    }

    /// A producer wrote nonsense into its ring: another one takes its place, as if it had died.
    fn dismiss(&mut self, token: Token) {
        let Some(live) = self.lives.get(&token) else { return };
        let reason = "what it wrote breaks the rules of the ring".to_owned();
        self.ended(token, live.launches, Outcome::Died(reason));
        self.perform();
    }

    fn ended(&mut self, token: Token, launch: u32, outcome: Outcome) {
        let Some(live) = self.lives.get_mut(&token) else { return };
        if live.launches != launch {
            return;
        }
        let now = self.clock.now();
        let item_id = live.item.id.clone();
        live.producer = None;
        if now.since(live.died) > CALM {
            live.deaths = 0;
        }
        live.deaths += 1;
        live.died = now;
        let deaths = live.deaths;
        self.count_producers();
        match outcome {
            Outcome::Finished => {}
            Outcome::Failed(reason) => self.player.failed(token, &reason, now),
            Outcome::Died(reason) if deaths > RESTARTS => {
                let reason = format!("its producer died {deaths} times, at last: {reason}");
                self.player.failed(token, &reason, now);
            }
            Outcome::Died(reason) => {
                // Nobody wants an item that is on its way out to move on.
                let Some(position) = self.player.position(token, now) else { return };
                tracing::warn!(item = item_id, reason, launch, "producer died, starting it again");
                if let Err(reason) = self.launch(token, position) {
                    self.player.failed(token, &reason, now);
                } else {
                    self.shared.tell(Event::ProducerRestarted { item_id, reason });
                }
            }
        }
    }

    fn count_producers(&self) {
        let running = self.lives.values().filter(|live| live.producer.is_some()).count();
        self.shared.producers.store(running, Ordering::Relaxed);
    }

    fn tell_render(&mut self, message: ToRender) {
        if self.render.send(message).is_err() {
            tracing::error!("render has not read its messages");
        }
    }

    // === the library ===

    /// Asks the library for the list that plays, as it is now.
    fn look_again(&self) {
        let Some(playlist_id) =
            self.player.program().and_then(|program| program.playlist_id.clone())
        else {
            return;
        };
        let client = self.client.clone();
        self.store.run_later(move |store| {
            // Deleted meanwhile: that is told apart.
            if let Ok(program) = store.program(&playlist_id) {
                client.send_waiting(ToControl::Edited {
                    playlist_id,
                    program: Some(Arc::new(program)),
                });
            }
        });
    }

    fn write_brightness(&self) {
        let brightness = self.shared.brightness();
        self.store.run_later(move |store| {
            if let Err(error) = store.write_brightness(brightness) {
                tracing::warn!(brightness, %error, "brightness could not be saved");
            }
        });
    }
}
