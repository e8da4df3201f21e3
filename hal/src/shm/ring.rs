//! A ring by name: made by its owner, opened by its producer, closed and removed by the owner.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::fs::{FallocateFlags, Mode};
use rustix::io::Errno;
use rustix::shm;
use shared_memory::ShmemError;

use super::abi::{Layout, MAGIC, at, ring_state};
use super::mapping::Mapping;
use super::owner::{self, FOLDER, Owner};
use super::reader::RingReader;
use super::slots;
use super::spec::RingSpec;
use super::writer::RingWriter;
use crate::clock::{Clock, MonoTime, SystemClock};
use crate::error::{Error, Remedy};

/// Names are file names; `shm_open` refuses longer ones.
const LONGEST_NAME: usize = 255;

/// A mapped ring. Shared as `Arc<Ring>`; its writer and its reader each hold a share.
pub struct Ring {
    pub(super) mapping: Mapping,
    name: String,
    // Device and inode of the file, if this handle made it and removes it.
    made: Option<(u64, u64)>,
    // One writer and one reader at a time per handle; cleared when they are dropped.
    pub(super) has_writer: AtomicBool,
    pub(super) has_reader: AtomicBool,
}

impl Ring {
    /// Makes `/dev/shm/<name>` with mode 0600 and all of its space allocated.
    ///
    /// The name is removed when the returned handle (the last share of it) is dropped. What an
    /// owner that is dead by now left under that name is replaced.
    ///
    /// # Errors
    /// If the spec or the name cannot be used, the name belongs to a living process (which is
    /// named), or `/dev/shm` has too little room (both sizes are named).
    pub fn create(name: &str, spec: &RingSpec) -> Result<Arc<Self>, Error> {
        check_name(name)?;
        spec.check().map_err(|reason| {
            Error::new(Remedy::FixSettings, format!("ring \"{name}\": {reason}"))
        })?;
        let layout = Layout::of(spec);
        let mapping = match Mapping::create(name, layout) {
            Err(ShmemError::MappingIdExists) => {
                owner::make_room(name)?;
                Mapping::create(name, layout)
            }
            made => made,
        }
        .map_err(|error| os_error(name, "cannot be made", error))?;
        let mut ring = Self::on(name, mapping);
        ring.made = Some(allocate(name, layout.total_bytes)?);
        ring.publish(&layout);
        Ok(Arc::new(ring))
    }

    /// Opens a ring that another process made.
    ///
    /// # Errors
    /// If there is none, it may not be opened, its header does not fit its file, or it is closed.
    pub fn open(name: &str) -> Result<Arc<Self>, Error> {
        check_name(name)?;
        let mapping = Mapping::open(name)
            .map_err(|error| os_error(name, "cannot be opened", error))?
            .map_err(|reason| {
                Error::new(Remedy::Reopen, format!("ring \"{name}\": {FOLDER}/{name}: {reason}"))
            })?;
        let ring = Self::on(name, mapping);
        if ring.is_closed() {
            return Err(Error::new(Remedy::Reopen, format!("ring \"{name}\": is closed")));
        }
        Ok(Arc::new(ring))
    }

    /// The name, without a slash.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the ring carries.
    pub fn spec(&self) -> &RingSpec {
        &self.mapping.layout().spec
    }

    /// Ends the ring: a waiting writer returns, later frames are refused. What is held or ready
    /// stays readable. May be called by any side, from any thread, more than once.
    pub fn close(&self) {
        self.mapping.word(at::RING_STATE).store(ring_state::CLOSED, Ordering::Release);
        for word in [at::RELEASED, at::COMMITTED] {
            self.mapping.word(word).fetch_add(1, Ordering::Release);
            self.mapping.wake_word(word);
        }
    }

    /// Whether the ring was closed.
    pub fn is_closed(&self) -> bool {
        slots::Words::is_closed(&self.mapping)
    }

    /// Tells the writer where in the item the reader is, so that one that fell behind can skip.
    pub fn set_reader_position(&self, position: Duration) {
        self.mapping.long_word(at::READER_POSITION).store(to_ns(position), Ordering::Relaxed);
    }

    /// Where in the item the reader last said it is.
    pub fn reader_position(&self) -> Duration {
        Duration::from_nanos(self.mapping.long_word(at::READER_POSITION).load(Ordering::Relaxed))
    }

    /// Differs from that of any other ring that had this name since boot.
    pub fn generation(&self) -> u64 {
        self.mapping.long_word(at::GENERATION).load(Ordering::Relaxed)
    }

    /// The process that writes, if any does.
    pub fn writer_pid(&self) -> Option<u32> {
        Some(self.mapping.word(at::WRITER_PID).load(Ordering::Acquire)).filter(|&pid| pid != 0)
    }

    /// When the writer last showed that it lives. It does so with each frame, and at least twice a
    /// second while it waits for a slot; not while it decodes.
    pub fn writer_heartbeat(&self) -> MonoTime {
        MonoTime::from_nanos(self.mapping.long_word(at::WRITER_HEARTBEAT).load(Ordering::Relaxed))
    }

    /// Whether any frame waits to be taken. For control; may be called from any thread.
    pub fn has_ready(&self) -> bool {
        slots::has_ready(&self.mapping)
    }

    /// Counts commits (and the closing), wrapping. Read it before a look for frames and hand it to
    /// [`Ring::wait_commit`].
    pub fn commits(&self) -> u32 {
        self.mapping.word(at::COMMITTED).load(Ordering::Acquire)
    }

