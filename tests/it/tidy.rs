//! The house's rules, as far as a program can check them on the text of the tree.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The longest that a file of code may be, in lines.
const LONGEST: usize = 800;
/// How far above an unsafe block its reason may begin, in lines.
const REASON_WITHIN: usize = 12;

/// A file of the tree.
struct Source {
    /// From the root of the workspace, with forward slashes.
    path: String,
    text: String,
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Code that only tests, benches and examples run.
    fn is_test(&self) -> bool {
        let file = self.path.rsplit('/').next().unwrap();
        let folders = ["tests/", "benches/", "examples/"];
        folders.iter().any(|folder| {
            self.path.starts_with(folder) || self.path.contains(&format!("/{folder}"))
        }) || file == "tests.rs"
            || file.ends_with("_tests.rs")
    }

    /// Lines of code that ships, with their numbers: no comments and no test module at the end.
    fn shipped_lines(&self) -> Vec<(usize, &str)> {
        if self.is_test() {
            return Vec::new();
        }
        let end = ["#[cfg(test)]\nmod tests {", "#[cfg(all(test, not(loom)))]\nmod tests {"];
        let end = end.iter().filter_map(|end| self.text.find(end)).min();
        self.text[..end.unwrap_or(self.text.len())]
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, code_of(line)))
            .filter(|(_, code)| !code.is_empty())
            .collect()
    }
}

/// A line without its comment.
fn code_of(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with("//") {
        return "";
    }
    line.split(" // ").next().unwrap_or_default()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file of the tree but what tools make.
fn tree() -> Vec<Source> {
    let made = ["target", "node_modules", "dist", "testbed-results", "test-results", "snapshots"];
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && name != ".config" && name != ".github";
            if hidden || made.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.push(Source { path: relative(&path), text });
            }
        }
    }
    assert!(found.len() > 100, "the tree was not found");
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

/// Lines of code that ships, in files under one of `folders`, that hold one of `words`.
fn shipped(folders: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in tree() {
        if !source.is_rust() || !folders.iter().any(|folder| source.path.starts_with(folder)) {
            continue;
        }
        for (number, line) in source.shipped_lines() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{number}: {line}", source.path));
            }
        }
    }
    found
}

const SHIPPED: [&str; 4] = ["src/", "hal/src/", "engine/src/", "api/src/"];

#[track_caller]
fn none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}\n{}", found.join("\n"));
}

/// The names in the tables of dependencies of a manifest whose headings satisfy `table`.
fn dependencies(manifest: &str, table: impl Fn(&str) -> bool) -> Vec<String> {
    let text = fs::read_to_string(root().join(manifest)).unwrap();
    let mut inside = false;
    let mut names = Vec::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix('[') {
            inside = table(heading.trim_end_matches(']'));
        } else if inside && let Some((name, _)) = line.split_once(['.', ' ', '=']) {
            names.push(name.to_owned());
        }
    }
    names
}

#[test]
fn crates_depend_on_each_other_in_one_direction() {
    let ships = |heading: &str| heading.ends_with("dependencies") && !heading.contains("dev-");
    let any = |heading: &str| heading.ends_with("dependencies");
    let check = |manifest: &str, names: Vec<String>, forbidden: &[&str]| {
        assert!(names.len() > 3, "{manifest} was not understood: {names:?}");
        for name in names {
            assert!(!forbidden.contains(&name.as_str()), "{manifest} depends on {name}");
        }
    };
    check("hal/Cargo.toml", dependencies("hal/Cargo.toml", any), &["engine", "api", "prismatron"]);
    let http = ["api", "prismatron", "axum", "hyper", "tower", "tower-http", "reqwest"];
    check("engine/Cargo.toml", dependencies("engine/Cargo.toml", any), &http);
    check("api/Cargo.toml", dependencies("api/Cargo.toml", ships), &["hal", "prismatron"]);
}

#[test]
fn the_engine_knows_no_http_and_names_no_back_end() {
    none(shipped(&["engine/src/"], &["axum", "hyper::", "http::", "StatusCode"]), "HTTP in engine");
    // `null` is the display without hardware, which the settings' default names.
    let kinds: Vec<_> = hal::output::kinds().iter().map(|kind| kind.name).collect();
    assert!(kinds.contains(&"ddp") && kinds.contains(&"null"), "{kinds:?}");
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| *kind != "null").collect();
    let words: Vec<_> = kinds.iter().map(|kind| format!("\"{kind}\"")).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    none(shipped(&["engine/src/", "api/src/"], &words), "a back end named outside hal");
    none(shipped(&["engine/src/"], &["UdpSocket", "socket2", "Ddp"]), "a device touched in engine");
}

#[test]
fn api_uses_the_engine_alone() {
    none(shipped(&["api/src/"], &["hal::"]), "hal in api");
}

