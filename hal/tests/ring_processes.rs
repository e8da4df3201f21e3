//! Rings between real processes: frames arrive whole, killed writers and owners are survived, a full
//! `/dev/shm` is an error, and random puts and takes agree with a plain model.
#![allow(clippy::unwrap_used)] // Helpers may end a test as well.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use hal::shm::{ColorSpace, FrameMeta, PixelFormat, Ring, RingReader, RingSpec, sweep_dead};
use hal::{Clock, SystemClock};
use proptest::prelude::*;

const RING: &str = "PRISMATRON_TEST_RING";
const PANEL: RingSpec = RingSpec {
    width: 160,
    height: 120,
    format: PixelFormat::Rgb8,
    color: ColorSpace::Srgb,
    slots: 3,
};
const PATIENCE: Duration = Duration::from_secs(20);

/// A name that no other test of any process uses at the same time.
fn name(test: &str) -> String {
    format!("prismatron_test{}_{test}", std::process::id())
}

/// This program again, as the process `role` beneath.
fn role(role: &str, ring: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", role, "--ignored", "--nocapture"])
        .env(RING, ring)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ring_of_role() -> String {
    std::env::var(RING).expect("started by a test of this file")
}

/// Waits until a role has said that it is ready.
fn until_ready(child: &mut Child) {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("role is ready")));
}

/// Fills a frame so that each byte depends on the number, and the first eight on all the others.
fn paint(frame: &mut [u8], number: u64) {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for byte in &mut frame[8..] {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = state as u8;
    }
    let sum = checksum(&frame[8..]);
    frame[..8].copy_from_slice(&sum.to_le_bytes());
}

fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

fn frame_held(reader: &RingReader) -> Vec<u8> {
    let spec = *reader.ring().spec();
    let mut frame = vec![0; spec.frame_bytes()];
    for (y, row) in frame.chunks_exact_mut(spec.row_bytes()).enumerate() {
        reader.copy_row(y as u32, row);
    }
    frame
}

fn is_whole(frame: &[u8]) -> bool {
    frame[..8] == checksum(&frame[8..]).to_le_bytes()
}

fn meta(number: u64, last: bool) -> FrameMeta {
    FrameMeta { number, pts: Duration::from_millis(number), last }
}

/// Takes the newest frame due at `position`, waiting for it.
fn take(ring: &Arc<Ring>, reader: &mut RingReader, position: Duration) -> (FrameMeta, u32) {
    let patience = SystemClock.now() + PATIENCE;
    loop {
        let seen = ring.commits();
        if let Some(taken) = reader.take_due(position) {
            return (taken.meta, taken.superseded);
        }
        ring.wait_commit(seen, PATIENCE);
        assert!(SystemClock.now() < patience, "no frame within {PATIENCE:?}");
    }
}

const FRAMES: u64 = 1500;

#[test]
#[ignore = "the writing process of the tests beneath"]
fn role_writes_every_frame() {
    let mut writer = Ring::open(&ring_of_role()).unwrap().writer();
    let mut frame = vec![0; PANEL.frame_bytes()];
    for number in 0..FRAMES {
        paint(&mut frame, number);
        writer.put(&frame, meta(number, number + 1 == FRAMES)).unwrap();
    }
}

#[test]
#[ignore = "the writing process of the tests beneath"]
fn role_writes_live_until_the_ring_is_closed() {
    let mut writer = Ring::open(&ring_of_role()).unwrap().writer();
    let mut frame = vec![0; PANEL.frame_bytes()];
    for number in 0.. {
        paint(&mut frame, number);
        if writer.put_newest(&frame, meta(number, false)).is_err() {
            return;
        }
    }
}

#[test]
#[ignore = "the owning process of the tests beneath"]
fn role_owns_a_ring_and_stays() {
    let ring = Ring::create(&ring_of_role(), &PANEL).unwrap();
    writeln!(std::io::stdout(), "\nrole is ready").unwrap();
    while !ring.is_closed() {
        ring.wait_commit(ring.commits(), PATIENCE);
    }
}

#[test]
fn every_frame_of_a_waiting_writer_crosses_whole_and_once() {
    let ring = Ring::create(&name("queue"), &PANEL).unwrap();
    let mut reader = ring.reader();
    let mut child = role("role_writes_every_frame", ring.name());
    for number in 0..FRAMES {
        let (meta, superseded) = take(&ring, &mut reader, Duration::from_millis(number));
        assert_eq!((meta.number, superseded), (number, 0));
        assert_eq!(meta.last, number + 1 == FRAMES);
        let frame = frame_held(&reader);
        assert!(is_whole(&frame) && reader.verify(), "frame {number}");
    }
    assert_eq!(reader.cheats(), 0);
    assert!(child.wait().unwrap().success());
    assert_eq!(ring.writer_pid(), None);
}

