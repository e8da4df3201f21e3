//! Puts a picture on a canvas of another size, averaging light and not bytes.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U16x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeError, ResizeOptions, Resizer};
use image::{DynamicImage, RgbImage};

use super::super::Fit;
use super::super::light::{decode_table, decode_table_16, encode_table};

/// Draws the picture on black; alpha is light that is missing.
pub(super) fn draw(
    picture: &DynamicImage,
    fit: Fit,
    width: u32,
    height: u32,
) -> Result<RgbImage, ResizeError> {
    let place = Place::of((picture.width(), picture.height()), fit, (width, height));
    let light = shrink_by_blocks(picture, place.blocks());
    let light = resize(light, &place)?;

    let encode = encode_table();
    let mut canvas = RgbImage::new(width, height);
    let (left, top) = ((width - place.width) / 2, (height - place.height) / 2);
    for (y, row) in light.pixels().chunks_exact(place.width as usize).enumerate() {
        for (x, pixel) in row.iter().enumerate() {
            let bytes = pixel.0.map(|light| encode[usize::from(light)]);
            canvas.put_pixel(left + x as u32, top + y as u32, image::Rgb(bytes));
        }
    }
    Ok(canvas)
}

/// Which part of the picture is seen, and how large.
struct Place {
    /// Pixels on the canvas, at most its size; in its middle.
    width: u32,
    height: u32,
    /// Pixels of the picture that are seen; around its middle.
    crop_width: f64,
    crop_height: f64,
}

impl Place {
    fn of(picture: (u32, u32), fit: Fit, canvas: (u32, u32)) -> Self {
        let (picture_w, picture_h) = (f64::from(picture.0), f64::from(picture.1));
        let (canvas_w, canvas_h) = (f64::from(canvas.0), f64::from(canvas.1));
        let (across, down) = (canvas_w / picture_w, canvas_h / picture_h);
        let whole =
            |width, height| Self { width, height, crop_width: picture_w, crop_height: picture_h };
        match fit {
            Fit::Stretch => whole(canvas.0, canvas.1),
            Fit::Contain => {
                let scale = across.min(down);
                let side = |pixels: f64, most| ((pixels * scale).round() as u32).clamp(1, most);
                whole(side(picture_w, canvas.0), side(picture_h, canvas.1))
            }
            Fit::Cover => {
                let scale = across.max(down);
                Self {
                    width: canvas.0,
                    height: canvas.1,
                    crop_width: (canvas_w / scale).min(picture_w),
                    crop_height: (canvas_h / scale).min(picture_h),
                }
            }
        }
    }

    /// The side of the blocks that can be averaged first and still leave the resizer twice the
    /// pixels that it needs. It keeps the light of a large picture small.
    fn blocks(&self) -> u32 {
        let across = self.crop_width / f64::from(self.width);
        let down = self.crop_height / f64::from(self.height);
        ((across.min(down) / 2.0) as u32).max(1)
    }
}

/// Linear light; `width` and `height` are in blocks, the last of which may be cut by the border.
struct Light {
    pixels: Vec<U16x3>,
    columns: u32,
    rows: u32,
    width: f64,
    height: f64,
}

fn shrink_by_blocks(picture: &DynamicImage, block: u32) -> Light {
    let (width, height) = (picture.width(), picture.height());
    let size = (width as usize, height as usize, block as usize);
    let eight = decode_table();
    let pixels = match picture {
        DynamicImage::ImageLuma8(p) => average::<u8, 1>(p, size, eight),
        DynamicImage::ImageLumaA8(p) => average::<u8, 2>(p, size, eight),
        DynamicImage::ImageRgb8(p) => average::<u8, 3>(p, size, eight),
        DynamicImage::ImageRgba8(p) => average::<u8, 4>(p, size, eight),
        DynamicImage::ImageLuma16(p) => average::<u16, 1>(p, size, decode_table_16()),
        DynamicImage::ImageLumaA16(p) => average::<u16, 2>(p, size, decode_table_16()),
        DynamicImage::ImageRgb16(p) => average::<u16, 3>(p, size, decode_table_16()),
        DynamicImage::ImageRgba16(p) => average::<u16, 4>(p, size, decode_table_16()),
        // None of the formats read here has floating point pixels.
        other => average::<u8, 4>(&other.to_rgba8(), size, eight),
    };
    Light {
        pixels,
        columns: width.div_ceil(block),
        rows: height.div_ceil(block),
        width: f64::from(width) / f64::from(block),
        height: f64::from(height) / f64::from(block),
    }
}

