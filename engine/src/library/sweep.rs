//! Putting the folders and the database in step again after a crash.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::params;

use super::media;
use super::store::{Library, sql_error};
use crate::Error;
use crate::durable;

/// Where media files lie, each named by its content.
pub(super) fn media(data: &Path) -> PathBuf {
    data.join("media")
}

/// Where uploads grow.
pub(super) fn incoming(data: &Path) -> PathBuf {
    data.join("incoming")
}

impl Library {
    /// Removes leftovers, marks media whose file is not there, and takes back those whose file
    /// came back.
    pub(super) fn sweep(&mut self) -> Result<(), Error> {
        let failed = |error| durable::write_error("the data folder", &error);
        for part in durable::files_in(&incoming(&self.data)).map_err(failed)? {
            tracing::info!("removing the interrupted upload {}", part.display());
            durable::remove_if_there(&part).map_err(failed)?;
        }
        self.mark_missing()?;
        // With a new or restored database a file without a row is not the rest of a crash, it is
        // all that is left of an item: it is kept and given a row.
        let adopt = self.made_now() || self.restored();
        let known: HashSet<String> = {
            let mut hashes =
                self.connection.prepare("SELECT hash FROM media").map_err(sql_error)?;
            let rows = hashes.query_map([], |row| row.get(0)).map_err(sql_error)?;
            rows.collect::<Result<_, _>>().map_err(sql_error)?
        };
        for file in durable::files_in(&media(&self.data)).map_err(failed)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if known.contains(&name) {
                continue;
            }
            if !is_hash(&name) {
                tracing::warn!("{} is not a media file of the library", file.display());
            } else if adopt {
                let bytes = fs::metadata(&file).map_err(failed)?.len();
                let label = format!("recovered {}", &name[..8]);
                let row = media::fresh(&name, bytes, label);
                media::insert(&self.connection, &row).map_err(sql_error)?;
            } else {
                tracing::info!("removing {}, which belongs to no item", file.display());
                durable::remove_if_there(&file).map_err(failed)?;
            }
        }
        Ok(())
    }

    fn mark_missing(&mut self) -> Result<(), Error> {
        let rows: Vec<(String, String, u64, String)> = {
            let mut rows = self
                .connection
                .prepare("SELECT id, hash, bytes, state FROM media")
                .map_err(sql_error)?;
            let rows = rows
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
                .map_err(sql_error)?;
            rows.collect::<Result<_, _>>().map_err(sql_error)?
        };
        let folder = media(&self.data);
        let transaction = self.begin()?;
        for (id, hash, bytes, state) in rows {
            let reason = match fs::metadata(folder.join(&hash)) {
                Ok(file) if file.len() == bytes => None,
                Ok(file) => Some(format!(
                    "its file in the data folder has {} bytes instead of {bytes}; upload it again",
                    file.len()
                )),
                Err(_) => {
                    Some("its file is missing from the data folder; upload it again".to_owned())
                }
            };
            let state = match (&reason, state.as_str()) {
                (Some(_), _) => "missing",
                (None, "missing") => "processing",
                (None, _) => continue,
            };
            transaction
                .execute(
                    "UPDATE media SET state = ?2, error = ?3 WHERE id = ?1",
                    params![id, state, reason],
                )
                .map_err(sql_error)?;
        }
        transaction.commit().map_err(sql_error)
    }
}

/// Whether a file's name can be the hash of its content.
fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
