//! A corpus of files, whole, broken and made to hurt: each plays right or is refused with a reason, and
//! whatever they do, the items between them keep their time.

mod files;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hal::{Clock, SystemClock};
use serde_json::{Value, json};

use self::files::{Fate, Made};
use crate::fixture::{Fixture, SOON, ddp};
use crate::hostile::{counted, settled};
use crate::receiver::Receiver;
use crate::{clip, process};

/// How long the colour between two files is shown, and each file.
const BETWEEN: f64 = 0.35;
const EACH: f64 = 0.25;
const GREEN: [u8; 3] = [0, 255, 0];

#[tokio::test]
async fn each_file_of_the_corpus_plays_or_is_refused_in_words_and_the_others_keep_their_time() {
    let films = clip::can_be_made("films in the corpus");
    let receiver = Receiver::open(2048);
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    let settings =
        format!("[display]\nbrightness = 1.0\n[player]\nat_start = \"nothing\"\n{output}");
    let mut fixture = Fixture::start_alone(&settings).await;
    let pid = fixture.pid();

    // Beside a thing that moves, as nothing else happens.
    fixture.post("/api/player/play", json!({"effect": "plasma"})).await;
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;
    let first = receiver.count();
    let quiet = counted(&fixture, async {
        receiver.find(first + 300, SOON, "300 frames", |_| true).await;
    })
    .await;

    let watched = Watch::begin(pid);
    let mut ready = Vec::new();
    let files = files::all(films);
    let in_all = files.len();
    let looked_at = counted(&fixture, async {
        for made in files {
            ready.extend(taken(&fixture, made).await);
        }
    })
    .await;
    println!(
        "measured: {in_all} files looked at, {} may play: quiet {quiet}, meanwhile {looked_at} (share of ticks)",
        ready.len()
    );

    let (end, ended) = tokio::sync::oneshot::channel();
    let events = tokio::spawn(fixture.events().await.all_until(ended));
    let items: Vec<_> = ready
        .iter()
        .flat_map(|(_, id)| {
            let between = json!({"kind": "color", "color": "#00FF00", "duration_s": BETWEEN});
            [between, json!({"kind": "media", "media_id": id, "duration_s": EACH})]
        })
        .collect();
    let first = receiver.count();
    let begun = SystemClock.now();
    let mut playlist = Value::Null;
    let played = counted(&fixture, async {
        playlist = fixture.play(Value::from(items), false).await;
        let most = Duration::from_secs_f64((BETWEEN + EACH + 1.0) * ready.len() as f64) + SOON;
        receiver.find(first, SOON, "the first colour", |frame| frame.is_all(GREEN)).await;
        fixture.status_when("the end", most, |status| status["state"] == "stopped").await;
    })
    .await;
    let took = SystemClock.now().since(begun);
    let _ = end.send(());

    // What became of each item, as it was told.
    let mut fates: BTreeMap<String, String> = BTreeMap::new();
    for event in events.await.unwrap() {
        if event["type"] == "item_skipped" {
            let reason = event["reason"].as_str().unwrap_or_default();
            assert!(reason.len() > 10, "{event}");
            fates.insert(event["item_id"].as_str().unwrap().into(), reason.into());
        } else if let Some(item) = event["playing"]["item_id"].as_str() {
            fates.entry(item.into()).or_default();
        }
    }
    let mut skipped = 0;
    for (index, (name, _)) in ready.iter().enumerate() {
        let item = playlist["items"][index * 2 + 1]["id"].as_str().unwrap();
        let fate =
            fates.get(item).unwrap_or_else(|| panic!("{name} was neither shown nor skipped"));
        if !fate.is_empty() {
            skipped += 1;
            println!("skipped in play: {name}: {fate}");
        }
    }
    // The colour between: each time for as long as it was asked for. A file that is slow to begin may
    // lengthen it, nothing may shorten it.
    let frames = receiver.since(first);
    let mut runs = Vec::new();
    let mut run: Option<(hal::MonoTime, hal::MonoTime)> = None;
    for frame in &frames {
        assert!(frame.whole, "a frame arrived in part");
        run = match (run, frame.is_all(GREEN)) {
            (None, true) => Some((frame.at, frame.at)),
            (Some((from, _)), true) => Some((from, frame.at)),
            (Some((from, to)), false) => {
                runs.push(to.since(from).as_secs_f64());
                None
            }
            (None, false) => None,
        };
    }
    let tick = 1.0 / 60.0;
    let shortest = runs.iter().copied().fold(f64::MAX, f64::min);
    let exact = runs.iter().filter(|run| (**run - (BETWEEN - tick)).abs() <= 2.0 * tick).count();
    let memory = watched.end();
    println!(
        "measured: {} files played in {took:?}, {skipped} skipped: {played} (share of ticks); the colour between was \
         seen {} times, {exact} of them for its time ± 2 ticks, the shortest {shortest:.3} s of {BETWEEN} s; \
         producers used at most {} MiB of address space of their {} MiB, {} MiB of memory",
        ready.len(),
        runs.len(),
        memory.worst >> 20,
        memory.limit >> 20,
        memory.resident >> 20,
    );
    assert!(runs.len() >= ready.len(), "{} times the colour for {} files", runs.len(), ready.len());
    // On a busy machine a frame now and then is seen late.
    let short = runs.iter().filter(|run| **run < BETWEEN - 3.0 * tick).count();
    assert!(short * 20 <= runs.len(), "the colour was cut short {short} times of {}", runs.len());
    assert!(shortest >= BETWEEN / 2.0, "a colour was shown for {shortest} s");
    assert!(memory.seen > 0 && memory.worst <= memory.limit, "a producer went over its limit");
    for (what, ticks) in [("looking", &looked_at), ("playing", &played)] {
        assert!(ticks.dropped <= quiet.dropped + 0.01, "{what}: {ticks}, quiet {quiet}");
    }
    assert!(fixture.is_alive() && fixture.pid() == pid);
    assert_eq!(fixture.get("/health").await.0, reqwest::StatusCode::OK);
}

