//! What a crash, a pulled plug or a careless hand leaves in the data folder.

use std::fs;

use super::*;
use crate::library::model::{MediaState, Page};

#[test]
fn interrupted_uploads_are_removed_at_start() {
    let fixture = Fixture::new();
    let mut part = fixture.intake().begin("x", None).unwrap();
    part.write(b"half").unwrap();
    // A crash: nobody drops the part.
    std::mem::forget(part);
    assert_eq!(fixture.files("incoming").len(), 1);
    assert!(fixture.reopen().files("incoming").is_empty());
}

#[test]
fn a_file_whose_row_was_never_committed_is_harmless_and_removed() {
    let mut fixture = Fixture::new();
    let kept = fixture.ready("kept.png", b"kept");
    let orphan = fixture.store("orphan.png", b"orphan");
    orphan.place(fixture.data.path()).unwrap();
    assert_eq!(fixture.files("media").len(), 2);
    let mut fixture = fixture.reopen();
    assert_eq!(fixture.files("media"), [kept.hash]);
    assert_eq!(fixture.library.media_list(&Page::default()).unwrap().total, 1);
    fixture.ready("orphan.png", b"orphan");
}

#[test]
fn a_file_that_is_no_media_file_is_left_alone() {
    let fixture = Fixture::new();
    let fixture =
        fixture.reopen_after(|data| fs::write(data.join("media/note.txt"), "mine").unwrap());
    assert_eq!(fixture.files("media"), ["note.txt"]);
}

#[test]
fn an_item_without_its_file_is_rejected_until_the_file_is_back() {
    let mut fixture = Fixture::new();
    let missing = fixture.ready("missing.png", b"missing");
    let cut = fixture.ready("cut.png", b"cut in the middle");
    let path = |media: &Media| format!("media/{}", media.hash);
    let fixture = fixture.reopen_after(|data| {
        fs::remove_file(data.join(path(&missing))).unwrap();
        fs::write(data.join(path(&cut)), b"cut").unwrap();
    });
    let told = |fixture: &Fixture, media: &Media| {
        let media = fixture.library.media(&media.id).unwrap();
        (media.state, media.error.unwrap_or_default())
    };
    let reason = "its file is missing from the data folder; upload it again";
    assert_eq!(told(&fixture, &missing), (MediaState::Rejected, reason.to_owned()));
    let reason = "its file in the data folder has 3 bytes instead of 17; upload it again";
    assert_eq!(told(&fixture, &cut), (MediaState::Rejected, reason.to_owned()));

    // One comes back by hand, the other by an upload.
    let mut fixture =
        fixture.reopen_after(|data| fs::write(data.join(path(&missing)), b"missing").unwrap());
    assert_eq!(told(&fixture, &missing), (MediaState::Processing, String::new()));
    assert_eq!(fixture.library.unsettled_media().unwrap().len(), 1);
    let stored = fixture.store("cut.png", b"cut in the middle");
    let (again, existed) = fixture.library.add_media(stored).unwrap();
    assert_eq!((&again.id, existed), (&cut.id, false));
    assert_eq!(fs::read(fixture.library.content_path(&cut)).unwrap(), b"cut in the middle");
}

#[test]
fn an_upload_mends_a_ready_item_whose_file_was_removed() {
    let mut fixture = Fixture::new();
    let media = fixture.ready("a.png", b"a");
    fs::remove_file(fixture.library.content_path(&media)).unwrap();
    let stored = fixture.store("a.png", b"a");
    assert_eq!(fixture.library.add_media(stored).unwrap(), (media.clone(), true));
    assert_eq!(fs::read(fixture.library.content_path(&media)).unwrap(), b"a");
}

#[test]
fn what_was_answered_is_in_the_files_before_the_library_is_closed() {
    let mut fixture = Fixture::new();
    let media = fixture.ready("a.png", b"a");
    let made = fixture.library.create_playlist(list("a", vec![media_item(&media)])).unwrap();
    // What the disk holds at this instant, as after a crash: database and log, no clean close.
    let (after, cache) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::create_dir(after.path().join("media")).unwrap();
    for file in ["prismatron.db", "prismatron.db-wal", &format!("media/{}", media.hash)] {
        fs::copy(fixture.data.path().join(file), after.path().join(file)).unwrap();
    }
    let library = Library::open(after.path(), cache.path(), check_effect).unwrap();
    assert_eq!(library.media(&media.id).unwrap(), media);
    assert_eq!(library.playlist(&made.id).unwrap(), made);
}

#[test]
fn a_damaged_database_is_replaced_by_its_backup_and_no_media_is_lost() {
    let mut fixture = Fixture::new();
    let old = fixture.ready("old.png", b"old");
    let made = fixture.library.create_playlist(list("a", vec![media_item(&old)])).unwrap();
    fixture.library.backup().unwrap();
    let new = fixture.ready("new.png", b"newer than the backup");
    let fixture = fixture.reopen_after(|data| {
        let content = fs::read(data.join("prismatron.db")).unwrap();
        fs::write(data.join("prismatron.db"), vec![0x5a; content.len()]).unwrap();
    });
    assert!(fixture.library.restored());
    assert_eq!(fixture.library.media(&old.id).unwrap(), old);
    assert_eq!(fixture.library.playlist(&made.id).unwrap(), made);
    let waiting = fixture.library.unsettled_media().unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].hash, new.hash);
    assert_eq!(waiting[0].name, format!("recovered {}", &new.hash[..8]));
    assert!(fixture.data.path().join("prismatron.db.damaged").exists());
    assert!(!fixture.reopen().library.restored());
}

#[test]
fn a_lost_database_does_not_take_the_media_with_it() {
    let mut fixture = Fixture::new();
    let media = fixture.ready("a.png", b"a");
    let fixture = fixture.reopen_after(|data| fs::remove_file(data.join("prismatron.db")).unwrap());
    assert!(fixture.library.made_now());
    assert_eq!(fixture.library.unsettled_media().unwrap()[0].hash, media.hash);
    assert_eq!(fs::read(fixture.library.content_path(&media)).unwrap(), b"a");
}

#[test]
fn a_damaged_database_without_a_backup_is_told_and_not_touched() {
    let damaged = vec![0x5a; 8192];
    let data = TempDir::new().unwrap();
    fs::write(data.path().join("prismatron.db"), &damaged).unwrap();
    let error = Library::open(data.path(), data.path(), check_effect).err().unwrap();
    assert!(
        error
            .to_string()
            .contains("prismatron.db is damaged: file is not a database; there is no backup"),
        "{error}"
    );
    assert_eq!(fs::read(data.path().join("prismatron.db")).unwrap(), damaged);
}

#[test]
fn a_database_that_cannot_be_opened_is_not_taken_for_damaged() {
    let fixture = Fixture::new();
    let error = fixture.try_reopen_after(|data| {
        fs::rename(data.join("prismatron.db"), data.join("elsewhere")).unwrap();
        fs::create_dir(data.join("prismatron.db")).unwrap();
    });
    let error = error.err().unwrap().to_string();
    assert!(error.contains("prismatron.db cannot be opened: "), "{error}");
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let fixture = Fixture::new();
    let error = fixture.try_reopen_after(|data| {
        let database = rusqlite::Connection::open(data.join("prismatron.db")).unwrap();
        database.pragma_update(None, "user_version", 99).unwrap();
    });
    let error = error.err().unwrap().to_string();
    assert!(error.contains("made by a newer version of Prismatron (shape 99"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Library::open(&file.join("data"), data.path(), check_effect).err().unwrap();
    assert!(error.to_string().contains("file/data"), "{error}");
}
