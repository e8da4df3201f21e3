//! Uploads and what becomes of them.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::library::model::{Item, MediaState, Page};

#[test]
fn an_upload_becomes_an_item_and_is_there_after_a_restart() {
    let mut fixture = Fixture::new();
    assert!(fixture.library.made_now());
    let content = vec![7_u8; 300_000];
    let stored = fixture.store("../../cat.png", &content);
    assert_eq!(stored.hash, blake3::hash(&content).to_hex().to_string());
    let (media, existed) = fixture.library.add_media(stored).unwrap();
    assert!(!existed);
    assert_eq!((media.name.as_str(), media.bytes), ("cat.png", 300_000));
    assert_eq!(media.state, MediaState::Processing);
    assert_eq!(fixture.library.unsettled_media().unwrap(), std::slice::from_ref(&media));

    let ready = fixture.library.settle_media(&media.id, Ok(probed())).unwrap();
    assert_eq!((ready.state, ready.width, ready.height), (MediaState::Ready, 4, 3));
    assert_eq!(std::fs::read(fixture.library.content_path(&ready)).unwrap(), content);
    let small = std::fs::read(fixture.library.thumbnail_path(&ready)).unwrap();
    assert_eq!(small, probed().thumbnail);

    let fixture = fixture.reopen();
    assert!(!fixture.library.made_now());
    assert_eq!(fixture.library.media(&media.id).unwrap(), ready);
    assert!(fixture.library.unsettled_media().unwrap().is_empty());
    assert_eq!(std::fs::read(fixture.library.content_path(&ready)).unwrap(), content);
}

#[test]
fn nobody_else_can_read_what_is_stored() {
    let mut fixture = Fixture::new();
    let media = fixture.ready("a.png", b"a");
    let mode =
        |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let data = fixture.data.path();
    for folder in ["media", "incoming"] {
        assert_eq!(mode(data.join(folder)), 0o700, "{folder}");
    }
    for file in ["prismatron.db", "prismatron.db-wal", "prismatron.db-shm", "prismatron.db.bak"] {
        assert_eq!(mode(data.join(file)), 0o600, "{file}");
    }
    assert_eq!(mode(fixture.library.content_path(&media)), 0o600);
}

#[test]
fn the_same_content_is_one_item() {
    let mut fixture = Fixture::new();
    let first = fixture.ready("first.png", b"same");
    let again = fixture.store("second.png", b"same");
    let (media, existed) = fixture.library.add_media(again).unwrap();
    assert!(existed);
    assert_eq!(media, first);
    assert_eq!(fixture.files("media"), [first.hash]);
    assert!(fixture.files("incoming").is_empty());
}

#[test]
fn the_same_content_uploaded_twice_at_once_is_one_item() {
    let mut fixture = Fixture::new();
    let (one, two) = (fixture.store("one", b"same"), fixture.store("two", b"same"));
    let (first, existed) = fixture.library.add_media(one).unwrap();
    assert!(!existed);
    assert_eq!(fixture.library.add_media(two).unwrap(), (first, true));
}

#[test]
fn a_rejected_item_is_told_with_its_reason_and_can_be_uploaded_again() {
    let mut fixture = Fixture::new();
    let (media, _) = fixture.library.add_media(fixture.store("x.png", b"x")).unwrap();
    let reason = "this picture is damaged".to_owned();
    let rejected = fixture.library.settle_media(&media.id, Err(reason.clone())).unwrap();
    assert_eq!((rejected.state, rejected.error), (MediaState::Rejected, Some(reason)));

    let (again, existed) = fixture.library.add_media(fixture.store("y.png", b"x")).unwrap();
    assert!(!existed, "it has to be looked at again");
    assert_eq!(
        (again.id.clone(), again.state, again.error),
        (media.id, MediaState::Processing, None)
    );
    assert_eq!(again.name, "y.png");
    let ready = fixture.library.settle_media(&again.id, Ok(probed())).unwrap();
    assert_eq!(fixture.reopen().library.media(&ready.id).unwrap(), ready);
}

