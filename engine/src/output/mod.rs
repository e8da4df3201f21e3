//! Outputs as the engine drives them: a mailbox, a thread and a way back after each failure.
//!
//! ```text
//! render --MailboxWriter--> output-<id> thread --hal::output::Output--> device
//!                                |
//!                                +--> OutputHandle (state, counters), hook (changes)
//! ```
//! Each output has its own thread, so that one that is slow, absent or broken holds up no other.

mod mailbox;
mod recover;
mod status;
#[cfg(test)]
mod tests;
mod thread;

pub use mailbox::MailboxWriter;
pub use status::Changed;
pub use thread::{OutputHandle, OutputSpec, spawn};
