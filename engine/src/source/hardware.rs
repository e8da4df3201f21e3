//! Decoders in hardware: which devices there are that ffmpeg could decode videos with.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// What names of video devices that decode have in common: `bcm2835-codec-decode`, `rpi-hevc-dec`,
/// `rkvdec`, `hantro-vpu-dec`, `cedrus`, `qcom-venus-decoder`.
const DECODERS: [&str; 2] = ["dec", "cedrus"];

/// The devices under `dev` that this process may use, with what they need to work. `sys` tells video
/// devices that decode from cameras.
pub(super) fn devices(dev: &Path, sys: &Path) -> Vec<PathBuf> {
    let mut found = named(&dev.join("dri"), "renderD");
    found.extend(named(dev, "nvidia"));
    found.extend(named(dev, "nvhost-"));
    found.extend(named(dev, "nvmap"));
    let decodes = |device: &PathBuf| {
        let name = device.file_name().unwrap_or_default();
        let words = fs::read_to_string(sys.join("class/video4linux").join(name).join("name"));
        words.is_ok_and(|words| {
            let words = words.to_lowercase();
            !words.contains("enc") && DECODERS.iter().any(|word| words.contains(word))
        })
    };
    let decoders: Vec<_> = named(dev, "video").into_iter().filter(decodes).collect();
    if !decoders.is_empty() {
        // Those without memory of their own take requests and buffers by these.
        found.extend(named(dev, "media"));
        found.extend(named(&dev.join("dma_heap"), ""));
    }
    found.extend(decoders);
    found.retain(|device| access(device, Access::READ_OK | Access::WRITE_OK).is_ok());
    found
}

/// Whether one of these is a decoder that ffmpeg knows by its codec, not as a method.
pub(super) fn has_codecs(devices: &[PathBuf]) -> bool {
    devices.iter().any(|device| {
        let name = device.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix("video").is_some_and(|number| number.parse::<u32>().is_ok())
    })
}

/// ffmpeg's decoder for a codec on such devices.
pub(super) fn decoder_of(codec: &str) -> Option<String> {
    let name = match codec {
        "h264" | "hevc" | "h263" | "mpeg4" | "vp8" | "vp9" | "vc1" => codec,
        "mpeg1video" => "mpeg1",
        "mpeg2video" => "mpeg2",
        _ => return None,
    };
    Some(format!("{name}_v4l2m2m"))
}

fn named(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .filter(|path| !path.is_dir())
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of devices: what a board has, by the names of its video devices.
    fn board(files: &[&str], names: &[(&str, &str)]) -> (tempfile::TempDir, Vec<String>) {
        let root = tempfile::TempDir::new().unwrap();
        let (dev, sys) = (root.path().join("dev"), root.path().join("sys"));
        fs::create_dir_all(&dev).unwrap();
        for file in files {
            let path = dev.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        for (device, name) in names {
            let folder = sys.join("class/video4linux").join(device);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("name"), format!("{name}\n")).unwrap();
        }
        let found = devices(&dev, &sys);
        let found = found.iter().map(|path| path.strip_prefix(&dev).unwrap().display().to_string());
        let found = found.collect();
        (root, found)
    }

    #[test]
    fn a_machine_without_decoders_has_none() {
        let files = ["null", "video0", "video1", "media0", "dma_heap/system"];
        let names = [("video0", "UVC Camera"), ("video1", "bcm2835-isp-output0")];
        assert_eq!(board(&files, &names).1, [""; 0]);
    }

    #[test]
    fn a_raspberry_pi_has_its_codec_and_what_it_needs() {
        let files = ["video0", "video10", "video11", "media0", "dma_heap/linux,cma"];
        let names = [
            ("video0", "imx219"),
            ("video10", "bcm2835-codec-decode"),
            ("video11", "bcm2835-codec-encode"),
        ];
        assert_eq!(board(&files, &names).1, ["media0", "dma_heap/linux,cma", "video10"]);
        assert!(has_codecs(&["/dev/video10".into()]));
    }

    #[test]
    fn graphics_cards_are_used_by_their_render_nodes() {
        let files = ["dri/card0", "dri/renderD128", "nvidia0", "nvidiactl", "video0"];
        let found = board(&files, &[("video0", "Webcam")]).1;
        assert_eq!(found, ["dri/renderD128", "nvidia0", "nvidiactl"]);
        assert!(!has_codecs(&["/dev/dri/renderD128".into(), "/dev/videos".into()]));
    }

    #[test]
    fn codecs_have_ffmpegs_names() {
        assert_eq!(decoder_of("h264").as_deref(), Some("h264_v4l2m2m"));
        assert_eq!(decoder_of("mpeg2video").as_deref(), Some("mpeg2_v4l2m2m"));
        assert_eq!(decoder_of("ffv1"), None);
    }
}
