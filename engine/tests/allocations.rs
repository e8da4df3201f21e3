//! The threads that carry light neither allocate nor free while pictures, effects and changes go by.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(unsafe_code, reason = "a global allocator that counts can only be written with it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::net::UdpSocket;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::Duration;

use engine::control::command::{PlayWhat, PlayerCommand};
use engine::control::event::Event;
use engine::library::model::{
    ItemContent, NewItem, NewPlaylist, Transition, TransitionCurve, TransitionKind,
};
use engine::producer::InProcess;
use engine::settings::SettingsFile;
use engine::source::Rgb8;
use engine::{Config, Engine, Handle};
use hal::shm::abi::{at, slot_at};
use hal::{Clock, SystemClock, Wake};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ARMED: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicU64 = AtomicU64::new(0);
/// The threads that are watched; 0 is nobody.
static WATCHED: [AtomicI32; 8] = [const { AtomicI32::new(0) }; 8];

fn count() {
    if ARMED.load(Ordering::Acquire) {
        let me = rustix::thread::gettid().as_raw_nonzero().get();
        if WATCHED.iter().any(|thread| thread.load(Ordering::Relaxed) == me) {
            COUNT.fetch_add(1, Ordering::Relaxed);
        }
    }
}

// SAFETY: hands every call to the system's allocator unchanged; counting touches no memory of it
// and does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the conditions of `GlobalAlloc::alloc`, which are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count();
        // SAFETY: `memory` came from `System` above, with this layout.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Watches every thread whose name is one that is wanted; returns how many there are.
fn watch(wanted: impl Fn(&str) -> bool) -> usize {
    let mut found = 0;
    for entry in std::fs::read_dir("/proc/self/task").unwrap() {
        let task = entry.unwrap();
        let Ok(name) = std::fs::read_to_string(task.path().join("comm")) else { continue };
        if wanted(name.trim_end()) {
            let id = task.file_name().to_string_lossy().parse().unwrap();
            WATCHED[found].store(id, Ordering::Relaxed);
            found += 1;
        }
    }
    found
}

/// What the watched threads allocate and free while `work` goes on.
async fn counted(work: impl Future<Output = ()>) -> u64 {
    COUNT.store(0, Ordering::Relaxed);
    ARMED.store(true, Ordering::Release);
    work.await;
    ARMED.store(false, Ordering::Release);
    COUNT.load(Ordering::Relaxed)
}

/// The counter sees what it is there to see.
async fn check_the_counter() {
    let (go, wait) = std::sync::mpsc::sync_channel::<()>(1);
    let (done, finished) = tokio::sync::oneshot::channel();
    let work = move || {
        wait.recv().unwrap();
        drop(std::hint::black_box(Box::new([1_u8; 100])));
        done.send(()).unwrap();
    };
    let thread = std::thread::Builder::new().name("output-check".into()).spawn(work).unwrap();
    while watch(|name| name == "output-check") == 0 {
        tokio::task::yield_now().await;
    }
    let count = counted(async {
        go.send(()).unwrap();
        finished.await.unwrap();
    });
    assert!(count.await >= 2, "one allocation and its end");
    thread.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn render_and_outputs_neither_allocate_nor_free_once_they_run() {
    check_the_counter().await;
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = receiver.local_addr().unwrap();
    receiver.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    std::thread::spawn(move || {
        let mut packet = [0; 2048];
        while receiver.recv(&mut packet).is_ok() {}
    });

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    let text = format!(
        "[display]\nwidth = 200\nheight = 120\nfps = 100\n\
         [layout]\nkind = \"matrix\"\ncolumns = 40\nrows = 25\nserpentine = true\n\
         [player]\nat_start = \"nothing\"\n\
         [[outputs]]\nid = \"wall\"\nkind = \"ddp\"\nhost = \"{address}\"\norder = \"GRB\"\n\
         [[outputs]]\nid = \"half\"\nkind = \"ddp\"\nhost = \"{address}\"\nleds = \"0..500\"\n\
         [[outputs]]\nid = \"none\"\nkind = \"null\"\n\
         [[inputs]]\nid = \"live\"\nkind = \"ring\"\ntimeout_s = 0.2\nfade_s = 0.1\n"
    );
    std::fs::write(&path, text).unwrap();
    let outputs = hal::output::kinds();
    let name = format!("prismatron_test_allocations_{}", std::process::id());
    let engine = Engine::build(Config {
        data: folder.path().to_owned(),
        cache: folder.path().join("cache"),
        settings: SettingsFile::load(&path, outputs).unwrap(),
        instance: format!("allocations-{}", std::process::id()),
        outputs,
        launcher: Arc::new(InProcess::new(name)),
        clock: Arc::new(SystemClock),
    })
    .unwrap();
    let running = engine.spawn().unwrap();
    let handle = running.handle();
    let playlist_id = fill(&handle).await;
    let play = PlayWhat::Playlist { playlist_id, item_id: None };
    handle.player(PlayerCommand::Play(play)).await.unwrap();

    // Warm-up: each kind of change once.
    go_by(&handle).await;
    let threads = watch(|name| name == "render" || name.starts_with("output-"));
    assert_eq!(threads, 4, "one render and three outputs");
    let before = handle.status().frames.presented;
    let count = counted(go_by(&handle)).await;
    let frames = handle.status().frames.presented - before;
    assert!(frames > 100, "only {frames} frames went by");
    assert_eq!(count, 0, "allocations and frees in {frames} frames");
    let status = handle.status();
    assert!(status.system.reasons.is_empty(), "{:?}", status.system.reasons);
    tokio::task::block_in_place(|| running.finish());
}

/// A list of a picture, an effect and a colour, with fades.
async fn fill(handle: &Handle) -> String {
    let mut png = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8, y as u8, 99]));
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let uploading = handle.clone();
    let upload = move || {
        let mut upload = uploading.upload("a.png", None).unwrap();
        upload.write(&png.into_inner()).unwrap();
        upload.finish().unwrap().media.id
    };
    let media_id = tokio::task::spawn_blocking(upload).await.unwrap();
    handle.media_settled(&media_id, Duration::from_secs(20)).await.unwrap();
    let contents = [
        ItemContent::Media { media_id },
        ItemContent::Effect { effect: "plasma".into(), params: serde_json::Map::new() },
        ItemContent::Color { color: Rgb8([9, 200, 77]) },
    ];
    let kinds = [TransitionKind::Crossfade, TransitionKind::Fade, TransitionKind::Crossfade];
    let curve = |kind| match kind {
        TransitionKind::Fade => TransitionCurve::Smooth,
        _ => TransitionCurve::Linear,
    };
    let items = contents.into_iter().zip(kinds).map(|(content, kind)| NewItem {
        duration_s: Some(0.3),
        transition: Some(Transition {
            kind,
            duration_s: 0.1,
            curve: curve(kind),
            ..Transition::default()
        }),
        // Some are shown twice.
        repeat: 1 + u32::from(kind == TransitionKind::Fade),
        ..NewItem::of(content)
    });
    let new =
        NewPlaylist { name: "All".into(), items: items.collect(), r#loop: true, shuffle: false };
    handle.create_playlist(new).await.unwrap().id
}

