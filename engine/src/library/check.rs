//! What a playlist may say, told field by field before anything is written.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension};

use super::model::{ItemContent, NewItem, NewPlaylist};
use super::store::{CheckEffect, sql_error};
use crate::Error;

const MAX_NAME_CHARS: usize = 200;
const MAX_ITEMS: usize = 10_000;
/// Seconds: from a blink to a week.
const DURATION_S: std::ops::RangeInclusive<f64> = 0.1..=604_800.0;
const REPEAT: std::ops::RangeInclusive<u32> = 1..=1000;
const TRANSITION_S: std::ops::RangeInclusive<f64> = 0.0..=60.0;

/// Checks all of a playlist that is to be stored as `playlist_id`.
pub(super) fn playlist(
    connection: &Connection,
    check_effect: CheckEffect,
    playlist_id: &str,
    new: &NewPlaylist,
) -> Result<(), Error> {
    playlist_name(&new.name)?;
    if new.items.len() > MAX_ITEMS {
        let count = new.items.len();
        let reason = format!("{count} items are more than the limit of {MAX_ITEMS}");
        return Err(Error::invalid("items", count, reason));
    }
    let mut ids = HashSet::new();
    for (index, item) in new.items.iter().enumerate() {
        let field = |name: &str| format!("items[{index}].{name}");
        if let Some(id) = &item.id {
            item_id(connection, playlist_id, id, &mut ids)
                .map_err(|error| under(error, &format!("items[{index}]")))?;
        }
        times(item, field)?;
        match &item.content {
            ItemContent::Media { media_id } => {
                if !is_known(connection, playlist_id, item.id.as_deref(), media_id)? {
                    let reason = format!("there is no media \"{media_id}\"");
                    return Err(Error::invalid(field("media_id"), media_id, reason));
                }
            }
            ItemContent::Effect { effect, params } => {
                check_effect(effect, params)
                    .map_err(|error| under(error, &format!("items[{index}]")))?;
            }
            ItemContent::Color { .. } => {}
        }
    }
    Ok(())
}

/// Whether the file is there, or was when this item of this list was made: a list is not held up by
/// a file that was deleted since.
fn is_known(
    connection: &Connection,
    playlist_id: &str,
    item_id: Option<&str>,
    media_id: &str,
) -> Result<bool, Error> {
    const SQL: &str = "SELECT 1 FROM media WHERE id = ?1 UNION ALL \
        SELECT 1 FROM items WHERE media_id = ?1 AND id = ?2 AND playlist_id = ?3";
    let found: Option<i64> = connection
        .prepare_cached(SQL)
        .and_then(|mut row| {
            row.query_row((media_id, item_id, playlist_id), |row| row.get(0)).optional()
        })
        .map_err(sql_error)?;
    Ok(found.is_some())
}

fn playlist_name(name: &str) -> Result<(), Error> {
    let reason = if name.trim().is_empty() {
        "a playlist needs a name"
    } else if name.chars().count() > MAX_NAME_CHARS {
        "more than 200 characters"
    } else if name.chars().any(char::is_control) {
        "a name has no line breaks or other control characters"
    } else {
        return Ok(());
    };
    Err(Error::invalid("name", name, reason))
}

fn times(item: &NewItem, field: impl Fn(&str) -> String) -> Result<(), Error> {
    if let Some(seconds) = item.duration_s
        && !DURATION_S.contains(&seconds)
    {
        let reason = format!("{seconds} is not between 0.1 and 604800 seconds");
        return Err(Error::invalid(field("duration_s"), seconds, reason));
    }
    if !REPEAT.contains(&item.repeat) {
        let reason = format!("{} is not between 1 and 1000", item.repeat);
        return Err(Error::invalid(field("repeat"), item.repeat, reason));
    }
    if let Some(transition) = &item.transition
        && !TRANSITION_S.contains(&transition.duration_s)
    {
        let seconds = transition.duration_s;
        let reason = format!("{seconds} is not between 0 and 60 seconds");
        return Err(Error::invalid(field("transition.duration_s"), seconds, reason));
    }
    Ok(())
}

/// An id that a caller gives: that of an item kept, or a new one that no other item has. Ids are
/// unique over all playlists, so that an event that names an item means one.
fn item_id<'a>(
    connection: &Connection,
    playlist_id: &str,
    id: &'a str,
    seen: &mut HashSet<&'a str>,
) -> Result<(), Error> {
    let well_formed = (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !well_formed {
        let reason = format!("\"{id}\" is no id: 1 to 64 letters, digits, - and _");
        return Err(Error::invalid("id", id, reason));
    }
    if !seen.insert(id) {
        return Err(Error::invalid("id", id, format!("\"{id}\" is there twice")));
    }
    let owner: Option<String> = connection
        .prepare_cached("SELECT playlist_id FROM items WHERE id = ?1")
        .and_then(|mut row| row.query_row([id], |row| row.get(0)).optional())
        .map_err(sql_error)?;
    if owner.is_some_and(|owner| owner != playlist_id) {
        let reason = format!(
            "\"{id}\" belongs to an item of another playlist; leave it out to get a new one"
        );
        return Err(Error::invalid("id", id, reason));
    }
    Ok(())
}

/// Puts an error's field under the field that holds it.
fn under(error: Error, place: &str) -> Error {
    match error {
        Error::Invalid { field, value, reason } => {
            Error::Invalid { field: format!("{place}.{field}"), value, reason }
        }
        Error::NotFound { what, id } => {
            let reason = format!("there is no {what} \"{id}\"");
            Error::invalid(format!("{place}.{what}"), id, reason)
        }
        other => other,
    }
}
