//! The hardware floor: clocks, shared memory, devices and sockets behind small traits.
//!
//! This crate knows bytes and machines; it knows no playlists, no pictures and no HTTP.
//! `unsafe` code lives here and nowhere else, each block with the fact it relies on.
#![warn(missing_docs)]

pub mod clock;
pub mod error;
pub mod output;
pub mod process;
pub mod realtime;
pub mod sandbox;
pub mod shm;
pub mod tool;
pub mod wake;

pub use clock::{Clock, ManualClock, MonoTime, SystemClock, Woken};
pub use error::{Error, Remedy};
pub use wake::Wake;
