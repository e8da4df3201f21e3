//! The engine as a whole: settings and wishes in, bytes of outputs and events out.

mod end;
mod events;
mod fixture;
mod library;
mod player;
mod preview;
mod settings;
