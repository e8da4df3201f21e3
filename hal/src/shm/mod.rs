//! The frame ring in `/dev/shm`: the way of pixels from any process to the render thread.
//!
//! A ring is a file of a fixed little-endian layout ([`abi`]; `docs/frame-abi.md` has it in words): a
//! header, and slots that go round between one writer and one reader. The owner (the daemon) makes
//! a [`Ring`] and reads it; a producer opens it by name and writes.
//!
//! ```text
//!  producer                      /dev/shm/<name>                      daemon
//!  RingWriter::put  -- commit -> [slot][slot][slot] -- take_due ->  RingReader on the render thread
//!        ^------------ released (futex) ----------------------------------'
//! ```
//! - [`slots`] and [`take`] hold the state machine, generic over its atomics for the model checker.
//! - `mapping` is the only file that touches shared memory, `owner` decides whose names are removed.
//! - [`live`] is the other side of a ring that strangers write: it is read without touching it.

pub mod abi;
pub mod live;
mod mapping;
mod owner;
mod page;
mod reader;
mod rights;
mod ring;
pub mod slots;
mod spec;
pub mod take;
mod writer;

pub use live::LiveRing;
pub use owner::{is_process_alive, sweep_dead};
pub use reader::{HeldMeta, RingReader, Taken};
pub use rights::Access;
pub use ring::Ring;
pub use spec::{ColorSpace, PixelFormat, RingSpec};
pub use writer::{FrameMeta, RingClosed, RingWriter};
