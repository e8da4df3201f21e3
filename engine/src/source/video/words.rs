//! What ffmpeg says, made fit for people: no addresses, no paths, no control characters, not much.

/// The most characters that are told.
const MOST: usize = 200;

/// The last two things that were said, the last of them first; empty if nothing was.
pub(super) fn last_words(said: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in said.lines().map(clean).filter(|line| !line.is_empty()) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let last: Vec<_> = lines.into_iter().rev().take(2).collect();
    last.join("; ").chars().take(MOST).collect()
}

fn clean(line: &str) -> String {
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    let mut rest = line.trim();
    // The part of ffmpeg that speaks, with its address: "[h264 @ 0x55d0c0]".
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        rest = after.trim_start();
    }
    let words = rest.split_whitespace().filter(|word| !word.contains('/'));
    words.collect::<Vec<_>>().join(" ").trim_end_matches(['.', ':', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_addresses_and_control_characters_are_left_out() {
        let said =
            "[mov,mp4 @ 0x5581] moov atom not found\n\u{1b}[31m/dev/stdin: Invalid data\u{7}\n";
        assert_eq!(last_words(said), "31mInvalid data; moov atom not found".replace("31m", ""));
        assert_eq!(last_words("a\na\na\n"), "a");
        assert_eq!(last_words("\n \u{7}\n"), "");
        assert_eq!(last_words(&"x".repeat(5000)).len(), MOST);
    }
}
