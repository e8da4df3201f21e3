//! Stills: files made here, whole, cut and broken.

use std::io::Cursor;

use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;
use crate::source::Tools;

fn probe(content: &mut Cursor<impl AsRef<[u8]>>) -> Result<Probe, SourceError> {
    crate::source::probe(content, &Tools::default())
}

/// A picture without two equal neighbours, so that a cut or a turn is seen.
fn pattern(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 7 + y * 3) as u8, ((x * 13) ^ (y * 29)) as u8, (y * 11 + x * y) as u8])
    })
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn drawn(bytes: &[u8], fit: Fit, width: u32, height: u32) -> RgbImage {
    let rgb = draw(&mut Cursor::new(bytes), fit, width, height).unwrap();
    RgbImage::from_raw(width, height, rgb).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    let probed = probe(&mut Cursor::new(bytes)).unwrap_err().to_string();
    let drawn = draw(&mut Cursor::new(bytes), Fit::Cover, 8, 8).unwrap_err().to_string();
    assert_eq!(probed, drawn);
    probed
}

const LOSSLESS: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP];

#[test]
fn a_picture_of_the_canvas_size_passes_unchanged() {
    let picture = pattern(64, 32);
    for format in LOSSLESS {
        for fit in [Fit::Cover, Fit::Contain, Fit::Stretch] {
            let bytes = encoded(picture.clone(), format);
            assert!(drawn(&bytes, fit, 64, 32) == picture, "{format:?} {fit:?}");
        }
    }
}

#[test]
fn every_kind_of_pixel_is_read() {
    let (width, height) = (20, 12);
    let base = DynamicImage::ImageRgb8(pattern(width, height));
    let check = |bytes: Vec<u8>, content_type: &str, expect: &RgbImage, tolerance: u8| {
        let probed = probe(&mut Cursor::new(&bytes)).unwrap();
        assert_eq!((probed.width, probed.height), (width, height));
        assert_eq!((probed.kind, probed.duration), (MediaKind::Image, None));
        assert_eq!(probed.content_type, content_type);
        let got = drawn(&bytes, Fit::Cover, width, height);
        for (got, expect) in got.iter().zip(expect.iter()) {
            assert!(got.abs_diff(*expect) <= tolerance, "{content_type}: {got} {expect}");
        }
    };
    let png = |picture: DynamicImage| encoded(picture, ImageFormat::Png);
    let rgb = base.to_rgb8();
    let grey = DynamicImage::ImageLuma8(base.to_luma8()).to_rgb8();
    check(png(base.clone()), "image/png", &rgb, 0);
    check(png(base.to_rgb16().into()), "image/png", &rgb, 0);
    check(png(base.to_rgba16().into()), "image/png", &rgb, 0);
    check(png(base.to_luma8().into()), "image/png", &grey, 0);
    check(png(base.to_luma_alpha8().into()), "image/png", &grey, 0);
    check(png(base.to_luma16().into()), "image/png", &grey, 1);
    check(encoded(base.clone(), ImageFormat::Bmp), "image/bmp", &rgb, 0);
    check(encoded(base.clone(), ImageFormat::WebP), "image/webp", &rgb, 0);
    let plain = RgbImage::from_pixel(width, height, Rgb([200, 90, 30]));
    check(encoded(plain.clone(), ImageFormat::Jpeg), "image/jpeg", &plain, 3);
    check(encoded(plain.clone(), ImageFormat::Gif), "image/gif", &plain, 8);
    check(palette_png(width, height), "image/png", &plain, 0);
}

/// A PNG of one colour in a palette, written by hand: the encoder makes none.
fn palette_png(width: u32, height: u32) -> Vec<u8> {
    let mut rows = Vec::new();
    for _ in 0..height {
        rows.extend(std::iter::repeat_n(0, 1 + width as usize));
    }
    // zlib with one stored block.
    let length = rows.len() as u16;
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(&rows);
    // Adler-32 of zeros: the first sum stays 1, the second counts them.
    data.extend([(length >> 8) as u8, length as u8, 0, 1]);
    png_of(width, height, [8, 3], &[(b"PLTE", &[200, 90, 30]), (b"IDAT", &data), (b"IEND", &[])])
}

