//! What a file is, by its first bytes; its name is never asked.

use std::io::{self, Read};

use image::ImageFormat;

use super::{ReadSeek, SourceError};

/// How much of a file tells what it is.
const HEAD: u64 = 4096;

/// A picture format that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) image: ImageFormat,
    /// For people: `PNG`.
    pub(super) name: &'static str,
    pub(super) content_type: &'static str,
}

/// The beginning of a file. It is read from there again afterwards.
pub(super) fn head(content: &mut dyn ReadSeek) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    content.rewind()?;
    content.take(HEAD).read_to_end(&mut head)?;
    content.rewind()?;
    Ok(head)
}

/// Whether this is a picture, still or moving, that is decoded here, by its first bytes. What cannot
/// be read is told by whoever reads all of it.
pub fn is_picture(content: &mut dyn ReadSeek) -> bool {
    head(content).is_ok_and(|head| format_of(&head).is_ok())
}

/// What a file may be, by its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    Picture(Format),
    /// A container of moving pictures, or of sound, which only ffmpeg can tell apart.
    Video,
    /// Nothing that is known here; what it looks like.
    Unknown(&'static str),
}

/// Finds the format of a picture.
pub(super) fn format_of(bytes: &[u8]) -> Result<Format, SourceError> {
    let looks_like = match guess(bytes)? {
        Guess::Picture(format) => return Ok(format),
        Guess::Video => "a video or a sound file",
        Guess::Unknown(looks_like) => looks_like,
    };
    Err(SourceError::NotAPicture { looks_like: looks_like.to_owned() })
}

/// Guesses what a file is. What is known and cannot be shown is an error.
pub(super) fn guess(bytes: &[u8]) -> Result<Guess, SourceError> {
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
        Err(_) => {
            return match other_file(bytes) {
                Some(Mark::Video) => Ok(Guess::Video),
                Some(Mark::Other(what)) => Err(not_a_picture(what)),
                None => Ok(Guess::Unknown("no kind of file known here")),
            };
        }
    };
    Ok(Guess::Picture(Format { image, name, content_type }))
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

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// For ffmpeg, sound as well: it can tell whether there is a picture.
    Video,
    Other(&'static str),
}

/// Marks of files that people try, each with the place where the mark stands.
const MARKS: [(usize, &[u8], Mark); 31] = [
    (4, b"ftypheic", Mark::Other("a HEIC picture")),
    (4, b"ftypheix", Mark::Other("a HEIC picture")),
    (4, b"ftypmif1", Mark::Other("a HEIF picture")),
    (4, b"ftyp", Mark::Video),
    // Old QuickTime files begin with any of these.
    (4, b"moov", Mark::Video),
    (4, b"mdat", Mark::Video),
    (4, b"wide", Mark::Video),
    (4, b"free", Mark::Video),
    (0, b"\x1A\x45\xDF\xA3", Mark::Video),
    (8, b"AVI ", Mark::Video),
    (8, b"WAVE", Mark::Video),
    // MPEG: program stream, video sequence.
    (0, b"\x00\x00\x01\xBA", Mark::Video),
    (0, b"\x00\x00\x01\xB3", Mark::Video),
    (0, b"OggS", Mark::Video),
    (0, b"FLV\x01", Mark::Video),
    // ASF, that is WMV.
    (0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", Mark::Video),
    (0, b"\x06\x0E\x2B\x34", Mark::Video),
    (0, b".RMF", Mark::Video),
    (0, b"DKIF", Mark::Video),
    (0, b"nut/multimedia", Mark::Video),
    (0, b"YUV4MPEG2", Mark::Video),
    (0, b"ID3", Mark::Video),
    (0, b"fLaC", Mark::Video),
    (0, b"%PDF", Mark::Other("a PDF document")),
    (0, b"PK\x03\x04", Mark::Other("a ZIP archive or an office document")),
    (0, b"\x1F\x8B", Mark::Other("a gzip archive")),
    (0, b"7z\xBC\xAF", Mark::Other("a 7z archive")),
    (0, b"8BPS", Mark::Other("a Photoshop document")),
    (0, b"\x7FELF", Mark::Other("a program")),
    (0, b"MZ", Mark::Other("a program")),
    // Lists of other files. ffmpeg would follow them.
    (0, b"#EXTM3U", Mark::Other("a list of files")),
];

/// Sync bytes of a transport stream, plain and with the four bytes of time before each packet.
const TRANSPORT: [(usize, usize); 2] = [(0, 188), (4, 192)];

fn other_file(bytes: &[u8]) -> Option<Mark> {
    if bytes.iter().all(|&byte| byte == 0) {
        return Some(Mark::Other("nothing but zeros"));
    }
    let is_transport = |&(first, packet): &(usize, usize)| {
        (0..4).all(|index| bytes.get(first + index * packet) == Some(&0x47))
    };
    if TRANSPORT.iter().any(is_transport) {
        return Some(Mark::Video);
    }
    let found = MARKS
        .iter()
        .find(|(at, mark, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark)));
    found.map(|(_, _, what)| *what)
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
        check(b"\0\0\0\x18ftypisom\0\0\0\0", "a video or a sound file");
        check(b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture");
        check(b"%PDF-1.7\n\xE2\xE3", "a PDF document");
        check(b"II*\0\x08\0\0\0", "a TIFF picture");
        check(&[0; 64], "nothing but zeros");
        check(&[0x9C; 64], "no kind of file known here");
        assert!(matches!(format_of(b""), Err(SourceError::Empty)));
    }

    #[test]
    fn what_may_be_a_video_is_left_to_ffmpeg_and_what_is_something_else_is_not() {
        let check = |bytes: &[u8], expect: bool| {
            assert_eq!(matches!(guess(bytes), Ok(Guess::Video)), expect, "{bytes:?}");
        };
        check(b"\0\0\0\x18ftypisom\0\0\0\0", true);
        check(b"\x1A\x45\xDF\xA3\x01", true);
        check(b"RIFF\x10\0\0\0AVI LIST", true);
        let packet = [&[0x47, 0x40][..], &[0xFF; 186]].concat();
        check(&packet.repeat(4), true);
        check(&packet, false);
        check(b"\x7FELF\x02", false);
        check(b"#EXTM3U\nfile:///etc/hostname\n\0", false);
        check(b"PK\x03\x04\0\0", false);
        assert!(matches!(guess(&[0x9C; 64]), Ok(Guess::Unknown(_))));
    }
}
