//! Reads the frames of a NUT stream: pixels as they are, each with its exact time.
//!
//! NUT is ffmpeg's own simple container. Of it only what its writer makes of one stream of raw
//! video is read here: the headers, syncpoints and frames; other packets are stepped over.

use std::io::{self, ErrorKind, Read};
use std::time::Duration;

const FILE_ID: &[u8; 25] = b"nut/multimedia container\0";
const MAIN: u64 = 0x4E4D_7A56_1F5F_04AD;
const STREAM: u64 = 0x4E53_1140_5BF2_F9DB;
const SYNCPOINT: u64 = 0x4E4B_E4AD_EECA_4569;

/// Headers are small; a length beyond this is no header's.
const MOST_HEADER: u64 = 1 << 16;
/// Packets that are longer have a checksum of their own head.
const LONG_PACKET: u64 = 4096;

mod flag {
    pub(super) const CODED_PTS: u64 = 8;
    pub(super) const STREAM_ID: u64 = 16;
    pub(super) const SIZE_MSB: u64 = 32;
    pub(super) const CHECKSUM: u64 = 64;
    pub(super) const RESERVED: u64 = 128;
    pub(super) const SM_DATA: u64 = 256;
    pub(super) const HEADER_IDX: u64 = 1024;
    pub(super) const MATCH_TIME: u64 = 2048;
    pub(super) const CODED: u64 = 4096;
    pub(super) const INVALID: u64 = 8192;
}

/// What the first byte of a frame stands for.
#[derive(Clone, Copy, Debug, Default)]
struct Code {
    flags: u64,
    size_mul: u64,
    size_lsb: u64,
    pts_delta: i64,
    reserved: u64,
    header_idx: u64,
}

/// A stream of raw frames that is being read.
#[derive(Debug)]
pub(super) struct Nut<R> {
    input: R,
    has_begun: bool,
    codes: Vec<Code>,
    /// Beginnings that small packets leave out; the first is empty.
    beginnings: Vec<Vec<u8>>,
    time_bases: Vec<(u64, u64)>,
    /// Of the stream.
    time_base: (u64, u64),
    msb_pts_shift: u32,
    last_pts: i64,
}

fn broken(reason: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason)
}

