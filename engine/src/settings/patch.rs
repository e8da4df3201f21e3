//! JSON merge patches (RFC 7396) on TOML, with comments and order kept.

use serde_json::{Map, Value};
use toml_edit::{Array, ArrayOfTables, InlineTable, Item, Table, TableLike};

/// Applies a patch to a table. A key with null is removed, a list is replaced whole; what a patch
/// does not name, and what it sets to the value it has, keeps its text.
///
/// # Errors
/// The path of a value that TOML cannot hold, and why.
pub(super) fn apply(
    table: &mut dyn TableLike,
    patch: &Map<String, Value>,
) -> Result<(), (String, String)> {
    for (key, value) in patch {
        merge(table, key, value).map_err(|(path, reason)| (join(key, &path), reason))?;
    }
    Ok(())
}

fn merge(table: &mut dyn TableLike, key: &str, value: &Value) -> Result<(), (String, String)> {
    let patch = match value {
        Value::Null => {
            table.remove(key);
            return Ok(());
        }
        Value::Object(patch) => patch,
        _ => return set(table, key, value),
    };
    if let Some(inner) = table.get_mut(key).and_then(Item::as_table_like_mut) {
        return apply(inner, patch);
    }
    let mut inner = Table::new();
    apply(&mut inner, patch)?;
    table.insert(key, Item::Table(inner));
    Ok(())
}

/// Gives a key a value, whatever it had before.
fn set(table: &mut dyn TableLike, key: &str, value: &Value) -> Result<(), (String, String)> {
    let old = table.get(key);
    if old.is_some_and(|old| json_of(old) == *value) {
        return Ok(());
    }
    let objects = |value: &Value| {
        value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_object))
    };
    let is_inline = old.is_some_and(Item::is_value);
    let item = if objects(value) && !is_inline {
        let known = old.and_then(Item::as_array_of_tables);
        Item::ArrayOfTables(tables(known, value.as_array().into_iter().flatten())?)
    } else {
        let mut fresh = toml_value(value)?;
        if let Some(old) = old.and_then(Item::as_value) {
            *fresh.decor_mut() = old.decor().clone();
        }
        Item::Value(fresh)
    };
    match table.get_mut(key) {
        // In place, so that the comments before the key stay.
        Some(place) => *place = item,
        None => {
            table.insert(key, item);
        }
    }
    Ok(())
}

/// The tables of a list. One that has the `id` of a table that is there takes over its comments.
fn tables<'a>(
    known: Option<&ArrayOfTables>,
    list: impl Iterator<Item = &'a Value>,
) -> Result<ArrayOfTables, (String, String)> {
    let mut fresh = ArrayOfTables::new();
    for (index, object) in list.filter_map(Value::as_object).enumerate() {
        let same = |table: &&Table| {
            object.get("id").is_some_and(|id| table.get("id").is_some_and(|i| json_of(i) == *id))
        };
        let mut table = known.into_iter().flatten().find(same).cloned().unwrap_or_default();
        become_equal(&mut table, object)
            .map_err(|(path, reason)| (join(&format!("[{index}]"), &path), reason))?;
        // The writer sorts by old places; without them it goes by the order of the list.
        forget_place(&mut table);
        fresh.push(table);
    }
    Ok(fresh)
}

fn become_equal(
    table: &mut dyn TableLike,
    object: &Map<String, Value>,
) -> Result<(), (String, String)> {
    let gone: Vec<String> = table
        .iter()
        .map(|(key, _)| key.to_owned())
        .filter(|key| object.get(key).is_none_or(Value::is_null))
        .collect();
    for key in gone {
        table.remove(&key);
    }
    for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        set(table, key, value).map_err(|(path, reason)| (join(key, &path), reason))?;
    }
    Ok(())
}

fn forget_place(table: &mut Table) {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(inner) => forget_place(inner),
            Item::ArrayOfTables(list) => list.iter_mut().for_each(forget_place),
            Item::Value(_) | Item::None => {}
        }
    }
}

/// A value within a line.
fn toml_value(value: &Value) -> Result<toml_edit::Value, (String, String)> {
    let cannot = |reason: String| Err((String::new(), reason));
    Ok(match value {
        Value::Null => return cannot("null cannot stand in a list".to_owned()),
        Value::Bool(flag) => (*flag).into(),
        Value::String(text) => text.as_str().into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(fraction)) if !number.is_u64() => fraction.into(),
            _ => return cannot(format!("{number} is larger than a settings file can hold")),
        },
        Value::Array(list) => {
            let mut array = Array::new();
            for (index, value) in list.iter().enumerate() {
                array.push(
                    toml_value(value)
                        .map_err(|(path, reason)| (join(&format!("[{index}]"), &path), reason))?,
                );
            }
            toml_edit::Value::Array(array)
        }
        Value::Object(object) => {
            let mut inline = InlineTable::new();
            for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
                let value =
                    toml_value(value).map_err(|(path, reason)| (join(key, &path), reason))?;
                inline.insert(key, value);
            }
            toml_edit::Value::InlineTable(inline)
        }
    })
}

fn join(outer: &str, inner: &str) -> String {
    match inner.chars().next() {
        None => outer.to_owned(),
        Some('[') => format!("{outer}{inner}"),
        Some(_) => format!("{outer}.{inner}"),
    }
}

/// TOML as JSON; dates are text.
pub(super) fn json_of(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => json_of_value(value),
        Item::Table(table) => json_of_table(table),
        Item::ArrayOfTables(list) => {
            Value::Array(list.iter().map(|table| json_of_table(table)).collect())
        }
    }
}

pub(super) fn json_of_table(table: &dyn TableLike) -> Value {
    Value::Object(table.iter().map(|(key, item)| (key.to_owned(), json_of(item))).collect())
}

pub(super) fn json_of_value(value: &toml_edit::Value) -> Value {
    use toml_edit::Value as Toml;
    match value {
        Toml::String(text) => Value::String(text.value().clone()),
        Toml::Integer(number) => Value::from(*number.value()),
        // JSON has no infinity; as text it is refused with its name wherever a number is wanted.
        Toml::Float(number) => match serde_json::Number::from_f64(*number.value()) {
            Some(number) => Value::Number(number),
            None => Value::String(number.value().to_string()),
        },
        Toml::Boolean(flag) => Value::Bool(*flag.value()),
        Toml::Datetime(instant) => Value::String(instant.value().to_string()),
        Toml::Array(list) => Value::Array(list.iter().map(json_of_value).collect()),
        Toml::InlineTable(table) => json_of_table(table),
    }
}
