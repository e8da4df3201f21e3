//! Playlists in the library.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value, json};

use super::check;
use super::media::{from_word, instant_now, parsed, word};
use super::model::{Item, ItemContent, Listed, NewItem, NewPlaylist, Page, Playlist, Transition};
use super::page::{self, Sorts};
use super::store::{Library, sql_error};
use crate::Error;

const SORTS: Sorts = &[("name", "folded"), ("created_at", "created_at")];

const COLUMNS: &str = "id, name, loop, shuffle, revision, created_at";

impl Library {
    /// Playlists with their items, by name. Sorts by `name`, `created_at`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such page.
    pub fn playlists(&self, page: &Page) -> Result<Listed<Playlist>, Error> {
        let part = page::part(page, SORTS, "name")?;
        let sql = format!(
            "SELECT {COLUMNS} FROM playlists {} ORDER BY {} LIMIT ?2 OFFSET ?3",
            page::WHERE,
            part.order
        );
        let mut rows = self.connection.prepare_cached(&sql).map_err(sql_error)?;
        let mut items: Vec<Playlist> = rows
            .query_map(params![part.q, part.limit, part.offset], from_row)
            .and_then(Iterator::collect)
            .map_err(sql_error)?;
        for playlist in &mut items {
            playlist.items = items_of(&self.connection, &playlist.id).map_err(sql_error)?;
        }
        let count = format!("SELECT count(*) FROM playlists {}", page::WHERE);
        let total =
            self.connection.query_row(&count, [&part.q], |row| row.get(0)).map_err(sql_error)?;
        Ok(Listed { items, total })
    }

    /// One playlist with its items.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn playlist(&self, id: &str) -> Result<Playlist, Error> {
        find(&self.connection, id)
    }

    /// Makes a playlist.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field: `items[3].media_id`.
    pub fn create_playlist(&mut self, new: NewPlaylist) -> Result<Playlist, Error> {
        let check_effect = self.check_effect;
        let id = uuid::Uuid::now_v7().simple().to_string();
        let transaction = self.begin()?;
        check::playlist(&transaction, check_effect, &id, &new)?;
        let name = new.name.trim();
        transaction
            .execute(
                "INSERT INTO playlists (id, name, folded, loop, shuffle, revision, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)",
                params![id, name, name.to_lowercase(), new.r#loop, new.shuffle, instant_now()],
            )
            .map_err(sql_error)?;
        insert_items(&transaction, &id, &new.items).map_err(sql_error)?;
        let playlist = find(&transaction, &id)?;
        transaction.commit().map_err(sql_error)?;
        Ok(playlist)
    }

    /// Replaces a playlist. Items that come with their id keep it; a new id is accepted if no
    /// other item has it. `expected` must be the present revision, if it is given.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`]; nothing has changed then.
    pub fn replace_playlist(
        &mut self,
        id: &str,
        new: NewPlaylist,
        expected: Option<u64>,
    ) -> Result<Playlist, Error> {
        let check_effect = self.check_effect;
        let transaction = self.begin()?;
        check_revision(&transaction, id, expected)?;
        check::playlist(&transaction, check_effect, id, &new)?;
        let name = new.name.trim();
        transaction
            .execute(
                "UPDATE playlists SET name = ?2, folded = ?3, loop = ?4, shuffle = ?5,
                     revision = revision + 1 WHERE id = ?1",
                params![id, name, name.to_lowercase(), new.r#loop, new.shuffle],
            )
            .map_err(sql_error)?;
        transaction.execute("DELETE FROM items WHERE playlist_id = ?1", [id]).map_err(sql_error)?;
        insert_items(&transaction, id, &new.items).map_err(sql_error)?;
        let playlist = find(&transaction, id)?;
        transaction.commit().map_err(sql_error)?;
        Ok(playlist)
    }

    /// Deletes a playlist. `expected` must be the present revision, if it is given.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`].
    pub fn delete_playlist(&mut self, id: &str, expected: Option<u64>) -> Result<(), Error> {
        let transaction = self.begin()?;
        check_revision(&transaction, id, expected)?;
        transaction.execute("DELETE FROM playlists WHERE id = ?1", [id]).map_err(sql_error)?;
        transaction.commit().map_err(sql_error)
    }
}

fn check_revision(connection: &Connection, id: &str, expected: Option<u64>) -> Result<(), Error> {
    let current: Option<u64> = connection
        .query_row("SELECT revision FROM playlists WHERE id = ?1", [id], |row| row.get(0))
        .optional()
        .map_err(sql_error)?;
    let current = current.ok_or_else(|| Error::not_found("playlist", id))?;
    match expected {
        Some(expected) if expected != current => {
            Err(Error::Stale { what: format!("playlist \"{id}\""), current: current.to_string() })
        }
        _ => Ok(()),
    }
}

fn find(connection: &Connection, id: &str) -> Result<Playlist, Error> {
    let sql = format!("SELECT {COLUMNS} FROM playlists WHERE id = ?1");
    let found = connection.query_row(&sql, [id], from_row).optional().map_err(sql_error)?;
    let mut playlist = found.ok_or_else(|| Error::not_found("playlist", id))?;
    playlist.items = items_of(connection, id).map_err(sql_error)?;
    Ok(playlist)
}

/// A playlist without its items.
fn from_row(row: &Row<'_>) -> rusqlite::Result<Playlist> {
    Ok(Playlist {
        id: row.get("id")?,
        name: row.get("name")?,
        items: Vec::new(),
        r#loop: row.get("loop")?,
        shuffle: row.get("shuffle")?,
        revision: row.get("revision")?,
        created_at: row.get("created_at")?,
    })
}

fn items_of(connection: &Connection, playlist_id: &str) -> rusqlite::Result<Vec<Item>> {
    let mut rows = connection
        .prepare_cached("SELECT * FROM items WHERE playlist_id = ?1 ORDER BY position")?;
    rows.query_map([playlist_id], item_from_row)?.collect()
}

fn item_from_row(row: &Row<'_>) -> rusqlite::Result<Item> {
    let kind: String = row.get("kind")?;
    let content = match kind.as_str() {
        "media" => ItemContent::Media { media_id: row.get("media_id")? },
        "effect" => {
            let params: String = row.get("params")?;
            let params: Map<String, Value> = serde_json::from_str(&params).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(
                    0,
                    rusqlite::types::Type::Text,
                    Box::new(error),
                )
            })?;
            ItemContent::Effect { effect: row.get("effect")?, params }
        }
        // A kind that is not known is told as an error with its word.
        _ => parsed(
            row,
            "kind",
            json!({"kind": kind, "color": row.get::<_, Option<String>>("color")?}),
        )?,
    };
    Ok(Item {
        id: row.get("id")?,
        content,
        duration_s: row.get("duration_s")?,
        fit: from_word(row, "fit")?,
        transition: transition_from_row(row)?,
        repeat: row.get("repeat")?,
        enabled: row.get("enabled")?,
    })
}

