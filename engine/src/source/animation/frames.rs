//! The frames of GIF, APNG and animated WebP, one after the other, each with its own delay.

use std::io::Cursor;
use std::num::NonZeroU32;
use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::ImageError;
use image::metadata::{LoopCount, Orientation};
use image::{AnimationDecoder, DynamicImage, Frames, ImageDecoder, ImageFormat, Rgba};

use super::super::SourceError;
use super::super::sniff::Format;
use super::super::still::{self, Picture};
use super::gif;

/// Delays up to this are meant as "as fast as can be", and are long in every browser.
const TOO_SHORT: Duration = Duration::from_millis(10);
/// What a delay that is too short becomes. Chromium, Firefox and Safari do the same.
const INSTEAD: Duration = Duration::from_millis(100);

/// An animation that is being read.
pub(super) struct Moving<'a> {
    frames: Frames<'a>,
    format: Format,
    orientation: Orientation,
    is_cut: bool,
    /// How often all of it is shown; none means for ever.
    pub(super) plays: Option<NonZeroU32>,
}

/// A frame as it is seen, put together with what was beneath it.
pub(super) struct Frame {
    pub(super) picture: Picture,
    pub(super) delay: Duration,
}

/// Begins to read an animation. `None` if the file holds a single picture.
pub(super) fn open(bytes: &[u8], format: Format) -> Result<Option<Moving<'_>>, SourceError> {
    let is_cut = still::is_cut(bytes, format);
    let failed = |error| failure(format, is_cut, error);
    let content = Cursor::new(bytes);
    let limits = still::limits;
    let (frames, plays, orientation) = match format.image {
        ImageFormat::Gif => {
            let shape = gif::shape(bytes);
            if shape.pictures < 2 {
                // All but the first picture may be what is missing.
                let lost = shape.repeats.is_some() && !shape.has_end && shape.pictures > 0;
                return if lost { Err(SourceError::Truncated) } else { Ok(None) };
            }
            if !shape.has_end {
                return Err(SourceError::Truncated);
            }
            let mut decoder = GifDecoder::new(content).map_err(failed)?;
            still::check_size(decoder.dimensions(), format)?;
            decoder.set_limits(limits()).map_err(failed)?;
            (decoder.into_frames(), shape.plays(), Orientation::NoTransforms)
        }
        ImageFormat::Png => {
            let mut decoder = PngDecoder::with_limits(content, limits()).map_err(failed)?;
            if !decoder.is_apng().map_err(failed)? {
                return Ok(None);
            }
            still::check_size(decoder.dimensions(), format)?;
            let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
            let decoder = decoder.apng().map_err(failed)?;
            let plays = plays(decoder.loop_count());
            (decoder.into_frames(), plays, orientation)
        }
        ImageFormat::WebP => {
            let mut decoder = WebPDecoder::new(content).map_err(failed)?;
            if !decoder.has_animation() {
                return Ok(None);
            }
            // The decoder counts only the frames that are there.
            if is_cut {
                return Err(SourceError::Truncated);
            }
            still::check_size(decoder.dimensions(), format)?;
            decoder.set_limits(limits()).map_err(failed)?;
            // What a frame leaves behind is empty; the colour in the file is ignored by browsers.
            decoder.set_background_color(Rgba([0; 4])).map_err(failed)?;
            let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
            let plays = plays(decoder.loop_count());
            (decoder.into_frames(), plays, orientation)
        }
        _ => return Ok(None),
    };
    Ok(Some(Moving { frames, format, orientation, is_cut, plays }))
}

impl Moving<'_> {
    /// The next frame; `None` after the last. An error is the end as well.
    pub(super) fn next(&mut self) -> Option<Result<Frame, SourceError>> {
        match self.frames.next()? {
            Ok(frame) => {
                let delay = delay(frame.delay().numer_denom_ms());
                let pixels = DynamicImage::ImageRgba8(frame.into_buffer());
                let picture =
                    Picture { pixels, orientation: self.orientation, format: self.format };
                Some(Ok(Frame { picture, delay }))
            }
            Err(error) => Some(Err(failure(self.format, self.is_cut, error))),
        }
    }
}

fn failure(format: Format, is_cut: bool, error: ImageError) -> SourceError {
    if is_cut { SourceError::Truncated } else { still::picture_error(format.name, error) }
}

fn plays(count: LoopCount) -> Option<NonZeroU32> {
    match count {
        LoopCount::Infinite => None,
        LoopCount::Finite(plays) => Some(plays),
    }
}

fn delay((numerator, denominator): (u32, u32)) -> Duration {
    let nanos = u64::from(numerator) * 1_000_000 / u64::from(denominator.max(1));
    let delay = Duration::from_nanos(nanos);
    if delay <= TOO_SHORT { INSTEAD } else { delay }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_delays_are_what_browsers_make_of_them_and_others_are_obeyed() {
        let check = |ratio, expect_us: u64| assert_eq!(delay(ratio).as_micros() as u64, expect_us);
        check((0, 1), 100_000);
        check((10, 1), 100_000);
        check((1, 2), 100_000);
        check((5, 0), 100_000);
        check((11, 1), 11_000);
        check((20, 1), 20_000);
        check((1000, 30), 33_333);
        check((655_350, 1), 655_350_000);
    }
}