/// Uploads a file, holds it against what has to become of it, and gives its id if it may play.
async fn taken(fixture: &Fixture, made: Made) -> Option<(String, String)> {
    let Made { name, bytes, fate } = made;
    let (status, media) = fixture.try_upload(&name, bytes).await;
    if status.is_client_error() {
        assert!(media["detail"].as_str().is_some_and(|why| why.len() > 10), "{name}: {media}");
        assert_ne!(fate, Fate::Plays, "{name}: {media}");
        return None;
    }
    assert!(status.is_success(), "{name}: {status} {media}");
    let media = settled(fixture, media).await;
    if media["state"] == "ready" {
        assert_ne!(fate, Fate::Refused, "{name}: {media}");
        return Some((name, media["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(media["state"], "rejected", "{name}: {media}");
    let reason = media["error"].as_str().unwrap_or_default();
    assert!(reason.len() > 10 && !reason.contains("panicked"), "{name}: {media}");
    assert_ne!(fate, Fate::Plays, "{name}: {reason}");
    None
}

/// Looks at what memory producers use, until it is ended.
struct Watch {
    ended: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Memory>,
}

/// The most that any producer used, in bytes.
#[derive(Default)]
struct Memory {
    seen: usize,
    /// Address space, of the process that came nearest to its limit, and that limit.
    worst: u64,
    limit: u64,
    resident: u64,
}

impl Watch {
    fn begin(daemon: u32) -> Self {
        let ended: Arc<AtomicBool> = Arc::default();
        let thread = std::thread::spawn({
            let ended = ended.clone();
            move || {
                let wake = hal::Wake::new();
                let mut memory = Memory::default();
                while !ended.load(Ordering::Relaxed) {
                    for producer in process::children(daemon) {
                        memory.look_at(producer);
                        process::started_by(producer)
                            .into_iter()
                            .for_each(|pid| memory.look_at(pid));
                    }
                    let until = SystemClock.now() + Duration::from_millis(20);
                    SystemClock.wait(&wake, wake.current(), Some(until));
                }
                memory
            }
        });
        Self { ended, thread }
    }

    fn end(self) -> Memory {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

impl Memory {
    fn look_at(&mut self, pid: u32) {
        let read =
            |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let number = |text: &str, key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        let (status, limits) = (read("status"), read("limits"));
        let (Some(peak), Some(resident)) = (number(&status, "VmPeak:"), number(&status, "VmHWM:"))
        else {
            return;
        };
        // Before it has set its limit it has none.
        let Some(limit) = number(&limits, "Max address space") else { return };
        self.seen += 1;
        self.resident = self.resident.max(resident << 10);
        if self.limit == 0
            || (peak << 10) as f64 / limit as f64 > self.worst as f64 / self.limit as f64
        {
            (self.worst, self.limit) = (peak << 10, limit);
        }
    }
}
