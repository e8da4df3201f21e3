//! What a disk promises, and what may be found on it after the plug was pulled.
//!
//! - The content of a file is durable after fsync or fdatasync of the file. Until then any of its
//!   written blocks may be there or not, in any order, and its length may be there without them.
//! - A name is durable after fsync of its folder. Until then changes of names may be missing, but
//!   only the newest ones: journalling file systems keep their order.
//! - A rename is one change: it happened or it did not.
//! - A process that is killed loses nothing that it has written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::record::Change;

/// What a disk writes at once.
const BLOCK: usize = 512;

/// Numbers that are the same for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}

/// How the end came.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// The process was killed: all that it wrote is there.
    Killed,
    /// The plug was pulled, and the disk had written what it had to and nothing else.
    Synced,
    /// The plug was pulled, and the disk had written some of the rest.
    Torn,
}

/// A file or folder, wherever its name is.
#[derive(Clone, Debug, Default)]
struct Node {
    is_folder: bool,
    durable: Vec<u8>,
    /// Since the last sync.
    pending: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

/// A change of names.
#[derive(Clone, Debug)]
enum Naming {
    Add(PathBuf, usize),
    Remove(PathBuf),
    Move(PathBuf, PathBuf, usize),
}

impl Naming {
    fn folder(&self) -> &Path {
        let (Self::Add(path, _) | Self::Remove(path) | Self::Move(_, path, _)) = self;
        path.parent().unwrap_or(Path::new(""))
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Add(path, node) => {
                names.insert(path.clone(), *node);
            }
            Self::Remove(path) => {
                names.remove(path);
            }
            Self::Move(from, to, node) => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
        }
    }
}

/// The disk under a folder.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    nodes: Vec<Node>,
    names: BTreeMap<PathBuf, usize>,
    durable: BTreeMap<PathBuf, usize>,
    pending: Vec<Naming>,
}

/// A folder as it may be found: paths, with the content of those that are files.
pub(crate) type Found = Vec<(PathBuf, Option<Vec<u8>>)>;

impl Disk {
    pub(crate) fn apply(&mut self, change: &Change) {
        match change {
            Change::Create(path) => self.add(path, false),
            Change::Folder(path) => self.add(path, true),
            Change::Write(path, at, bytes) => {
                // One that has no name any more is nobody's.
                if let Some(node) = self.node(path) {
                    node.pending.push(Piece::Write(*at as usize, bytes.clone()));
                }
            }
            Change::Truncate(path, length) => {
                if let Some(node) = self.node(path) {
                    node.pending.push(Piece::Truncate(*length as usize));
                }
            }
            Change::SyncFile(path) => {
                if let Some(node) = self.node(path) {
                    node.durable = node.whole();
                    node.pending.clear();
                }
            }
            Change::SyncFolder(folder) => {
                let is_its = |naming: &Naming| naming.folder() == folder;
                for naming in self.pending.iter().filter(|naming| is_its(naming)) {
                    naming.apply(&mut self.durable);
                }
                self.pending.retain(|naming| !is_its(naming));
            }
            Change::Rename(from, to) => {
                let Some(node) = self.names.get(from).copied() else {
                    panic!("{} was never made", from.display())
                };
                self.change(Naming::Move(from.clone(), to.clone(), node));
            }
            Change::Unlink(path) => self.change(Naming::Remove(path.clone())),
        }
    }

    fn add(&mut self, path: &Path, is_folder: bool) {
        self.nodes.push(Node { is_folder, ..Node::default() });
        self.change(Naming::Add(path.to_owned(), self.nodes.len() - 1));
    }

    fn change(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.pending.push(naming);
    }

    fn node(&mut self, path: &Path) -> Option<&mut Node> {
        let index = *self.names.get(path)?;
        self.nodes.get_mut(index)
    }

    /// The folder after this end.
    pub(crate) fn found(&self, cut: Cut, random: &mut Random) -> Found {
        let mut names = self.durable.clone();
        let kept = match cut {
            Cut::Killed => self.pending.len(),
            Cut::Synced => 0,
            Cut::Torn => random.below(self.pending.len() as u64 + 1) as usize,
        };
        self.pending[..kept].iter().for_each(|naming| naming.apply(&mut names));
        let mut seen = BTreeSet::new();
        let mut found = Found::new();
        for (path, &index) in &names {
            // A file of a folder that is not there is not there either.
            let parent = path.parent().unwrap_or(Path::new(""));
            if !parent.as_os_str().is_empty() && !seen.contains(parent) {
                continue;
            }
            let node = &self.nodes[index];
            let content = match cut {
                _ if node.is_folder => None,
                Cut::Killed => Some(node.whole()),
                Cut::Synced => Some(node.durable.clone()),
                Cut::Torn => Some(node.torn(random)),
            };
            if node.is_folder {
                seen.insert(path.clone());
            }
            found.push((path.clone(), content));
        }
        found
    }
}

impl Node {
    fn whole(&self) -> Vec<u8> {
        let mut content = self.durable.clone();
        for piece in &self.pending {
            match piece {
                Piece::Write(at, bytes) => put(&mut content, *at, bytes),
                Piece::Truncate(length) => content.resize(*length, 0),
            }
        }
        content
    }

    /// Some blocks of what was not synced, whatever came first.
    fn torn(&self, random: &mut Random) -> Vec<u8> {
        let mut content = self.durable.clone();
        for piece in &self.pending {
            match piece {
                Piece::Truncate(length) => {
                    if random.below(2) == 0 {
                        content.resize(*length, 0);
                    }
                }
                Piece::Write(at, bytes) => {
                    let mut from = 0;
                    while from < bytes.len() {
                        // To the next edge of a block on the disk.
                        let length = (BLOCK - (at + from) % BLOCK).min(bytes.len() - from);
                        if random.below(2) == 0 {
                            put(&mut content, at + from, &bytes[from..from + length]);
                        } else if random.below(4) == 0 && content.len() < at + from + length {
                            // The length without the content.
                            content.resize(at + from + length, 0);
                        }
                        from += length;
                    }
                }
            }
        }
        content
    }
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if content.len() < at + bytes.len() {
        content.resize(at + bytes.len(), 0);
    }
    content[at..at + bytes.len()].copy_from_slice(bytes);
}
