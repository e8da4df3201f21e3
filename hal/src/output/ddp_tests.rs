//! DDP against its rules, golden bytes and an independent decoder.

use std::net::UdpSocket;

use ddp_rs::packet::PacketRef;
use ddp_rs::protocol::{DataType, ID, PixelFormat};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn options(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn frame_of(n_bytes: usize) -> Vec<u8> {
    (0..n_bytes).map(|idx| (idx * 7 + idx / 256) as u8).collect()
}

fn filled(n_bytes: usize) -> Packets {
    let mut packets = Packets::new(1, RGB8, true, n_bytes);
    packets.fill(&frame_of(n_bytes)).unwrap();
    packets
}

fn decoded(packets: &Packets) -> Vec<PacketRef<'_>> {
    packets
        .wire
        .chunks(HEADER + DATA)
        .map(|packet| PacketRef::from_bytes(packet).unwrap())
        .collect()
}

/// Puts packets together as a receiver does, whatever their order.
fn reassembled<'a>(packets: impl IntoIterator<Item = PacketRef<'a>>, n_bytes: usize) -> Vec<u8> {
    let mut frame = vec![0; n_bytes];
    for packet in packets {
        let offset = packet.header.offset as usize;
        frame[offset..offset + packet.data.len()].copy_from_slice(packet.data);
    }
    frame
}

#[test]
fn one_led_is_these_thirteen_bytes() {
    let mut packets = Packets::new(1, RGB8, true, 3);
    packets.fill(&[0xFF, 0x80, 0x01]).unwrap();
    assert_eq!(packets.wire, [0x41, 1, 0x0B, 1, 0, 0, 0, 0, 0, 3, 0xFF, 0x80, 0x01]);
}

#[test]
fn four_hundred_and_eighty_one_leds_are_two_packets_with_these_headers() {
    let packets = filled(481 * 3);
    assert_eq!(packets.wire.len(), 1450 + 13);
    assert_eq!(packets.wire[..10], [0x40, 1, 0x0B, 1, 0, 0, 0, 0, 0x05, 0xA0]);
    assert_eq!(packets.wire[1450..1460], [0x41, 2, 0x0B, 1, 0, 0, 0x05, 0xA0, 0, 3]);
}

#[test]
fn four_channels_are_sent_as_rgbw_to_the_given_destination() {
    let mut packets = Packets::new(7, RGBW8, true, 361 * 4);
    packets.fill(&frame_of(361 * 4)).unwrap();
    for packet in decoded(&packets) {
        assert_eq!(packet.header.pixel_config.data_type, DataType::RGBW);
        assert_eq!(packet.header.pixel_config.data_size, PixelFormat::Pixel8Bits);
        assert_eq!(packet.header.id, ID::Custom(7));
    }
    assert_eq!(packets.wire[2], 0x1B);
}

#[test]
fn ddp_d_an_exact_multiple_pushes_with_its_last_full_packet() {
    for n_packets in 1..=4 {
        let packets = filled(n_packets * DATA);
        let pushes: Vec<_> =
            decoded(&packets).iter().map(|packet| packet.header.packet_type.push).collect();
        assert_eq!(pushes.len(), n_packets, "no empty packet follows");
        assert_eq!(pushes.iter().position(|push| *push), Some(n_packets - 1));
    }
}

#[test]
fn ddp_e_sequence_runs_from_1_to_15_and_over_more_than_15_packets() {
    let mut packets = Packets::new(1, RGB8, true, 20 * DATA);
    let mut sent = Vec::new();
    for _ in 0..2 {
        packets.fill(&frame_of(20 * DATA)).unwrap();
        sent.extend(decoded(&packets).iter().map(|packet| packet.header.sequence_number));
    }
    let expect: Vec<u8> = (0..40).map(|idx| idx % 15 + 1).collect();
    assert_eq!(sent, expect);
    assert_eq!(reassembled(decoded(&packets), 20 * DATA), frame_of(20 * DATA));
}

#[test]
fn ddp_h_sequence_0_is_sent_when_sequence_numbers_are_turned_off() {
    let mut packets = Packets::new(1, RGB8, false, 3 * DATA);
    for _ in 0..2 {
        packets.fill(&frame_of(3 * DATA)).unwrap();
        assert!(decoded(&packets).iter().all(|packet| packet.header.sequence_number == 0));
    }
}

proptest! {
    #[test]
    fn ddp_a_any_frame_reassembles_by_offset_in_any_order(
        n_leds in 1_usize..3000,
        channels in 3_usize..=4,
        destination in 1_u8..=245,
    ) {
        let n_bytes = n_leds * channels;
        let data_type = if channels == 3 { RGB8 } else { RGBW8 };
        let mut packets = Packets::new(destination, data_type, true, n_bytes);
        packets.fill(&vec![0xEE; n_bytes]).unwrap();
        packets.fill(&frame_of(n_bytes)).unwrap();
        let decoded = decoded(&packets);
        prop_assert_eq!(decoded.len(), packets.count());
        for (idx, packet) in decoded.iter().enumerate() {
            let header = packet.header;
            prop_assert_eq!(header.packet_type.version, 1);
            prop_assert!(!header.packet_type.timecode && !header.packet_type.storage);
            prop_assert!(!header.packet_type.query && !header.packet_type.reply);
            prop_assert_eq!(u8::from(header.id), destination);
            prop_assert_eq!(usize::from(header.length), packet.data.len());
            prop_assert!(!packet.data.is_empty() && packet.data.len() <= DATA);
            prop_assert_eq!(header.offset as usize % channels, 0);
            prop_assert_eq!(header.packet_type.push, idx + 1 == decoded.len());
        }
        prop_assert_eq!(reassembled(decoded.into_iter().rev(), n_bytes), frame_of(n_bytes));
    }
}

