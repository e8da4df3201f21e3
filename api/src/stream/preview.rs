//! The preview socket: the LEDs as they are lit, one frame for each that is asked for.
//!
//! A frame, little-endian: u8 version (1), u8 format (0: sRGB bytes, R G B), u16 flags (0),
//! u32 count of LEDs, u64 number of the frame, then three bytes per LED in the layout's order.

use axum::extract::State;
use axum::extract::ws::Message;
use axum::response::Response;
use engine::Handle;
use engine::control::handle::PreviewFrame;

use super::{Gone, Upgrade, Viewer};
use crate::problem::Problem;

const VERSION: u8 = 1;
const FORMAT_RGB8: u8 = 0;
const HEADER: usize = 16;

/// A WebSocket of the LEDs as they are lit. Each message of the client, whatever it says, asks for
/// one frame; the newest is sent as soon as it is newer than the last one sent. A frame is binary,
/// little-endian: u8 version 1, u8 format 0, u16 flags 0, u32 LED count, u64 frame number, then
/// R G B per LED.
#[utoipa::path(
    get, path = "/api/preview", tag = "streams",
    responses(
        (status = 101, description = "Binary messages follow"),
        (status = 403, description = "A page of another site", body = Problem),
        (status = 426, description = "Not a WebSocket", body = Problem),
    ),
)]
pub(crate) async fn open(State(handle): State<Handle>, upgrade: Upgrade) -> Response {
    upgrade.run(|viewer| show(viewer, handle))
}

async fn show(mut viewer: Viewer, handle: Handle) -> Result<(), Gone> {
    let mut preview = handle.preview();
    loop {
        viewer.said().await?;
        let frame = loop {
            tokio::select! {
                frame = preview.next() => break frame,
                // Asking again for a frame that is awaited already asks for nothing more.
                said = viewer.said() => said?,
            }
        };
        // The engine has ended, and with it this connection.
        let Some(frame) = frame else { return Ok(()) };
        viewer.send(Message::Binary(encode(&frame).into())).await?;
    }
}

fn encode(frame: &PreviewFrame) -> Vec<u8> {
    // A layout is far below 2^32 LEDs.
    let leds = u32::try_from(frame.rgb.len() / 3).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER + frame.rgb.len());
    bytes.extend([VERSION, FORMAT_RGB8]);
    bytes.extend(0u16.to_le_bytes());
    bytes.extend(leds.to_le_bytes());
    bytes.extend(frame.number.to_le_bytes());
    bytes.extend(&frame.rgb);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_sixteen_bytes_of_header_and_three_per_led() {
        let frame = PreviewFrame { number: 0x0102_0304_0506_0708, rgb: vec![1, 2, 3, 4, 5, 6] };
        let expected =
            [&[1, 0, 0, 0][..], &[2, 0, 0, 0], &[8, 7, 6, 5, 4, 3, 2, 1], &[1, 2, 3, 4, 5, 6]];
        assert_eq!(encode(&frame), expected.concat());
    }
}
