//! What a file is, by its first bytes; its name is never asked.

use std::io::Read;

use image::ImageFormat;

use super::{ReadSeek, SourceError};

/// How much of a file tells what it is.
const HEAD: u64 = 512;

/// A picture format that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) image: ImageFormat,
    /// For people: `PNG`.
    pub(super) name: &'static str,
    pub(super) content_type: &'static str,
}

/// Whether this is a picture that is decoded here, by its first bytes. It is read from its beginning
/// afterwards.
pub fn is_picture(content: &mut dyn ReadSeek) -> bool {
    let mut head = Vec::new();
    // What cannot be read is told by whoever reads all of it.
    let read = content.rewind().and_then(|()| content.take(HEAD).read_to_end(&mut head));
    let rewound = content.rewind();
    read.is_ok() && rewound.is_ok() && format_of(&head).is_ok()
}

/// Finds the format of a picture.
pub(super) fn format_of(bytes: &[u8]) -> Result<Format, SourceError> {
    let not_a_picture =
        |looks_like: &str| SourceError::NotAPicture { looks_like: looks_like.to_owned() };
    if bytes.is_empty() {
        return Err(SourceError::Empty);
    }
    // First, because "BM" alone is the mark of BMP and may also begin a letter.
    if let Some(text) = text_of(bytes) {
        return Err(not_a_picture(text));
    }
    let (name, content_type, image) = match image::guess_format(bytes) {
        Ok(image @ ImageFormat::Png) => ("PNG", "image/png", image),
        Ok(image @ ImageFormat::Jpeg) => ("JPEG", "image/jpeg", image),
        Ok(image @ ImageFormat::WebP) => ("WebP", "image/webp", image),
        Ok(image @ ImageFormat::Gif) => ("GIF", "image/gif", image),
        Ok(image @ ImageFormat::Bmp) => ("BMP", "image/bmp", image),
        Ok(other) => return Err(not_a_picture(other_picture(other))),
        Err(_) => return Err(not_a_picture(other_file(bytes))),
    };
    Ok(Format { image, name, content_type })
}

fn other_picture(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Tiff => "a TIFF picture",
        ImageFormat::Avif => "an AVIF picture",
        ImageFormat::Ico => "an icon",
        ImageFormat::Hdr | ImageFormat::OpenExr => "a high dynamic range picture",
        ImageFormat::Dds => "a DDS texture",
        ImageFormat::Pnm => "a PNM picture",
        ImageFormat::Qoi => "a QOI picture",
        _ => "a picture of another kind",
    }
}

/// Marks of files that people try, each with the place where the mark stands.
const MARKS: [(usize, &[u8], &str); 19] = [
    (4, b"ftypheic", "a HEIC picture"),
    (4, b"ftypheix", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIF picture"),
    (4, b"ftypM4A", "a sound file"),
    (4, b"ftyp", "an MP4 or MOV video"),
    (0, b"\x1A\x45\xDF\xA3", "a Matroska or WebM video"),
    (8, b"AVI ", "an AVI video"),
    (8, b"WAVE", "a sound file"),
    (0, b"\x00\x00\x01\xBA", "an MPEG video"),
    (0, b"OggS", "an Ogg file"),
    (0, b"ID3", "a sound file"),
    (0, b"fLaC", "a sound file"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
    (0, b"\x1F\x8B", "a gzip archive"),
    (0, b"7z\xBC\xAF", "a 7z archive"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\x7FELF", "a program"),
    (0, b"MZ", "a program"),
];

fn other_file(bytes: &[u8]) -> &'static str {
    if bytes.iter().all(|&byte| byte == 0) {
        return "nothing but zeros";
    }
    let found = MARKS
        .iter()
        .find(|(at, mark, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark)));
    found.map_or("no kind of file known here", |(_, _, what)| what)
}

/// Says which kind of text it is, if the beginning is text.
fn text_of(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(HEAD as usize)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut by the end of the head.
        Err(error) if error.error_len().is_none() && head.len() - error.valid_up_to() < 4 => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    if text.is_empty() || text.contains(|c: char| c.is_control() && !"\n\r\t\u{c}".contains(c)) {
        return None;
    }
    let lower = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    Some(match () {
        () if lower.starts_with("<svg")
            || (lower.starts_with("<?xml") && lower.contains("<svg")) =>
        {
            "an SVG drawing"
        }
        () if lower.starts_with("<!doctype html") || lower.starts_with("<html") => "a web page",
        () if lower.starts_with("%pdf") => "a PDF document",
        () => "plain text",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_told_by_its_head_and_begins_anew_afterwards() {
        let check = |bytes: &[u8], expect: bool| {
            let mut content = std::io::Cursor::new(bytes);
            content.set_position(3);
            assert_eq!((is_picture(&mut content), content.position()), (expect, 0), "{bytes:?}");
        };
        check(b"\x89PNG\r\n\x1a\n and more", true);
        check(&[b"GIF89a".as_slice(), &[0; 2000]].concat(), true);
        check(b"\0\0\0\x18ftypisom\0\0\0\0", false);
        check(b"II*\0\x08\0\0\0", false);
        check(b"", false);
    }

    #[test]
    fn files_that_are_no_pictures_are_named() {
        let check = |bytes: &[u8], expect: &str| match format_of(bytes) {
            Err(SourceError::NotAPicture { looks_like }) => assert_eq!(looks_like, expect),
            other => panic!("{bytes:?}: {other:?}"),
        };
        check(b"hello\n", "plain text");
        check("BM is how this letter begins, Gr\u{fc}\u{df}e".as_bytes(), "plain text");
        check(b"<?xml version=\"1.0\"?>\n<svg/>", "an SVG drawing");
        check(b"\xEF\xBB\xBF<!DOCTYPE html>", "a web page");
        check(b"\0\0\0\x18ftypisom\0\0\0\0", "an MP4 or MOV video");
        check(b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture");
        check(b"%PDF-1.7\n\xE2\xE3", "a PDF document");
        check(b"II*\0\x08\0\0\0", "a TIFF picture");
        check(&[0; 64], "nothing but zeros");
        check(&[0x9C; 64], "no kind of file known here");
        assert!(matches!(format_of(b""), Err(SourceError::Empty)));
    }
}
