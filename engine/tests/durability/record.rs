//! What strace wrote, as changes of the disk and marks of the history, in their order.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A change of a folder, with paths relative to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// A file came into being.
    Create(PathBuf),
    Truncate(PathBuf, u64),
    Write(PathBuf, u64, Vec<u8>),
    SyncFile(PathBuf),
    SyncFolder(PathBuf),
    Rename(PathBuf, PathBuf),
    Unlink(PathBuf),
    Folder(PathBuf),
}

impl Change {
    /// What it makes durable.
    pub(crate) fn synced(&self) -> Option<&Path> {
        match self {
            Self::SyncFile(path) | Self::SyncFolder(path) => Some(path),
            _ => None,
        }
    }
}

/// What the history said of itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    Begin(Value),
    /// The state from now on.
    Done(Value),
}

/// One call, or one mark.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    Disk(Change),
    Mark(Mark),
}

/// Reads a record. Whatever call is not understood and touches the folder is a failure: what is not
/// modelled cannot be judged.
pub(crate) fn read(log: &Path, data: &Path, marks: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(log).unwrap();
    let mut reader = Reader {
        data: data.to_owned(),
        marks: marks.to_owned(),
        positions: HashMap::new(),
        is_append: HashMap::new(),
        events: Vec::new(),
    };
    for line in text.lines() {
        assert!(!line.contains("<unfinished") && !line.contains("resumed>"), "{line:.200}");
        reader.line(line);
    }
    assert!(!reader.events.is_empty(), "nothing was recorded");
    reader.events
}

struct Reader {
    data: PathBuf,
    marks: PathBuf,
    /// Where the next plain write of a descriptor goes.
    positions: HashMap<u64, u64>,
    is_append: HashMap<u64, bool>,
    events: Vec<Event>,
}

impl Reader {
    /// `PID call(arguments) = result`, strings as `"\x..."`, descriptors as `3<\x...>`.
    fn line(&mut self, line: &str) {
        let Some((_, call)) = line.split_once(' ') else { return };
        let call = call.trim_start();
        let Some((name, rest)) = call.split_once('(') else { return };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else { return };
        if result.starts_with('-') || result.starts_with('?') {
            return;
        }
        let arguments = split(arguments.trim_end().trim_end_matches(')'));
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.call(name, &arguments, result, line);
    }

    fn call(&mut self, name: &str, arguments: &[&str], result: &str, line: &str) {
        match name {
            "openat" => self.open(arguments[1], arguments[2], result),
            "write" => {
                let (fd, path) = descriptor(arguments[0]);
                let bytes = string(arguments[1]);
                if path == self.marks {
                    self.mark(&bytes);
                } else if let Some(path) = self.inside(&path) {
                    assert!(!self.is_append[&fd], "appending is not modelled: {line:.200}");
                    let at = self.positions.get(&fd).copied().unwrap_or(0);
                    self.positions.insert(fd, at + bytes.len() as u64);
                    self.push(Change::Write(path, at, bytes));
                }
            }
            "pwrite64" => {
                let (_, path) = descriptor(arguments[0]);
                if let Some(path) = self.inside(&path) {
                    let at = arguments[3].parse().unwrap();
                    self.push(Change::Write(path, at, string(arguments[1])));
                }
            }
            "lseek" => {
                let (fd, _) = descriptor(arguments[0]);
                let at = result.split_whitespace().next().and_then(|at| at.parse().ok());
                self.positions.insert(fd, at.unwrap_or(0));
            }
            "ftruncate" => {
                let (_, path) = descriptor(arguments[0]);
                if let Some(path) = self.inside(&path) {
                    self.push(Change::Truncate(path, arguments[1].parse().unwrap()));
                }
            }
            "fsync" | "fdatasync" => {
                let (_, path) = descriptor(arguments[0]);
                if let Some(path) = self.inside(&path) {
                    let is_folder = path.as_os_str().is_empty() || self.is_folder(&path);
                    self.push(match is_folder {
                        true => Change::SyncFolder(path),
                        false => Change::SyncFile(path),
                    });
                }
            }
            "rename" => self.rename(arguments[0], arguments[1]),
            "renameat" | "renameat2" => self.rename(arguments[1], arguments[3]),
            "unlink" => self.unlink(arguments[0]),
            "unlinkat" => self.unlink(arguments[1]),
            "mkdir" | "mkdirat" => {
                let path = named(arguments[usize::from(name == "mkdirat")]);
                if let Some(path) = self.inside(&path) {
                    self.push(Change::Folder(path));
                }
            }
            _ => {
                let folder = self.data.to_string_lossy();
                let coded: String = folder.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
                assert!(!line.contains(&coded), "{name} is not modelled: {line:.200}");
            }
        }
    }

