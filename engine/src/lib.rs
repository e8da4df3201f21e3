//! Frames and decisions: what is shown, when, and as which bytes.
//!
//! The engine sees `hal`'s traits and vocabulary and never a back end's name; it knows no HTTP.
//! Data goes one way: source, ring, mixer, layout, colour, mailbox. Wishes travel the other way
//! once, as commands through [`Handle`].
#![warn(missing_docs)]

pub mod control;
mod durable;
pub mod error;
pub mod library;
pub mod settings;
pub mod source;

pub use control::handle::Handle;
pub use error::Error;
