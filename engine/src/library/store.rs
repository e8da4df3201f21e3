//! The open library: one database connection, and the folders beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use serde_json::{Map, Value};

use super::{schema, sweep};
use crate::Error;
use crate::durable;

/// Says whether an effect exists and takes these parameters. An [`Error::Invalid`] from it names
/// the field relative to the item: `effect`, `params.speed`.
pub type CheckEffect = fn(effect: &str, params: &Map<String, Value>) -> Result<(), Error>;

/// Media, playlists and the last wish. Owned by one thread; every method may wait for the disk,
/// and what a method has answered with `Ok` survives a pulled plug.
pub struct Library {
    pub(super) connection: Connection,
    pub(super) data: PathBuf,
    pub(super) thumbnails: PathBuf,
    pub(super) check_effect: CheckEffect,
    made_now: bool,
    restored: bool,
}

const DATABASE: &str = "prismatron.db";
const BACKUP: &str = "prismatron.db.bak";
const DAMAGED: &str = "prismatron.db.damaged";

impl Library {
    /// Opens the library in the folder `data`, or makes it. Thumbnails, which can be made again,
    /// go to `cache`. Only one process at a time may do so; the caller holds the lock.
    ///
    /// Removes what interrupted uploads left behind. A media file that is missing or has another
    /// size becomes rejected with the reason. If the database is damaged, its backup takes its
    /// place and the damaged file is kept beside it.
    ///
    /// # Errors
    /// The folder cannot be written, the database was made by a newer version, or it is damaged
    /// and there is no backup.
    pub fn open(data: &Path, cache: &Path, check_effect: CheckEffect) -> Result<Self, Error> {
        let thumbnails = cache.join("thumbnails");
        for folder in [data, &sweep::media(data), &sweep::incoming(data), &thumbnails] {
            durable::make_folder(folder)
                .map_err(|e| durable::write_error(&format!("folder {}", folder.display()), &e))?;
        }
        let (connection, restored) = match checked(data) {
            Ok(connection) => (connection, false),
            Err(Unusable::Damaged(reason)) => (restore(data, &reason)?, true),
            Err(Unusable::Other(error)) => return Err(error),
        };
        let version = schema::version(&connection).map_err(sql_error)?;
        if version > schema::VERSION {
            return Err(Error::internal(format!(
                "{}: made by a newer version of Prismatron (shape {version}, this one knows up to {})",
                data.join(DATABASE).display(),
                schema::VERSION
            )));
        }
        let mut library = Self {
            connection,
            data: data.to_owned(),
            thumbnails,
            check_effect,
            made_now: version == 0,
            restored,
        };
        schema::migrate(&mut library.connection).map_err(sql_error)?;
        library.sweep()?;
        // Best effort: a display that shows light without a fresh backup beats one that is dark.
        if let Err(error) = library.backup() {
            tracing::warn!("the library's backup was not renewed: {error}");
        }
        Ok(library)
    }

    /// Whether the database was made by this `open`.
    pub fn made_now(&self) -> bool {
        self.made_now
    }

    /// Whether this `open` found the database damaged and took its backup.
    pub fn restored(&self) -> bool {
        self.restored
    }

    /// Renews the database's backup if anything has changed since the last.
    ///
    /// # Errors
    /// [`Error::Full`] or [`Error::Internal`]; the older backup is still there then.
    pub fn backup(&self) -> Result<(), Error> {
        let changed = |name: &str| fs::metadata(self.data.join(name)).and_then(|m| m.modified());
        if let (Ok(backup), Ok(database)) = (changed(BACKUP), changed(DATABASE)) {
            let log = changed(&format!("{DATABASE}-wal")).unwrap_or(database);
            if backup > database.max(log) {
                return Ok(());
            }
        }
        let fresh = self.data.join(format!("{BACKUP}.new"));
        let failed = |error: io::Error| durable::write_error("the library's backup", &error);
        durable::remove_if_there(&fresh).map_err(failed)?;
        // SQLite fills an empty file; made here, it has the right owner's rights.
        durable::create_file(&fresh).map_err(failed)?;
        let copied = self
            .connection
            .execute("VACUUM INTO ?1", [fresh.to_string_lossy()])
            .map_err(sql_error)
            .and_then(|_| {
                fs::File::open(&fresh)
                    .and_then(|file| file.sync_all())
                    .and_then(|()| fs::rename(&fresh, self.data.join(BACKUP)))
                    .and_then(|()| durable::sync_folder(&self.data))
                    .map_err(failed)
            });
        if copied.is_err() {
            let _ = durable::remove_if_there(&fresh);
        }
        copied
    }

    pub(super) fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql_error)
    }
}

/// Why the database file cannot be used.
enum Unusable {
    /// Its content is not what was written; the reason, for people.
    Damaged(String),
    /// Rights, locks, space: the content may be whole.
    Other(Error),
}

/// Opens the database file and looks through it.
fn checked(data: &Path) -> Result<Connection, Unusable> {
    let path = data.join(DATABASE);
    match durable::create_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            let what = path.display().to_string();
            return Err(Unusable::Other(durable::write_error(&what, &error)));
        }
        _ => {}
    }
    let look = || {
        let connection = Connection::open(&path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
        // In WAL mode anything less may lose the last commits when the power goes.
        connection.pragma_update(None, "synchronous", "full")?;
        let verdict: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok::<_, rusqlite::Error>((connection, verdict))
    };
    let damaged = |reason: &str| format!("{} is damaged: {reason}", path.display());
    match look() {
        Ok((connection, verdict)) if verdict == "ok" => Ok(connection),
        Ok((_, verdict)) => Err(Unusable::Damaged(damaged(&verdict))),
        Err(error) => Err(match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Unusable::Damaged(damaged(&error.to_string()))
            }
            _ => Unusable::Other(Error::internal(format!(
                "{} cannot be opened: {error}",
                path.display()
            ))),
        }),
    }
}

/// Puts the backup in the place of a damaged database, which is kept.
fn restore(data: &Path, damage: &str) -> Result<Connection, Error> {
    let (database, backup) = (data.join(DATABASE), data.join(BACKUP));
    if !backup.exists() {
        return Err(Error::internal(format!("{damage}; there is no backup beside it")));
    }
    tracing::warn!("{damage}; its backup takes its place");
    let failed = |error: io::Error| durable::write_error("the library's database", &error);
    let content = fs::read(&backup).map_err(failed)?;
    fs::copy(&database, data.join(DAMAGED)).map_err(failed)?;
    // The log belongs to the damaged file and would be played into the backup.
    for log in ["-wal", "-shm"] {
        durable::remove_if_there(&data.join(format!("{DATABASE}{log}"))).map_err(failed)?;
    }
    durable::replace_file(&database, &content).map_err(failed)?;
    checked(data).map_err(|unusable| match unusable {
        Unusable::Damaged(reason) => Error::internal(format!("{reason}, and so was its backup")),
        Unusable::Other(error) => error,
    })
}

/// Tells a caller what a failed statement means.
pub(super) fn sql_error(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Full { what: "the library".to_owned() },
        _ => Error::internal(format!("the library's database: {error}")),
    }
}
