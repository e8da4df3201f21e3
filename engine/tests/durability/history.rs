//! The process that is recorded: random operations on a library and a settings file, as the store
//! does them, each told before it begins and after it was acknowledged.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use engine::library::model::{ItemContent, MediaKind, NewItem, NewPlaylist, Page};
use engine::library::{Intake, Library, Limits, Probed, Wish};
use engine::settings::SettingsFile;
use engine::source::Rgb8;
use serde_json::{Value, json};

use crate::disk::Random;

/// Everything that a person would miss, by a name.
pub(crate) type State = BTreeMap<String, Value>;

/// Opens a folder as the daemon does.
pub(crate) fn open(data: &Path, cache: &Path) -> Result<(Library, SettingsFile), String> {
    let library = Library::open(data, cache, |_, _| Ok(())).map_err(|error| error.to_string())?;
    let settings = SettingsFile::load(&data.join("settings.toml"), hal::output::kinds())
        .map_err(|error| error.to_string())?;
    Ok((library, settings))
}

/// What a folder holds.
pub(crate) fn state(library: &Library, settings: &SettingsFile) -> Result<State, String> {
    let told = |error: engine::Error| error.to_string();
    let all = Page { limit: 1000, ..Page::default() };
    let mut state = State::new();
    for media in library.media_list(&all).map_err(told)?.items {
        let value = serde_json::to_value(&media).map_err(|error| error.to_string())?;
        state.insert(format!("media {}", media.id), value);
    }
    for list in library.playlists(&all).map_err(told)?.items {
        let value = serde_json::to_value(&list).map_err(|error| error.to_string())?;
        state.insert(format!("list {}", list.id), value);
    }
    let wish = library.wish().map_err(told)?;
    state.insert("wish".into(), serde_json::to_value(wish).map_err(|error| error.to_string())?);
    state.insert("stopped".into(), json!(library.stopped().map_err(told)?));
    state.insert("brightness".into(), json!(settings.settings().display.brightness));
    Ok(state)
}

/// The content of the media file number `n`: small and large ones.
pub(crate) fn content(n: u64) -> Vec<u8> {
    let length = [1, 700, 4096, 5000, 20_000][(n % 5) as usize];
    let mut random = Random::new(n + 1);
    (0..length).map(|_| random.below(256) as u8).collect()
}

struct History {
    library: Library,
    settings: SettingsFile,
    data: PathBuf,
    cache: PathBuf,
    marks: File,
    random: Random,
    state: State,
    count: u64,
}

#[test]
#[ignore = "the recorded process of the tests above"]
fn role_history() {
    let variable = |name: &str| std::env::var(name).expect("the recorder sets it");
    let data = PathBuf::from(variable("DURABILITY_DATA"));
    let cache = data.with_file_name("cache");
    let marks = variable("DURABILITY_MARKS");
    let marks = OpenOptions::new().create(true).append(true).open(marks).unwrap();
    let (library, settings) = open(&data, &cache).unwrap();
    let state = state(&library, &settings).unwrap();
    let random = Random::new(variable("DURABILITY_SEED").parse().unwrap());
    let mut history = History { library, settings, data, cache, marks, random, state, count: 0 };
    history.mark("done", &json!({}));
    for _ in 0..variable("DURABILITY_OPERATIONS").parse::<u64>().unwrap() {
        history.step();
    }
}

impl History {
    /// One line, in one call.
    fn mark(&mut self, what: &str, words: &Value) {
        let words = match what {
            "done" => {
                let state = state(&self.library, &self.settings).unwrap();
                self.state = state;
                json!({ "state": self.state })
            }
            _ => words.clone(),
        };
        self.marks.write_all(format!("{what} {words}\n").as_bytes()).unwrap();
    }

    fn ids(&self, kind: &str) -> Vec<String> {
        let ids = self.state.keys().filter_map(|key| key.strip_prefix(kind)?.strip_prefix(' '));
        ids.map(str::to_owned).collect()
    }

    fn any(&mut self, kind: &str) -> Option<String> {
        let ids = self.ids(kind);
        let index = self.random.below(ids.len().max(1) as u64) as usize;
        ids.into_iter().nth(index)
    }

