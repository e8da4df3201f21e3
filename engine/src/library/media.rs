//! Media files in the library.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::intake::Stored;
use super::model::{Listed, Media, MediaKind, MediaState, Page};
use super::page::{self, Sorts};
use super::store::{Library, sql_error};
use super::{name, sweep};
use crate::Error;
use crate::durable;

/// What looking at a media file found.
#[derive(Clone, Debug, PartialEq)]
pub struct Probed {
    /// What it is.
    pub kind: MediaKind,
    /// Pixels across, after rotation.
    pub width: u32,
    /// Pixels down, after rotation.
    pub height: u32,
    /// Seconds: a video once through, an animation for one cycle; none for a still.
    pub duration_s: Option<f64>,
    /// How many frames that is, where they were counted; none for a still.
    pub frames: Option<u64>,
    /// `image/png` and the like.
    pub content_type: String,
    /// A small PNG of it; empty if there is none.
    pub thumbnail: Vec<u8>,
}

const SORTS: Sorts =
    &[("name", "folded"), ("created_at", "created_at"), ("bytes", "bytes"), ("kind", "kind")];

const COLUMNS: &str = "id, name, kind, width, height, duration_s, frames, bytes, \
    CASE state WHEN 'missing' THEN 'rejected' ELSE state END AS state, \
    error, content_type, hash, created_at";

impl Library {
    /// Media, newest first. Sorts by `name`, `created_at`, `bytes`, `kind`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such page.
    pub fn media_list(&self, page: &Page) -> Result<Listed<Media>, Error> {
        let part = page::part(page, SORTS, "-created_at")?;
        let sql = format!(
            "SELECT {COLUMNS} FROM media {} ORDER BY {} LIMIT ?2 OFFSET ?3",
            page::WHERE,
            part.order
        );
        let mut rows = self.connection.prepare_cached(&sql).map_err(sql_error)?;
        let items = rows
            .query_map(params![part.q, part.limit, part.offset], from_row)
            .and_then(Iterator::collect)
            .map_err(sql_error)?;
        let count = format!("SELECT count(*) FROM media {}", page::WHERE);
        let total =
            self.connection.query_row(&count, [&part.q], |row| row.get(0)).map_err(sql_error)?;
        Ok(Listed { items, total })
    }