#[test]
fn a_deleted_item_takes_its_files_with_it() {
    let mut fixture = Fixture::new();
    let media = fixture.ready("a.png", b"a");
    fixture.library.delete_media(&media.id, false).unwrap();
    assert!(fixture.files("media").is_empty());
    assert!(!fixture.library.thumbnail_path(&media).exists());
    let gone = Error::not_found("media", &media.id);
    assert_eq!(fixture.library.media(&media.id).unwrap_err(), gone);
    assert_eq!(fixture.library.delete_media(&media.id, true).unwrap_err(), gone);
    assert_eq!(fixture.library.settle_media(&media.id, Ok(probed())).unwrap_err(), gone);
    // And it may come back.
    assert_eq!(fixture.ready("a.png", b"a").hash, media.hash);
}

#[test]
fn an_item_in_use_is_deleted_only_by_force_and_leaves_its_places() {
    let mut fixture = Fixture::new();
    let media = fixture.ready("a.png", b"a");
    let mut lists = Vec::new();
    for name in ["Foyer", "Bar"] {
        let new = list(name, vec![media_item(&media), color_item(), media_item(&media)]);
        lists.push(fixture.library.create_playlist(new).unwrap());
    }
    let refused = fixture.library.delete_media(&media.id, false).unwrap_err();
    let reason = "\"a.png\" is used by the playlists \"Bar\", \"Foyer\"".to_owned();
    assert_eq!(refused, Error::Conflict { reason });
    assert!(fixture.library.content_path(&media).exists());

    fixture.library.delete_media(&media.id, true).unwrap();
    for before in lists {
        assert_eq!(fixture.library.playlist(&before.id).unwrap(), before);
        // The list can still be changed; only the place that is there already is let pass.
        let keep = |item: &Item| NewItem {
            id: Some(item.id.clone()),
            content: item.content.clone(),
            duration_s: item.duration_s,
            fit: item.fit,
            transition: item.transition.clone(),
            repeat: item.repeat,
            enabled: item.enabled,
        };
        let mut items: Vec<_> = before.items.iter().map(keep).collect();
        let renamed = list(&format!("{} 2", before.name), items.clone());
        let after = fixture.library.replace_playlist(&before.id, renamed, None).unwrap();
        assert_eq!(after.items, before.items);
        items.push(media_item(&media));
        let error =
            fixture.library.replace_playlist(&before.id, list("x", items), None).unwrap_err();
        assert!(error.to_string().starts_with("items[3].media_id: there is no media"), "{error}");
    }
}

#[test]
fn a_new_name_is_made_safe_and_nothing_else_changes() {
    let mut fixture = Fixture::new();
    let media = fixture.ready("a.png", b"a");
    let renamed = fixture.library.rename_media(&media.id, "../Blau.png").unwrap();
    assert_eq!(renamed, Media { name: "Blau.png".to_owned(), ..media.clone() });
    let error = fixture.library.rename_media(&media.id, "a/..").unwrap_err();
    assert_eq!(error.to_string(), "name: this is no name for a file");
    assert_eq!(fixture.reopen().library.media(&media.id).unwrap(), renamed);
}

#[test]
fn media_are_listed_in_parts() {
    let mut fixture = Fixture::new();
    for (name, content) in
        [("b.png", "22"), ("Ärger.png", "4444"), ("C.png", "333"), ("a_%.png", "1")]
    {
        fixture.ready(name, content.as_bytes());
    }
    let check = |page: Page, expect: &[&str], total: u64| {
        let listed = fixture.library.media_list(&page).unwrap();
        let names: Vec<&str> = listed.items.iter().map(|media| media.name.as_str()).collect();
        assert_eq!((names.as_slice(), listed.total), (expect, total), "{page:?}");
    };
    let page = |sort: &str, q: &str, limit: u64, offset: u64| Page {
        limit,
        offset,
        sort: (!sort.is_empty()).then(|| sort.to_owned()),
        q: (!q.is_empty()).then(|| q.to_owned()),
    };
    check(Page::default(), &["a_%.png", "C.png", "Ärger.png", "b.png"], 4);
    check(page("created_at", "", 2, 1), &["Ärger.png", "C.png"], 4);
    check(page("name", "", 100, 0), &["a_%.png", "b.png", "C.png", "Ärger.png"], 4);
    check(page("-bytes", "", 1, 0), &["Ärger.png"], 4);
    check(page("", "ÄRG", 100, 0), &["Ärger.png"], 1);
    check(page("", "%", 100, 0), &["a_%.png"], 1);
    check(page("", "png", 1, 3), &["b.png"], 4);
    check(page("", "", 5, 100), &[], 4);
    check(page("kind", "nothing like it", 5, 0), &[], 0);
    let error = fixture.library.media_list(&page("hash", "", 5, 0)).unwrap_err();
    assert_eq!(error.to_string(), "sort: \"hash\" is none of name, created_at, bytes, kind");
}

