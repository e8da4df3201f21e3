//! Reading a TOML table key by key, so that every error names its key, its place and its value.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use toml_edit::{Item, Table, TableLike};

use super::patch::json_of;

/// A value that cannot be used.
#[derive(Debug)]
pub(super) struct Fault {
    /// Byte of the text where the key stands.
    pub(super) at: Option<usize>,
    /// `outputs[0].leds`
    pub(super) key: String,
    /// The value as it stands in the file; empty if it is missing.
    pub(super) value: String,
    pub(super) reason: String,
}

/// A table that is being read. Remembers which keys were asked for.
pub(super) struct Section<'a> {
    path: String,
    at: Option<usize>,
    table: &'a dyn TableLike,
    known: Vec<&'static str>,
}

/// A value with its place.
pub(super) struct Entry<'a> {
    path: String,
    at: Option<usize>,
    item: Source<'a>,
}

enum Source<'a> {
    Item(&'a Item),
    Value(&'a toml_edit::Value),
    Table(&'a Table),
}

impl<'a> Section<'a> {
    /// The whole document.
    pub(super) fn root(table: &'a Table) -> Self {
        Self { path: String::new(), at: None, table, known: Vec::new() }
    }

    /// The value of a key, if it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Entry<'a>> {
        self.known.push(key);
        let (name, item) = self.table.get_key_value(key)?;
        // A table's own span is its header; that of `[[a]]` is its first header.
        let at = name.span().or_else(|| item.span()).map(|span| span.start);
        Some(Entry { path: self.path_of(key), at, item: Source::Item(item) })
    }

    /// The value of a key that must be there.
    pub(super) fn need(&mut self, key: &'static str) -> Result<Entry<'a>, Fault> {
        self.take(key).ok_or_else(|| self.fault_at(key, "is missing"))
    }

    /// Overwrites `value` with a whole number, if the key is there.
    pub(super) fn whole(
        &mut self,
        key: &'static str,
        value: &mut u32,
        range: RangeInclusive<u32>,
    ) -> Result<(), Fault> {
        let Some(entry) = self.take(key) else { return Ok(()) };
        let Some(number) = entry.integer() else {
            return Err(entry.wrong_type("a whole number"));
        };
        *value = u32::try_from(number)
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| entry.out_of_range(number, range.start(), range.end()))?;
        Ok(())
    }

    /// Overwrites `value` with a number, if the key is there.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        value: &mut f64,
        range: RangeInclusive<f64>,
    ) -> Result<(), Fault> {
        if let Some(entry) = self.take(key) {
            *value = entry.number(range)?;
        }
        Ok(())
    }

    /// Overwrites `value` with true or false, if the key is there.
    pub(super) fn flag(&mut self, key: &'static str, value: &mut bool) -> Result<(), Fault> {
        if let Some(entry) = self.take(key) {
            let flag = entry.value().and_then(toml_edit::Value::as_bool);
            *value = flag.ok_or_else(|| entry.wrong_type("true or false"))?;
        }
        Ok(())
    }

    /// Overwrites `value` with the choice that a word names, if the key is there.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        value: &mut T,
        choices: &[(&str, T)],
    ) -> Result<(), Fault> {
        if let Some(entry) = self.take(key) {
            *value = entry.word(choices)?;
        }
        Ok(())
    }

    /// Ends the reading: every key must have been asked for.
    pub(super) fn finish(self) -> Result<(), Fault> {
        match self.others().next() {
            None => Ok(()),
            Some((key, at)) => Err(Fault {
                at,
                key: self.path_of(key),
                value: String::new(),
                reason: format!("unknown key; known here: {}", self.known.join(", ")),
            }),
        }
    }

    /// Ends the reading: the keys that nobody asked for.
    pub(super) fn rest(&self) -> Map<String, Value> {
        let keys = self.others().map(|(key, _)| key);
        keys.filter_map(|key| Some((key.to_owned(), json_of(self.table.get(key)?)))).collect()
    }

    /// The keys that were asked for, for the end of a sentence.
    pub(super) fn known(&self) -> String {
        format!("; every table here knows {}", self.known.join(", "))
    }

    /// A fault of a key of this table, there or not; a path such as `a.b` stands where `a` is.
    pub(super) fn fault_at(&self, key: &str, reason: impl Into<String>) -> Fault {
        let first = key.split(['.', '[']).next().unwrap_or(key);
        let found = self.table.get_key_value(first);
        let at = found.and_then(|(name, _)| name.span()).map_or(self.at, |span| Some(span.start));
        let value = found.map(|(_, item)| json_of(item).to_string()).unwrap_or_default();
        Fault { at, key: self.path_of(key), value, reason: reason.into() }
    }

    fn others(&self) -> impl Iterator<Item = (&'a str, Option<usize>)> {
        let table = self.table;
        table.iter().map(|(key, _)| key).filter(|key| !self.known.contains(key)).map(move |key| {
            let span = table.get_key_value(key).and_then(|(name, _)| name.span());
            (key, span.map(|span| span.start))
        })
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl<'a> Entry<'a> {
    /// This value as a table.
    pub(super) fn section(&self) -> Result<Section<'a>, Fault> {
        let table: Option<&dyn TableLike> = match self.item {
            Source::Item(item) => item.as_table_like(),
            Source::Value(value) => value.as_inline_table().map(|table| table as _),
            Source::Table(table) => Some(table),
        };
        let table = table.ok_or_else(|| self.wrong_type("a table"))?;
        Ok(Section { path: self.path.clone(), at: self.at, table, known: Vec::new() })
    }

    /// This value as a list: an array, or tables under `[[…]]`.
    pub(super) fn list(&self) -> Result<Vec<Entry<'a>>, Fault> {
        let entry = |index: usize, span: Option<std::ops::Range<usize>>, item| Entry {
            path: format!("{}[{index}]", self.path),
            at: span.map_or(self.at, |span| Some(span.start)),
            item,
        };
        if let Source::Item(item) = self.item
            && let Some(tables) = item.as_array_of_tables()
        {
            let numbered = tables.iter().enumerate();
            return Ok(numbered
                .map(|(index, table)| entry(index, table.span(), Source::Table(table)))
                .collect());
        }
        let array = self.value().and_then(toml_edit::Value::as_array);
        let array = array.ok_or_else(|| {
            // The usual slip: a table where tables are listed.
            let is_table = matches!(self.item, Source::Item(item) if item.is_table());
            let path = &self.path;
            if is_table {
                self.fault(format!("write [[{path}]] instead of [{path}]: there may be several"))
            } else {
                self.wrong_type("a list")
            }
        })?;
        let numbered = array.iter().enumerate();
        Ok(numbered.map(|(i, value)| entry(i, value.span(), Source::Value(value))).collect())
    }

    /// This value as text.
    pub(super) fn text(&self) -> Result<&'a str, Fault> {
        self.value()
            .and_then(toml_edit::Value::as_str)
            .ok_or_else(|| self.wrong_type("text in quotation marks"))
    }

    /// This value as a number, with a fraction or without.
    pub(super) fn number(&self, range: RangeInclusive<f64>) -> Result<f64, Fault> {
        let number = match self.value() {
            Some(toml_edit::Value::Integer(number)) => *number.value() as f64,
            Some(toml_edit::Value::Float(number)) => *number.value(),
            _ => return Err(self.wrong_type("a number")),
        };
        // Not a number is in no range.
        if range.contains(&number) {
            return Ok(number);
        }
        Err(self.out_of_range(number, range.start(), range.end()))
    }

    /// The choice that this word names.
    pub(super) fn word<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, Fault> {
        let text = self.text()?;
        if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text) {
            return Ok(*choice);
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        Err(self.fault(format!("\"{text}\" is none of {}", words.join(", "))))
    }

    /// Whether this is text.
    pub(super) fn is_text(&self) -> bool {
        self.value().is_some_and(toml_edit::Value::is_str)
    }

    /// A fault of this value.
    pub(super) fn fault(&self, reason: impl Into<String>) -> Fault {
        let value = self.json().to_string();
        Fault { at: self.at, key: self.path.clone(), value, reason: reason.into() }
    }

    fn integer(&self) -> Option<i64> {
        self.value().and_then(toml_edit::Value::as_integer)
    }

    fn value(&self) -> Option<&'a toml_edit::Value> {
        match self.item {
            Source::Item(item) => item.as_value(),
            Source::Value(value) => Some(value),
            Source::Table(_) => None,
        }
    }

    fn json(&self) -> Value {
        match self.item {
            Source::Item(item) => json_of(item),
            Source::Value(value) => super::patch::json_of_value(value),
            Source::Table(table) => super::patch::json_of_table(table),
        }
    }

    fn wrong_type(&self, wanted: &str) -> Fault {
        self.fault(format!("{} is not {wanted}", shortened(&self.json().to_string())))
    }

    fn out_of_range(
        &self,
        number: impl std::fmt::Display,
        from: impl std::fmt::Display,
        to: impl std::fmt::Display,
    ) -> Fault {
        self.fault(format!("{number} is not between {from} and {to}"))
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
