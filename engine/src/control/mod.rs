//! The control thread: the only place that decides. It owns the player and speaks to all others.

mod challenge;
pub mod command;
pub mod event;
pub mod handle;
pub(crate) mod shared;
pub mod snapshot;
pub(crate) mod thread;

pub use challenge::Challenge;