fn check(value: Value, shape: Shape, expect: Result<&str, &str>) {
    let result = parse(&options(value.clone()), shape)
        .map(|opener| opener.target())
        .map_err(|error| error.to_string());
    match (result, expect) {
        (Ok(target), Ok(expect)) => assert_eq!(target, expect),
        (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
        (result, _) => panic!("{value}: {result:?}"),
    }
}

#[test]
fn settings_are_taken_or_refused_with_key_and_value() {
    let rgb = Shape { leds: 10, channels: 3 };
    check(json!({"host": "192.0.2.1"}), rgb, Ok("192.0.2.1:4048"));
    check(json!({"host": "porch.local:99", "destination": 255}), rgb, Ok("porch.local:99"));
    check(json!({"host": "a", "sequence": false, "keep_alive_s": 60}), rgb, Ok("a:4048"));
    check(json!({}), rgb, Err("host: missing"));
    check(json!({"host": 7}), rgb, Err("host: 7"));
    check(json!({"host": "a b"}), rgb, Err("host: \"a b\""));
    for destination in [0, 246, 250, 251, 252, 254] {
        let expect = format!("destination: {destination}: expected");
        check(json!({"host": "a", "destination": destination}), rgb, Err(&expect));
    }
    check(json!({"host": "a", "destination": 256}), rgb, Err("destination: 256"));
    check(json!({"host": "a", "keep_alive_s": 0}), rgb, Err("keep_alive_s: 0: expected"));
    check(json!({"host": "a", "keep_alive_s": 61}), rgb, Err("keep_alive_s: 61: expected"));
    check(json!({"host": "a", "hots": "b"}), rgb, Err("hots: unknown key"));
    check(json!({"host": "a"}), Shape { leds: 10, channels: 2 }, Err("order: 2 channels"));
    check(json!({"host": "a"}), Shape { leds: 0, channels: 3 }, Err("leds: "));
    check(json!({"host": "a"}), Shape { leds: 1 << 31, channels: 3 }, Err("leds: 2147483648"));
}

#[test]
fn keep_alive_is_a_second_unless_set() {
    let shape = Shape { leds: 1, channels: 3 };
    let opener = parse(&options(json!({"host": "a"})), shape).unwrap();
    assert_eq!(opener.keep_alive(), Some(Duration::from_secs(1)));
    let opener = parse(&options(json!({"host": "a", "keep_alive_s": 0.25})), shape).unwrap();
    assert_eq!(opener.keep_alive(), Some(Duration::from_millis(250)));
}

#[test]
fn a_frame_of_the_wrong_size_is_refused_and_the_next_is_sent() {
    let mut packets = Packets::new(1, RGB8, true, 6);
    let error = packets.fill(&[1; 5]).unwrap_err();
    assert_eq!(error.to_string(), "frame has 5 bytes, expected 6");
    assert_eq!(error.remedy(), Remedy::Retry);
    packets.fill(&[1; 6]).unwrap();
}

fn receiver(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    socket
}

fn receive(socket: &UdpSocket, n_bytes: usize) -> Vec<u8> {
    let mut frame = vec![0; n_bytes];
    let mut datagram = [0; 2000];
    loop {
        let length = socket.recv(&mut datagram).unwrap();
        let packet = PacketRef::from_bytes(&datagram[..length]).unwrap();
        let offset = packet.header.offset as usize;
        frame[offset..offset + packet.data.len()].copy_from_slice(packet.data);
        if packet.header.packet_type.push {
            return frame;
        }
    }
}

fn open(address: impl std::fmt::Display, leds: usize) -> Box<dyn Output> {
    let shape = Shape { leds, channels: 3 };
    parse(&options(json!({"host": address.to_string()})), shape).unwrap().open().unwrap()
}

#[test]
fn a_frame_arrives_as_it_was_written() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(probe) = UdpSocket::bind(address) else {
            assert!(address.starts_with('['), "no IPv4 loopback");
            continue;
        };
        drop(probe);
        let socket = receiver(address);
        let mut output = open(socket.local_addr().unwrap(), 1000);
        let frame = frame_of(3000);
        output.write(LedFrame { bytes: &frame, number: 1 }).unwrap();
        assert_eq!(receive(&socket, 3000), frame);
    }
}

#[test]
fn a_controller_that_comes_back_is_lit_by_the_next_frame() {
    let socket = receiver("127.0.0.1:0");
    let address = socket.local_addr().unwrap();
    let mut output = open(address, 1000);
    drop(socket);
    let frame = frame_of(3000);
    let write = |output: &mut Box<dyn Output>| output.write(LedFrame { bytes: &frame, number: 1 });

    // The refusal is told by a later packet than the one that was refused.
    let refused = (0..1000).find_map(|_| write(&mut output).err()).unwrap();
    assert_eq!(refused.remedy(), Remedy::Retry);
    assert!(refused.chain().contains(&address.to_string()), "{}", refused.chain());

    let socket = receiver(&address.to_string());
    // May still report the refusal before; what counts is that every packet arrives.
    let _ = write(&mut output);
    assert_eq!(receive(&socket, 3000), frame);
    write(&mut output).unwrap();
    assert_eq!(receive(&socket, 3000), frame);
}

#[test]
fn a_name_that_does_not_exist_is_looked_up_again_later() {
    // A label of 64 letters is too long for a query, so that none is made.
    let name = "a".repeat(64);
    let shape = Shape { leds: 1, channels: 3 };
    let opener = parse(&options(json!({"host": name})), shape).unwrap();
    let error = opener.open().err().unwrap();
    assert_eq!(error.remedy(), Remedy::Reopen);
    assert!(error.chain().starts_with(&format!("cannot resolve {name}: ")), "{}", error.chain());
}
