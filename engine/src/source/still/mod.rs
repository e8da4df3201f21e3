//! Stills: a file becomes one frame, or is refused in words that a person can use.
//!
//! ```text
//! bytes -> format (by content) -> size (by header) -> pixels -> linear light -> fit -> sRGB bytes
//! ```

mod fit;
mod jpeg;
#[cfg(test)]
mod tests;

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use super::sniff::{Format, format_of};
use super::{Fit, Probe, ReadSeek, SourceError};
use crate::library::model::MediaKind;

/// The most pixels that a picture may have.
pub const MAX_PIXELS: u64 = 100_000_000;
/// The most pixels that a side of a picture may have.
pub const MAX_SIDE: u32 = 30_000;
/// The most bytes that a picture's file may have.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// What a decoder may allocate: `MAX_PIXELS` of four 16-bit channels, and a little for itself.
const MAX_ALLOC: u64 = MAX_PIXELS * 8 + (64 << 20);
const THUMBNAIL_SIDE: u32 = 256;

/// Decodes the whole picture, so that what it lets through can be shown.
pub(super) fn probe(bytes: &[u8], format: Format) -> Result<Probe, SourceError> {
    decode(bytes, format)?.probe()
}

/// Draws the content on a canvas: sRGB bytes, rows from the top.
pub(super) fn draw(
    content: &mut dyn ReadSeek,
    fit: Fit,
    width: u32,
    height: u32,
) -> Result<Vec<u8>, SourceError> {
    let bytes = read(content)?;
    Ok(decode(&bytes, format_of(&bytes)?)?.fitted(fit, width, height)?.into_raw())
}

/// A decoded picture that has not been turned yet.
pub(super) struct Picture {
    pub(super) pixels: DynamicImage,
    pub(super) orientation: Orientation,
    pub(super) format: Format,
}

impl Picture {
    /// Size as it is seen.
    fn size(&self) -> (u32, u32) {
        let (width, height) = (self.pixels.width(), self.pixels.height());
        if is_sideways(self.orientation) { (height, width) } else { (width, height) }
    }

    /// What is told of it.
    pub(super) fn probe(&self) -> Result<Probe, SourceError> {
        let (width, height) = self.size();
        let (across, down) = thumbnail_size(width, height);
        let small = self.fitted(Fit::Stretch, across, down)?;
        Ok(Probe {
            kind: MediaKind::Image,
            content_type: self.format.content_type.to_owned(),
            width,
            height,
            duration: None,
            frames: None,
            thumbnail: thumbnail(&small)?,
        })
    }

    /// Turning comes last, when there are few pixels: every fit is the same from all four sides.
    pub(super) fn fitted(
        &self,
        fit: Fit,
        width: u32,
        height: u32,
    ) -> Result<RgbImage, SourceError> {
        let (across, down) =
            if is_sideways(self.orientation) { (height, width) } else { (width, height) };
        let drawn = fit::draw(&self.pixels, fit, across, down).map_err(|error| {
            SourceError::Unsupported { format: self.format.name, reason: error.to_string() }
        })?;
        let mut canvas = DynamicImage::ImageRgb8(drawn);
        canvas.apply_orientation(self.orientation);
        Ok(canvas.into_rgb8())
    }
}

fn is_sideways(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// The size of the small picture of a large one: the same proportions, never larger.
pub(super) fn thumbnail_size(width: u32, height: u32) -> (u32, u32) {
    let shrink = f64::from(THUMBNAIL_SIDE) / f64::from(width.max(height)).max(256.0);
    let side = |pixels: u32| ((f64::from(pixels) * shrink).round() as u32).max(1);
    (side(width), side(height))
}

/// A small picture as a file.
pub(super) fn thumbnail(small: &RgbImage) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    small
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .map_err(|error| picture_error("PNG", error))?;
    Ok(bytes)
}

/// All bytes of a picture's file.
pub(super) fn read(content: &mut dyn ReadSeek) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    content.rewind().map_err(SourceError::Read)?;
    content.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(SourceError::Read)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(SourceError::TooManyBytes);
    }
    Ok(bytes)
}

fn decode(bytes: &[u8], format: Format) -> Result<Picture, SourceError> {
    // Nothing of the decoder outlives its panic.
    catch_unwind(AssertUnwindSafe(|| decode_as(format, bytes)))
        .unwrap_or(Err(SourceError::DecoderStopped { format: format.name }))
}

/// Whether a file lacks its end, as far as that can be told without decoding.
pub(super) fn is_cut(bytes: &[u8], format: Format) -> bool {
    match format.image {
        ImageFormat::Jpeg => !jpeg::has_its_end(bytes),
        // The length of the file without the eight bytes up to here.
        ImageFormat::WebP => bytes.get(4..8).is_some_and(|length| {
            let length = length.iter().rev().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
            (bytes.len() as u64) < length + 8
        }),
        // The trailer of a GIF.
        ImageFormat::Gif => bytes.last() != Some(&0x3b),
        _ => false,
    }
}

/// What a decoder may use.
pub(super) fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOC);
    limits
}

/// Refuses pictures that are too large, and those without a pixel.
pub(super) fn check_size((width, height): (u32, u32), format: Format) -> Result<(), SourceError> {
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(SourceError::TooLarge { width, height });
    }
    if width == 0 || height == 0 {
        let reason = format!("it is {width} × {height} pixels");
        return Err(SourceError::Damaged { format: format.name, reason });
    }
    Ok(())
}

fn decode_as(format: Format, bytes: &[u8]) -> Result<Picture, SourceError> {
    let is_cut = is_cut(bytes, format);
    // A decoder that misses bytes may complain of what it reads instead.
    let failed =
        |error| if is_cut { SourceError::Truncated } else { picture_error(format.name, error) };
    let mut limits = limits();
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format.image);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(failed)?;

    check_size(decoder.dimensions(), format)?;
    // The JPEG decoder fills what is missing with grey and says nothing.
    if is_cut && format.image == ImageFormat::Jpeg {
        return Err(SourceError::Truncated);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    limits.reserve(decoder.total_bytes()).map_err(failed)?;
    decoder.set_limits(limits).map_err(failed)?;
    let pixels = DynamicImage::from_decoder(decoder).map_err(failed)?;
    Ok(Picture { pixels, orientation, format })
}

pub(super) fn picture_error(format: &'static str, error: ImageError) -> SourceError {
    match error {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            SourceError::Truncated
        }
        ImageError::Limits(_) => SourceError::TooMuchMemory { format },
        ImageError::Unsupported(error) => {
            SourceError::Unsupported { format, reason: error.to_string() }
        }
        error => SourceError::Damaged { format, reason: error.to_string().trim_end().to_owned() },
    }
}