    /// Blocks until [`Ring::commits`] differs from `seen`, or for `limit`; tells whether it differs.
    /// May return early without a reason. Not for the render thread.
    pub fn wait_commit(&self, seen: u32, limit: Duration) -> bool {
        self.mapping.wait_word(at::COMMITTED, seen, limit);
        self.commits() != seen
    }

    /// The writing end. One at a time per handle and per ring.
    ///
    /// # Panics
    /// Where [`Ring::try_writer`] gives an error.
    pub fn writer(self: &Arc<Self>) -> RingWriter {
        self.try_writer().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The writing end, if no other process that lives has it.
    ///
    /// # Errors
    /// If this handle has a writer already, or a living process (which is named) writes.
    pub fn try_writer(self: &Arc<Self>) -> Result<RingWriter, Error> {
        RingWriter::of(self)
    }

    /// The reading end, which belongs on the render thread. One at a time per handle; only the
    /// owner of a ring reads it.
    ///
    /// # Panics
    /// If this handle has a reader already, which is a mistake in the program.
    pub fn reader(self: &Arc<Self>) -> RingReader {
        RingReader::of(self)
    }

    fn on(name: &str, mapping: Mapping) -> Self {
        Self {
            mapping,
            name: name.to_owned(),
            made: None,
            has_writer: AtomicBool::new(false),
            has_reader: AtomicBool::new(false),
        }
    }

    /// Writes the header, the magic last.
    fn publish(&self, layout: &Layout) {
        for (index, bytes) in layout.encode().chunks_exact(4).enumerate() {
            let offset = index * 4;
            // The owner's words are there since before the allocation.
            if offset < at::OWNER_PID {
                let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                self.mapping.word(offset).store(word, Ordering::Relaxed);
            }
        }
        let now = SystemClock.now();
        self.mapping.long_word(at::GENERATION).store(now.as_nanos(), Ordering::Relaxed);
        self.mapping.word(at::RING_STATE).store(ring_state::OPEN, Ordering::Relaxed);
        self.mapping.long_word(at::MAGIC).store(MAGIC, Ordering::Release);
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        let Some(made) = self.made else { return };
        self.close();
        // Somebody may have removed our name and made it anew: that one is not ours to unlink.
        if !owner::is_same_file(&self.name, made) {
            self.mapping.set_owner(false);
        }
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("name", &self.name)
            .field("spec", self.spec())
            .field("owner", &self.made.is_some())
            .finish_non_exhaustive()
    }
}

/// Writes the owner into the fresh file, allocates its space and fixes its rights; returns device
/// and inode. By system calls on the file: a touch of the mapping in a full tmpfs would be a signal.
pub(super) fn allocate(name: &str, total_bytes: u64) -> Result<(u64, u64), Error> {
    let failed = |source: Errno, own: u64| {
        if source != Errno::NOSPC {
            let message = format!("ring \"{name}\": space in {FOLDER} cannot be allocated");
            return Error::io(Remedy::GiveUp, message, source);
        }
        // The page that our own first words take is as good as free.
        let free = match rustix::fs::statvfs(FOLDER) {
            Ok(stat) => format!("{} bytes free", stat.f_bavail.saturating_mul(stat.f_frsize) + own),
            Err(_) => "too little space".into(),
        };
        let message = format!("ring \"{name}\": {FOLDER} has {free}, {total_bytes} are needed");
        Error::io(Remedy::FixSettings, message, source)
    };
    let me = Owner::me();
    let mut words = [0; 16];
    words[..4].copy_from_slice(&me.pid.to_le_bytes());
    words[8..].copy_from_slice(&me.start.to_le_bytes());
    let unable = |source| failed(source, 0);
    let file = shm::open(name, shm::OFlags::RDWR, Mode::empty()).map_err(unable)?;
    rustix::io::pwrite(&file, &words, at::OWNER_PID as u64).map_err(unable)?;
    rustix::io::retry_on_intr(|| {
        rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, total_bytes)
    })
    .map_err(|source| {
        let blocks = rustix::fs::fstat(&file).map_or(0, |stat| stat.st_blocks as u64);
        failed(source, blocks * 512)
    })?;
    // The umask may have taken bits away.
    rustix::fs::fchmod(&file, Mode::RUSR | Mode::WUSR).map_err(unable)?;
    rustix::fs::fstat(&file).map(|stat| owner::file_id(&stat)).map_err(unable)
}

pub(super) fn check_name(name: &str) -> Result<(), Error> {
    let fits = (1..=LONGEST_NAME).contains(&name.len()) && !name.starts_with('.');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@');
    if fits && name.chars().all(is_plain) {
        return Ok(());
    }
    let message = format!(
        "ring {name:?}: a name has 1 to {LONGEST_NAME} of the characters a-z A-Z 0-9 _ - . @ and no leading dot"
    );
    Err(Error::new(Remedy::FixSettings, message))
}

pub(super) fn os_error(name: &str, what: &str, error: ShmemError) -> Error {
    let message = format!("ring \"{name}\": {FOLDER}/{name} {what}");
    match error {
        ShmemError::MappingIdExists => {
            Error::new(Remedy::Retry, format!("{message}: another process has just made it"))
        }
        ShmemError::MapCreateFailed(errno)
        | ShmemError::MapOpenFailed(errno)
        | ShmemError::UnknownOsError(errno) => {
            let source = std::io::Error::from_raw_os_error(errno as i32);
            Error::io(Remedy::Reopen, message, source)
        }
        other => Error::new(Remedy::GiveUp, format!("{message}: {other}")),
    }
}

pub(super) fn to_ns(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