    fn open(&mut self, path: &str, flags: &str, result: &str) {
        let (fd, _) = descriptor(result);
        self.positions.insert(fd, 0);
        self.is_append.insert(fd, flags.contains("O_APPEND"));
        let Some(path) = self.inside(&named(path)) else { return };
        if flags.contains("O_CREAT") && !self.exists(&path) {
            self.push(Change::Create(path.clone()));
        }
        if flags.contains("O_TRUNC") {
            self.push(Change::Truncate(path, 0));
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let ends = (self.inside(&named(from)), self.inside(&named(to)));
        match ends {
            (Some(from), Some(to)) => self.push(Change::Rename(from, to)),
            (None, None) => {}
            other => panic!("a rename over the edge of the folder: {other:?}"),
        }
    }

    fn unlink(&mut self, path: &str) {
        if let Some(path) = self.inside(&named(path)) {
            self.push(Change::Unlink(path));
        }
    }

    fn mark(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let (word, value) = text.split_once(' ').unwrap();
        let value = serde_json::from_str(value).unwrap();
        self.events.push(Event::Mark(match word {
            "begin" => Mark::Begin(value),
            _ => Mark::Done(value),
        }));
    }

    fn inside(&self, path: &Path) -> Option<PathBuf> {
        let path = path.strip_prefix(&self.data).ok()?;
        // An index of the log in shared memory: what stands in it after a crash is not looked at.
        let is_index = path.to_string_lossy().ends_with("-shm");
        (!is_index).then(|| path.to_owned())
    }

    /// By what was recorded so far.
    fn exists(&self, path: &Path) -> bool {
        let change = self.events.iter().rev().find_map(|event| match event {
            Event::Disk(Change::Create(made)) if made == path => Some(true),
            Event::Disk(Change::Rename(_, to)) if to == path => Some(true),
            Event::Disk(Change::Rename(from, _)) if from == path => Some(false),
            Event::Disk(Change::Unlink(gone)) if gone == path => Some(false),
            _ => None,
        });
        change.unwrap_or(false)
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, Event::Disk(Change::Folder(made)) if made == path))
    }

    fn push(&mut self, change: Change) {
        self.events.push(Event::Disk(change));
    }
}

/// Arguments, apart from commas in strings, structures and paths.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut depth, mut quoted) = (0, false);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            '[' | '{' | '<' if !quoted => depth += 1,
            ']' | '}' | '>' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part.trim().to_owned());
    parts
}

/// `"\x2f\x74"`; one that was cut short by strace ends in dots, and is a failure.
fn string(text: &str) -> Vec<u8> {
    assert!(!text.ends_with("..."), "strace cut a string short");
    decode(text.trim_matches('"'))
}

fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::with_capacity(bytes.len() / 4), 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"\\x") {
            let digits = std::str::from_utf8(&bytes[at + 2..at + 4]).unwrap();
            found.push(u8::from_str_radix(digits, 16).unwrap());
            at += 4;
        } else {
            found.push(bytes[at]);
            at += 1;
        }
    }
    found
}

fn named(text: &str) -> PathBuf {
    PathBuf::from(String::from_utf8(string(text)).unwrap())
}

/// `3<\x2f\x74>`: the number, and the path that it leads to.
fn descriptor(text: &str) -> (u64, PathBuf) {
    let (number, path) = text.split_once('<').unwrap_or((text, ""));
    let path = path.split('>').next().unwrap_or_default();
    let path = String::from_utf8(decode(path)).unwrap();
    (number.trim().parse().unwrap_or(u64::MAX), PathBuf::from(path))
}
