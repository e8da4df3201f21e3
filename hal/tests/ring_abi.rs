//! The bytes of a ring: what a header may say, and that the C header says the same.

use std::fs;
use std::process::Command;

use hal::shm::abi::{self, FIXED_BYTES, Layout, at, slot_at};
use hal::shm::{ColorSpace, PixelFormat, RingSpec, slots};
use proptest::prelude::*;

const HEADER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/prismatron_frames.h");

fn spec() -> impl Strategy<Value = RingSpec> {
    let format = prop_oneof![Just(PixelFormat::Rgb8), Just(PixelFormat::Rgba8)];
    (1u32..2000, 1u32..2000, 2u32..=64, format).prop_map(|(width, height, slots, format)| {
        RingSpec { width, height, format, color: ColorSpace::Srgb, slots }
    })
}

fn header_of(layout: &Layout) -> [u8; FIXED_BYTES] {
    let mut header = layout.encode();
    header[..8].copy_from_slice(&abi::MAGIC.to_le_bytes());
    header
}

/// In wider numbers than the code under test: whether every slot lies inside the file.
fn fits(layout: &Layout, file_bytes: u64) -> bool {
    let slot = 64 + layout.spec.frame_bytes() as u128;
    let last = u128::from(layout.spec.slots) - 1;
    let end = u128::from(layout.slots_offset) + last * u128::from(layout.slot_stride) + slot;
    layout.slots_offset >= 512
        && u128::from(layout.slot_stride) >= slot
        && end <= u128::from(file_bytes)
        && (layout.slots_offset | layout.slot_stride).is_multiple_of(64)
}