/// Another program draws for a moment: it fades in, its frames are the ticks, and it fades out.
async fn another_draws(handle: &Handle) {
    let mut changes = handle.subscribe().changes;
    let path = handle.status().inputs[0].target.clone();
    let draw = move || {
        let ring = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
        let word = |offset: usize| {
            let mut bytes = [0; 4];
            ring.read_exact_at(&mut bytes, offset as u64).unwrap();
            u32::from_le_bytes(bytes)
        };
        let put = |offset: usize, bytes: &[u8]| ring.write_all_at(bytes, offset as u64).unwrap();
        let bytes = word(at::STRIDE) as usize * word(at::HEIGHT) as usize;
        let slot = |number: u32| {
            (word(at::SLOTS_OFFSET) + number % word(at::SLOTS) * word(at::SLOT_STRIDE)) as usize
        };
        // Counts on from what was written in the round before.
        let sequence = |slot: usize| u64::from(word(slot + slot_at::SEQUENCE));
        let newest = (0..word(at::SLOTS)).map(|number| sequence(slot(number))).max().unwrap();
        let pause = Wake::new();
        let mut due = SystemClock.now();
        for number in newest + 1..newest + 41 {
            let slot = slot(number as u32);
            put(slot + slot_at::STATE, &1_u32.to_le_bytes());
            let words = [number, number, 0, bytes as u64];
            put(slot + slot_at::SEQUENCE, &words.map(u64::to_le_bytes).concat());
            put(slot + slot_at::PIXELS, &vec![number as u8; bytes]);
            put(slot + slot_at::STATE, &2_u32.to_le_bytes());
            put(at::COMMITTED, &(number as u32).to_le_bytes());
            due = due + Duration::from_millis(12);
            while SystemClock.now() < due {
                pause.wait(pause.current(), Some(due));
            }
        }
    };
    tokio::task::spawn_blocking(draw).await.unwrap();
    for wanted in ["live", "playlist"] {
        loop {
            let change = tokio::time::timeout(Duration::from_secs(20), changes.recv());
            if matches!(change.await.unwrap().unwrap().event, Event::Source { source, .. } if source == wanted)
            {
                break;
            }
        }
    }
    // Until the fade back is over.
    let mut viewer = handle.preview();
    for _ in 0..20 {
        viewer.next().await.unwrap();
    }
}

/// Two rounds of the list by itself, then everything that a person may do to it.
async fn go_by(handle: &Handle) {
    let mut changes = handle.subscribe().changes;
    let mut lit = 0;
    while lit < 6 {
        let change = tokio::time::timeout(Duration::from_secs(20), changes.recv());
        if let Event::Player { player } = change.await.unwrap().unwrap().event {
            lit += u32::from(player.playing.is_some_and(|playing| playing.lit));
        }
    }
    let mut viewer = handle.preview();
    for _ in 0..5 {
        viewer.next().await.unwrap();
    }
    for brightness in [0.3, 0.9] {
        let patch = serde_json::json!({"display": {"brightness": brightness}});
        handle.patch_settings(patch, None).await.unwrap();
    }
    for wish in [
        PlayerCommand::Next,
        PlayerCommand::Pause,
        PlayerCommand::Next,
        PlayerCommand::Resume,
        PlayerCommand::Seek { position_s: 0.1 },
        PlayerCommand::Previous,
        PlayerCommand::Stop,
        PlayerCommand::Resume,
    ] {
        handle.player(wish).await.unwrap();
        // Light that has changed, or is black by now.
        let _ = tokio::time::timeout(Duration::from_millis(100), viewer.next()).await;
    }
    // Skips in the middle of fades.
    for _ in 0..6 {
        handle.player(PlayerCommand::Next).await.unwrap();
        viewer.next().await.unwrap();
        viewer.next().await.unwrap();
    }
    another_draws(handle).await;
}