    /// One media file.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn media(&self, id: &str) -> Result<Media, Error> {
        find(&self.connection, "id", id)?.ok_or_else(|| Error::not_found("media", id))
    }

    /// Media that nobody has finished looking at: those that a crash or a restart interrupted.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn unsettled_media(&self) -> Result<Vec<Media>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM media WHERE state = 'processing' ORDER BY rowid");
        let mut rows = self.connection.prepare(&sql).map_err(sql_error)?;
        rows.query_map([], from_row).and_then(Iterator::collect).map_err(sql_error)
    }

    /// Has media looked at again that were rejected with these words, because what stood in the way
    /// is gone. Says how many.
    ///
    /// # Errors
    /// [`Error::Full`] or [`Error::Internal`].
    pub fn look_again(&mut self, reason: &str) -> Result<usize, Error> {
        const SQL: &str = "UPDATE media SET state = 'processing', error = NULL \
            WHERE state = 'rejected' AND error = ?1";
        self.connection.execute(SQL, [reason]).map_err(sql_error)
    }

    /// Makes an item of an upload, to be looked at and then settled. The second value tells that
    /// the same content was there already, as the item given: nothing is to be looked at then.
    /// Content that was rejected before is taken again, as the same item.
    ///
    /// # Errors
    /// [`Error::Full`] or [`Error::Internal`]; no item was made and no file is left.
    pub fn add_media(&mut self, stored: Stored) -> Result<(Media, bool), Error> {
        let known = find(&self.connection, "hash", &stored.hash)?;
        let place = sweep::media(&self.data).join(&stored.hash);
        let failed = |error| durable::write_error("the media folder", &error);
        let fresh = fresh(&stored.hash, stored.bytes, stored.name.clone());
        match known {
            Some(media) if media.state != MediaState::Rejected => {
                // The file may have been removed under us; the upload mends that.
                if !place.is_file() {
                    stored.place(&self.data).map_err(failed)?;
                }
                Ok((media, true))
            }
            Some(rejected) => {
                stored.place(&self.data).map_err(failed)?;
                let media = Media { id: rejected.id, created_at: rejected.created_at, ..fresh };
                update(&self.connection, &media).map_err(sql_error)?;
                Ok((media, false))
            }
            None => {
                stored.place(&self.data).map_err(failed)?;
                if let Err(error) = insert(&self.connection, &fresh) {
                    self.remove_file(&fresh.hash);
                    return Err(sql_error(error));
                }
                Ok((fresh, false))
            }
        }
    }

    /// Notes what looking at a media file found, or why it cannot be played.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it was deleted meanwhile.
    pub fn settle_media(
        &mut self,
        id: &str,
        found: Result<Probed, String>,
    ) -> Result<Media, Error> {
        let mut media = self.media(id)?;
        match found {
            Ok(probed) => {
                if !probed.thumbnail.is_empty() {
                    let path = self.thumbnail_path(&media);
                    // A list without a small picture is better than no item.
                    if let Err(error) = durable::replace_file(&path, &probed.thumbnail) {
                        tracing::warn!("{} cannot be written: {error}", path.display());
                    }
                }
                media.kind = probed.kind;
                media.width = probed.width;
                media.height = probed.height;
                media.duration_s = probed.duration_s;
                media.frames = probed.frames;
                media.content_type = probed.content_type;
                media.state = MediaState::Ready;
                media.error = None;
            }
            Err(reason) => {
                media.state = MediaState::Rejected;
                media.error = Some(reason);
            }
        }
        update(&self.connection, &media).map_err(sql_error)?;
        Ok(media)
    }

    /// Gives a media file another name: any text, it is made safe.
    ///
    /// # Errors
    /// [`Error::Invalid`] if nothing is left of the name, [`Error::NotFound`].
    pub fn rename_media(&mut self, id: &str, name: &str) -> Result<Media, Error> {
        let mut media = self.media(id)?;
        media.name = name::safe_name(name)
            .ok_or_else(|| Error::invalid("name", name, "this is no name for a file"))?;
        update(&self.connection, &media).map_err(sql_error)?;
        Ok(media)
    }

    /// Deletes a media file. With `force` also one that playlists use: their items stay and are
    /// skipped.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] naming the playlists that use it.
    pub fn delete_media(&mut self, id: &str, force: bool) -> Result<(), Error> {
        let media = self.media(id)?;
        let thumbnail = self.thumbnail_path(&media);
        let transaction = self.begin()?;
        if !force {
            let users = users_of(&transaction, id).map_err(sql_error)?;
            if !users.is_empty() {
                let reason = format!("\"{}\" is used by {}", media.name, list_names(&users));
                return Err(Error::Conflict { reason });
            }
        }
        transaction.execute("DELETE FROM media WHERE id = ?1", [id]).map_err(sql_error)?;
        transaction.commit().map_err(sql_error)?;
        self.remove_file(&media.hash);
        if let Err(error) = durable::remove_if_there(&thumbnail) {
            tracing::warn!("{} cannot be removed: {error}", thumbnail.display());
        }
        Ok(())
    }

    /// The file with the uploaded bytes.
    pub fn content_path(&self, media: &Media) -> PathBuf {
        sweep::media(&self.data).join(&media.hash)
    }

    /// The small picture of a media file. It is in the cache: it may be missing at any time.
    pub fn thumbnail_path(&self, media: &Media) -> PathBuf {
        self.thumbnails.join(format!("{}.png", media.hash))
    }

    /// Removes a file that no row names any more. If that fails, the next start does it.
    fn remove_file(&self, hash: &str) {
        let path = sweep::media(&self.data).join(hash);
        if let Err(error) = durable::remove_if_there(&path) {
            tracing::warn!("{} cannot be removed: {error}", path.display());
        }
    }
}

