//! The control thread: the only place that decides. It owns the player and speaks to all others.

pub mod command;
pub mod event;
pub mod handle;
pub mod snapshot;
