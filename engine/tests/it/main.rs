//! The engine as a whole: settings and wishes in, bytes of outputs and events out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod end;
mod events;
mod fixture;
mod library;
mod player;
mod preview;
mod restart;
mod settings;
