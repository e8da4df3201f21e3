//! Whether what was acknowledged survives a pulled plug, at every instant of a long history.
//!
//! ```text
//! history (a process of its own, under strace): random operations, each told before and after
//!     -> record: every call of it that changes the disk, in order
//!     -> disk: a model of what the disk promises; cut after each call it gives folders as they may
//!              be found: all written, only what was synced, or any part of the rest
//!     -> check: each folder is opened by the real code and compared with what was acknowledged
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests print what they measured")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod check;
mod disk;
mod history;
mod record;

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hal::{Clock, SystemClock};

use crate::check::{Expected, check};
use crate::disk::{Cut, Disk, Random};
use crate::record::{Event, Mark};

/// A number from the environment, for those who want more or less.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Runs a history under strace. None, and why, where no process may be traced.
fn recorded(folder: &Path, seed: u64, operations: u64) -> Option<Vec<Event>> {
    let (log, marks) = (folder.join("strace"), folder.join("marks"));
    let data = folder.join("data");
    std::fs::create_dir(&data).unwrap();
    let calls = "trace=openat,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,ftruncate,truncate,fallocate,\
                 fsync,fdatasync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,\
                 link,linkat,symlink,symlinkat,copy_file_range,sendfile,splice,msync";
    let ran = Command::new("strace")
        .args(["-f", "-y", "-xx", "-s", "4000000", "-e", calls, "-e", "signal=none", "-o"])
        .arg(&log)
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "history::role_history", "--nocapture"])
        .env("DURABILITY_DATA", &data)
        .env("DURABILITY_MARKS", &marks)
        .env("DURABILITY_SEED", seed.to_string())
        .env("DURABILITY_OPERATIONS", operations.to_string())
        .output();
    let said = match ran {
        Ok(ran) if ran.status.success() => {
            return Some(record::read(&log, &data, &marks));
        }
        Ok(ran) => String::from_utf8_lossy(&ran.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let may_not = ["ptrace", "PTRACE", "No such file", "not permitted"];
    assert!(may_not.iter().any(|words| said.contains(words)), "the history failed: {said}");
    eprintln!("skipped: durability: strace: {}", said.lines().next().unwrap_or_default());
    None
}

/// What a walk through all instants came to.
struct Walk {
    cuts: usize,
    acknowledged: usize,
    faults: Vec<String>,
}

/// Cuts after every event, `variants` times with what was not synced lost in part, and checks.
fn walk(events: &[Event], seed: u64, variants: usize, most_faults: usize) -> Walk {
    let mut disk = Disk::default();
    let mut expected = Expected::default();
    let mut random = Random::new(seed);
    let (cuts, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let (jobs, work) = std::sync::mpsc::sync_channel::<(usize, Cut, Vec<_>, Expected)>(4);
    let work = Mutex::new(work);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Ok((at, cut, files, expected)) = work.lock().unwrap().recv() else {
                        return;
                    };
                    cuts.fetch_add(1, Ordering::Relaxed);
                    if let Err(fault) = check(&files, &expected) {
                        faults.lock().unwrap().push(format!("after event {at}, {cut:?}: {fault}"));
                    }
                }
            });
        }
        for (at, event) in events.iter().enumerate() {
            match event {
                Event::Mark(mark) => expected.hear(mark),
                Event::Disk(change) => {
                    disk.apply(change);
                    let cut = (0..variants).map(|_| Cut::Torn);
                    for cut in [Cut::Killed, Cut::Synced].into_iter().chain(cut) {
                        let files = disk.found(cut, &mut random);
                        jobs.send((at, cut, files, expected.clone())).unwrap();
                    }
                }
            }
            if faults.lock().unwrap().len() > most_faults {
                break;
            }
        }
        drop(jobs);
    });
    let acknowledged =
        events.iter().filter(|event| matches!(event, Event::Mark(Mark::Done(_)))).count();
    Walk { cuts: cuts.into_inner(), acknowledged, faults: faults.into_inner().unwrap() }
}

#[test]
fn nothing_acknowledged_is_lost_whenever_the_plug_is_pulled() {
    let seed = number("PRISMATRON_TEST_SEED", SystemClock.now().as_nanos());
    let operations = number("PRISMATRON_TEST_OPERATIONS", 240);
    let folder = tempfile::tempdir().unwrap();
    let Some(events) = recorded(folder.path(), seed, operations) else { return };
    let began = SystemClock.now();
    let walk = walk(&events, seed, 3, 5);
    let is_checkpoint = |event: &&Event| matches!(event, Event::Disk(change) if change.synced() == Some(Path::new("prismatron.db")));
    println!(
        "measured: durability: seed {seed}, {} acknowledged operations, {} calls, {} syncs of the database itself, \
         {} folders opened, {:.0} s",
        walk.acknowledged,
        events.len(),
        events.iter().filter(is_checkpoint).count(),
        walk.cuts,
        SystemClock.now().since(began).as_secs_f64()
    );
    assert!(walk.faults.is_empty(), "seed {seed}: {:#?}", walk.faults);
    let wanted = if operations >= 240 { 10_000 } else { 0 };
    assert!(walk.cuts >= wanted, "only {} instants", walk.cuts);
}

/// The harness finds what it is there to find: the same history with one kind of sync left out.
#[test]
fn a_forgotten_sync_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let Some(events) = recorded(folder.path(), 7, 25) else { return };
    let without = |lost: &dyn Fn(&Path) -> bool| -> Vec<Event> {
        let keeps = |event: &&Event| match event {
            Event::Disk(change) => !change.synced().is_some_and(lost),
            Event::Mark(_) => true,
        };
        events.iter().filter(keeps).cloned().collect()
    };
    assert_eq!(walk(&events, 1, 1, 0).faults, Vec::<String>::new());
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    type Forgotten<'a> = (&'a str, &'a dyn Fn(&Path) -> bool);
    let kinds: [Forgotten<'_>; 4] = [
        ("the log of the database", &|path| name(path).ends_with(".db-wal")),
        ("the names of media files", &|path| name(path) == "media"),
        ("the content of media files", &|path| name(path).ends_with(".part")),
        ("the settings' content", &|path| name(path).contains("settings.toml")),
    ];
    for (what, lost) in kinds {
        let fewer = without(lost);
        assert!(fewer.len() < events.len(), "{what}: nothing was left out");
        let faults = walk(&fewer, 1, 2, 0).faults;
        assert!(!faults.is_empty(), "{what} may stay unsynced and nobody sees it");
        println!("without syncing {what}: {}", faults[0]);
    }
}