/// Averages the light of each block; `N` channels are grey, grey and alpha, colour, colour and alpha.
fn average<T: Copy + Into<u32>, const N: usize>(
    samples: &[T],
    (width, height, block): (usize, usize, usize),
    decode: &[u16],
) -> Vec<U16x3> {
    let full = decode.len() as u64 - 1;
    let mut out = Vec::with_capacity(width.div_ceil(block) * height.div_ceil(block));
    let mut sums = vec![[0_u64; 3]; width.div_ceil(block)];
    for band in samples.chunks(width * N * block) {
        sums.fill([0; 3]);
        for row in band.chunks_exact(width * N) {
            for (sum, cell) in sums.iter_mut().zip(row.chunks(block * N)) {
                for pixel in cell.chunks_exact(N) {
                    let light = |channel: usize| {
                        let sample: u32 = pixel[channel].into();
                        u64::from(decode[sample as usize])
                    };
                    let color = if N < 3 { [light(0); 3] } else { [light(0), light(1), light(2)] };
                    let alpha: u32 = if N.is_multiple_of(2) { pixel[N - 1].into() } else { 0 };
                    for (sum, light) in sum.iter_mut().zip(color) {
                        *sum += if N.is_multiple_of(2) {
                            (light * u64::from(alpha) + full / 2) / full
                        } else {
                            light
                        };
                    }
                }
            }
        }
        let rows = (band.len() / (width * N)) as u64;
        for (column, sum) in sums.iter().enumerate() {
            let count = rows * block.min(width - column * block) as u64;
            out.push(U16x3::new(sum.map(|sum| ((sum + count / 2) / count) as u16)));
        }
    }
    out
}

fn resize(light: Light, place: &Place) -> Result<Resized, ResizeError> {
    let is_whole = place.crop_width.round() as u32 == place.width
        && place.crop_height.round() as u32 == place.height;
    if is_whole && light.columns == place.width && light.rows == place.height {
        return Ok(Resized::Same(light.pixels));
    }
    let block = f64::from(place.blocks());
    let crop_w = (place.crop_width / block).min(light.width);
    let crop_h = (place.crop_height / block).min(light.height);
    // Lanczos keeps detail when shrinking. Enlarged, each pixel stays a square of its own colour:
    // most displays have fewer LEDs than the canvas has pixels, so that a picture made for the
    // display, pixel by LED, arrives as it was made, and the light of each LED is still a mean.
    let shrinks = crop_w > f64::from(place.width) || crop_h > f64::from(place.height);
    let filter = if shrinks { FilterType::Lanczos3 } else { FilterType::Box };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).crop(
        ((light.width - crop_w) / 2.0).max(0.0),
        ((light.height - crop_h) / 2.0).max(0.0),
        crop_w,
        crop_h,
    );
    let mut out = TypedImage::<U16x3>::new(place.width, place.height);
    let source = TypedImageRef::new(light.columns, light.rows, &light.pixels)
        .map_err(|_| ResizeError::PixelTypesAreDifferent)?;
    Resizer::new().resize_typed(&source, &mut out, &options)?;
    Ok(Resized::New(out))
}

enum Resized {
    Same(Vec<U16x3>),
    New(TypedImage<'static, U16x3>),
}

impl Resized {
    fn pixels(&self) -> &[U16x3] {
        match self {
            Self::Same(pixels) => pixels,
            Self::New(image) => image.pixels(),
        }
    }
}
