//! A ring that strangers write: honest frames come through, and no cheat is a signal or an endless loop.
#![allow(clippy::unwrap_used)] // Helpers may end a test as well.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use hal::shm::abi::{HEADER_BYTES, at, slot_at};
use hal::shm::live::{Ended, LIVE_SLOTS};
use hal::shm::{ColorSpace, FrameMeta, LiveRing, PixelFormat, Ring, RingSpec, RingWriter};

const PANEL: RingSpec = RingSpec {
    width: 64,
    height: 32,
    format: PixelFormat::Rgb8,
    color: ColorSpace::Srgb,
    slots: LIVE_SLOTS,
};

fn name(test: &str) -> String {
    format!("prismatron_live{}_{test}", std::process::id())
}

fn create(test: &str) -> (LiveRing, String, Vec<u8>) {
    let name = name(test);
    (LiveRing::create(&name, &PANEL).unwrap(), name, vec![0; PANEL.frame_bytes()])
}

fn write(writer: &mut RingWriter, grey: u8) {
    let meta = FrameMeta { number: 0, pts: Duration::MAX, last: false };
    writer.put_newest(&vec![grey; PANEL.frame_bytes()], meta).unwrap();
}

fn file(name: &str) -> File {
    OpenOptions::new().read(true).write(true).open(format!("/dev/shm/{name}")).unwrap()
}

fn slot(index: u64) -> u64 {
    let stride = (64 + PANEL.frame_bytes() as u64).next_multiple_of(64);
    u64::from(HEADER_BYTES) + index * stride
}

#[test]
fn the_newest_frame_comes_through_once_and_those_before_it_are_counted() {
    let (mut ring, name, mut frame) = create("newest");
    assert!(!ring.take(&mut frame).unwrap().is_new);
    let mut writer = Ring::open(&name).unwrap().writer();
    for grey in 1..=20 {
        write(&mut writer, grey);
    }
    let take = ring.take(&mut frame).unwrap();
    assert!(take.is_new && take.skipped == 19 && take.torn == 0, "{take:?}");
    assert!(frame.iter().all(|&byte| byte == 20));
    assert!(!ring.take(&mut frame).unwrap().is_new);
    assert_eq!(ring.look().unwrap().writer, Some(std::process::id()));
    // Another writer counts on.
    drop(writer);
    let mut writer = Ring::open(&name).unwrap().writer();
    write(&mut writer, 21);
    let take = ring.take(&mut frame).unwrap();
    assert!(take.is_new && take.skipped == 0 && frame[0] == 21, "{take:?}");
}

#[test]
fn a_commit_ends_a_wait() {
    let (ring, name, _) = create("wait");
    let seen = ring.look().unwrap().commits;
    let thread = std::thread::spawn(move || {
        let mut writer = Ring::open(&name).unwrap().writer();
        write(&mut writer, 1);
    });
    while ring.look().unwrap().commits == seen {
        ring.wait(seen, Duration::from_secs(20)).unwrap();
    }
    thread.join().unwrap();
}

#[test]
fn a_file_that_was_cut_short_ends_the_ring_and_kills_nobody() {
    for bytes in [0, 100, 4096, PANEL.total_bytes() - 1] {
        let (mut ring, name, mut frame) = create("cut");
        write(&mut Ring::open(&name).unwrap().writer(), 9);
        file(&name).set_len(bytes).unwrap();
        let ended = ring.look().and_then(|_| ring.take(&mut frame));
        // The last slot alone may not be looked at for its pixels.
        if bytes < 4097 {
            assert!(matches!(ended, Err(Ended::Truncated { .. })), "{bytes}: {ended:?}");
        }
        if bytes == 0 {
            assert!(ring.wait(0, Duration::from_millis(1)).is_err());
        }
    }
}

#[test]
fn each_word_of_the_fixed_header_ends_the_ring_if_it_changes() {
    for offset in (0..128).step_by(8) {
        let (ring, name, _) = create("header");
        file(&name).write_all_at(&[0xAB; 8], offset).unwrap();
        assert!(matches!(ring.look(), Err(Ended::Overwritten { .. })), "byte {offset}");
    }
    let (ring, name, _) = create("closed");
    file(&name).write_all_at(&[2], at::RING_STATE as u64).unwrap();
    assert_eq!(ring.look(), Err(Ended::Closed));
}

