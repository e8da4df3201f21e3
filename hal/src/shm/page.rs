//! One mapped page of an untrusted file, which is only ever an address for the kernel.
//!
//! Its bytes are never read or written through the mapping: whoever may write the file may cut it
//! short at any time, and a touch of what is gone is a signal that kills. The kernel checks the
//! address itself and answers `EFAULT`.
#![allow(unsafe_code)] // A mapping and a futex on it are reached through raw pointers.

use std::io;
use std::os::fd::OwnedFd;
use std::ptr;
use std::time::Duration;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

const PAGE_BYTES: usize = 4096;

/// How a wait ended that was not a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// Woken, or the word had another value, or the wait was interrupted: look again.
    Look,
    /// The time is over.
    TimedOut,
}

/// The first page of a file.
#[derive(Debug)]
pub(super) struct Page {
    base: *mut libc::c_void,
}

// SAFETY: the address belongs to the process, not to a thread, and nothing is read or written
// through it.
unsafe impl Send for Page {}
// SAFETY: as above; the kernel serializes futex calls.
unsafe impl Sync for Page {}

impl Page {
    pub(super) fn map(file: &OwnedFd) -> io::Result<Self> {
        let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
        // SAFETY: a fresh mapping at an address that the kernel chooses touches nothing of ours.
        let base = unsafe { mmap(ptr::null_mut(), PAGE_BYTES, protection, flags, file, 0) }?;
        Ok(Self { base })
    }

    /// Waits while the word at `offset` is `seen`, for `limit` at most. `EFAULT` if the page is gone.
    pub(super) fn wait(&self, offset: usize, seen: u32, limit: Duration) -> io::Result<Waited> {
        let limit = libc::timespec {
            tv_sec: limit.as_secs().min(i32::MAX as u64) as _,
            tv_nsec: limit.subsec_nanos() as _,
        };
        // SAFETY: FUTEX_WAIT reads the word through the kernel, which checks the address; `limit`
        // lives until the call returns.
        let done = unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.word(offset),
                libc::FUTEX_WAIT,
                seen,
                &raw const limit,
                ptr::null::<u32>(),
                0,
            )
        };
        if done == 0 {
            return Ok(Waited::Look);
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EINTR) => Ok(Waited::Look),
            Some(libc::ETIMEDOUT) => Ok(Waited::TimedOut),
            _ => Err(error),
        }
    }

    /// Wakes every process that waits on the word at `offset`.
    pub(super) fn wake(&self, offset: usize) {
        // SAFETY: FUTEX_WAKE reads no memory of ours; the kernel checks the address. A failure means
        // that the page is gone, and whoever waited there with it.
        unsafe {
            libc::syscall(libc::SYS_futex, self.word(offset), libc::FUTEX_WAKE, i32::MAX);
        }
    }

    fn word(&self, offset: usize) -> *mut u32 {
        assert!(offset.is_multiple_of(4) && offset < PAGE_BYTES, "word {offset} of a page");
        self.base.wrapping_byte_add(offset).cast()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: mapped by `map` with this length, and no reference into it was ever made.
        let _ = unsafe { munmap(self.base, PAGE_BYTES) };
    }
}
