//! Programs on the same machine that do harm to the live ring: floods, writers that stop in the middle,
//! nonsense in its words, two at once, and a `/dev/shm` without room.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hal::shm::abi::{at, slot_at};
use hal::{Clock, SystemClock, Wake};
use serde_json::{Value, json};

use crate::fixture::{Fixture, SOON, ddp};
use crate::receiver::{Frame, Receiver};

const LEDS: usize = 2048;
const GREEN: [u8; 3] = [0, 255, 0];
const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];
/// Values of a slot's state.
const WRITING: u32 = 1;
const READY: u32 = 2;

fn settings(receiver: &Receiver) -> String {
    let output = ddp("wall", receiver.address(), "gamma = 1.0");
    format!(
        "[display]\nwidth = 64\nheight = 32\nbrightness = 1.0\n[player]\nat_start = \"nothing\"\n{output}"
    )
}

async fn input(fixture: &Fixture) -> Value {
    let (_, inputs) = fixture.get("/api/inputs").await;
    inputs["items"][0].clone()
}

/// A green playlist beneath.
async fn green(fixture: &Fixture, receiver: &Receiver) {
    let item = json!({"kind": "color", "color": "#00FF00", "duration_s": 600});
    fixture.play(json!([item]), true).await;
    receiver.next(SOON, "green", |frame| frame.is_all(GREEN)).await;
}

#[track_caller]
fn all_are_one_of(frames: &[Arc<Frame>], colors: &[[u8; 3]]) {
    for frame in frames {
        let known = colors.iter().any(|&color| frame.is_all(color));
        assert!(frame.whole && known, "{:?}", &frame.bytes[..24]);
    }
}

/// Writes the ring as it likes, word by word. Its page is mapped by nobody, so that a wake-up of the
/// display is left to its own look at the ring, as with a program that knows no futex.
struct Rogue {
    file: File,
    slots: u32,
    first: u64,
    step: u64,
    bytes: usize,
    sequence: u64,
}

impl Rogue {
    fn open(fixture: &Fixture) -> Self {
        let path = format!("/dev/shm/prismatron_{}_live", fixture.instance());
        Self::of(OpenOptions::new().read(true).write(true).open(path).unwrap())
    }

    fn of(file: File) -> Self {
        let word = |offset: usize| {
            let mut bytes = [0; 4];
            file.read_exact_at(&mut bytes, offset as u64).unwrap();
            u32::from_le_bytes(bytes)
        };
        Self {
            slots: word(at::SLOTS),
            first: word(at::SLOTS_OFFSET).into(),
            step: word(at::SLOT_STRIDE).into(),
            bytes: word(at::STRIDE) as usize * word(at::HEIGHT) as usize,
            sequence: 0,
            file,
        }
    }

    fn word(&self, offset: u64) -> u32 {
        let mut bytes = [0; 4];
        self.file.read_exact_at(&mut bytes, offset).unwrap();
        u32::from_le_bytes(bytes)
    }

    fn put(&self, offset: u64, bytes: &[u8]) {
        // One that was cut short or replaced takes it, or does not.
        let _ = self.file.write_all_at(bytes, offset);
    }

    fn enter(&self) {
        self.put(at::WRITER_PID as u64, &std::process::id().to_le_bytes());
    }

    fn leave(&self) {
        self.put(at::WRITER_PID as u64, &[0; 4]);
    }

    fn slot(&self, index: u32) -> u64 {
        self.first + u64::from(index) * self.step
    }

    fn set_state(&self, index: u32, state: u32) {
        self.put(self.slot(index) + slot_at::STATE as u64, &state.to_le_bytes());
    }

    /// A whole frame by the rules, with this as its time.
    fn frame(&mut self, color: [u8; 3], pts: u64) {
        self.sequence += 1;
        let index = (self.sequence % u64::from(self.slots)) as u32;
        let slot = self.slot(index);
        self.set_state(index, WRITING);
        let words = [self.sequence, self.sequence, pts, self.bytes as u64];
        self.put(slot + slot_at::SEQUENCE as u64, &words.map(u64::to_le_bytes).concat());
        self.put(slot + slot_at::PIXELS as u64, &color.repeat(self.bytes / 3));
        self.set_state(index, READY);
        self.put(at::COMMITTED as u64, &(self.sequence as u32).to_le_bytes());
    }
}