fn transition_from_row(row: &Row<'_>) -> rusqlite::Result<Option<Transition>> {
    let Some(duration_s) = row.get("transition_s")? else { return Ok(None) };
    let kind = from_word(row, "transition")?;
    let mut transition = Transition { kind, duration_s, ..Transition::default() };
    if row.get::<_, Option<String>>("transition_curve")?.is_some() {
        transition.curve = from_word(row, "transition_curve")?;
    }
    if row.get::<_, Option<String>>("transition_color")?.is_some() {
        transition.color = from_word(row, "transition_color")?;
    }
    Ok(Some(transition))
}

fn insert_items(
    connection: &Connection,
    playlist_id: &str,
    items: &[NewItem],
) -> rusqlite::Result<()> {
    let mut row = connection.prepare_cached(
        "INSERT INTO items (id, playlist_id, position, kind, media_id, effect, params, color,
             duration_s, fit, transition, transition_s, transition_curve, transition_color,
             repeat, enabled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    for (position, item) in items.iter().enumerate() {
        let id = match &item.id {
            Some(id) => id.clone(),
            None => uuid::Uuid::now_v7().simple().to_string(),
        };
        let (mut media, mut name, mut values, mut rgb) = (None, None, None, None);
        let kind = match &item.content {
            ItemContent::Media { media_id } => {
                media = Some(media_id);
                "media"
            }
            ItemContent::Effect { effect, params } => {
                name = Some(effect);
                values = Some(Value::Object(params.clone()).to_string());
                "effect"
            }
            ItemContent::Color { color } => {
                rgb = Some(color.to_string());
                "color"
            }
        };
        let transition = item.transition.as_ref();
        row.execute(params![
            id,
            playlist_id,
            position,
            kind,
            media,
            name,
            values,
            rgb,
            item.duration_s,
            word(&item.fit),
            transition.map(|transition| word(&transition.kind)),
            transition.map(|transition| transition.duration_s),
            transition.map(|transition| word(&transition.curve)),
            transition.map(|transition| transition.color.to_string()),
            item.repeat,
            item.enabled,
        ])?;
    }
    Ok(())
}
