//! The owner's side of a ring that strangers write: made here, read without trust.
//!
//! ```text
//! create --> look, take, wait, look, take, ... --> Ended (with a reason) or dropped
//! ```
//! Whoever may open the file may cut it short, punch holes into it and write anything anywhere. So
//! the mapping is never dereferenced: header, slots and pixels are read by `pread`, which answers a
//! missing byte with a short count and never with a signal; the one page that is mapped is an
//! address for futex calls. Nothing is claimed and nothing released: writers of a live ring let the
//! newest frame win, and with more than two slots always find one that is not the newest.

use std::os::fd::OwnedFd;
use std::sync::atomic::{self, Ordering};
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode};
use rustix::shm;
use shared_memory::{ShmemConf, ShmemError};

use super::abi::{self, FIXED_BYTES, Layout, MAGIC, at, ring_state, slot_at};
use super::owner::{self, FOLDER};
use super::page::{Page, Waited};
use super::rights::{self, Access};
use super::ring::{allocate, check_name, os_error};
use super::slots::{READING, READY, is_after};
use super::spec::RingSpec;
use crate::clock::{Clock, MonoTime, SystemClock};
use crate::error::{Error, Remedy};

/// Slots of a live ring. The newest is left alone by an honest writer until it has written all the
/// others: three more frames in which the newest can be copied.
pub const LIVE_SLOTS: u32 = 4;
/// A sequence that is further from the last one than this was not counted up.
const LARGEST_JUMP: u64 = 1 << 32;
/// How often a frame that changed while it was copied is tried again in one take.
const ATTEMPTS: u32 = 3;

/// Why a live ring is of no more use. The owner makes it anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// Somebody cut the file short.
    #[error("somebody cut the file short: {found} of its {expected} bytes are left")]
    Truncated {
        /// Bytes that are there.
        found: u64,
        /// Bytes of the ring.
        expected: u64,
    },
    /// Somebody gave parts of the file back.
    #[error("somebody punched a hole into the file")]
    Punched,
    /// Somebody wrote over the fixed part of the header.
    #[error("somebody wrote over the header, first at byte {offset}")]
    Overwritten {
        /// The first byte that differs.
        offset: usize,
    },
    /// Somebody closed the ring, which is the owner's right.
    #[error("somebody closed the ring")]
    Closed,
    /// A frame's number is not one that can follow.
    #[error("a writer numbered a frame {sequence} after {last}")]
    Misnumbered {
        /// The number it found.
        sequence: u64,
        /// That of the newest frame before.
        last: u64,
    },
    /// A frame says that it has another size.
    #[error("a writer says that a frame has {found} bytes, it has {expected}")]
    Missized {
        /// What stands there.
        found: u64,
        /// What is right.
        expected: u64,
    },
    /// The name leads to another file, or to none.
    #[error("somebody removed its name")]
    Removed,
    /// The system refuses to read it.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
}

/// What the changing words of the header say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The process that says it writes.
    pub writer: Option<u32>,
    /// When it last showed life, as it says.
    pub heartbeat: MonoTime,
    /// Counts commits; for [`LiveRing::wait`].
    pub commits: u32,
}

/// What [`LiveRing::take`] came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveTake {
    /// Whether the caller's buffer holds a frame that is new.
    pub is_new: bool,
    /// Frames between it and the one taken before, which nobody will see.
    pub skipped: u64,
    /// Copies thrown away because the frame changed meanwhile.
    pub torn: u32,
}

/// A ring that this process made for others to write. One thread takes from it.
#[derive(Debug)]
pub struct LiveRing {
    name: String,
    file: OwnedFd,
    page: Page,
    layout: Layout,
    /// The header as it was made, which is how it has to stay.
    fixed: [u8; FIXED_BYTES],
    id: (u64, u64),
    access: Access,
    /// The sequence of the newest frame taken.
    last: u64,
}

/// A slot's words, as one read found them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SlotWords {
    state: u32,
    sequence: u64,
    pixel_bytes: u64,
}

impl LiveRing {
    /// Makes `/dev/shm/<name>` with all of its space allocated, and opens it to the group
    /// `prismatron` once it is complete. The name is removed when the ring is dropped. What a dead
    /// owner left under that name is replaced, however broken it is by now.
    ///
    /// # Errors
    /// If the spec or the name cannot be used, the name belongs to a living process, or `/dev/shm`
    /// has too little room (both sizes are named).
    pub fn create(name: &str, spec: &RingSpec) -> Result<Self, Error> {
        check_name(name)?;
        spec.check().map_err(|reason| {
            Error::new(Remedy::FixSettings, format!("ring \"{name}\": {reason}"))
        })?;
        let layout = Layout::of(spec);
        let size = usize::try_from(layout.total_bytes).map_err(|_| {
            Error::new(Remedy::FixSettings, format!("ring \"{name}\": too large for this machine"))
        })?;
        let create = || ShmemConf::new().os_id(format!("/{name}")).size(size).create();
        let mut made = match create() {
            Err(ShmemError::MappingIdExists) => {
                owner::make_room_of_strangers(name)?;
                create()
            }
            made => made,
        }
        .map_err(|error| os_error(name, "cannot be made", error))?;
        // Until the ring is whole, `made` removes the name.
        let id = allocate(name, layout.total_bytes)?;
        let ring = Self::publish(name, layout, id).map_err(|error| {
            let message = format!("ring \"{name}\": {FOLDER}/{name} cannot be made");
            Error::io(Remedy::Retry, message, error)
        })?;
        made.set_owner(false);
        Ok(ring)
    }

