//! The files: each with what has to become of it.

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, ImageFormat, Rgb, RgbImage};

/// What has to become of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It plays.
    Plays,
    /// It is refused with a reason.
    Refused,
    /// It plays or is refused with a reason, as its damage will have it.
    Either,
}

/// One file of the corpus.
pub(super) struct Made {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) fate: Fate,
}

/// Random numbers that are the same in every run.
pub(super) struct Random(pub(super) u32);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % end
    }
}

/// All of them. Films only where ffmpeg can make them.
pub(super) fn all(films: bool) -> Vec<Made> {
    let mut made = Vec::new();
    let mut add = |name: &str, fate: Fate, bytes: Vec<u8>| {
        made.push(Made { name: name.to_owned(), bytes, fate });
    };
    let mut wholes: Vec<(&str, Vec<u8>)> = vec![
        ("noise.png", encoded(noise(), ImageFormat::Png)),
        ("noise.jpg", encoded(noise(), ImageFormat::Jpeg)),
        ("noise.webp", encoded(noise(), ImageFormat::WebP)),
        ("noise.bmp", encoded(noise(), ImageFormat::Bmp)),
        ("moving.gif", gif()),
    ];
    if films {
        wholes.extend(moving_pictures());
        wholes.extend(containers());
    }
    let mut random = Random(1);
    for (name, whole) in &wholes {
        // By a wrong name: what a file is, its content says.
        add(&format!("{}.txt", name.replace('.', " ")), Fate::Plays, whole.clone());
        let is_film =
            !matches!(name.rsplit('.').next(), Some("png" | "jpg" | "webp" | "bmp" | "gif"));
        for tenth in 0..10 {
            let cut = whole[..whole.len() * tenth / 10].to_vec();
            // Of a film what is there may be shown; a picture is whole or it is none.
            let fate = if is_film && tenth > 0 { Fate::Either } else { Fate::Refused };
            add(&format!("cut at {tenth} tenths, {name}"), fate, cut);
        }
        for round in 0..6 {
            let mut damaged = whole.clone();
            for _ in 0..1 << round {
                let at = random.below(damaged.len());
                damaged[at] ^= 1 << random.below(8);
            }
            add(&format!("{} bits turned, {name}", 1 << round), Fate::Either, damaged);
        }
    }
    add("zip in a gif.gif", Fate::Plays, [gif(), b"PK\x05\x06".to_vec(), vec![0; 18]].concat());
    add(
        "page in a picture.png",
        Fate::Plays,
        [encoded(noise(), ImageFormat::Png), b"<script>alert(1)</script>".to_vec()].concat(),
    );
    add("list of files.txt", Fate::Refused, b"ffconcat version 1.0\nfile /etc/passwd\n".to_vec());
    add(
        "list of streams.m3u8",
        Fate::Refused,
        b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
            .to_vec(),
    );
    add("drawing.svg", Fate::Refused, b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec());
    add("empty.gif", Fate::Refused, Vec::new());
    add("bomb of pixels.gif", Fate::Refused, gif_screen(65_535, 65_535));
    add("frames without end.gif", Fate::Plays, gif_of_frames(65_535));
    add(
        "one pixel.png",
        Fate::Plays,
        encoded(RgbImage::from_pixel(1, 1, Rgb([9, 200, 9])), ImageFormat::Png),
    );
    add("a line.png", Fate::Plays, encoded(grey(20_000, 1), ImageFormat::Png));
    add("a column.jpg", Fate::Plays, encoded(grey(1, 20_000), ImageFormat::Jpeg));
    add("wide.jpg", Fate::Plays, encoded(grey(20_000, 200), ImageFormat::Jpeg));
    let deep = DynamicImage::ImageRgb8(noise()).to_rgb16();
    add("sixteen bits.png", Fate::Plays, encoded(deep, ImageFormat::Png));
    add(
        "grey and alpha.png",
        Fate::Plays,
        encoded(DynamicImage::ImageRgb8(noise()).to_luma_alpha8(), ImageFormat::Png),
    );
    add("four inks.jpg", Fate::Plays, cmyk_jpeg());
    add("turned.jpg", Fate::Plays, turned_jpeg());
    if films {
        for (name, fate, bytes) in odd_films() {
            add(name, fate, bytes);
        }
    }
    made
}

