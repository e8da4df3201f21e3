//! Uploads on their way to the disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{name, sweep};
use crate::Error;
use crate::durable;

/// How much an upload may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest file, in bytes.
    pub file_bytes: u64,
    /// What must stay free on the disk, in bytes, so that playlists and settings can be saved.
    pub reserve_bytes: u64,
}

impl Default for Limits {
    /// 8 GiB a file, 64 MiB kept free.
    fn default() -> Self {
        Self { file_bytes: 8 << 30, reserve_bytes: 64 << 20 }
    }
}

/// After how many bytes the free space is looked at again.
const LOOK_EVERY: u64 = 8 << 20;

/// The door for uploads: a folder and its limits. Works on any thread, beside the library's own.
#[derive(Clone, Debug)]
pub struct Intake {
    folder: PathBuf,
    limits: Limits,
}

impl Intake {
    /// A door into the data folder of an open [`Library`](super::Library).
    pub fn new(data: &Path, limits: Limits) -> Self {
        Self { folder: sweep::incoming(data), limits }
    }

    /// Begins an upload of a file that a person calls `name`: any text, it is made safe.
    /// `known_bytes` is the exact size of the file, if it is known beforehand.
    ///
    /// # Errors
    /// [`Error::TooLarge`] or [`Error::Full`] if that can be told beforehand, [`Error::Internal`].
    pub fn begin(&self, name: &str, known_bytes: Option<u64>) -> Result<Part, Error> {
        let name = name::safe_name(name).unwrap_or_else(|| "unnamed".to_owned());
        let path = self.folder.join(format!("{}.part", uuid::Uuid::now_v7().simple()));
        let file = durable::create_file(&path).map_err(|e| durable::write_error(&name, &e))?;
        let part = Part {
            file: PartFile { path: Some(path) },
            open: Some(file),
            hasher: blake3::Hasher::new(),
            bytes: 0,
            look_at: LOOK_EVERY,
            known_bytes,
            name,
            limits: self.limits,
        };
        // From here on, an error drops the part and with it the file.
        let known = known_bytes.unwrap_or(0);
        part.check_size(known)?;
        part.check_space(known)?;
        Ok(part)
    }
}

/// An upload under way. Dropped before [`Part::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Part {
    file: PartFile,
    /// None once a write has failed.
    open: Option<File>,
    hasher: blake3::Hasher,
    bytes: u64,
    look_at: u64,
    known_bytes: Option<u64>,
    name: String,
    limits: Limits,
}

impl Part {
    /// Adds bytes. After an error the upload is over and its file is gone.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::Full`] or [`Error::Internal`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.try_write(bytes);
        if written.is_err() {
            self.open = None;
            self.file.remove();
        }
        written
    }

    fn try_write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let total = self.bytes + bytes.len() as u64;
        self.check_size(total)?;
        if let Some(known) = self.known_bytes
            && total > known
        {
            return Err(self.wrong_length(total, known));
        }
        if total >= self.look_at {
            self.look_at = total + LOOK_EVERY;
            self.check_space(bytes.len() as u64)?;
        }
        let Some(file) = &mut self.open else {
            return Err(Error::internal(format!("the upload of \"{}\" has failed", self.name)));
        };
        file.write_all(bytes).map_err(|e| durable::write_error(&self.name, &e))?;
        self.hasher.update(bytes);
        self.bytes = total;
        Ok(())
    }

    /// Makes the bytes durable. The file becomes an item by
    /// [`Library::add_media`](super::Library::add_media).
    ///
    /// # Errors
    /// [`Error::Invalid`] if the file is empty or not as long as announced, [`Error::Full`],
    /// [`Error::Internal`]. Nothing is left behind then.
    pub fn finish(self) -> Result<Stored, Error> {
        let Some(file) = &self.open else {
            return Err(Error::internal(format!("the upload of \"{}\" has failed", self.name)));
        };
        if self.bytes == 0 {
            return Err(Error::invalid("file", &self.name, "the file is empty"));
        }
        if let Some(known) = self.known_bytes
            && self.bytes != known
        {
            return Err(self.wrong_length(self.bytes, known));
        }
        file.sync_all().map_err(|e| durable::write_error(&self.name, &e))?;
        Ok(Stored {
            hash: self.hasher.finalize().to_hex().to_string(),
            bytes: self.bytes,
            name: self.name,
            file: self.file,
        })
    }

    fn wrong_length(&self, bytes: u64, known: u64) -> Error {
        let reason = format!("{bytes} bytes came of a file that was announced with {known}");
        Error::invalid("file", &self.name, reason)
    }

    fn check_size(&self, bytes: u64) -> Result<(), Error> {
        let limit = self.limits.file_bytes;
        if bytes <= limit {
            return Ok(());
        }
        Err(Error::TooLarge { what: format!("\"{}\"", self.name), bytes, limit })
    }

    /// Whether `more` bytes leave the reserve untouched.
    fn check_space(&self, more: u64) -> Result<(), Error> {
        let Some(path) = &self.file.path else { return Ok(()) };
        // A file system that cannot tell its free space tells by ENOSPC.
        let Ok(disk) = rustix::fs::statvfs(path) else { return Ok(()) };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if more.saturating_add(self.limits.reserve_bytes) <= free {
            return Ok(());
        }
        Err(Error::Full { what: format!("\"{}\"", self.name) })
    }
}

/// A whole file on the disk that is not an item yet. Dropped, it is removed.
#[derive(Debug)]
pub struct Stored {
    /// blake3 of the content, in hex.
    pub hash: String,
    /// Size of the file.
    pub bytes: u64,
    /// A safe name.
    pub name: String,
    file: PartFile,
}

impl Stored {
    /// Moves the file to its place, durably.
    pub(super) fn place(mut self, data: &Path) -> io::Result<()> {
        let Some(part) = self.file.path.take() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let place = sweep::media(data).join(&self.hash);
        if let Err(error) = fs::rename(&part, &place) {
            self.file.path = Some(part);
            return Err(error);
        }
        durable::sync_folder(&sweep::media(data))?;
        durable::sync_folder(&sweep::incoming(data))
    }
}

/// A file in `incoming/` that is removed unless it is moved away.
#[derive(Debug)]
struct PartFile {
    path: Option<PathBuf>,
}

impl PartFile {
    fn remove(&mut self) {
        if let Some(path) = self.path.take()
            && let Err(error) = durable::remove_if_there(&path)
        {
            // The next start removes it.
            tracing::warn!("{} cannot be removed: {error}", path.display());
        }
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        self.remove();
    }
}