#[test]
fn a_hole_ends_the_ring() {
    let (mut ring, name, mut frame) = create("hole");
    let mut writer = Ring::open(&name).unwrap().writer();
    write(&mut writer, 9);
    let flags = rustix::fs::FallocateFlags::PUNCH_HOLE | rustix::fs::FallocateFlags::KEEP_SIZE;
    // A whole page in the pixels of the first slot.
    rustix::fs::fallocate(file(&name), flags, 4096, 4096).unwrap();
    assert_eq!(ring.take(&mut frame), Err(Ended::Punched));
    let (ring, name, _) = create("all_hole");
    rustix::fs::fallocate(file(&name), flags, 0, PANEL.total_bytes()).unwrap();
    assert!(matches!(ring.look(), Err(Ended::Overwritten { .. })));
}

#[test]
fn nonsense_in_a_slot_ends_the_ring_or_is_passed_over() {
    let check = |offset: usize, value: u64, expect: Result<bool, Ended>| {
        let (mut ring, name, mut frame) = create("slot");
        write(&mut Ring::open(&name).unwrap().writer(), 9);
        file(&name).write_all_at(&value.to_le_bytes(), slot(0) + offset as u64).unwrap();
        let taken = ring.take(&mut frame).map(|take| take.is_new);
        assert_eq!(taken, expect, "{value:#x} at byte {offset}");
    };
    let misnumbered = |sequence| Err(Ended::Misnumbered { sequence, last: 0 });
    check(slot_at::SEQUENCE, u64::MAX / 2, misnumbered(u64::MAX / 2));
    check(slot_at::SEQUENCE, u64::MAX / 2 + 7, misnumbered(u64::MAX / 2 + 7));
    check(slot_at::SEQUENCE, u64::MAX, Ok(false));
    check(slot_at::SEQUENCE, 0, Ok(false));
    check(slot_at::PTS, u64::MAX, Ok(true));
    check(slot_at::NUMBER, u64::MAX, Ok(true));
    check(slot_at::STATE, 0xFFFF_FFFF, Ok(false));
    check(slot_at::STATE, 1, Ok(false));
    let expected = PANEL.frame_bytes() as u64;
    check(slot_at::PIXEL_BYTES, 7, Err(Ended::Missized { found: 7, expected }));
}

#[test]
fn the_name_goes_with_the_ring_and_a_strangers_file_of_that_name_stays() {
    let (ring, name, _) = create("name");
    let path = format!("/dev/shm/{name}");
    ring.check_name().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(ring.check_name(), Err(Ended::Removed));
    std::fs::write(&path, "somebody else's").unwrap();
    drop(ring);
    assert!(std::fs::remove_file(&path).is_ok());
    let (ring, name, _) = create("name");
    let writer = Ring::open(&name).unwrap();
    drop(ring);
    assert!(writer.is_closed() && Ring::open(&name).is_err());
}

#[test]
fn a_living_owners_ring_is_refused_and_a_broken_one_of_nobody_is_replaced() {
    let (ring, name, _) = create("owned");
    let refused = LiveRing::create(&name, &PANEL).unwrap_err().to_string();
    assert!(refused.contains(&format!("belongs to process {}", std::process::id())), "{refused}");
    // Also if its header says nothing of it any more.
    file(&name).write_all_at(&[0xAB; 128], 0).unwrap();
    let refused = LiveRing::create(&name, &PANEL).unwrap_err().to_string();
    assert!(refused.contains("is held by another process"), "{refused}");
    drop(ring);
    std::fs::write(format!("/dev/shm/{name}"), [7; 600]).unwrap();
    LiveRing::create(&name, &PANEL).unwrap().look().unwrap();
}

#[test]
fn all_of_its_space_is_allocated() {
    use std::os::unix::fs::MetadataExt;
    let (_ring, name, _) = create("space");
    let file = file(&name).metadata().unwrap();
    assert_eq!(file.len(), PANEL.total_bytes());
    assert!(file.blocks() * 512 >= PANEL.total_bytes());
    assert_eq!(file.mode() & 0o007, 0, "nothing for others");
}