    fn items(&mut self) -> Vec<NewItem> {
        let media = self.ids("media");
        let count = self.random.below(6);
        let mut item = || {
            let content = match media.get(self.random.below(8) as usize) {
                Some(id) => ItemContent::Media { media_id: id.clone() },
                None => ItemContent::Color { color: Rgb8([self.random.below(256) as u8, 2, 3]) },
            };
            NewItem {
                duration_s: Some(1.0 + self.random.below(9) as f64),
                repeat: 1 + self.random.below(3) as u32,
                enabled: self.random.below(4) > 0,
                ..NewItem::of(content)
            }
        };
        (0..count).map(|_| item()).collect()
    }

    fn step(&mut self) {
        self.count += 1;
        let name = format!("{} of {}", self.random.below(1000), self.count);
        // What it may change, so that one that was cut off is known: everything it names may be as
        // before or as after, and everything else has to be as before.
        let (media, list) = (self.any("media"), self.any("list"));
        match self.random.below(16) {
            0..=3 => {
                let content = content(self.random.below(40));
                let hash = blake3::hash(&content).to_hex().to_string();
                self.mark("begin", &json!({"hash": hash}));
                let intake = Intake::new(&self.data, Limits::default());
                let mut part = intake.begin(&name, Some(content.len() as u64)).unwrap();
                content.chunks(3000).for_each(|piece| part.write(piece).unwrap());
                self.library.add_media(part.finish().unwrap()).unwrap();
            }
            4 => {
                // One that is given up.
                self.mark("begin", &json!({}));
                let intake = Intake::new(&self.data, Limits::default());
                let mut part = intake.begin(&name, None).unwrap();
                part.write(&[7; 5000]).unwrap();
                drop(part);
            }
            5 | 6 => {
                let Some(id) = media else { return };
                self.mark("begin", &json!({"key": format!("media {id}")}));
                let found = match self.random.below(4) {
                    0 => Err("it is no picture".to_owned()),
                    _ => Ok(Probed {
                        kind: MediaKind::Image,
                        content_type: "image/png".into(),
                        width: 3,
                        height: 5,
                        duration_s: None,
                        frames: None,
                        thumbnail: vec![1, 2, 3],
                    }),
                };
                self.library.settle_media(&id, found).unwrap();
            }
            7 => {
                let Some(id) = media else { return };
                self.mark("begin", &json!({"key": format!("media {id}")}));
                self.library.rename_media(&id, &name).unwrap();
            }
            8 => {
                let Some(id) = media else { return };
                self.mark("begin", &json!({"key": format!("media {id}")}));
                // In use, it stays; that is an answer too.
                let _ = self.library.delete_media(&id, self.random.below(2) == 0);
            }
            9 | 10 => {
                let new = NewPlaylist {
                    name: name.clone(),
                    items: self.items(),
                    r#loop: true,
                    shuffle: false,
                };
                self.mark("begin", &json!({"list": name}));
                self.library.create_playlist(new).unwrap();
            }
            11 | 12 => {
                let Some(id) = list else { return };
                let items = self.items();
                let new = NewPlaylist { name, items, r#loop: false, shuffle: true };
                self.mark("begin", &json!({"key": format!("list {id}")}));
                self.library.replace_playlist(&id, new, None).unwrap();
            }
            13 => {
                let Some(id) = list.filter(|_| self.random.below(3) == 0) else { return };
                self.mark("begin", &json!({"key": format!("list {id}")}));
                self.library.delete_playlist(&id, None).unwrap();
            }
            14 => match self.random.below(4) {
                0 => {
                    self.mark("begin", &json!({"key": "stopped"}));
                    self.library.set_stopped(true).unwrap();
                }
                1 => {
                    self.mark("begin", &json!({}));
                    self.library.backup().unwrap();
                }
                2 => {
                    // The daemon ends and starts.
                    self.mark("begin", &json!({}));
                    let (library, settings) = open(&self.data, &self.cache).unwrap();
                    (self.library, self.settings) = (library, settings);
                }
                _ => {
                    // Resuming is a part of it.
                    self.mark("begin", &json!({"keys": ["wish", "stopped"]}));
                    let params = serde_json::Map::new();
                    self.library.set_wish(&Wish::Effect { effect: name, params }).unwrap();
                }
            },
            _ => {
                let brightness = self.random.below(1000) as f64 / 1000.0;
                self.mark("begin", &json!({"key": "brightness"}));
                let patch = json!({"display": {"brightness": brightness}});
                self.settings.patch(&patch, None).unwrap();
            }
        }
        self.mark("done", &json!({}));
    }
}
