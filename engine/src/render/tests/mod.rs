//! Render and its thread, driven by clocks that tests move: real rings in, bytes of outputs out.

mod clock;
mod fade;
mod live;
mod stage;
mod thread;
mod tick;
