//! Random operations on the library and on a model of it in memory, with restarts in between.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::library::model::{MediaState, Page, Playlist};

#[derive(Clone, Debug)]
enum Operation {
    Upload { content: u8 },
    Abandon { content: u8 },
    Settle { which: usize, good: bool },
    Rename { which: usize, name: String },
    DeleteMedia { which: usize, force: bool },
    Create { items: Vec<usize> },
    Replace { which: usize, items: Vec<usize>, stale: bool },
    DeletePlaylist { which: usize },
    Reopen,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let which = 0..8_usize;
    let items = || prop::collection::vec(0..8_usize, 0..5);
    prop_oneof![
        4 => (0..6_u8).prop_map(|content| Upload { content }),
        1 => (0..6_u8).prop_map(|content| Abandon { content }),
        3 => (which.clone(), any::<bool>()).prop_map(|(which, good)| Settle { which, good }),
        1 => (which.clone(), "[a-zA-Zé]{1,6}").prop_map(|(which, name)| Rename { which, name }),
        2 => (which.clone(), any::<bool>())
            .prop_map(|(which, force)| DeleteMedia { which, force }),
        2 => items().prop_map(|items| Create { items }),
        2 => (which.clone(), items(), any::<bool>())
            .prop_map(|(which, items, stale)| Replace { which, items, stale }),
        1 => which.prop_map(|which| DeletePlaylist { which }),
        2 => Just(Reopen),
    ]
}

/// What the library should hold, in the order of adding.
#[derive(Default)]
struct Model {
    media: Vec<Media>,
    playlists: Vec<Playlist>,
}

impl Model {
    fn uses(&self, media_id: &str) -> bool {
        let shows = |content: &ItemContent| matches!(content, ItemContent::Media { media_id: shown } if shown == media_id);
        self.playlists.iter().flat_map(|list| &list.items).any(|item| shows(&item.content))
    }

    /// Items that show the media chosen, or a colour where there is none.
    fn items(&self, choice: &[usize]) -> Vec<NewItem> {
        choice.iter().map(|&n| self.media.get(n).map_or_else(color_item, media_item)).collect()
    }
}

fn run(operations: Vec<Operation>) {
    let mut fixture = Fixture::new();
    let mut model = Model::default();
    for operation in operations {
        match operation {
            Operation::Upload { content } => {
                let stored = fixture.store("file.png", &[content; 3]);
                let hash = stored.hash.clone();
                let (media, existed) = fixture.library.add_media(stored).unwrap();
                match model.media.iter_mut().find(|known| known.hash == hash) {
                    Some(known) if known.state == MediaState::Rejected => {
                        assert!(!existed);
                        assert_eq!(media.id, known.id);
                        *known = media;
                    }
                    Some(known) => assert_eq!((&media, existed), (&*known, true)),
                    None => {
                        assert!(!existed);
                        model.media.push(media);
                    }
                }
            }
            Operation::Abandon { content } => {
                let mut part = fixture.intake().begin("file.png", None).unwrap();
                part.write(&[content; 2]).unwrap();
            }
            Operation::Settle { which, good } => {
                let Some(known) = model.media.get_mut(which) else { continue };
                let found = if good { Ok(probed()) } else { Err("bad".to_owned()) };
                *known = fixture.library.settle_media(&known.id, found).unwrap();
                let state = if good { MediaState::Ready } else { MediaState::Rejected };
                assert_eq!(known.state, state);
            }
            Operation::Rename { which, name } => {
                let Some(known) = model.media.get_mut(which) else { continue };
                let renamed = fixture.library.rename_media(&known.id, &name).unwrap();
                known.name = name;
                assert_eq!(&renamed, known);
            }
            Operation::DeleteMedia { which, force } => {
                let Some(known) = model.media.get(which) else { continue };
                let deleted = fixture.library.delete_media(&known.id, force);
                assert_eq!(deleted.is_ok(), force || !model.uses(&known.id));
                if deleted.is_ok() {
                    model.media.remove(which);
                }
            }
            Operation::Create { items } => {
                let new = list("list", model.items(&items));
                model.playlists.push(fixture.library.create_playlist(new).unwrap());
            }
            Operation::Replace { which, items, stale } => {
                let items = model.items(&items);
                let Some(known) = model.playlists.get_mut(which) else { continue };
                let revision = known.revision + u64::from(stale);
                let new = list("list", items);
                let replaced = fixture.library.replace_playlist(&known.id, new, Some(revision));
                assert_eq!(replaced.is_err(), stale);
                if let Ok(replaced) = replaced {
                    assert_eq!(replaced.revision, known.revision + 1);
                    *known = replaced;
                }
            }
            Operation::DeletePlaylist { which } => {
                let Some(known) = model.playlists.get(which) else { continue };
                fixture.library.delete_playlist(&known.id, None).unwrap();
                model.playlists.remove(which);
            }
            Operation::Reopen => fixture = fixture.reopen(),
        }
        agree(&fixture, &model);
    }
    agree(&fixture.reopen(), &model);
}

fn agree(fixture: &Fixture, model: &Model) {
    let by_age = Page { sort: Some("created_at".to_owned()), ..Page::default() };
    assert_eq!(fixture.library.media_list(&by_age).unwrap().items, model.media);
    assert_eq!(fixture.library.playlists(&by_age).unwrap().items, model.playlists);
    let hashes: HashSet<String> = model.media.iter().map(|media| media.hash.clone()).collect();
    assert_eq!(fixture.files("media").into_iter().collect::<HashSet<_>>(), hashes);
    assert!(fixture.files("incoming").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_library_does_what_its_model_does(operations in prop::collection::vec(operation(), 1..40)) {
        run(operations);
    }
}
