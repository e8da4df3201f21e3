//! A wake-up word: one thread waits, any thread notifies, nobody allocates or locks.
//!
//! The word counts notifications. A waiter reads it, looks for work, and waits only while the word
//! still has the value read, so that a notification between the look and the wait is never lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::io::Errno;
use rustix::thread::futex;

use crate::clock::MonoTime;

/// A counter that threads of this process can wait on. Clones share the counter.
#[derive(Clone, Debug, Default)]
pub struct Wake {
    word: Arc<AtomicU32>,
}

impl Wake {
    /// A fresh counter.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `other` is a clone of this counter.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.word, &other.word)
    }

    /// The counter's value, to be read before looking for work and handed to a wait.
    pub fn current(&self) -> u32 {
        self.word.load(Ordering::Acquire)
    }

    /// Counts one notification and wakes every waiter. Never blocks.
    pub fn notify(&self) {
        self.word.fetch_add(1, Ordering::Release);
        // A failure means that nobody could be waiting; there is nothing to do about it.
        let _ = futex::wake(&self.word, futex::Flags::PRIVATE, i32::MAX as u32);
    }

    /// Waits until the counter differs from `seen` or the monotonic clock reaches `until`.
    /// Returns `true` if the counter differs. May also return early without a reason.
    pub fn wait(&self, seen: u32, until: Option<MonoTime>) -> bool {
        let deadline = until.map(MonoTime::to_timespec);
        // An absolute deadline: an interrupted wait does not drift.
        match futex::wait_bitset(
            &self.word,
            futex::Flags::PRIVATE,
            seen,
            deadline.as_ref(),
            std::num::NonZeroU32::MAX,
        ) {
            Err(Errno::TIMEDOUT) | Ok(()) | Err(_) => self.current() != seen,
        }
    }
}