/// A media file that nobody has looked at.
pub(super) fn fresh(hash: &str, bytes: u64, name: String) -> Media {
    Media {
        id: uuid::Uuid::now_v7().simple().to_string(),
        name,
        kind: MediaKind::Unknown,
        width: 0,
        height: 0,
        duration_s: None,
        frames: None,
        bytes,
        state: MediaState::Processing,
        error: None,
        content_type: "application/octet-stream".to_owned(),
        hash: hash.to_owned(),
        created_at: instant_now(),
    }
}

/// The present for people: always six decimals, so that instants sort as text.
pub(super) fn instant_now() -> String {
    format!("{:.6}", jiff::Timestamp::now())
}

pub(super) fn insert(connection: &Connection, media: &Media) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO media (id, name, folded, kind, width, height, duration_s, bytes, state,
             error, content_type, hash, created_at, frames)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            media.id,
            media.name,
            media.name.to_lowercase(),
            word(&media.kind),
            media.width,
            media.height,
            media.duration_s,
            media.bytes,
            word(&media.state),
            media.error,
            media.content_type,
            media.hash,
            media.created_at,
            media.frames,
        ],
    )?;
    Ok(())
}

/// Writes all that can change. Its id, content and age cannot.
fn update(connection: &Connection, media: &Media) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE media SET name = ?2, folded = ?3, kind = ?4, width = ?5, height = ?6,
             duration_s = ?7, state = ?8, error = ?9, content_type = ?10, frames = ?11 WHERE id = ?1",
        params![
            media.id,
            media.name,
            media.name.to_lowercase(),
            word(&media.kind),
            media.width,
            media.height,
            media.duration_s,
            word(&media.state),
            media.error,
            media.content_type,
            media.frames,
        ],
    )?;
    Ok(())
}

fn find(connection: &Connection, column: &str, value: &str) -> Result<Option<Media>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM media WHERE {column} = ?1");
    connection.query_row(&sql, [value], from_row).optional().map_err(sql_error)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Media> {
    Ok(Media {
        id: row.get("id")?,
        name: row.get("name")?,
        kind: from_word(row, "kind")?,
        width: row.get("width")?,
        height: row.get("height")?,
        duration_s: row.get("duration_s")?,
        frames: row.get("frames")?,
        bytes: row.get("bytes")?,
        state: from_word(row, "state")?,
        error: row.get("error")?,
        content_type: row.get("content_type")?,
        hash: row.get("hash")?,
        created_at: row.get("created_at")?,
    })
}

/// The names of the playlists that show a media file.
fn users_of(connection: &Connection, id: &str) -> rusqlite::Result<Vec<String>> {
    let mut rows = connection.prepare(
        "SELECT name FROM playlists WHERE id IN
             (SELECT playlist_id FROM items WHERE media_id = ?1) ORDER BY folded, rowid",
    )?;
    rows.query_map([id], |row| row.get(0))?.collect()
}

/// The first names of a list, and how many follow.
fn list_names(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("\"{name}\"")).collect();
    let noun = if names.len() == 1 { "the playlist" } else { "the playlists" };
    match names.len() - shown.len() {
        0 => format!("{noun} {}", shown.join(", ")),
        more => format!("{noun} {} and {more} more", shown.join(", ")),
    }
}

/// The word that an enum without content has in JSON, which is also its word in the database.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        // Not reached: every enum stored is one of plain words, and the tests store each.
        other => format!("{other:?}"),
    }
}

/// Reads an enum back from its word.
pub(super) fn from_word<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    parsed(row, column, row.get::<_, String>(column)?.into())
}

/// Reads a value of the engine out of a column, or tells which column is wrong.
pub(super) fn parsed<T: DeserializeOwned>(
    row: &Row<'_>,
    column: &str,
    value: serde_json::Value,
) -> rusqlite::Result<T> {
    serde_json::from_value(value).map_err(|error| {
        let index = row.as_ref().column_index(column).unwrap_or(usize::MAX);
        rusqlite::Error::FromSqlConversionFailure(
            index,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}