#[test]
fn unsafe_code_lives_in_hal_and_in_tests_and_says_why_it_is_sound() {
    let words = ["unsafe {", "unsafe impl", "unsafe fn", "unsafe extern", "#![allow(unsafe_code"];
    none(
        shipped(&["src/", "engine/src/", "api/src/", "api/build.rs"], &words),
        "unsafe outside hal",
    );
    let mut found = Vec::new();
    let mut seen = 0;
    for source in
        tree().iter().filter(|source| source.is_rust() && source.path != "tests/it/tidy.rs")
    {
        let lines: Vec<_> = source.text.lines().collect();
        for (index, line) in lines.iter().enumerate() {
            if !words[..4].iter().any(|word| code_of(line).contains(word)) {
                continue;
            }
            seen += 1;
            let above = &lines[index.saturating_sub(REASON_WITHIN)..=index];
            if !above.iter().any(|line| line.contains("SAFETY:") || line.contains("# Safety")) {
                found.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    assert!(seen > 5, "no unsafe code was found at all");
    none(found, "unsafe code without a SAFETY comment above it");
}

#[test]
fn time_comes_from_the_clock_and_only_main_ends_the_process() {
    let words = [
        "Instant::now",
        "SystemTime::now",
        "thread::sleep",
        "process::exit",
        "process::abort",
        ".unwrap()",
        "println!",
        "dbg!",
    ];
    none(shipped(&SHIPPED, &words), "not outside tests");
}

#[test]
fn every_channel_is_bounded() {
    let words = ["unbounded", "mpsc::channel()", "mpsc::channel::<"];
    let found = shipped(&SHIPPED, &words);
    // tokio's takes its bound as an argument.
    let found = found.into_iter().filter(|line| !line.contains("sync::mpsc::channel(")).collect();
    none(found, "a channel without a bound");
}

#[test]
fn every_file_says_what_it_is_for_and_holds_one_idea() {
    let mut found = Vec::new();
    for source in tree().iter().filter(|source| source.is_rust()) {
        if !source.text.starts_with("//! ") {
            found.push(format!("{} does not open with //!", source.path));
        }
        let lines = source.text.lines().count();
        if lines > LONGEST {
            found.push(format!("{} has {lines} lines, more than {LONGEST}", source.path));
        }
    }
    none(found, "files");
}

#[test]
fn nothing_is_left_for_later() {
    // Put together, so that this file does not name them.
    let words =
        [["TO", "DO"], ["FIX", "ME"], ["to", "do!"], ["unimplement", "ed!"]].map(|w| w.concat());
    let mut found = Vec::new();
    for source in tree() {
        let code = source.is_rust()
            || [".ts", ".tsx", ".toml", ".md"].iter().any(|e| source.path.ends_with(e));
        if !code || source.path.ends_with("package-lock.json") {
            continue;
        }
        for (index, line) in source.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                found.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
            // Parts that tests start in processes of their own say what they are.
            let ignored = line.trim().starts_with(&["#[ign", "ore"].concat());
            if source.is_rust() && ignored && !line.contains("of the test") {
                found.push(format!("{}:{}: a test that is not run", source.path, index + 1));
            }
        }
    }
    none(found, "left for later");
}

#[test]
fn content_is_drawn_in_processes_of_its_own() {
    none(shipped(&["src/"], &["InProcess"]), "the daemon draws in its own process");
}

#[test]
fn no_file_names_a_machine_or_a_mirror() {
    let folders = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"]].map(|parts| parts.concat());
    let mut found = Vec::new();
    for source in tree() {
        for (index, line) in source.text.lines().enumerate() {
            let mut bad = folders.iter().any(|folder| line.contains(folder.as_str()));
            if source.path.ends_with("package-lock.json") {
                // Where a package was fetched from is whoever's mirror that was.
                bad |= line.trim().starts_with("\"resolved\": \"http");
            }
            if source.path.ends_with("Cargo.lock") {
                let from = line.strip_prefix("source = \"");
                let crates_io = "registry+https://github.com/rust-lang/crates.io-index\"";
                bad |= from.is_some_and(|from| from != crates_io);
            }
            if bad {
                found.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    none(found, "a path of one machine, or a place to download from that is not everyone's");
}

#[test]
fn every_setting_is_documented() {
    let text = "
        [layout]
        kind = \"points\"
        points = [[0.5, 0.5]]
        size = 0.5
        [[outputs]]
        id = \"a\"
        kind = \"null\"
        leds = \"0..1\"
    ";
    let kinds = hal::output::kinds();
    let points = engine::settings::Settings::parse(text, kinds).unwrap();
    let mut keys = Vec::new();
    for settings in [engine::settings::Settings::default(), points] {
        collect_keys(&serde_json::to_value(settings).unwrap(), &mut keys);
    }
    for expected in ["brightness", "serpentine", "gamma", "leds", "at_start", "listen", "size"] {
        assert!(keys.iter().any(|key| key == expected), "{expected} is not among {keys:?}");
    }
    let page = fs::read_to_string(root().join("docs/settings.md")).unwrap();
    for key in keys {
        let named = [format!("`{key}`"), format!("`[{key}]`"), format!("`[[{key}]]`")];
        assert!(named.iter().any(|name| page.contains(name)), "docs/settings.md lacks {key}");
    }
    for kind in kinds.iter().filter(|kind| kind.name != "null") {
        let page = root().join(format!("docs/outputs/{}.md", kind.name));
        assert!(page.exists() || kind.name == "memory", "{} is missing", page.display());
    }
}

fn collect_keys(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
                collect_keys(value, keys);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_keys(value, keys)),
        _ => {}
    }
}

#[test]
fn the_committed_description_of_the_http_interface_is_the_one_that_is_served() {
    let said = Command::new(env!("CARGO_BIN_EXE_prismatron")).arg("openapi").output().unwrap();
    assert!(said.status.success());
    let committed = fs::read_to_string(root().join("api/openapi.json")).unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let differs = said.lines().zip(committed.lines()).enumerate().find(|(_, (a, b))| a != b);
    assert!(said == committed, "api/openapi.json is not up to date, first at {differs:?}");
}

#[test]
fn users_are_told_of_changes() {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).expect("there is a CHANGELOG.md");
    assert!(text.lines().count() > 3);
}