/// A picture that compresses badly, so that every part of its file matters.
fn noise() -> RgbImage {
    let mut random = Random(7);
    RgbImage::from_fn(97, 61, |_, _| Rgb([0; 3].map(|_: u8| random.below(256) as u8)))
}

fn grey(width: u32, height: u32) -> RgbImage {
    RgbImage::from_pixel(width, height, Rgb([90; 3]))
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for step in 0..8_u8 {
        let mut picture = noise();
        picture.pixels_mut().for_each(|pixel| pixel.0[0] = step * 30);
        let rgba = DynamicImage::ImageRgb8(picture).to_rgba8();
        let delay = Delay::from_numer_denom_ms(40, 1);
        encoder.encode_frame(image::Frame::from_parts(rgba, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    bytes
}

/// The head of a GIF: its screen, two colours, and nothing to show.
fn gif_screen(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([0x80, 0, 0, 200, 40, 40, 40, 40, 200]);
    bytes
}

/// A GIF of one pixel with so many frames.
fn gif_of_frames(count: usize) -> Vec<u8> {
    let mut bytes = gif_screen(1, 1);
    for frame in 0..count {
        bytes.extend([0x21, 0xF9, 4, 0, 2, 0, 0, 0]);
        bytes.extend([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0]);
        // Codes of three bits: clear, the pixel, end.
        let codes = 4_u16 | (frame as u16 & 1) << 3 | 5 << 6;
        bytes.extend([2, 2, codes as u8, (codes >> 8) as u8, 0]);
    }
    bytes.push(0x3B);
    bytes
}

/// A baseline JPEG of one block in four inks, as a printer's program writes it, by hand.
fn cmyk_jpeg() -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, body: &[u8]| {
        bytes.extend([0xFF, marker]);
        bytes.extend((body.len() as u16 + 2).to_be_bytes());
        bytes.extend(body);
    };
    segment(0xEE, b"Adobe\0\x64\0\0\0\0\0");
    segment(0xDB, &[&[0][..], &[8; 64]].concat());
    // 8 × 8 pixels, four components without subsampling, all with the same tables.
    let parts: Vec<u8> = (1..=4).flat_map(|id| [id, 0x11, 0]).collect();
    segment(0xC0, &[&[8, 0, 8, 0, 8, 4][..], &parts].concat());
    // One code each: "0" is category 6 of the mean, and the end of the block.
    let mut one = [0; 16];
    one[0] = 1;
    segment(0xC4, &[&[0x00][..], &one, &[6]].concat());
    segment(0xC4, &[&[0x10][..], &one, &[0]].concat());
    let parts: Vec<u8> = (1..=4).flat_map(|id| [id, 0]).collect();
    segment(0xDA, &[&[4][..], &parts, &[0, 63, 0]].concat());
    // Each component: "0", six bits of difference, "0". 40, then the same again for the others.
    let bits: String = ["0", "101000", "0"].concat().repeat(4);
    for byte in bits.as_bytes().chunks(8) {
        let byte = byte.iter().fold(0, |sum, &bit| sum << 1 | (bit - b'0'));
        bytes.push(byte);
    }
    bytes.extend([0xFF, 0xD9]);
    bytes
}

/// A JPEG that a camera held upright has written: EXIF says to turn it.
fn turned_jpeg() -> Vec<u8> {
    let plain = encoded(noise(), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01".to_vec();
    exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&plain[..2], &[0xFF, 0xE1], &length, &exif, &plain[2..]].concat()
}

/// Runs ffmpeg with these words and gives the file that it made.
fn ffmpeg(words: &str, ending: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("made.{ending}"));
    ffmpeg_to(words, &file).then(|| std::fs::read(&file).unwrap())
}

fn ffmpeg_to(words: &str, file: &Path) -> bool {
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(words.split_whitespace())
        .arg(file)
        .stdin(Stdio::null())
        .status()
        .unwrap();
    if !status.success() {
        println!("skipped: a file of the corpus: this ffmpeg cannot make {words:?}");
    }
    status.success()
}

fn moving_pictures() -> Vec<(&'static str, Vec<u8>)> {
    let picture = "-f lavfi -i testsrc2=s=96x64:r=10:d=0.6";
    [
        ("moving apng.png", format!("{picture} -plays 0 -f apng"), "png"),
        ("moving.webp", format!("{picture} -c:v libwebp_anim -loop 0"), "webp"),
    ]
    .into_iter()
    .filter_map(|(name, words, ending)| Some((name, ffmpeg(&words, ending)?)))
    .collect()
}

fn containers() -> Vec<(&'static str, Vec<u8>)> {
    let picture = "-f lavfi -i testsrc2=s=192x112:r=25:d=1.2";
    [
        ("film.mp4", format!("{picture} -c:v libx264 -pix_fmt yuv420p"), "mp4"),
        ("film.mkv", format!("{picture} -c:v libx264 -pix_fmt yuv420p"), "mkv"),
        ("film.webm", format!("{picture} -c:v libvpx -b:v 400k"), "webm"),
        ("film.avi", format!("{picture} -c:v mpeg4"), "avi"),
        ("film.ts", format!("{picture} -c:v mpeg2video"), "ts"),
    ]
    .into_iter()
    .filter_map(|(name, words, ending)| Some((name, ffmpeg(&words, ending)?)))
    .collect()
}

fn odd_films() -> Vec<(&'static str, Fate, Vec<u8>)> {
    let picture = |size: &str| format!("-f lavfi -i testsrc2=s={size}:r=25:d=1.2");
    let mut made = Vec::new();
    let mut add = |name, fate, bytes: Option<Vec<u8>>| {
        made.extend(bytes.map(|bytes| (name, fate, bytes)));
    };
    add("sound alone.m4a", Fate::Refused, ffmpeg("-f lavfi -i sine=d=1 -c:a aac", "m4a"));
    add("sound alone.ogg", Fate::Refused, ffmpeg("-f lavfi -i sine=d=1 -c:a flac", "ogg"));
    let uneven = "-vf select='not(eq(mod(n,7),3))*not(eq(mod(n,5),1))' -vsync vfr -c:v libx264 -pix_fmt yuv420p";
    add("uneven.mkv", Fate::Plays, ffmpeg(&format!("{} {uneven}", picture("192x112")), "mkv"));
    add(
        "ten bits.mkv",
        Fate::Plays,
        ffmpeg(&format!("{} -c:v libx264 -pix_fmt yuv420p10le", picture("192x112")), "mkv"),
    );
    add(
        "odd size.mkv",
        Fate::Plays,
        ffmpeg(&format!("{} -c:v libx264 -pix_fmt yuv444p", picture("191x113")), "mkv"),
    );
    add(
        "with sound.mp4",
        Fate::Plays,
        ffmpeg(
            &format!(
                "{} -f lavfi -i sine=d=1.2 -c:v libx264 -pix_fmt yuv420p -c:a aac",
                picture("192x112")
            ),
            "mp4",
        ),
    );
    let raw = |size: &str| ffmpeg(&format!("{} -c:v mpeg2video", picture(size)), "ts");
    if let (Some(one), Some(two)) = (raw("192x112"), raw("320x176")) {
        add("size changes.ts", Fate::Plays, Some([one, two].concat()));
    }
    made
}
