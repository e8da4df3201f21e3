//! Frames and decisions: what is shown, when, and as which bytes.
//!
//! The engine sees `hal`'s traits and vocabulary and never a back end's name; it knows no HTTP.
//! Data goes one way: source, ring, mixer, layout, colour, mailbox. Wishes travel the other way
//! once, as commands through [`Handle`].
#![warn(missing_docs)]

pub mod color;
pub mod control;
mod demo;
mod durable;
mod engine;
pub mod error;
pub mod input;
mod jobs;
pub mod layout;
pub mod library;
pub mod output;
pub mod player;
mod preview;
pub mod producer;
mod pulse;
pub mod render;
pub mod settings;
pub mod source;
pub mod stats;
mod store;

pub use control::handle::Handle;
pub use engine::{Config, Engine, Running};
pub use error::Error;
