//! The demonstration playlist: made once, together with the database.

use serde_json::Map;

use crate::error::Error;
use crate::library::model::{ItemContent, NewItem, NewPlaylist, Transition, TransitionKind};
use crate::library::{Library, Wish};
use crate::source::effect;

/// Makes the playlist of every effect but the test patterns, and wishes for it. Deleted, it stays deleted.
pub(crate) fn fill(library: &mut Library) -> Result<(), Error> {
    let items = effect::catalogue()
        .iter()
        .filter(|info| info.family != effect::TEST_FAMILY)
        .map(|info| NewItem {
            duration_s: Some(20.0),
            transition: Some(Transition {
                kind: TransitionKind::Crossfade,
                duration_s: 1.5,
                ..Transition::default()
            }),
            ..NewItem::of(ItemContent::Effect { effect: info.id.into(), params: Map::new() })
        })
        .collect();
    let demonstration = library.create_playlist(NewPlaylist {
        name: "Demonstration".into(),
        items,
        r#loop: true,
        shuffle: false,
    })?;
    library.set_wish(&Wish::Playlist { playlist_id: demonstration.id, item_id: None })
}
