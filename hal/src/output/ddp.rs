//! DDP, the Distributed Display Protocol: LED bytes in UDP datagrams, for WLED, FPP and others.

use std::time::Duration;

use serde_json::{Map, Value};

use super::host::Host;
use super::options::{Options, wrong};
use super::udp::UdpSender;
use super::{Kind, LedFrame, Open, OptionError, Output, Shape};
use crate::error::{Error, Remedy};

/// `kind = "ddp"`. Options: `host`, `destination`, `sequence`, `keep_alive_s`.
pub(super) const KIND: Kind = Kind { name: "ddp", parse };

/// Where receivers listen.
const PORT: u16 = 4048;
const HEADER: usize = 10;
/// Most LED bytes in one packet: 480 LEDs of three bytes, 360 of four.
const DATA: usize = 1440;
const VERSION_1: u8 = 0x40;
const PUSH: u8 = 0x01;
const RGB8: u8 = 0x0B;
const RGBW8: u8 = 0x1B;

/// Receivers give up on a silent sender after some seconds, WLED after 2.5.
const KEEP_ALIVE_S: f64 = 1.0;

/// A receiver or router tells of a missing port or host about once a second at most, and the
/// kernel looks for a silent neighbour for 3 s before it says so.
const SETTLE: Duration = Duration::from_secs(4);

fn parse(options: &Map<String, Value>, shape: Shape) -> Result<Box<dyn Open>, OptionError> {
    let known = ["host", "destination", "sequence", "keep_alive_s"];
    let options = Options::new(options, &known, shape)?;
    let host: String = options.required("host", "\"192.168.4.174:4048\"")?;
    let host = Host::parse(&host, PORT).map_err(|reason| wrong("host", reason))?;
    let destination = options.optional("destination", 1)?;
    if !matches!(destination, 1..=245 | 247..=249 | 255) {
        let reason = "expected 1 (the default output), 2 to 249 except 246, or 255 (all)";
        return Err(wrong("destination", format!("{destination}: {reason}")));
    }
    let sequence = options.optional("sequence", true)?;
    let keep_alive_s = options.optional("keep_alive_s", KEEP_ALIVE_S)?;
    if !(0.1..=60.0).contains(&keep_alive_s) {
        let reason = format!("{keep_alive_s}: expected 0.1 to 60 seconds");
        return Err(wrong("keep_alive_s", reason));
    }
    let data_type = match shape.channels {
        3 => RGB8,
        4 => RGBW8,
        channels => {
            let reason = format!("{channels} channels per LED: DDP carries 3 (RGB) or 4 (RGBW)");
            return Err(wrong("order", reason));
        }
    };
    // Offsets on the wire are counted in 32 bits.
    let n_bytes = shape.leds.checked_mul(shape.channels).filter(|n| u32::try_from(*n).is_ok());
    let Some(n_bytes) = n_bytes else {
        let reason = format!("{} LEDs are more than the 4 GiB that DDP can address", shape.leds);
        return Err(wrong("leds", reason));
    };
    Ok(Box::new(Ddp {
        host,
        destination,
        data_type,
        sequence,
        n_bytes,
        keep_alive: Duration::from_secs_f64(keep_alive_s),
    }))
}

struct Ddp {
    host: Host,
    destination: u8,
    data_type: u8,
    sequence: bool,
    n_bytes: usize,
    keep_alive: Duration,
}

impl Open for Ddp {
    fn open(&self) -> Result<Box<dyn Output>, Error> {
        let packets = Packets::new(self.destination, self.data_type, self.sequence, self.n_bytes);
        let sender = UdpSender::connect(&self.host, packets.count())?;
        Ok(Box::new(DdpOutput { packets, sender }))
    }

    fn keep_alive(&self) -> Option<Duration> {
        Some(self.keep_alive)
    }

    fn target(&self) -> String {
        self.host.to_string()
    }

    fn settle(&self) -> Duration {
        SETTLE
    }
}

struct DdpOutput {
    packets: Packets,
    sender: UdpSender,
}

impl Output for DdpOutput {
    fn write(&mut self, frame: LedFrame<'_>) -> Result<(), Error> {
        self.packets.fill(frame.bytes)?;
        self.sender.send_all(&self.packets.wire, HEADER + DATA)
    }
}

/// All packets of a frame, prepared once: a frame changes only their data and sequence numbers.
///
/// They lie end to end, each full but the last, which is the shape that UDP segmentation takes.
struct Packets {
    wire: Vec<u8>,
    n_bytes: usize,
    /// Of the last packet sent: 1 to 15, or 0 before the first and if unused.
    sequence: u8,
    sequenced: bool,
}

impl Packets {
    /// `n_bytes` is not 0 and fits 32 bits.
    fn new(destination: u8, data_type: u8, sequenced: bool, n_bytes: usize) -> Self {
        let n_packets = n_bytes.div_ceil(DATA);
        let mut wire = Vec::with_capacity(n_bytes + n_packets * HEADER);
        for offset in (0..n_bytes).step_by(DATA) {
            let length = DATA.min(n_bytes - offset);
            // The last packet that carries data pushes, also when it is full: an empty packet
            // after it would be one more to lose.
            let push = if offset + length == n_bytes { PUSH } else { 0 };
            wire.extend_from_slice(&[VERSION_1 | push, 0, data_type, destination]);
            wire.extend_from_slice(&(offset as u32).to_be_bytes());
            wire.extend_from_slice(&(length as u16).to_be_bytes());
            wire.resize(wire.len() + length, 0);
        }
        Self { wire, n_bytes, sequence: 0, sequenced }
    }

    fn count(&self) -> usize {
        self.n_bytes.div_ceil(DATA)
    }

    /// Puts a frame's bytes into the packets and numbers them.
    fn fill(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() != self.n_bytes {
            let n_bytes = self.n_bytes;
            let message = format!("frame has {} bytes, expected {n_bytes}", bytes.len());
            return Err(Error::new(Remedy::Retry, message));
        }
        for (packet, data) in self.wire.chunks_mut(HEADER + DATA).zip(bytes.chunks(DATA)) {
            if self.sequenced {
                self.sequence = self.sequence % 15 + 1;
                packet[1] = self.sequence;
            }
            packet[HEADER..].copy_from_slice(data);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "ddp_tests.rs"]
mod tests;