fn png_of(width: u32, height: u32, kind: [u8; 2], chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([kind[0], kind[1], 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in std::iter::once(&(b"IHDR", header.as_slice())).chain(chunks) {
        png.extend((data.len() as u32).to_be_bytes());
        let start = png.len();
        png.extend(*name);
        png.extend(*data);
        let mut crc = u32::MAX;
        for &byte in &png[start..] {
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            }
        }
        png.extend((!crc).to_be_bytes());
    }
    png
}

#[test]
fn alpha_lets_black_through_in_light() {
    let picture = RgbaImage::from_pixel(4, 4, Rgba([255, 255, 255, 128]));
    let got = drawn(&encoded(picture, ImageFormat::Png), Fit::Cover, 4, 4);
    // Half of the light of white.
    assert_eq!(got.get_pixel(1, 1).0, [188; 3]);
}

#[test]
fn shrinking_averages_light() {
    let checker =
        RgbImage::from_fn(1600, 1600, |x, y| Rgb([if (x + y) % 2 == 0 { 255 } else { 0 }; 3]));
    let bytes = encoded(checker, ImageFormat::Png);
    for (width, height) in [(800, 800), (160, 160), (100, 100), (37, 37)] {
        let got = drawn(&bytes, Fit::Stretch, width, height);
        let byte = got.get_pixel(width / 2, height / 2).0[0];
        assert!(byte.abs_diff(188) <= 1, "{width}: {byte}");
    }
}

/// A segment that says how the camera was held, in either byte order.
fn with_orientation(jpeg: &[u8], orientation: u8, big_endian: bool) -> Vec<u8> {
    let tiff: Vec<u8> = if big_endian {
        [b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0]]
            .concat()
    } else {
        [b"II\x2A\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[orientation, 0, 0, 0]]
            .concat()
    };
    let body = [b"Exif\0\0".as_slice(), &tiff, &[0; 4]].concat();
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &body, &jpeg[2..]].concat()
}

#[test]
fn all_eight_orientations_are_obeyed() {
    const RED: [u8; 3] = [250, 10, 10];
    const GREEN: [u8; 3] = [10, 250, 10];
    const BLUE: [u8; 3] = [10, 10, 250];
    const WHITE: [u8; 3] = [250, 250, 250];
    // Corners of the stored picture: red, green above blue, white.
    let stored = RgbImage::from_fn(64, 32, |x, y| {
        Rgb(match (x < 32, y < 16) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => WHITE,
        })
    });
    let jpeg = encoded(stored, ImageFormat::Jpeg);
    // Where row 0 and column 0 of the stored picture are seen, by the EXIF standard; the
    // corners here are top left, top right, bottom left, bottom right.
    let cases = [
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
    ];
    for (orientation, corners) in cases {
        for big_endian in [false, true] {
            let bytes = with_orientation(&jpeg, orientation, big_endian);
            let probed = probe(&mut Cursor::new(&bytes)).unwrap();
            let (width, height) = if orientation < 5 { (64, 32) } else { (32, 64) };
            assert_eq!((probed.width, probed.height), (width, height), "{orientation}");
            let thumbnail = image::load_from_memory(&probed.thumbnail).unwrap();
            assert_eq!(thumbnail.dimensions(), (width, height));
            for fit in [Fit::Cover, Fit::Contain, Fit::Stretch] {
                let got = drawn(&bytes, fit, width, height);
                let (right, bottom) = (width - 5, height - 5);
                let places = [(4, 4), (right, 4), (4, bottom), (right, bottom)];
                for ((x, y), expect) in places.into_iter().zip(corners) {
                    let pixel = got.get_pixel(x, y).0;
                    let near = pixel.iter().zip(expect).all(|(a, b)| a.abs_diff(b) < 30);
                    assert!(near, "{orientation} {fit:?} at {x}, {y}: {pixel:?} {expect:?}");
                }
            }
        }
    }
}

