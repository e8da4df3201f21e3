//! Names of media files: labels for people, never paths.

/// The longest name in bytes of UTF-8; file systems and archives take 255.
const MAX_BYTES: usize = 200;

/// Makes a plain file name of whatever a browser or a person sent; none if nothing is left of it.
///
/// The name is only ever shown. It is cleaned so that programs that save a download under it, and
/// people who read it in a list, are not led astray.
pub(super) fn safe_name(text: &str) -> Option<String> {
    let base = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = base.chars().filter(|&c| !misleads(c)).collect();
    let plain = plain.trim();
    if plain.chars().all(|c| c == '.') {
        return None;
    }
    Some(shortened(plain))
}

/// Control characters, and marks that turn the direction of the text around them.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Cuts a name to its limit, before its ending if that is short.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_BYTES {
        return name.to_owned();
    }
    let ending = match name.rfind('.') {
        Some(dot) if name.len() - dot <= 16 => &name[dot..],
        _ => "",
    };
    let mut end = MAX_BYTES - ending.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_path() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(safe_name(text).as_deref(), expect, "{text:?}");
        };
        check("cat.png", Some("cat.png"));
        check("../../x", Some("x"));
        check("/etc/passwd", Some("passwd"));
        check("C:\\Users\\me\\cat.gif", Some("cat.gif"));
        check("..\\..\\boot.ini", Some("boot.ini"));
        check("a/b\\c/d", Some("d"));
        check("  spaced name.png ", Some("spaced name.png"));
        check("Käse Ω 猫.webp", Some("Käse Ω 猫.webp"));
        check(".hidden", Some(".hidden"));
        check("a\0b\nc\u{7f}d.png", Some("abcd.png"));
        check("cat\u{202e}gnp.exe", Some("catgnp.exe"));
        check("folder/", None);
        check("..", None);
        check(".", None);
        check("", None);
        check(" \t\n", None);
        check("../..", None);
    }

    #[test]
    fn a_long_name_is_cut_between_letters_and_keeps_its_ending() {
        let name = safe_name(&format!("{}.jpeg", "猫".repeat(100))).unwrap();
        assert!(name.len() <= MAX_BYTES && name.len() > MAX_BYTES - 3, "{}", name.len());
        assert!(name.ends_with("猫.jpeg"));
        let name = safe_name(&format!("a.{}", "b".repeat(300))).unwrap();
        assert_eq!(name.len(), MAX_BYTES);
    }

    proptest::proptest! {
        #[test]
        fn no_text_becomes_a_dangerous_name(text in "\\PC*|[./\\\\\0a-c\u{80}é]{0,300}") {
            if let Some(name) = safe_name(&text) {
                proptest::prop_assert!(!name.is_empty() && name.len() <= MAX_BYTES);
                proptest::prop_assert!(!name.contains(['/', '\\', '\0', '\n']));
                proptest::prop_assert!(name != "." && name != "..");
                proptest::prop_assert_eq!(safe_name(&name), Some(name));
            }
        }
    }
}
