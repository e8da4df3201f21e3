//! Clips in which every frame carries its own number, so that a controller can tell what it was sent.
//!
//! Sixteen bands from left to right are the bits of the number, white for 1 in the upper half and
//! black for 1 in the lower: a frame that was put together from two is found out, and no frame is black.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::receiver::Frame;

const BITS: usize = 16;
/// The matrix that reads the numbers, wired line by line from the top left.
pub(crate) const COLUMNS: usize = 80;
pub(crate) const ROWS: usize = 40;

/// Whether clips can be made here. Where not, says on a line of its own that `test` is skipped.
pub(crate) fn can_be_made(test: &str) -> bool {
    let there = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).status().is_ok();
    if !there {
        println!("skipped: {test}: ffmpeg is not installed");
    }
    there
}

/// An H.264 film of `frames` numbered frames of 800 × 480 pixels at `fps` frames per second.
pub(crate) fn h264(file: &Path, fps: u32, frames: u32) {
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "16x2"])
        .args(["-r", &fps.to_string(), "-i", "pipe:0"])
        .args(["-vf", "scale=800:480:flags=neighbor,format=yuv420p"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "120"])
        .arg(file)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pixels = ffmpeg.stdin.take().unwrap();
    for number in 0..frames {
        let bit = |index: usize| number >> index & 1 == 1;
        let mut picture = [0; 2 * BITS];
        for index in 0..BITS {
            picture[index] = if bit(index) { 255 } else { 0 };
            picture[BITS + index] = 255 - picture[index];
        }
        pixels.write_all(&picture).unwrap();
    }
    drop(pixels);
    assert!(ffmpeg.wait().unwrap().success());
}

/// The number in a frame; none if it is not the whole of one frame of such a clip.
pub(crate) fn number(frame: &Frame) -> Option<u32> {
    let mut number = 0;
    for index in 0..BITS {
        let column = COLUMNS / BITS * index + COLUMNS / BITS / 2;
        let mut bit = None;
        // Every row has to agree, and the lower half with the upper.
        for row in (0..ROWS).filter(|row| !(ROWS / 2 - 1..=ROWS / 2).contains(row)) {
            let [r, g, b] = frame.led(row * COLUMNS + column);
            let light = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
            let is_white = match light {
                0..=40 => false,
                215..=255 => true,
                _ => return None,
            };
            let means = is_white == (row < ROWS / 2);
            if *bit.get_or_insert(means) != means {
                return None;
            }
        }
        number |= u32::from(bit == Some(true)) << index;
    }
    Some(number)
}

/// Settings of the matrix, with light as in the picture.
pub(crate) fn settings(outputs: &str) -> String {
    format!(
        "[display]\nwidth = 800\nheight = 480\nfps = 60\nbrightness = 1.0\n\
         [layout]\nkind = \"matrix\"\ncolumns = {COLUMNS}\nrows = {ROWS}\nserpentine = false\n\
         [player]\nat_start = \"nothing\"\n{outputs}"
    )
}