/// Processor time that a process has used, in clock ticks.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace().collect::<Vec<_>>();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// What a round came to.
#[derive(Debug)]
struct Round {
    written: u64,
    seconds: f64,
    cpu_ms: u64,
    frames: usize,
    late: u64,
    ran_late: u64,
    dropped: u64,
}

/// Writes frames at this rate for three seconds, red and blue in turn.
async fn round(fixture: &Fixture, receiver: &Receiver, rogue: &mut Rogue, rate: u32) -> Round {
    let count = |status: &Value, what: &str| status["frames"][what].as_u64().unwrap();
    let (before, cpu, first) = (fixture.status().await, cpu_ticks(fixture.pid()), receiver.count());
    let begun = SystemClock.now();
    let written = tokio::task::block_in_place(|| {
        let pause = Wake::new();
        let (mut written, period) = (0_u32, Duration::from_secs(1) / rate);
        while SystemClock.now().since(begun) < Duration::from_secs(3) {
            rogue.frame(if written % 2 == 0 { RED } else { BLUE }, u64::from(written));
            written += 1;
            let due = begun + period * written;
            while SystemClock.now() < due {
                pause.wait(pause.current(), Some(due));
            }
        }
        u64::from(written)
    });
    let seconds = SystemClock.now().since(begun).as_secs_f64();
    let frames = receiver.since(first);
    all_are_one_of(&frames, &[RED, BLUE, GREEN]);
    let after = fixture.status().await;
    let since = |what| count(&after, what) - count(&before, what);
    Round {
        written,
        seconds,
        cpu_ms: (cpu_ticks(fixture.pid()) - cpu) * 10,
        frames: frames.len(),
        late: since("late"),
        ran_late: since("ran_late"),
        dropped: since("dropped"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_ten_thousand_frames_a_second_costs_no_tick() {
    let receiver = Receiver::open(LEDS);
    let mut fixture = Fixture::start_alone(&settings(&receiver)).await;
    green(&fixture, &receiver).await;
    let mut rogue = Rogue::open(&fixture);
    rogue.enter();
    let quiet = round(&fixture, &receiver, &mut rogue, 60).await;
    let before = input(&fixture).await;
    let flood = round(&fixture, &receiver, &mut rogue, 10_000).await;
    let after = input(&fixture).await;
    for (rate, round) in [("60", &quiet), ("10 000", &flood)] {
        println!(
            "measured: {rate} live frames a second: {} written in {:.1} s, {} ms of processor time, {} frames \
             at the controller, late {} ran_late {} dropped {}",
            round.written,
            round.seconds,
            round.cpu_ms,
            round.frames,
            round.late,
            round.ran_late,
            round.dropped
        );
    }
    // An eighth of one core, and it looks at a frame no more often than it shows one.
    assert!(flood.cpu_ms <= 2 * quiet.cpu_ms + 375, "{quiet:?} {flood:?}");
    assert!(flood.written > 50 * quiet.written, "it was no flood: {flood:?}");
    // The display's rate, not the writer's, and not less.
    let rate = |round: &Round| round.frames as f64 / round.seconds;
    assert!(rate(&flood) < 61.0, "{flood:?}");
    assert!(rate(&flood) > 0.95 * rate(&quiet).min(60.0), "{quiet:?} {flood:?}");
    assert_eq!(flood.dropped, 0, "{flood:?}");
    assert!(flood.ran_late <= quiet.ran_late + flood.frames as u64 / 20, "{quiet:?} {flood:?}");
    // What nobody saw was counted.
    let unseen = after["dropped"].as_u64().unwrap() - before["dropped"].as_u64().unwrap();
    assert!(unseen > flood.written * 9 / 10, "{unseen} of {}", flood.written);
    assert_eq!(after["error"], Value::Null, "{after}");
    rogue.leave();
    receiver.next(SOON, "green again", |frame| frame.is_all(GREEN)).await;
    assert!(fixture.is_alive());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_stops_in_the_middle_of_a_slot_is_gone_after_its_time() {
    let receiver = Receiver::open(LEDS);
    let mut fixture = Fixture::start(&settings(&receiver)).await;
    green(&fixture, &receiver).await;
    let first = receiver.count();
    let mut rogue = Rogue::open(&fixture);
    for slots in [1, rogue.slots] {
        rogue.enter();
        rogue.frame(RED, 0);
        receiver.next(SOON, "red", |frame| frame.is_all(RED)).await;
        // Claimed, half overwritten, and never committed.
        for index in (0..slots).map(|n| (rogue.sequence as u32 + 1 + n) % rogue.slots) {
            rogue.set_state(index, WRITING);
            let half = BLUE.repeat(rogue.bytes / 6);
            rogue.put(rogue.slot(index) + slot_at::PIXELS as u64, &half);
        }
        let stopped = SystemClock.now();
        let back = receiver.next(SOON, "green", |frame| frame.is_all(GREEN)).await;
        let after = back.at.since(stopped).as_secs_f64();
        assert!((2.0..4.5).contains(&after), "the time-out is 2.5 s, it took {after} s");
        let now = input(&fixture).await;
        assert_eq!((&now["state"], &now["driving"]), (&json!("idle"), &json!(false)), "{now}");
    }
    // The next one, as the rules have it, frees what was left behind.
    rogue.leave();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/frame_writer.py");
    let ring = format!("prismatron_{}_live", fixture.instance());
    let mut heir = Command::new("python3");
    heir.arg(script).args(["--ring", &ring, "--color", "0000FF", "--seconds", "2"]);
    let mut heir = heir.spawn().unwrap();
    receiver.next(SOON, "blue", |frame| frame.is_all(BLUE)).await;
    assert!(heir.wait().unwrap().success());
    receiver.next(SOON, "green at last", |frame| frame.is_all(GREEN)).await;
    all_are_one_of(&receiver.since(first), &[RED, BLUE, GREEN]);
    assert!(fixture.is_alive());
}

/// The same numbers in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_in_any_word_of_the_ring_ends_at_most_the_ring() {
    let receiver = Receiver::open(LEDS);
    let mut fixture = Fixture::start(&settings(&receiver)).await;
    let pid = fixture.pid();
    green(&fixture, &receiver).await;
    let first = receiver.count();
    let seed = SystemClock.now().as_nanos() | 1;
    println!("seed {seed}");
    let mut random = Random(seed);
    let mut reasons = std::collections::BTreeSet::new();
    for _ in 0..150 {
        // Whichever ring has the name by now.
        let path = format!("/dev/shm/prismatron_{}_live", fixture.instance());
        if !Path::new(&path).exists() || fs::metadata(&path).unwrap().len() < 4096 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        let mut rogue = Rogue::open(&fixture);
        if rogue.slots != 4 || rogue.bytes != 64 * 32 * 3 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        rogue.enter();
        rogue.sequence = random.below(1 << 20);
        for _ in 0..25 {
            rogue.frame(RED, random.next());
            // A word of the header, or one before the pixels of a slot.
            let offset = match random.below(400) {
                0 => random.below(512),
                _ => rogue.slot(random.below(4) as u32) + random.below(64),
            };
            let length = 1 + random.below(8) as usize;
            let bytes = match random.below(3) {
                0 => [0xFF; 8],
                1 => [0; 8],
                _ => random.next().to_le_bytes(),
            };
            rogue.put(offset, &bytes[..length]);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        if let Some(reason) = input(&fixture).await["error"].as_str() {
            reasons.insert(
                reason.split(|c: char| c.is_ascii_digit()).next().unwrap().trim().to_owned(),
            );
        }
    }
    println!("the ring ended because {reasons:?}");
    assert!(reasons.len() > 1, "{reasons:?}");
    // The light of the playlist comes back, and after a while the ring as well: spans double to ten
    // seconds at most.
    receiver.next(SOON, "green", |frame| frame.is_all(GREEN)).await;
    let until = SystemClock.now() + Duration::from_secs(25);
    loop {
        let now = input(&fixture).await;
        let path = format!("/dev/shm/prismatron_{}_live", fixture.instance());
        if now["state"] == "idle" && Path::new(&path).exists() {
            break;
        }
        assert!(SystemClock.now() < until, "{now}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut honest = Rogue::open(&fixture);
    honest.enter();
    // A ring that outlived the nonsense has numbers of its own to count on from.
    for index in 0..honest.slots {
        let mut sequence = [0; 8];
        honest
            .file
            .read_exact_at(&mut sequence, honest.slot(index) + slot_at::SEQUENCE as u64)
            .unwrap();
        honest.sequence = honest.sequence.max(u64::from_le_bytes(sequence));
    }
    honest.frame(BLUE, 0);
    receiver.next(SOON, "blue", |frame| frame.is_all(BLUE)).await;
    honest.leave();
    all_are_one_of(&receiver.since(first), &[RED, BLUE, GREEN]);
    assert!(fixture.is_alive() && fixture.pid() == pid);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_that_push_each_other_aside_none_tears_the_light() {
    let receiver = Receiver::open(LEDS);
    let mut fixture = Fixture::start(&settings(&receiver)).await;
    green(&fixture, &receiver).await;
    let first = receiver.count();
    let ring = format!("prismatron_{}_live", fixture.instance());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/frame_writer.py");
    let mut red = Command::new("python3");
    red.arg(&script).args(["--ring", &ring, "--color", "FF0000", "--fps", "60", "--seconds", "60"]);
    let mut red = red.stderr(std::process::Stdio::null()).spawn().unwrap();
    receiver.next(SOON, "red", |frame| frame.is_all(RED)).await;
    // It asks nobody, and writes into the same slots for two seconds.
    let ended = Arc::new(AtomicBool::new(false));
    let mut rogue = Rogue::open(&fixture);
    let its_end = ended.clone();
    let thread = std::thread::spawn(move || {
        rogue.sequence = 1_000;
        let pause = Wake::new();
        while !its_end.load(Ordering::Relaxed) {
            rogue.enter();
            rogue.frame(BLUE, 0);
            pause.wait(pause.current(), Some(SystemClock.now() + Duration::from_millis(7)));
        }
        rogue.leave();
    });
    let cheat = async {
        loop {
            let now = input(&fixture).await;
            if now["cheats"].as_u64().unwrap() > 0 {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let now = tokio::time::timeout(SOON, cheat).await.expect("the second one is noticed");
    println!("{now}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    ended.store(true, Ordering::Relaxed);
    thread.join().unwrap();
    // The honest one saw its place taken, and went.
    assert!(!red.wait().unwrap().success());
    receiver.next(SOON, "green again", |frame| frame.is_all(GREEN)).await;
    all_are_one_of(&receiver.since(first), &[RED, BLUE, GREEN]);
    assert!(fixture.is_alive());
}

/// Has the command run with a `/dev/shm` of its own of 256 KiB, of which 8 are free. Nothing if that
/// is not permitted here; the reason is told.
fn crowded(command: &mut Command) {
    let program = command.get_program().to_owned();
    let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut inside = Command::new("unshare");
    inside.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    inside.arg(
        "mount -t tmpfs -o size=256k tmpfs /dev/shm && head -c 253952 /dev/zero >/dev/shm/fill && exec \"$@\"",
    );
    inside.arg("sh").arg(program).args(args).env_remove("RUST_LOG").env_remove("STATE_DIRECTORY");
    inside.env_remove("CACHE_DIRECTORY").stdin(std::process::Stdio::null());
    // `unshare` without --fork becomes the program: its number is the daemon's.
    inside.process_group(0);
    *command = inside;
}

fn may_mount() -> bool {
    let script = "mount -t tmpfs tmpfs /dev/shm";
    let tried = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .output();
    match tried {
        Ok(tried) if tried.status.success() => true,
        Ok(tried) => {
            let said = String::from_utf8_lossy(&tried.stderr);
            eprintln!("skipped: a full /dev/shm: no mounts in a user name space: {}", said.trim());
            false
        }
        Err(error) => {
            eprintln!("skipped: a full /dev/shm: unshare: {error}");
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_in_dev_shm_it_starts_says_so_and_draws_once_there_is_room() {
    if !may_mount() {
        return;
    }
    let receiver = Receiver::open(LEDS);
    let mut fixture = Fixture::start_dressed(&settings(&receiver), crowded).await;
    receiver.next(SOON, "black", Frame::is_black).await;
    let now = input(&fixture).await;
    let error = now["error"].as_str().unwrap_or_default().to_owned();
    assert!(error.contains("/dev/shm has 8192 bytes free"), "{now}");
    assert!(error.contains("are needed"), "{now}");
    let (status, health) = fixture.get("/api/health").await;
    assert_eq!(status, 503, "{health}");
    assert!(health.to_string().contains("8192 bytes free"), "{health}");
    // What needs a ring is skipped with the same reason, and the interface answers.
    let list = fixture.playlist(json!([{"kind": "effect", "effect": "plasma"}]), true).await;
    let wish = json!({"playlist_id": list["id"]});
    fixture.post("/api/player/play", wish.clone()).await;
    let stopped = |status: &Value| status["state"] == "stopped";
    let status = fixture.status_when("stopped", SOON, stopped).await;
    assert!(
        status["reason"].as_str().is_some_and(|reason| reason.contains("bytes free")),
        "{status}"
    );
    // Somebody makes room.
    let its = Path::new("/proc").join(fixture.pid().to_string()).join("root");
    fs::remove_file(its.join("dev/shm/fill")).unwrap();
    fixture.post("/api/player/play", wish).await;
    receiver.next(SOON, "light", |frame| !frame.is_black()).await;
    let well = async {
        while input(&fixture).await["state"] == "failed" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), well).await.expect("the live ring comes back");
    let (status, health) = fixture.get("/api/health").await;
    assert_eq!(status, 200, "{health}");
    assert!(fixture.is_alive());
    fixture.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_that_writes_nonsense_is_replaced_and_the_others_keep_their_time() {
    let receiver = Receiver::open(LEDS);
    let mut fixture = Fixture::start(&settings(&receiver)).await;
    let mut events = fixture.events().await;
    let items = json!([
        {"kind": "color", "color": "#FF0000", "duration_s": 2.0},
        {"kind": "color", "color": "#0000FF", "duration_s": 2.0},
    ]);
    fixture.play(items, true).await;
    let red = receiver.next(SOON, "red", |frame| frame.is_all(RED)).await;
    let first = receiver.count();
    // The ring whose frame is being read is that of the item that is lit.
    let lit = crate::process::rings(fixture.instance()).into_iter().find_map(|name| {
        let path = format!("/dev/shm/{name}");
        let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
        let rogue = Rogue::of(file);
        let reading = (0..rogue.slots).any(|index| rogue.word(rogue.slot(index)) == 3);
        (reading && !name.ends_with("_live")).then_some(rogue)
    });
    let mut rogue = lit.expect("the ring that is read");
    // Numbered wildly, due in a thousand years, of another size, and the held slot taken away.
    rogue.sequence = 1 << 62;
    rogue.frame(RED, u64::MAX);
    for index in 0..rogue.slots {
        rogue.put(rogue.slot(index) + slot_at::SEQUENCE as u64, &[0x11; 8]);
        rogue.put(rogue.slot(index) + slot_at::PIXEL_BYTES as u64, &[0xFF; 8]);
        rogue.set_state(index, READY);
    }
    let event = events.of_type("producer_restarted", SOON).await;
    let reason = event["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason.contains("breaks the rules of the ring"), "{event}");
    // The next item begins when it would have.
    let blue = receiver.next(SOON, "blue", |frame| frame.is_all(BLUE)).await;
    let after = blue.at.since(red.at).as_secs_f64();
    assert!((1.9..2.1).contains(&after), "{after} s");
    all_are_one_of(&receiver.since(first), &[RED, BLUE]);
    assert!(fixture.is_alive());
}
