//! What a producer process says on its standard output: a line of JSON with what confines it, before
//! it has read anything; later a line with what came of it, and a thumbnail after that.

use std::io::{self, BufRead, BufReader, Read, Write};

use hal::sandbox::Granted;
use serde::{Deserialize, Serialize};

use crate::library::model::MediaKind;

/// The most that is read from a producer: a thumbnail is at most 256 × 256 pixels.
pub(super) const MOST_BYTES: u64 = 1 << 20;
/// The longest first line that is believed.
const FIRST_BYTES: u64 = 4096;
/// Exit status of a producer that says why its content cannot be shown.
pub(super) const EXIT_FAILED: u8 = 3;
/// Exit status of a producer that says what it lost: the same content may work again.
pub(super) const EXIT_LOST: u8 = 4;

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// What it is.
    pub kind: MediaKind,
    /// For example `image/png`.
    pub content_type: String,
    /// Pixels across, after rotation.
    pub width: u32,
    /// Pixels down, after rotation.
    pub height: u32,
    /// Seconds: a video once through, an animation for one cycle; none for a still.
    pub duration_s: Option<f64>,
    /// How many frames that is, where they were counted; none for a still.
    pub frames: Option<u64>,
    /// A small PNG.
    #[serde(skip)]
    pub thumbnail: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Message {
    Granted(Granted),
    Probed(ProbeReport),
    Failed(String),
}

pub(super) fn write(message: &Message, thumbnail: &[u8], mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut out, message)?;
    out.write_all(b"\n")?;
    out.write_all(thumbnail)?;
    out.flush()
}

/// Reads all that a producer says until it ends. `granted` is called as soon as its first line has
/// told what confines it; what comes after that line is returned.
pub(super) fn listen(said: impl Read, granted: impl FnOnce(Granted)) -> Vec<u8> {
    // One that says more than the limit writes to a closed pipe, which ends it.
    let mut said = BufReader::new(said.take(MOST_BYTES));
    let mut rest = Vec::new();
    let _ = said.by_ref().take(FIRST_BYTES).read_until(b'\n', &mut rest);
    if let Ok(Message::Granted(told)) = serde_json::from_slice(&rest) {
        granted(told);
        rest.clear();
    }
    let _ = said.read_to_end(&mut rest);
    rest
}

/// Reads what a producer said. It may be hostile: anything unexpected is `None`.
pub(super) fn read(said: &[u8]) -> Option<Message> {
    let end = said.iter().position(|&byte| byte == b'\n')?;
    let mut message: Message = serde_json::from_slice(&said[..end]).ok()?;
    if let Message::Probed(report) = &mut message {
        report.thumbnail = said[end + 1..].to_vec();
    }
    Some(message)
}

#[cfg(test)]
mod tests {
    use hal::sandbox::{Landlock, Profile};

    use super::*;

    fn heard(said: &[u8]) -> (Option<Granted>, Vec<u8>) {
        let mut granted = None;
        let rest = listen(said, |told| granted = Some(told));
        (granted, rest)
    }

    #[test]
    fn the_first_line_tells_what_confines_a_producer_and_the_rest_what_came_of_it() {
        let granted = Granted {
            profile: Profile::Tool,
            no_new_privs: true,
            seccomp: true,
            landlock: Landlock::Partial,
            landlock_abi: 2,
            reason: Some("older".into()),
        };
        let mut said = Vec::new();
        write(&Message::Granted(granted.clone()), &[], &mut said).unwrap();
        write(&Message::Failed("no picture".into()), &[], &mut said).unwrap();
        let (told, rest) = heard(&said);
        assert_eq!(told, Some(granted));
        assert!(matches!(read(&rest), Some(Message::Failed(reason)) if reason == "no picture"));
    }

    #[test]
    fn what_is_not_such_a_line_is_kept_and_believed_no_further() {
        let check = |said: &[u8]| assert_eq!(heard(said), (None, said.to_vec()));
        check(b"");
        check(b"\n\n");
        check(b"{\"failed\":\"early\"}\n");
        check(b"{\"granted\":{\"profile\":\"pure\"}}\n");
        check(&[b'x'; 3 * FIRST_BYTES as usize]);
        let endless = heard(&vec![b'x'; 2 * MOST_BYTES as usize]);
        assert_eq!(endless.1.len() as u64, MOST_BYTES);
        // Too long to be true, though well formed.
        let long = format!("{}{}\n", "{\"granted\":", " ".repeat(FIRST_BYTES as usize));
        check(long.as_bytes());
    }
}
