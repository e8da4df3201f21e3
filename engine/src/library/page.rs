//! Lists in parts: which rows, in which order.

use super::model::Page;
use crate::Error;

/// What a list can be sorted by: the field's name for people, and its column.
pub(super) type Sorts = &'static [(&'static str, &'static str)];

/// A checked page, as SQL takes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The words after `ORDER BY`.
    pub(super) order: String,
    pub(super) limit: i64,
    pub(super) offset: i64,
    /// In lower case; empty matches all.
    pub(super) q: String,
}

/// Rows whose name holds `?1`.
pub(super) const WHERE: &str = "WHERE ?1 = '' OR instr(folded, ?1) > 0";

/// Checks a page against what the list knows. `default` is a sort as a caller would write it.
pub(super) fn part(page: &Page, sorts: Sorts, default: &str) -> Result<Part, Error> {
    if !(1..=1000).contains(&page.limit) {
        return Err(Error::invalid(
            "limit",
            page.limit,
            format!("{} is not between 1 and 1000", page.limit),
        ));
    }
    let offset = i64::try_from(page.offset).map_err(|_| {
        let reason = format!("{} is more than {}", page.offset, i64::MAX);
        Error::invalid("offset", page.offset, reason)
    })?;
    let sort = page.sort.as_deref().unwrap_or(default);
    let (field, direction) = match sort.strip_prefix('-') {
        Some(field) => (field, "DESC"),
        None => (sort, "ASC"),
    };
    let Some((_, column)) = sorts.iter().find(|(name, _)| *name == field) else {
        let known: Vec<&str> = sorts.iter().map(|(name, _)| *name).collect();
        let reason = format!("\"{field}\" is none of {}", known.join(", "));
        return Err(Error::invalid("sort", sort, reason));
    };
    Ok(Part {
        // Rows that are equal otherwise keep the order in which they were added.
        order: format!("{column} {direction}, rowid {direction}"),
        limit: page.limit as i64,
        offset,
        q: page.q.as_deref().unwrap_or_default().to_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SORTS: Sorts = &[("name", "folded"), ("bytes", "bytes")];

    #[test]
    fn a_page_becomes_sql() {
        let page = Page { limit: 5, offset: 7, sort: Some("-bytes".into()), q: Some("Ä".into()) };
        let expect = Part {
            order: "bytes DESC, rowid DESC".to_owned(),
            limit: 5,
            offset: 7,
            q: "ä".to_owned(),
        };
        assert_eq!(part(&page, SORTS, "name").unwrap(), expect);
        assert_eq!(part(&Page::default(), SORTS, "name").unwrap().order, "folded ASC, rowid ASC");
    }

    #[test]
    fn a_page_that_no_list_has_is_refused() {
        let check = |page: Page, expect: &str| {
            assert_eq!(part(&page, SORTS, "name").unwrap_err().to_string(), expect);
        };
        let sorted = |sort: &str| Page { sort: Some(sort.to_owned()), ..Page::default() };
        check(
            sorted("hash; DROP TABLE media"),
            "sort: \"hash; DROP TABLE media\" is none of name, bytes",
        );
        check(sorted("--name"), "sort: \"-name\" is none of name, bytes");
        check(Page { limit: 0, ..Page::default() }, "limit: 0 is not between 1 and 1000");
        check(
            Page { offset: u64::MAX, ..Page::default() },
            "offset: 18446744073709551615 is more than 9223372036854775807",
        );
        check(Page { limit: 1001, ..Page::default() }, "limit: 1001 is not between 1 and 1000");
    }
}