#[test]
fn live_frames_at_full_speed_are_whole_and_never_go_back() {
    for slots in [2, 3] {
        let ring = Ring::create(&name("live"), &RingSpec { slots, ..PANEL }).unwrap();
        let mut reader = ring.reader();
        let mut child = role("role_writes_live_until_the_ring_is_closed", ring.name());
        let mut newest = None;
        for _ in 0..700 {
            let (meta, _) = take(&ring, &mut reader, Duration::MAX);
            assert!(newest < Some(meta.number), "{newest:?}, then {meta:?}");
            newest = Some(meta.number);
            assert!(is_whole(&frame_held(&reader)) && reader.verify(), "frame {meta:?}");
        }
        assert_eq!(reader.cheats(), 0);
        ring.close();
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn a_killed_writer_leaves_the_held_frame_and_a_successor_may_enter() {
    for round in 0..10 {
        let ring = Ring::create(&name("killed"), &PANEL).unwrap();
        let mut reader = ring.reader();
        let mut child = role("role_writes_live_until_the_ring_is_closed", ring.name());
        let mut number = 0;
        for _ in 0..=round * 3 {
            number = take(&ring, &mut reader, Duration::MAX).0.number;
        }
        let pid = child.id();
        assert_eq!(ring.writer_pid(), Some(pid));
        assert!(ring.try_writer().unwrap_err().to_string().contains(&format!("process {pid} ")));
        child.kill().unwrap();
        child.wait().unwrap();

        let mut expect = vec![0; PANEL.frame_bytes()];
        paint(&mut expect, number);
        assert!(reader.verify());
        assert!(frame_held(&reader) == expect, "frame {number}");

        // The successor frees what the dead one left half written, and counts on.
        let mut writer = ring.writer();
        for next in 0..4 {
            paint(&mut expect, next);
            writer.put_newest(&expect, meta(next, false)).unwrap();
            assert_eq!(take(&ring, &mut reader, Duration::MAX).0.number, next);
            assert!(frame_held(&reader) == expect && reader.verify());
        }
        assert_eq!(reader.cheats(), 0);
    }
}

#[test]
fn a_living_owners_ring_is_refused_and_a_dead_ones_is_replaced() {
    let ring = name("owned");
    let mut child = role("role_owns_a_ring_and_stays", &ring);
    until_ready(&mut child);
    let generation = Ring::open(&ring).unwrap().generation();
    let refused = Ring::create(&ring, &PANEL).unwrap_err().to_string();
    assert!(refused.contains(&format!("belongs to process {}", child.id())), "{refused}");
    assert_eq!(sweep_dead(&ring).unwrap(), Vec::<String>::new());
    child.kill().unwrap();
    child.wait().unwrap();

    let replaced = Ring::create(&ring, &RingSpec { slots: 5, ..PANEL }).unwrap();
    assert_ne!(replaced.generation(), generation);
    assert_eq!(Ring::open(&ring).unwrap().spec().slots, 5);
}

#[test]
fn a_sweep_removes_rings_of_the_dead_only() {
    let prefix = name("sweep");
    let dead = format!("{prefix}_dead");
    let mut child = role("role_owns_a_ring_and_stays", &dead);
    until_ready(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let living = Ring::create(&format!("{prefix}_living"), &PANEL).unwrap();
    let stranger = format!("/dev/shm/{prefix}_stranger");
    std::fs::write(&stranger, [7; 600]).unwrap();

    let removed = sweep_dead(&prefix);
    let stranger_stays = std::fs::remove_file(&stranger).is_ok();
    assert_eq!(removed.unwrap(), [dead]);
    assert!(stranger_stays);
    Ring::open(living.name()).unwrap();
}

#[test]
fn a_ring_whose_maker_was_killed_before_it_could_say_so_is_known_by_its_name() {
    let prefix = name("unsaid");
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    // As shared memory is made, before anything is written to it: nobody's, by its header.
    let unsaid = |pid: u32| {
        let name = format!("{prefix}_{pid}_7");
        std::fs::write(format!("/dev/shm/{name}"), [0; 4096]).unwrap();
        name
    };
    let (dead, living) = (unsaid(child.id()), unsaid(std::process::id()));
    let removed = sweep_dead(&prefix);
    std::fs::remove_file(format!("/dev/shm/{living}")).unwrap();
    assert_eq!(removed.unwrap(), [dead]);
}

#[test]
fn the_file_is_private_and_goes_with_its_owner() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let ring = Ring::create(&name("file"), &PANEL).unwrap();
    let path = format!("/dev/shm/{}", ring.name());
    let file = std::fs::metadata(&path).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    assert_eq!(file.len(), PANEL.total_bytes());
    assert!(file.blocks() * 512 >= PANEL.total_bytes(), "{} blocks", file.blocks());
    let producer = Ring::open(ring.name()).unwrap();
    drop(ring);
    assert!(producer.is_closed());
    assert!(!std::path::Path::new(&path).exists());
    assert!(Ring::open(producer.name()).is_err());
}

#[test]
fn unusable_names_and_files_are_refused_with_a_reason() {
    let check = |result: Result<Arc<Ring>, hal::Error>, expect: &str| {
        let error = result.unwrap_err().chain();
        assert!(error.contains(expect), "{error}");
    };
    check(Ring::create("a/b", &PANEL), "ring \"a/b\": a name has 1 to 255 of the characters");
    check(Ring::create("", &PANEL), "a name has");
    check(Ring::open(&name("absent")), "cannot be opened: No such file");
    check(Ring::create(&name("spec"), &RingSpec { slots: 1, ..PANEL }), "slots 1 is outside");
    let ring = Ring::create(&name("cut"), &PANEL).unwrap();
    let file = std::fs::File::options().write(true).open(format!("/dev/shm/{}", ring.name()));
    let file = file.unwrap();
    file.set_len(4096).unwrap();
    check(Ring::open(ring.name()), "in a file of 4096");
    file.set_len(100).unwrap();
    check(Ring::open(ring.name()), "a file of 100 bytes is too short");
    // The owner's mapping is whole again before it is dropped.
    file.set_len(PANEL.total_bytes()).unwrap();
}

#[test]
fn closing_ends_a_wait_for_a_slot() {
    let ring = Ring::create(&name("close"), &PANEL).unwrap();
    let mut writer = ring.writer();
    let waiting = std::thread::spawn(move || {
        let frame = vec![0; PANEL.frame_bytes()];
        (0..).take_while(|&number| writer.put(&frame, meta(number, false)).is_ok()).count()
    });
    let mut seen = ring.commits();
    while seen < PANEL.slots {
        ring.wait_commit(seen, PATIENCE);
        seen = ring.commits();
    }
    ring.close();
    assert_eq!(waiting.join().unwrap(), 3);
}

#[test]
#[ignore = "runs inside a mount namespace of the test beneath"]
fn role_finds_dev_shm_full() {
    let spec = RingSpec { width: 800, height: 480, ..PANEL };
    let error = Ring::create(&ring_of_role(), &spec).unwrap_err().to_string();
    let expect = "/dev/shm has 1048576 bytes free, 3456704 are needed";
    assert!(error.ends_with(expect), "{error}");
    assert_eq!(std::fs::read_dir("/dev/shm").unwrap().count(), 0);
    Ring::create(&ring_of_role(), &PANEL).unwrap();
}

#[test]
fn a_full_dev_shm_is_an_error_with_both_sizes() {
    let mount = "mount -t tmpfs -o size=1m tmpfs /dev/shm";
    let inside = |command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", command]);
        unshare
    };
    if !inside(mount).output().is_ok_and(|output| output.status.success()) {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: this machine permits no mount in a user namespace").unwrap();
        return;
    }
    let run = format!("{mount} && exec \"$0\" --exact role_finds_dev_shm_full --ignored");
    let output = inside(&run)
        .arg(std::env::current_exe().unwrap())
        .env(RING, name("full"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// What a user of a ring may do, in any order.
#[derive(Clone, Debug)]
enum Op {
    Put { pts_ms: u64 },
    PutNewest { pts_ms: u64 },
    Take { position_ms: u64 },
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0u64..20).prop_map(|pts_ms| Op::Put { pts_ms }),
        (0u64..20).prop_map(|pts_ms| Op::PutNewest { pts_ms }),
        (0u64..25).prop_map(|position_ms| Op::Take { position_ms }),
    ]
}

/// The ring as a list: frames in the order of their commits, as (number, pts).
#[derive(Default)]
struct Model {
    ready: VecDeque<(u64, u64)>,
    holds: bool,
}

impl Model {
    fn is_full(&self, slots: u32) -> bool {
        self.ready.len() + usize::from(self.holds) == slots as usize
    }

    fn take(&mut self, position_ms: u64) -> Option<(u64, u32)> {
        let newest = self.ready.iter().rposition(|&(_, pts)| pts <= position_ms)?;
        let (number, _) = self.ready[newest];
        self.ready.drain(..=newest);
        self.holds = true;
        Some((number, newest as u32))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_puts_and_takes_agree_with_a_list(slots in 2u32..6, ops in prop::collection::vec(op(), 0..80)) {
        let spec = RingSpec { width: 8, height: 2, slots, ..PANEL };
        let ring = Ring::create(&name("model"), &spec).unwrap();
        let (mut writer, mut reader) = (ring.writer(), ring.reader());
        let mut model = Model::default();
        let mut frame = vec![0; spec.frame_bytes()];
        for (number, op) in ops.into_iter().enumerate() {
            let number = number as u64;
            paint(&mut frame, number);
            match op {
                // A full ring would make this one thread wait for itself.
                Op::Put { .. } if model.is_full(slots) => {}
                Op::Put { pts_ms } => {
                    let pts = Duration::from_millis(pts_ms);
                    writer.put(&frame, FrameMeta { number, pts, last: false }).unwrap();
                    model.ready.push_back((number, pts_ms));
                }
                Op::PutNewest { pts_ms } => {
                    if model.is_full(slots) {
                        model.ready.pop_front();
                    }
                    let pts = Duration::from_millis(pts_ms);
                    writer.put_newest(&frame, FrameMeta { number, pts, last: false }).unwrap();
                    model.ready.push_back((number, pts_ms));
                }
                Op::Take { position_ms } => {
                    let taken = reader.take_due(Duration::from_millis(position_ms));
                    let taken = taken.map(|taken| (taken.meta.number, taken.superseded));
                    prop_assert_eq!(taken, model.take(position_ms));
                    if let Some((number, _)) = taken {
                        paint(&mut frame, number);
                        prop_assert!(frame_held(&reader) == frame && reader.verify());
                    }
                }
            }
            prop_assert_eq!(ring.has_ready(), !model.ready.is_empty());
            prop_assert_eq!(reader.held().is_some(), model.holds);
        }
        prop_assert_eq!(reader.cheats(), 0);
    }
}

/// A writer that breaks the rules: it writes words of the file wherever it likes.
fn forge(ring: &Ring, slot: u64, offset: u64, bytes: &[u8]) {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::options().write(true).open(format!("/dev/shm/{}", ring.name()));
    let slot_stride = (ring.spec().total_bytes() - 512) / u64::from(ring.spec().slots);
    file.unwrap().write_all_at(bytes, 512 + slot * slot_stride + offset).unwrap();
}

#[test]
fn a_cheat_is_counted_and_its_frame_not_verified() {
    let ring = Ring::create(&name("cheat"), &PANEL).unwrap();
    let (mut writer, mut reader) = (ring.writer(), ring.reader());
    let frame = vec![9; PANEL.frame_bytes()];
    writer.put(&frame, meta(0, false)).unwrap();
    assert!(reader.take_due(Duration::MAX).is_some());
    forge(&ring, 0, 8, &77u64.to_le_bytes());
    assert!(!reader.verify());
    assert_eq!(reader.cheats(), 1);
    // Back to its true sequence, but taken from under the reader.
    forge(&ring, 0, 8, &1u64.to_le_bytes());
    forge(&ring, 0, 0, &hal::shm::slots::WRITING.to_le_bytes());
    assert!(!reader.verify());
    assert_eq!(reader.cheats(), 2);
}

#[test]
fn frames_with_garbage_in_their_words_do_not_stay_in_the_way() {
    let ring = Ring::create(&name("garbage"), &PANEL).unwrap();
    let (mut writer, mut reader) = (ring.writer(), ring.reader());
    let frame = vec![9; PANEL.frame_bytes()];
    let mut put = |number| writer.put(&frame, meta(number, false)).unwrap();
    put(0);
    put(1);
    put(2);
    // Slot 0 is due never, slot 1 claims another size; the frame after them frees both.
    forge(&ring, 0, 24, &u64::MAX.to_le_bytes());
    forge(&ring, 1, 32, &1u64.to_le_bytes());
    let taken = reader.take_due(Duration::from_secs(1)).unwrap();
    assert_eq!((taken.meta.number, taken.superseded), (2, 2));
    // A sequence that is older than the frame held is a cheat, and does not keep its slot either.
    let before = reader.cheats();
    put(3);
    forge(&ring, 0, 8, &u64::MAX.to_le_bytes());
    assert_eq!(reader.take_due(Duration::from_secs(1)), None);
    assert_eq!((reader.held().unwrap().meta.number, reader.cheats()), (2, before + 1));
    put(4);
    assert_eq!(reader.take_due(Duration::from_secs(1)).unwrap().meta.number, 4);
}