#[test]
fn an_upload_beyond_its_limits_is_refused_and_leaves_nothing() {
    let fixture = Fixture::new();
    let intake = fixture.intake();
    let limit = small_limits().file_bytes;
    let what = "\"big\"".to_owned();
    let too_large = |bytes| Error::TooLarge { what: what.clone(), bytes, limit };
    assert_eq!(intake.begin("big", Some(limit + 1)).unwrap_err(), too_large(limit + 1));

    let mut part = intake.begin("big", None).unwrap();
    part.write(&vec![0; limit as usize]).unwrap();
    assert_eq!(part.write(&[0]).unwrap_err(), too_large(limit + 1));
    assert!(fixture.files("incoming").is_empty(), "at once, not only when dropped");
    assert!(part.write(&[0]).is_err());
    assert!(part.finish().is_err());

    let short = || {
        let mut part = intake.begin("short", Some(3)).unwrap();
        part.write(b"ab").unwrap();
        part
    };
    let announced = "bytes came of a file that was announced with 3";
    let error = short().finish().unwrap_err();
    assert_eq!(error.to_string(), format!("file: 2 {announced}"));
    assert_eq!(short().write(b"cd").unwrap_err().to_string(), format!("file: 4 {announced}"));

    let error = intake.begin("empty", None).unwrap().finish().unwrap_err();
    assert_eq!(error.to_string(), "file: the file is empty");
    assert!(fixture.files("incoming").is_empty());
}

#[test]
fn an_upload_may_not_take_the_last_free_space() {
    let fixture = Fixture::new();
    let limits = Limits { reserve_bytes: u64::MAX / 2, ..small_limits() };
    let error = Intake::new(fixture.data.path(), limits).begin("x", None).unwrap_err();
    assert_eq!(error, Error::Full { what: "\"x\"".to_owned() });
    assert!(fixture.files("incoming").is_empty());
}

#[test]
fn what_is_not_finished_is_gone_when_dropped() {
    let fixture = Fixture::new();
    let mut part = fixture.intake().begin("x", None).unwrap();
    part.write(b"half").unwrap();
    assert_eq!(fixture.files("incoming").len(), 1);
    drop(part);
    assert!(fixture.files("incoming").is_empty());
    drop(fixture.store("x", b"whole, but never added"));
    assert!(fixture.files("incoming").is_empty());
    assert!(fixture.files("media").is_empty());
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_behind() {
    use std::io::Write;
    use std::process::Command;

    let disk = TempDir::new().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs"])
        .arg(disk.path())
        .output();
    let refusal = match &mounted {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(reason) = refusal {
        let note = "skipped a_full_disk_is_told_and_leaves_nothing_behind: cannot mount";
        writeln!(std::io::stderr(), "{note}: {}", reason.trim()).unwrap();
        return;
    }
    // Lets go of the file system also when the test fails.
    struct Mount<'a>(&'a std::path::Path);
    impl Drop for Mount<'_> {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
        }
    }
    let _mount = Mount(disk.path());

    let cache = TempDir::new().unwrap();
    let mut library = Library::open(disk.path(), cache.path(), check_effect).unwrap();
    let kept = library.create_playlist(list("kept", vec![color_item()])).unwrap();
    let intake = Intake::new(disk.path(), small_limits());
    let mut part = intake.begin("film", None).unwrap();
    let error = (0..64).find_map(|_| part.write(&[1; 32 << 10]).err());
    assert_eq!(error, Some(Error::Full { what: "film".to_owned() }));
    assert_eq!(std::fs::read_dir(disk.path().join("incoming")).unwrap().count(), 0);
    assert_eq!(
        intake.begin("film", Some(900 << 10)).err(),
        Some(Error::Full { what: "\"film\"".to_owned() })
    );

    // The library itself is told the same way, and keeps what it had.
    let mut fill = std::fs::File::create(disk.path().join("fill")).unwrap();
    while fill.write_all(&[0; 4096]).is_ok() {}
    let many = list("many", vec![color_item(); 5000]);
    let error = library.create_playlist(many).unwrap_err();
    assert_eq!(error, Error::Full { what: "the library".to_owned() });
    let listed = library.playlists(&Page::default()).unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&kept));
    drop(fill);
    std::fs::remove_file(disk.path().join("fill")).unwrap();
    library.create_playlist(list("again", vec![color_item()])).unwrap();
    drop(library);
    let library = Library::open(disk.path(), cache.path(), check_effect).unwrap();
    assert_eq!(library.playlist(&kept.id).unwrap(), kept);
}

