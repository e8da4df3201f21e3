//! Newest-wins hand-over of frames from render to one output thread.
//!
//! Three buffers go round: one is being written, one is being read, one lies between. Neither
//! side ever waits for the other, and a frame that was overtaken is never seen.

use hal::{MonoTime, Wake};
use triple_buffer::{Input, Output, triple_buffer};

/// Render's end. Never blocks, locks or allocates.
pub struct MailboxWriter {
    input: Input<Frame>,
    wake: Wake,
}

/// The output thread's end.
pub(super) struct MailboxReader {
    output: Output<Frame>,
    wake: Wake,
    received: bool,
}

/// A frame on its way.
#[derive(Clone)]
pub(super) struct Frame {
    pub(super) bytes: Vec<u8>,
    pub(super) number: u64,
    /// When it should be lit.
    pub(super) deadline: MonoTime,
}

/// A mailbox for frames of `bytes` bytes.
pub(super) fn mailbox(bytes: usize) -> (MailboxWriter, MailboxReader) {
    let empty = Frame { bytes: vec![0; bytes], number: 0, deadline: MonoTime::ZERO };
    let (input, output) = triple_buffer(&empty);
    let wake = Wake::new();
    (MailboxWriter { input, wake: wake.clone() }, MailboxReader { output, wake, received: false })
}

impl MailboxWriter {
    /// Where the next frame is written. Has the right length and must keep it; what is in it is
    /// some older frame, so that every byte has to be written.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.input.input_buffer_mut().bytes
    }

    /// Hands over what [`MailboxWriter::buffer`] holds: the frame of tick `number`, to be lit at
    /// `deadline`. Returns whether it overtook a frame that the output had not taken yet.
    pub fn publish(&mut self, number: u64, deadline: MonoTime) -> bool {
        let frame = self.input.input_buffer_mut();
        frame.number = number;
        frame.deadline = deadline;
        let overtook = self.input.publish();
        self.wake.notify();
        overtook
    }
}

impl MailboxReader {
    /// Notified at each publication; others may notify it too.
    pub(super) fn wake(&self) -> &Wake {
        &self.wake
    }

    /// Takes the newest frame if there is one that was not taken yet.
    pub(super) fn take(&mut self) -> bool {
        let fresh = self.output.update();
        self.received |= fresh;
        fresh
    }

    /// The frame taken last.
    pub(super) fn frame(&self) -> Option<&Frame> {
        self.received.then(|| self.output.output_buffer())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(writer: &mut MailboxWriter, number: u64) -> bool {
        writer.buffer().fill(number as u8);
        writer.publish(number, MonoTime::from_nanos(number))
    }

    #[test]
    fn there_is_no_frame_before_the_first() {
        let (_writer, mut reader) = mailbox(2);
        assert!(!reader.take());
        assert!(reader.frame().is_none());
    }

    #[test]
    fn the_newest_frame_wins_and_is_kept_until_a_newer_one_is_taken() {
        let (mut writer, mut reader) = mailbox(2);
        assert!(!publish(&mut writer, 1));
        assert!(publish(&mut writer, 2), "frame 1 was overtaken");
        assert!(reader.take());
        assert!(!publish(&mut writer, 3), "frame 2 had been taken");
        let frame = reader.frame().unwrap();
        assert_eq!((frame.number, frame.bytes.as_slice()), (2, [2, 2].as_slice()));
        assert!(reader.take());
        assert!(!reader.take());
        let frame = reader.frame().unwrap();
        assert_eq!((frame.number, frame.deadline), (3, MonoTime::from_nanos(3)));
    }

    #[test]
    fn a_publication_is_notified() {
        let (mut writer, reader) = mailbox(2);
        let seen = reader.wake().current();
        publish(&mut writer, 1);
        assert_ne!(reader.wake().current(), seen);
    }

    #[test]
    fn the_three_buffers_are_never_made_anew() {
        let (mut writer, mut reader) = mailbox(2);
        let mut places = std::collections::BTreeSet::new();
        for number in 0..100 {
            places.insert(writer.buffer().as_ptr() as usize);
            publish(&mut writer, number);
            reader.take();
        }
        assert!(places.len() <= 3, "{places:?}");
    }
}