#[test]
fn each_fit_puts_the_picture_where_it_says() {
    // Red, green and blue thirds; 90 × 30.
    let thirds = RgbImage::from_fn(90, 30, |x, _| {
        let mut pixel = [0; 3];
        pixel[x as usize / 30] = 255;
        Rgb(pixel)
    });
    let bytes = encoded(thirds, ImageFormat::Png);
    let check = |fit, (width, height): (u32, u32), expect: &[((u32, u32), [u8; 3])]| {
        let got = drawn(&bytes, fit, width, height);
        for &((x, y), color) in expect {
            let pixel = got.get_pixel(x, y).0;
            // The filter rings by less than a hundredth of the light.
            let near = pixel.iter().zip(color).all(|(a, b)| a.abs_diff(b) <= 16);
            assert!(near, "{fit:?} {width}x{height} at {x}, {y}: {pixel:?} {color:?}");
        }
    };
    let (red, green, blue, black) = ([255, 0, 0], [0, 255, 0], [0, 0, 255], [0; 3]);
    // The whole middle third fills a square; nothing of its neighbours but the filter's reach.
    check(Fit::Cover, (60, 60), &[((6, 0), green), ((30, 59), green), ((53, 30), green)]);
    check(Fit::Cover, (90, 10), &[((2, 5), red), ((45, 0), green), ((88, 9), blue)]);
    check(
        Fit::Contain,
        (60, 60),
        &[((0, 19), black), ((0, 20), red), ((30, 30), green), ((59, 39), blue), ((59, 40), black)],
    );
    check(Fit::Contain, (120, 30), &[((14, 9), black), ((15, 9), red), ((104, 9), blue)]);
    check(Fit::Contain, (120, 30), &[((105, 9), black)]);
    check(Fit::Stretch, (30, 60), &[((2, 0), red), ((15, 30), green), ((28, 59), blue)]);
    check(Fit::Stretch, (9, 3), &[((0, 0), red), ((4, 2), green), ((8, 1), blue)]);
    // One line of a picture is enough to be seen.
    let line = encoded(RgbImage::from_pixel(3000, 1, Rgb([9, 200, 9])), ImageFormat::Png);
    for fit in [Fit::Cover, Fit::Contain, Fit::Stretch] {
        assert_eq!(drawn(&line, fit, 16, 9).get_pixel(8, 4).0, [9, 200, 9], "{fit:?}");
    }
}

#[test]
fn a_thumbnail_keeps_the_proportions_and_is_never_larger() {
    let check = |size: (u32, u32), expect: (u32, u32)| {
        let bytes = encoded(pattern(size.0, size.1), ImageFormat::Png);
        let probed = probe(&mut Cursor::new(&bytes)).unwrap();
        let format = image::guess_format(&probed.thumbnail).unwrap();
        let small = image::load_from_memory(&probed.thumbnail).unwrap();
        assert_eq!((format, small.dimensions()), (ImageFormat::Png, expect));
    };
    check((20, 10), (20, 10));
    check((256, 256), (256, 256));
    check((1000, 500), (256, 128));
    check((300, 900), (85, 256));
    check((2000, 1), (256, 1));
}

const WRITTEN: [ImageFormat; 5] =
    [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Gif];

#[test]
fn a_file_that_was_cut_off_is_refused_and_told_so() {
    for format in WRITTEN {
        let bytes = encoded(pattern(80, 60), format);
        assert!(probe(&mut Cursor::new(&bytes)).is_ok());
        for tenth in 1..10 {
            let cut = &bytes[..bytes.len() * tenth / 10];
            let reason = refusal(cut);
            assert_eq!(
                reason, "the file ends in the middle of the picture",
                "{format:?} {tenth}/10"
            );
        }
    }
}

#[test]
fn flipped_bits_never_panic_out_of_the_decoder() {
    for format in WRITTEN {
        let whole = encoded(pattern(24, 16), format);
        let mut state = 1_u64;
        for _ in 0..300 {
            let mut bytes = whole.clone();
            for _ in 0..3 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let bit = (state >> 33) as usize % (bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            match draw(&mut Cursor::new(&bytes), Fit::Cover, 8, 8) {
                Ok(rgb) => assert_eq!(rgb.len(), 8 * 8 * 3),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

#[test]
fn what_cannot_be_shown_is_refused_in_words() {
    let check = |bytes: &[u8], expect: &str| assert_eq!(refusal(bytes), expect);
    check(b"", "the file is empty");
    check(
        b"Dear wall, here is my holiday picture.\n",
        "this is neither a picture nor a video that Prismatron can open (it looks like plain text)",
    );
    let huge = |width, height| png_of(width, height, [8, 2], &[(b"IDAT", &[]), (b"IEND", &[])]);
    let limit = "the limit is 100 megapixels and 30000 pixels for a side";
    check(&huge(60_000, 60_000), &format!("this picture is 60000 × 60000 pixels; {limit}"));
    check(&huge(30_001, 1), &format!("this picture is 30001 × 1 pixels; {limit}"));
    check(&huge(10_001, 10_000), &format!("this picture is 10001 × 10000 pixels; {limit}"));
    assert!(refusal(&huge(0, 5)).starts_with("this PNG picture is damaged: "));
    let mut broken = encoded(pattern(30, 30), ImageFormat::Png);
    broken[40] ^= 0x40;
    assert!(refusal(&broken).starts_with("this PNG picture is damaged: "));
}

#[test]
fn content_is_read_from_its_beginning() {
    let bytes = encoded(pattern(8, 8), ImageFormat::Png);
    let mut content = Cursor::new(&bytes);
    probe(&mut content).unwrap();
    assert!(draw(&mut content, Fit::Cover, 8, 8).is_ok());
}
