//! The library on real folders.

mod crash;
mod media;
mod playlist;
mod random;

use serde_json::{Map, Value};
use tempfile::TempDir;

use super::model::{ItemContent, Media, MediaKind, NewItem, NewPlaylist};
use super::{Intake, Library, Limits, Probed, Stored};
use crate::Error;
use crate::source::Fit;

/// A data folder and the library in it.
struct Fixture {
    data: TempDir,
    cache: TempDir,
    library: Library,
}

/// Knows the effect `waves` with one parameter `speed` from 0 to 1.
fn check_effect(effect: &str, params: &Map<String, Value>) -> Result<(), Error> {
    if effect != "waves" {
        return Err(Error::not_found("effect", effect));
    }
    match params.get("speed").map(|speed| (speed, speed.as_f64())) {
        None => Ok(()),
        Some((_, Some(number))) if (0.0..=1.0).contains(&number) => Ok(()),
        Some((speed, _)) => Err(Error::invalid("params.speed", speed, "not between 0 and 1")),
    }
}

impl Fixture {
    fn new() -> Self {
        let (data, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let library = Library::open(data.path(), cache.path(), check_effect).unwrap();
        Self { data, cache, library }
    }

    /// Closes the library and does something to its folder before it is opened again.
    fn reopen_after(self, between: impl FnOnce(&std::path::Path)) -> Self {
        self.try_reopen_after(between).unwrap()
    }

    fn try_reopen_after(self, between: impl FnOnce(&std::path::Path)) -> Result<Self, Error> {
        let Self { data, cache, library } = self;
        drop(library);
        between(data.path());
        let library = Library::open(data.path(), cache.path(), check_effect)?;
        Ok(Self { data, cache, library })
    }

    fn reopen(self) -> Self {
        self.reopen_after(|_| {})
    }

    fn intake(&self) -> Intake {
        Intake::new(self.data.path(), small_limits())
    }

    fn store(&self, name: &str, content: &[u8]) -> Stored {
        let mut part = self.intake().begin(name, None).unwrap();
        part.write(content).unwrap();
        part.finish().unwrap()
    }

    /// Uploads content that is ready at once.
    fn ready(&mut self, name: &str, content: &[u8]) -> Media {
        let stored = self.store(name, content);
        let (media, existed) = self.library.add_media(stored).unwrap();
        assert!(!existed);
        self.library.settle_media(&media.id, Ok(probed())).unwrap()
    }

    /// Names of the files in a folder of the data folder, sorted.
    fn files(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = crate::durable::files_in(&self.data.path().join(folder))
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }
}

fn small_limits() -> Limits {
    Limits { file_bytes: 1 << 20, reserve_bytes: 0 }
}

fn probed() -> Probed {
    Probed {
        kind: MediaKind::Image,
        width: 4,
        height: 3,
        duration_s: None,
        frames: None,
        content_type: "image/png".to_owned(),
        thumbnail: b"a small picture".to_vec(),
    }
}

fn item(content: ItemContent) -> NewItem {
    NewItem::of(content)
}

fn media_item(media: &Media) -> NewItem {
    item(ItemContent::Media { media_id: media.id.clone() })
}

fn color_item() -> NewItem {
    item(ItemContent::Color { color: "#FF8000".parse().unwrap() })
}

fn list(name: &str, items: Vec<NewItem>) -> NewPlaylist {
    NewPlaylist { name: name.to_owned(), items, r#loop: true, shuffle: false }
}
