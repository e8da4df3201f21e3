//! Opens a folder as it was found, and compares it with what was acknowledged.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::disk::Found;
use crate::history::{State, open, state};
use crate::record::Mark;

/// What has to be there, and what was under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// None before the first start was over.
    state: Option<State>,
    under_way: Option<Value>,
}

impl Expected {
    pub(crate) fn hear(&mut self, mark: &Mark) {
        match mark {
            Mark::Begin(operation) => self.under_way = Some(operation.clone()),
            Mark::Done(done) => {
                self.under_way = None;
                self.state = Some(serde_json::from_value(done["state"].clone()).unwrap());
            }
        }
    }

    /// Whether this entry may differ, because what changes it was under way.
    fn may_differ(&self, key: &str, found: Option<&Value>) -> bool {
        let Some(operation) = &self.under_way else { return false };
        let names = |value: &Value| value.as_str() == Some(key);
        let is_named = names(&operation["key"])
            || operation["keys"].as_array().is_some_and(|keys| keys.iter().any(names));
        let is_new = found.is_some_and(|found| {
            (key.starts_with("list ") && operation["list"] == found["name"])
                || (key.starts_with("media ") && operation["hash"] == found["hash"])
        });
        is_named || is_new
    }
}

/// Says what is wrong with a folder.
pub(crate) fn check(found: &Found, expected: &Expected) -> Result<(), String> {
    let place = tempfile::Builder::new().prefix("durability-").tempdir_in(memory()).unwrap();
    let data = place.path().join("data");
    fs::create_dir(&data).unwrap();
    for (path, content) in found {
        match content {
            None => fs::create_dir(data.join(path)).unwrap(),
            Some(content) => fs::write(data.join(path), content).unwrap(),
        }
    }
    let (library, settings) = open(&data, &place.path().join("cache"))?;
    if library.restored() {
        return Err("the database was damaged".into());
    }
    let actual = state(&library, &settings)?;
    if let Some(wanted) = &expected.state {
        let keys: BTreeSet<_> = wanted.keys().chain(actual.keys()).collect();
        for key in keys {
            let (before, now) = (wanted.get(key), actual.get(key));
            if before != now && !expected.may_differ(key, now) {
                return Err(format!("{key}: {now:?} in place of {before:?}"));
            }
        }
    }
    is_whole(&data, &actual)
}

/// Every media file is there as it was uploaded, and nothing else lies about.
fn is_whole(data: &Path, state: &State) -> Result<(), String> {
    let files = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(data.join(folder)).unwrap().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let mut wanted = BTreeSet::new();
    for (key, media) in state.iter().filter(|(key, _)| key.starts_with("media ")) {
        let hash = media["hash"].as_str().unwrap().to_owned();
        if media["error"].as_str().is_some_and(|error| error.contains("missing")) {
            return Err(format!("{key}: its file is missing"));
        }
        let content = fs::read(data.join("media").join(&hash));
        let content = content.map_err(|error| format!("{key}: its file: {error}"))?;
        if blake3::hash(&content).to_hex().as_str() != hash {
            return Err(format!("{key}: its file is not what was uploaded"));
        }
        wanted.insert(hash);
    }
    let (lie, parts) = (files("media"), files("incoming"));
    if lie != wanted || !parts.is_empty() {
        return Err(format!("files that belong to nothing: {lie:?} {parts:?}, wanted {wanted:?}"));
    }
    Ok(())
}

/// Where a sync costs nothing, if there is such a place.
fn memory() -> std::path::PathBuf {
    let shm = Path::new("/dev/shm");
    let has_room =
        rustix::fs::statvfs(shm).is_ok_and(|stat| stat.f_bavail * stat.f_frsize > 256 << 20);
    if has_room { shm.to_owned() } else { std::env::temp_dir() }
}