    /// Writes the header by system calls, the magic last.
    fn publish(name: &str, layout: Layout, id: (u64, u64)) -> std::io::Result<Self> {
        let file = shm::open(name, shm::OFlags::RDWR, Mode::empty())?;
        if owner::file_id(&rustix::fs::fstat(&file)?) != id {
            return Err(std::io::Error::other("another process has just replaced it"));
        }
        // Held for as long as we live: our words in the header may be written over, this not.
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared)?;
        let page = Page::map(&file)?;
        let mut fixed = layout.encode();
        rustix::io::pread(&file, &mut fixed[at::OWNER_PID..at::GENERATION], at::OWNER_PID as u64)?;
        let generation = SystemClock.now().as_nanos().to_le_bytes();
        fixed[at::GENERATION..at::GENERATION + 8].copy_from_slice(&generation);
        write_all(&file, &fixed, 0)?;
        write_all(&file, &ring_state::OPEN.to_le_bytes(), at::RING_STATE)?;
        fixed[..8].copy_from_slice(&MAGIC.to_le_bytes());
        write_all(&file, &fixed[..8], at::MAGIC)?;
        let access = rights::open_to_group(&file);
        Ok(Self { name: name.to_owned(), file, page, layout, fixed, id, access, last: 0 })
    }

    /// Where it is.
    pub fn path(&self) -> String {
        format!("{FOLDER}/{}", self.name)
    }

    /// What it carries.
    pub fn spec(&self) -> &RingSpec {
        &self.layout.spec
    }

    /// Who may write.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Reads the header and checks all of it that may not change.
    ///
    /// # Errors
    /// Why the ring is of no more use.
    pub fn look(&self) -> Result<Glance, Ended> {
        let mut header = [0; abi::HEADER_BYTES as usize];
        self.read(&mut header, 0)?;
        let differs = self.fixed.iter().zip(&header).position(|(made, found)| made != found);
        if let Some(offset) = differs {
            return Err(Ended::Overwritten { offset });
        }
        if u32_in(&header, at::RING_STATE) != ring_state::OPEN {
            return Err(Ended::Closed);
        }
        Ok(Glance {
            writer: Some(u32_in(&header, at::WRITER_PID)).filter(|&pid| pid != 0),
            heartbeat: MonoTime::from_nanos(u64_in(&header, at::WRITER_HEARTBEAT)),
            commits: u32_in(&header, at::COMMITTED),
        })
    }

    /// Copies the newest frame, if it is newer than the last one taken. `into` is worth nothing if
    /// it says that nothing is new. Presentation times are not looked at: live light is due at once.
    ///
    /// # Errors
    /// Why the ring is of no more use.
    ///
    /// # Panics
    /// If `into` is not exactly one frame.
    pub fn take(&mut self, into: &mut [u8]) -> Result<LiveTake, Ended> {
        assert_eq!(
            into.len(),
            self.spec().frame_bytes(),
            "bytes of a frame of ring {:?}",
            self.name
        );
        let mut take = LiveTake::default();
        for _ in 0..ATTEMPTS {
            let Some((index, seen)) = self.newest()? else { break };
            // Once more: what was read while the writer described another frame is a mixture.
            if self.slot(index)? != seen {
                take.torn += 1;
                continue;
            }
            self.read(into, self.layout.slot(index) + slot_at::PIXELS)?;
            atomic::fence(Ordering::Acquire);
            if self.slot(index)? != seen {
                take.torn += 1;
                continue;
            }
            self.check_space()?;
            // One after the last is none skipped.
            take.skipped = seen.sequence.wrapping_sub(self.last) - 1;
            take.is_new = true;
            self.last = seen.sequence;
            break;
        }
        Ok(take)
    }

    /// Waits until [`Glance::commits`] differs from `seen`, for `limit` at most. May return early
    /// without a reason.
    ///
    /// # Errors
    /// If the file is so short by now that the kernel finds no word to wait on.
    pub fn wait(&self, seen: u32, limit: Duration) -> Result<(), Ended> {
        match self.page.wait(at::COMMITTED, seen, limit) {
            Ok(Waited::Look | Waited::TimedOut) => Ok(()),
            Err(error) => {
                // The header says it better, if it can be read.
                self.look()?;
                Err(Ended::Unreadable(error.to_string()))
            }
        }
    }

    /// Checks that the name still leads here. A few system calls: now and then, not per frame.
    ///
    /// # Errors
    /// [`Ended::Removed`].
    pub fn check_name(&self) -> Result<(), Ended> {
        if owner::is_same_file(&self.name, self.id) { Ok(()) } else { Err(Ended::Removed) }
    }

    fn newest(&self) -> Result<Option<(u32, SlotWords)>, Ended> {
        let mut newest: Option<(u32, SlotWords)> = None;
        for index in 0..self.layout.spec.slots {
            let words = self.slot(index)?;
            // Nobody but us reads with a claim, and we do not: READING is as good as READY.
            if !matches!(words.state, READY | READING) || words.sequence == self.last {
                continue;
            }
            let (ahead, behind) =
                (words.sequence.wrapping_sub(self.last), self.last.wrapping_sub(words.sequence));
            if ahead.min(behind) > LARGEST_JUMP {
                return Err(Ended::Misnumbered { sequence: words.sequence, last: self.last });
            }
            let expected = self.spec().frame_bytes() as u64;
            if words.pixel_bytes != expected {
                return Err(Ended::Missized { found: words.pixel_bytes, expected });
            }
            let is_newest =
                newest.is_none_or(|(_, other)| is_after(words.sequence, other.sequence));
            if is_after(words.sequence, self.last) && is_newest {
                newest = Some((index, words));
            }
        }
        Ok(newest)
    }

    fn slot(&self, index: u32) -> Result<SlotWords, Ended> {
        let mut words = [0; slot_at::PIXELS];
        self.read(&mut words, self.layout.slot(index))?;
        // What is read after this is at least as new.
        atomic::fence(Ordering::Acquire);
        Ok(SlotWords {
            state: u32_in(&words, slot_at::STATE),
            sequence: u64_in(&words, slot_at::SEQUENCE),
            pixel_bytes: u64_in(&words, slot_at::PIXEL_BYTES),
        })
    }

    /// Reads all of `into`, or says why that cannot be.
    fn read(&self, into: &mut [u8], offset: usize) -> Result<(), Ended> {
        let mut done = 0;
        while done < into.len() {
            let from = (offset + done) as u64;
            let read = rustix::io::retry_on_intr(|| {
                rustix::io::pread(&self.file, &mut into[done..], from)
            });
            match read {
                Ok(0) => {
                    let expected = self.layout.total_bytes;
                    let stat = rustix::fs::fstat(&self.file);
                    let found = stat.map_or(0, |stat| stat.st_size as u64);
                    return Err(Ended::Truncated { found, expected });
                }
                Ok(bytes) => done += bytes,
                Err(error) => return Err(Ended::Unreadable(error.to_string())),
            }
        }
        Ok(())
    }

    /// A hole reads as zeros: it is seen by the space that the file has.
    fn check_space(&self) -> Result<(), Ended> {
        let stat =
            rustix::fs::fstat(&self.file).map_err(|error| Ended::Unreadable(error.to_string()))?;
        let whole = (stat.st_blocks as u64).saturating_mul(512) >= self.layout.total_bytes;
        if whole { Ok(()) } else { Err(Ended::Punched) }
    }
}