proptest! {
    #[test]
    fn a_header_reads_back_as_it_was_written(spec in spec()) {
        let layout = Layout::of(&spec);
        let header = header_of(&layout);
        prop_assert_eq!(Layout::decode(&header, layout.total_bytes), Ok(layout));
        prop_assert!(Layout::decode(&header, layout.total_bytes - 1).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(header: [u8; 32], rest: [u8; 32], file_bytes: u64) {
        let mut bytes = [0; FIXED_BYTES];
        bytes[..32].copy_from_slice(&header);
        bytes[32..64].copy_from_slice(&rest);
        let _ = Layout::decode(&bytes, file_bytes);
        bytes[..8].copy_from_slice(&abi::MAGIC.to_le_bytes());
        bytes[8..12].copy_from_slice(&abi::VERSION.to_le_bytes());
        if let Ok(layout) = Layout::decode(&bytes, file_bytes) {
            prop_assert!(fits(&layout, file_bytes));
        }
    }

    #[test]
    fn a_header_with_forged_values_is_accepted_only_if_all_fits_the_file(
        spec in spec(),
        forged in prop::collection::vec((2usize..16, prop_oneof![
            any::<u32>(), 0u32..=66, Just(u32::MAX), (0u32..64).prop_map(|n| n * 64),
        ]), 1..4),
        file_bytes in prop_oneof![Just(u64::MAX), 0u64..20_000_000],
    ) {
        let mut header = header_of(&Layout::of(&spec));
        for (word, value) in forged {
            header[word * 4..word * 4 + 4].copy_from_slice(&value.to_le_bytes());
        }
        if let Ok(layout) = Layout::decode(&header, file_bytes) {
            prop_assert!(fits(&layout, file_bytes), "{layout:?} in {file_bytes}");
        }
    }
}

#[test]
fn a_refused_header_is_told_by_its_value() {
    let spec = RingSpec {
        width: 10,
        height: 2,
        format: PixelFormat::Rgb8,
        color: ColorSpace::Srgb,
        slots: 2,
    };
    let check = |offset: usize, value: u64, bytes: usize, expect: &str| {
        let mut header = header_of(&Layout::of(&spec));
        header[offset..offset + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
        assert_eq!(Layout::decode(&header, 768), Err(expect.to_owned()));
    };
    check(at::MAGIC, 0, 8, "its header is not complete");
    check(at::MAGIC, 7, 8, "not a frame ring: it begins with 0x0000000000000007");
    check(at::VERSION, 2, 4, "ABI version 2, expected 1");
    check(at::HEADER_BYTES, 128, 4, "header of 128 bytes, expected 512");
    check(at::FORMAT, 9, 4, "unknown pixel format 9");
    check(at::COLOR, 0, 4, "unknown colour space 0");
    check(at::SLOTS, 65, 4, "slots 65 is outside 2 to 64");
    check(at::STRIDE, 32, 4, "stride of 32 bytes, expected 30");
    check(at::SLOTS_OFFSET, 448, 8, "slots begin at byte 448");
    check(at::SLOTS_OFFSET, u64::MAX - 63, 8, "slots do not fit into 768 bytes");
    check(at::SLOT_STRIDE, 64, 8, "slot stride of 64 bytes for a slot of 124");
    check(at::SLOTS, 3, 4, "slots do not fit into 768 bytes");
    check(at::TOTAL_BYTES, 1024, 8, "a ring of 1024 bytes in a file of 768");
}

/// A C program that fails to compile if a name of the C header differs from ours.
fn asserts_in_c() -> String {
    let header = [
        ("magic", at::MAGIC),
        ("abi_version", at::VERSION),
        ("header_bytes", at::HEADER_BYTES),
        ("total_bytes", at::TOTAL_BYTES),
        ("width", at::WIDTH),
        ("height", at::HEIGHT),
        ("stride", at::STRIDE),
        ("pixel_format", at::FORMAT),
        ("color_space", at::COLOR),
        ("slots", at::SLOTS),
        ("slots_offset", at::SLOTS_OFFSET),
        ("slot_stride", at::SLOT_STRIDE),
        ("owner_pid", at::OWNER_PID),
        ("owner_start", at::OWNER_START),
        ("generation", at::GENERATION),
        ("ring_state", at::RING_STATE),
        ("writer_pid", at::WRITER_PID),
        ("writer_heartbeat_ns", at::WRITER_HEARTBEAT),
        ("reader_position_ns", at::READER_POSITION),
        ("committed", at::COMMITTED),
        ("released", at::RELEASED),
    ];
    let slot = [
        ("state", slot_at::STATE),
        ("flags", slot_at::FLAGS),
        ("sequence", slot_at::SEQUENCE),
        ("number", slot_at::NUMBER),
        ("pts_ns", slot_at::PTS),
        ("pixel_bytes", slot_at::PIXEL_BYTES),
    ];
    let values = [
        ("ABI_VERSION", abi::VERSION),
        ("RGB8", PixelFormat::Rgb8 as u32),
        ("RGBA8", PixelFormat::Rgba8 as u32),
        ("LEDS_RGB8", PixelFormat::LedsRgb8 as u32),
        ("SRGB", ColorSpace::Srgb as u32),
        ("LINEAR", ColorSpace::Linear as u32),
        ("RING_MAKING", abi::ring_state::MAKING),
        ("RING_OPEN", abi::ring_state::OPEN),
        ("RING_CLOSED", abi::ring_state::CLOSED),
        ("SLOT_FREE", slots::FREE),
        ("SLOT_WRITING", slots::WRITING),
        ("SLOT_READY", slots::READY),
        ("SLOT_READING", slots::READING),
        ("FLAG_LAST", abi::FLAG_LAST),
        ("MIN_SLOTS", abi::MIN_SLOTS),
        ("MAX_SLOTS", abi::MAX_SLOTS),
        ("HEADER_BYTES", abi::HEADER_BYTES),
        ("SLOT_HEADER_BYTES", slot_at::PIXELS as u32),
    ];
    let mut c = String::from("#include \"prismatron_frames.h\"\n");
    for (structure, fields) in [("header", &header[..]), ("slot", &slot[..])] {
        for (field, offset) in fields {
            c += &format!(
                "_Static_assert(offsetof(struct prismatron_{structure}, {field}) == {offset}, \"{field}\");\n"
            );
        }
    }
    for (name, value) in values {
        c += &format!("_Static_assert(PRISMATRON_{name} == {value}u, \"{name}\");\n");
    }
    c += &format!("_Static_assert(PRISMATRON_MAGIC == {:#x}u, \"magic\");\n", abi::MAGIC);
    c += "_Static_assert(sizeof(struct prismatron_header) == PRISMATRON_HEADER_BYTES, \"\");\n";
    c += "_Static_assert(sizeof(struct prismatron_slot) == PRISMATRON_SLOT_HEADER_BYTES, \"\");\n";
    c
}

#[test]
fn the_c_header_compiles_without_a_warning_and_has_our_offsets() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("asserts.c");
    fs::write(&source, asserts_in_c()).unwrap();
    let examples = std::path::Path::new(HEADER).parent().unwrap();
    let compiled = Command::new("gcc")
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-I"])
        .arg(examples)
        .arg(&source)
        .output()
        .expect("gcc is installed (the C header is part of the public interface)");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
}
