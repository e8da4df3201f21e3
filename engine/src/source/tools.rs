//! The programs of the system that sources may start.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::hardware;

/// Where ffmpeg is looked for if nothing is said.
const PLACES: [&str; 2] = ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"];

/// Programs that producers may start. Without them everything but videos works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// ffmpeg, with ffprobe in the same folder.
    pub ffmpeg: Option<PathBuf>,
    /// Devices that ffmpeg may decode with, beside the processor.
    #[serde(default)]
    pub devices: Vec<PathBuf>,
}

impl Tools {
    /// Looks where ffmpeg usually is, or only at `place`.
    pub fn find(place: Option<&Path>) -> Self {
        let places = place.map_or_else(|| PLACES.map(PathBuf::from).to_vec(), |at| vec![at.into()]);
        let ffmpeg =
            places.into_iter().find(|ffmpeg| ffmpeg.is_file() && ffprobe(ffmpeg).is_file());
        Self { ffmpeg, devices: Vec::new() }
    }

    /// With the devices of this machine that decode.
    #[must_use]
    pub fn with_hardware(self) -> Self {
        Self { devices: hardware::devices(Path::new("/dev"), Path::new("/sys")), ..self }
    }
}

/// The program beside ffmpeg that tells what a file is.
pub(super) fn ffprobe(ffmpeg: &Path) -> PathBuf {
    ffmpeg.with_file_name("ffprobe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ffmpeg_counts_only_with_ffprobe_beside_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let ffmpeg = folder.path().join("ffmpeg");
        assert_eq!(Tools::find(Some(&ffmpeg)).ffmpeg, None);
        std::fs::write(&ffmpeg, "").unwrap();
        assert_eq!(Tools::find(Some(&ffmpeg)).ffmpeg, None);
        std::fs::write(folder.path().join("ffprobe"), "").unwrap();
        assert_eq!(Tools::find(Some(&ffmpeg)).ffmpeg, Some(ffmpeg));
    }
}