impl Drop for LiveRing {
    fn drop(&mut self) {
        // Writers that wait look up and find it closed. A file that was cut short may grow by
        // this; it is about to go.
        let _ = write_all(&self.file, &ring_state::CLOSED.to_le_bytes(), at::RING_STATE);
        for word in [at::RELEASED, at::COMMITTED] {
            let mut bytes = [0; 4];
            let _ = rustix::io::pread(&self.file, &mut bytes, word as u64);
            let next = u32::from_le_bytes(bytes).wrapping_add(1);
            let _ = write_all(&self.file, &next.to_le_bytes(), word);
            self.page.wake(word);
        }
        // Somebody may have removed our name and made it anew: that one is not ours to unlink.
        if owner::is_same_file(&self.name, self.id) {
            let _ = shm::unlink(&self.name);
        }
    }
}

fn write_all(file: &OwnedFd, bytes: &[u8], offset: usize) -> std::io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        let at = (offset + done) as u64;
        match rustix::io::retry_on_intr(|| rustix::io::pwrite(file, &bytes[done..], at))? {
            0 => return Err(std::io::ErrorKind::WriteZero.into()),
            written => done += written,
        }
    }
    Ok(())
}

fn u32_in(bytes: &[u8], offset: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[offset..offset + 4]);
    u32::from_le_bytes(word)
}

fn u64_in(bytes: &[u8], offset: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[offset..offset + 8]);
    u64::from_le_bytes(word)
}
