//! The library: media, playlists and what was last wished for, kept on disk.
//!
//! ```text
//! bytes -> Intake -> Part -> Stored        any thread that may wait for the disk
//!                              |
//!                              v
//!                  Library::add_media      one thread owns the library
//! ```
//! A media file becomes an item in this order: the whole content is in `incoming/` and durable, it
//! is renamed into `media/` and the folder is durable, the row is committed. A crash between any
//! two leaves either nothing or the whole item; [`Library::open`] removes what is left over.

mod check;
mod intake;
mod media;
pub mod model;
mod name;
mod page;
mod playlist;
mod schema;
mod store;
mod sweep;
#[cfg(test)]
mod tests;
mod wish;

pub use intake::{Intake, Limits, Part, Stored};
pub use media::Probed;
pub use store::{CheckEffect, Library};
pub use wish::Wish;
