//! Whether a JPEG file goes on to the end of its picture.

const END_OF_IMAGE: u8 = 0xD9;

/// Walks from marker to marker; a thumbnail inside a segment is stepped over with its segment.
pub(super) fn has_its_end(bytes: &[u8]) -> bool {
    // After the two bytes of the start.
    let mut at = 2;
    while let Some((marker, after)) = next_marker(bytes, at) {
        match marker {
            END_OF_IMAGE => return true,
            // Escaped data, restarts and fill bytes stand alone.
            0x00 | 0x01 | 0xD0..=0xD8 | 0xFF => at = after,
            _ => {
                let Some(&[high, low]) = bytes.get(after..after + 2) else { return false };
                at = after + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
    false
}

/// The next byte after an 0xFF at or beyond `at`, and the place behind it. Data between segments
/// is stepped over: behind the head of a scan this is the scan itself.
fn next_marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..)?;
    let found = rest.iter().position(|&byte| byte == 0xFF)?;
    let marker = *rest.get(found + 1)?;
    // Of a run of 0xFF only the last begins a marker.
    let behind = if marker == 0xFF { found + 1 } else { found + 2 };
    Some((marker, at + behind))
}