impl<R: Read> Nut<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            has_begun: false,
            codes: Vec::new(),
            beginnings: vec![Vec::new()],
            time_bases: Vec::new(),
            time_base: (0, 0),
            msb_pts_shift: 0,
            last_pts: 0,
        }
    }

    pub(super) fn into_inner(self) -> R {
        self.input
    }

    /// Reads the next frame, which has to fill `into` exactly, and says when it is due. `None` at
    /// the end. A time before zero is zero.
    pub(super) fn next(&mut self, into: &mut [u8]) -> io::Result<Option<Duration>> {
        if !self.has_begun {
            let mut id = [0; FILE_ID.len()];
            match self.input.read_exact(&mut id) {
                // Nothing was written at all.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
                other => other?,
            }
            if &id != FILE_ID {
                return Err(broken("no NUT stream"));
            }
            self.has_begun = true;
        }
        loop {
            let mut first = [0];
            if self.input.read(&mut first)? == 0 {
                return Ok(None);
            }
            if first[0] == b'N' {
                self.packet()?;
            } else {
                return self.frame(first[0], into).map(Some);
            }
        }
    }

    /// A packet whose first byte has been read.
    fn packet(&mut self) -> io::Result<()> {
        let mut rest = [0; 8];
        self.input.read_exact(&mut rest[1..])?;
        rest[0] = b'N';
        let startcode = u64::from_be_bytes(rest);
        let length = vlc(&mut self.input)?;
        if length > LONG_PACKET {
            self.input.read_exact(&mut [0; 4])?;
        }
        if !matches!(startcode, MAIN | STREAM | SYNCPOINT) {
            let skipped = io::copy(&mut self.input.by_ref().take(length), &mut io::sink())?;
            return if skipped == length { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
        if length > MOST_HEADER {
            return Err(broken("a header of a strange length"));
        }
        let mut packet = vec![0; length as usize];
        self.input.read_exact(&mut packet)?;
        match startcode {
            MAIN => self.main(&packet),
            STREAM => self.stream(&packet),
            _ => self.syncpoint(&packet),
        }
    }

    fn main(&mut self, mut packet: &[u8]) -> io::Result<()> {
        let packet = &mut packet;
        let version = vlc(packet)?;
        if version > 3 {
            let _minor = vlc(packet)?;
        }
        if vlc(packet)? != 1 {
            return Err(broken("not one stream"));
        }
        let _max_distance = vlc(packet)?;
        let count = vlc(packet)?;
        if !(1..=16).contains(&count) {
            return Err(broken("a strange number of time bases"));
        }
        self.time_bases.clear();
        for _ in 0..count {
            let (num, denom) = (vlc(packet)?, vlc(packet)?);
            if num == 0 || denom == 0 || num > 1 << 31 || denom > 1 << 31 {
                return Err(broken("a strange time base"));
            }
            self.time_bases.push((num, denom));
        }
        self.codes = codes(packet)?;
        self.beginnings.truncate(1);
        for _ in 0..vlc(packet)?.min(128) {
            let length = vlc(packet)?.min(256);
            let mut beginning = vec![0; length as usize];
            packet.read_exact(&mut beginning)?;
            self.beginnings.push(beginning);
        }
        Ok(())
    }

    fn stream(&mut self, mut packet: &[u8]) -> io::Result<()> {
        let packet = &mut packet;
        let (id, class) = (vlc(packet)?, vlc(packet)?);
        if id != 0 || class != 0 {
            return Err(broken("no video stream"));
        }
        let fourcc = vlc(packet)?;
        packet.read_exact(&mut vec![0; fourcc.min(64) as usize])?;
        let time_base = vlc(packet)?;
        self.time_base = usize::try_from(time_base)
            .ok()
            .and_then(|index| self.time_bases.get(index))
            .copied()
            .ok_or_else(|| broken("a time base that is not there"))?;
        self.msb_pts_shift = u32::try_from(vlc(packet)?)
            .ok()
            .filter(|shift| *shift < 32)
            .ok_or_else(|| broken("a strange shift of times"))?;
        Ok(())
    }

    /// Times are told as differences; here they begin anew.
    fn syncpoint(&mut self, mut packet: &[u8]) -> io::Result<()> {
        let time = vlc(&mut packet)?;
        let count = self.time_bases.len() as u64;
        if count == 0 || self.time_base.0 == 0 {
            return Err(broken("a frame before its header"));
        }
        let (num, denom) = self.time_bases[(time % count) as usize];
        let (own_num, own_denom) = self.time_base;
        let time = u128::from(time / count) * u128::from(num) * u128::from(own_denom)
            / (u128::from(denom) * u128::from(own_num));
        self.last_pts = i64::try_from(time).map_err(|_| broken("a strange time"))?;
        Ok(())
    }

    fn frame(&mut self, code: u8, into: &mut [u8]) -> io::Result<Duration> {
        let code = *self
            .codes
            .get(usize::from(code))
            .ok_or_else(|| broken("a frame before its header"))?;
        let mut flags = code.flags;
        if flags & flag::INVALID != 0 || self.time_base.0 == 0 {
            return Err(broken("a byte that begins nothing"));
        }
        let input = &mut self.input;
        if flags & flag::CODED != 0 {
            flags ^= vlc(input)?;
        }
        if flags & flag::SM_DATA != 0 {
            return Err(broken("a frame with further data"));
        }
        if flags & flag::STREAM_ID != 0 && vlc(input)? != 0 {
            return Err(broken("a frame of another stream"));
        }
        let pts = if flags & flag::CODED_PTS != 0 {
            full_pts(vlc(input)?, self.last_pts, self.msb_pts_shift)
                .ok_or_else(|| broken("a strange time"))?
        } else {
            self.last_pts.saturating_add(code.pts_delta)
        };
        self.last_pts = pts;
        let mut size = code.size_lsb;
        if flags & flag::SIZE_MSB != 0 {
            size = vlc(input)?.saturating_mul(code.size_mul).saturating_add(size);
        }
        if flags & flag::MATCH_TIME != 0 {
            vlc(input)?;
        }
        let mut header_idx = code.header_idx;
        if flags & flag::HEADER_IDX != 0 {
            header_idx = vlc(input)?;
        }
        let mut reserved = code.reserved;
        if flags & flag::RESERVED != 0 {
            reserved = vlc(input)?;
        }
        for _ in 0..reserved.min(256) {
            vlc(input)?;
        }
        if flags & flag::CHECKSUM != 0 {
            input.read_exact(&mut [0; 4])?;
        }
        if size != into.len() as u64 {
            return Err(broken("a frame of another size"));
        }
        if size > LONG_PACKET {
            header_idx = 0;
        }
        let beginning = usize::try_from(header_idx)
            .ok()
            .and_then(|index| self.beginnings.get(index))
            .filter(|beginning| beginning.len() <= into.len())
            .ok_or_else(|| broken("a beginning that is not there"))?;
        let (known, rest) = into.split_at_mut(beginning.len());
        known.copy_from_slice(beginning);
        input.read_exact(rest)?;
        Ok(self.time_of(pts))
    }

    fn time_of(&self, pts: i64) -> Duration {
        let (num, denom) = self.time_base;
        let pts = u128::from(pts.max(0).unsigned_abs());
        let nanos = pts * u128::from(num) * 1_000_000_000 / u128::from(denom);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// The table of what first bytes stand for, told in runs.
fn codes(packet: &mut &[u8]) -> io::Result<Vec<Code>> {
    let mut codes: Vec<Code> = Vec::with_capacity(256);
    let invalid = Code { flags: flag::INVALID, ..Code::default() };
    let (mut pts_delta, mut mul, mut header_idx) = (0, 1, 0);
    while codes.len() < 256 {
        let flags = vlc(packet)?;
        let fields = vlc(packet)?;
        if fields > 0 {
            pts_delta = signed(vlc(packet)?);
        }
        if fields > 1 {
            mul = vlc(packet)?;
        }
        if fields > 2 {
            let _stream = vlc(packet)?;
        }
        let size = if fields > 3 { vlc(packet)? } else { 0 };
        let reserved = if fields > 4 { vlc(packet)? } else { 0 };
        let count = if fields > 5 { vlc(packet)? } else { mul.saturating_sub(size) };
        if fields > 6 {
            let _match = vlc(packet)?;
        }
        if fields > 7 {
            header_idx = vlc(packet)?;
        }
        for _ in 8..fields.min(64) {
            vlc(packet)?;
        }
        // No run may be empty: that would go on for ever.
        if count == 0 || count > 256 {
            return Err(broken("a strange table of codes"));
        }
        for lsb in 0..count {
            if codes.len() == usize::from(b'N') {
                codes.push(invalid);
            }
            if codes.len() < 256 {
                let size_lsb = size.saturating_add(lsb);
                codes.push(Code {
                    flags,
                    size_mul: mul,
                    size_lsb,
                    pts_delta,
                    reserved,
                    header_idx,
                });
            }
        }
    }
    Ok(codes)
}

/// A time of which only the low bits may have been told: the one nearest to the last.
fn full_pts(coded: u64, last: i64, shift: u32) -> Option<i64> {
    let coded = i64::try_from(coded).ok()?;
    let whole = 1_i64 << shift;
    if coded >= whole {
        return Some(coded - whole);
    }
    let mask = whole - 1;
    let delta = last.checked_sub(mask / 2)?;
    (coded.checked_sub(delta)? & mask).checked_add(delta)
}

fn signed(coded: u64) -> i64 {
    let value = (coded.saturating_add(1) >> 1).min(i64::MAX as u64) as i64;
    if coded & 1 == 0 { -value } else { value }
}

/// A number of as many bytes as it needs.
fn vlc(input: &mut impl Read) -> io::Result<u64> {
    let mut value = 0_u64;
    // Nine bytes hold 63 bits.
    for _ in 0..9 {
        let mut byte = [0];
        input.read_exact(&mut byte)?;
        value = value << 7 | u64::from(byte[0] & 0x7F);
        if byte[0] & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(broken("a number without an end"))
}