#[test]
fn a_database_of_the_version_before_keeps_its_rows_and_what_may_move_is_looked_at_again() {
    use super::super::schema;
    let (data, cache) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
    std::fs::create_dir(data.path().join("media")).unwrap();
    let old = rusqlite::Connection::open(data.path().join("prismatron.db")).unwrap();
    old.execute_batch(schema::FIRST).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    let not_then = "this is not a picture that Prismatron can open (it looks like an AVI video)";
    let rows = [
        ("gif", "image", "ready", None, "image/gif"),
        ("jpeg", "image", "ready", None, "image/jpeg"),
        ("avi", "unknown", "rejected", Some(not_then), "application/octet-stream"),
        ("broken", "unknown", "rejected", Some("the file is empty"), "application/octet-stream"),
    ];
    for (index, (id, kind, state, error, content_type)) in rows.iter().enumerate() {
        let hash = format!("{index:064x}");
        std::fs::write(data.path().join("media").join(&hash), b"12345").unwrap();
        old.execute(
            "INSERT INTO media (id, name, folded, kind, width, height, duration_s, bytes, state,
                 error, content_type, hash, created_at)
             VALUES (?1, ?1, ?1, ?2, 4, 3, NULL, 5, ?3, ?4, ?5, ?6, '2026-01-01T00:00:00.000000Z')",
            rusqlite::params![id, kind, state, error, content_type, hash],
        )
        .unwrap();
    }
    drop(old);
    let library = Library::open(data.path(), cache.path(), check_effect).unwrap();
    let state = |id: &str| {
        let media = library.media(id).unwrap();
        assert_eq!((media.name.as_str(), media.bytes, media.frames), (id, 5, None));
        (media.state, media.error)
    };
    assert_eq!(state("gif"), (MediaState::Processing, None));
    assert_eq!(state("avi"), (MediaState::Processing, None));
    assert_eq!(state("jpeg"), (MediaState::Ready, None));
    assert_eq!(state("broken"), (MediaState::Rejected, Some("the file is empty".to_owned())));
}

#[test]
fn what_was_rejected_for_a_missing_program_is_looked_at_again_when_asked_to() {
    let mut fixture = Fixture::new();
    let stored = [fixture.store("a.mp4", b"one"), fixture.store("b.png", b"two")];
    let ids = stored.map(|stored| fixture.library.add_media(stored).unwrap().0.id);
    for (id, reason) in ids.iter().zip(["install it", "broken"]) {
        fixture.library.settle_media(id, Err(reason.to_owned())).unwrap();
    }
    assert_eq!(fixture.library.look_again("install it").unwrap(), 1);
    let again = fixture.library.unsettled_media().unwrap();
    assert_eq!(again.iter().map(|media| &media.id).collect::<Vec<_>>(), [&ids[0]]);
    let found = Probed { frames: Some(75), ..probed() };
    fixture.library.settle_media(&ids[0], Ok(found)).unwrap();
    let fixture = fixture.reopen();
    assert_eq!(fixture.library.media(&ids[0]).unwrap().frames, Some(75));
}
