//! What control and render say to each other, over two wait-free queues of fixed size.

use std::collections::VecDeque;
use std::time::Duration;

use hal::shm::RingReader;
use hal::{MonoTime, Wake};

use super::layer::Layer;
use super::live::Face;
use crate::player::{FadeSpec, Token};

/// Messages that may wait in either direction. Control sends a handful per wish.
const CAPACITY: usize = 256;

/// What control wants of render. Acts at the next tick.
pub enum ToRender {
    /// Light this layer, from `at` on (at once if none) as soon as it has a frame. It takes the
    /// place of another that waits.
    Show {
        /// The layer.
        layer: Box<Layer>,
        /// When the one before it ends.
        at: Option<MonoTime>,
        /// The position it starts with.
        position: Duration,
        /// How it takes over from what was lit before.
        fade: FadeSpec,
    },
    /// As `Show`, for a layer that waits already.
    Reschedule {
        /// The layer's token.
        token: Token,
        /// When the one before it ends.
        at: Option<MonoTime>,
        /// The position it starts with.
        position: Duration,
        /// How it takes over from what was lit before.
        fade: FadeSpec,
    },
    /// A layer that waits is no longer wanted. One that is lit stays until another takes its place.
    Discard {
        /// The layer's token.
        token: Token,
    },
    /// New frames for a layer whose producer died. Its last light stays until one of them is due.
    Succeed {
        /// The layer's token.
        token: Token,
        /// Where they come from.
        reader: Box<RingReader>,
    },
    /// Show an input in place of what is lit, or what is lit again.
    Drive {
        /// What is shown.
        face: Face,
        /// How long it is mixed with what was shown before.
        fade: Duration,
    },
    /// Nothing is lit.
    Black,
    /// Time stands still for all layers.
    Freeze {
        /// Since when.
        at: MonoTime,
    },
    /// Time goes on.
    Thaw {
        /// Since when.
        at: MonoTime,
    },
    /// 0 to 1, in linear light.
    Brightness(f64),
    /// Black goes out, then the thread ends.
    End,
}

/// What render tells control.
pub enum FromRender {
    /// A layer was lit for the first time.
    Shown {
        /// Its token.
        token: Token,
        /// Its position zero on the timeline.
        zero: MonoTime,
    },
    /// The writer of a layer's frames broke the rules of the ring. Said once for each writer.
    Cheated {
        /// The layer's token.
        token: Token,
    },
    /// A layer is no longer needed and may be dropped.
    Retired(Box<Layer>),
    /// A reader is no longer needed and may be dropped.
    Spare(Box<RingReader>),
}

/// Control's end.
pub struct RenderLink {
    to: rtrb::Producer<ToRender>,
    from: rtrb::Consumer<FromRender>,
    render: Wake,
}

/// Render's end.
pub struct Channel {
    from: rtrb::Consumer<ToRender>,
    to: rtrb::Producer<FromRender>,
    /// What did not fit: never dropped here, because that would unmap memory.
    backlog: VecDeque<FromRender>,
    control: Wake,
}

/// Both ends. `render` and `control` are the wake-up words of the two threads.
pub fn link(render: Wake, control: Wake) -> (RenderLink, Channel) {
    let (to_render, from_control) = rtrb::RingBuffer::new(CAPACITY);
    let (to_control, from_render) = rtrb::RingBuffer::new(CAPACITY);
    let link = RenderLink { to: to_render, from: from_render, render };
    // Each message of control is answered by at most four, and a new reader may be told of once.
    let backlog = VecDeque::with_capacity(5 * CAPACITY);
    (link, Channel { from: from_control, to: to_control, backlog, control })
}

impl RenderLink {
    /// Sends a message. Gives it back if render has not read the last 256.
    ///
    /// # Errors
    /// The message, if the queue is full.
    pub fn send(&mut self, message: ToRender) -> Result<(), ToRender> {
        let sent = self.to.push(message);
        self.render.notify();
        sent.map_err(|rtrb::PushError::Full(message)| message)
    }

    /// What render said next.
    pub fn receive(&mut self) -> Option<FromRender> {
        self.from.pop().ok()
    }

    /// Lets render look up from a rest.
    pub fn wake_render(&self) {
        self.render.notify();
    }
}

impl Channel {
    pub(super) fn receive(&mut self) -> Option<ToRender> {
        self.from.pop().ok()
    }

    pub(super) fn send(&mut self, message: FromRender) {
        self.backlog.push_back(message);
        self.flush();
    }

    /// Sends what did not fit before, in the order in which it was said.
    pub(super) fn flush(&mut self) {
        while let Some(message) = self.backlog.pop_front() {
            if let Err(rtrb::PushError::Full(message)) = self.to.push(message) {
                self.backlog.push_front(message);
                return;
            }
            self.control.notify();
        }
    }
}
