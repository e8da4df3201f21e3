//! Which tests may run beside others: those that measure time run alone on the machine.
//!
//! The locks are files, so that they hold between processes (nextest) as well as between threads.
//! Whoever waits for the second lock holds the first, so that nobody is overtaken for ever.

use std::fs::{File, OpenOptions};
use std::path::Path;

/// Held for as long as a test runs its daemon.
pub(crate) struct Turn {
    _file: File,
}

impl Turn {
    /// Beside others.
    pub(crate) fn shared() -> Self {
        let queue = queue();
        let file = open("turn.lock");
        file.lock_shared().unwrap();
        drop(queue);
        Self { _file: file }
    }

    /// Beside nobody.
    pub(crate) fn alone() -> Self {
        let queue = queue();
        let file = open("turn.lock");
        file.lock().unwrap();
        drop(queue);
        Self { _file: file }
    }
}

fn queue() -> File {
    let file = open("queue.lock");
    file.lock().unwrap();
    file
}

fn open(name: &str) -> File {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    OpenOptions::new().create(true).truncate(false).write(true).open(path).unwrap()
}
