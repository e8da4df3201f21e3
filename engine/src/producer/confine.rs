//! What a producer gives up before it reads a byte of content, and whether that is enough.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use hal::process::Limits;
use hal::sandbox::{self, Granted, Profile, Wish};

use crate::source::SourceSpec;

/// Address space of a producer that decodes by itself: the largest picture that is accepted,
/// decoded and scaled, fits.
const PICTURE_MEMORY: u64 = 3 << 30;
/// Address space of a producer that starts a program, and of that program: 2160p in ten bits fits
/// with four threads. Of what a program reserves it writes the smaller part.
const PROGRAM_MEMORY: u64 = 2 << 30;
const PROGRAM_DATA: u64 = 1 << 30;
/// Processor time for looking at a file.
const PROBE_CPU_S: u64 = 30;

/// How a source is confined.
pub(super) fn profile(source: &SourceSpec) -> Profile {
    match source {
        SourceSpec::Still { .. }
        | SourceSpec::Animation { .. }
        | SourceSpec::Effect { .. }
        | SourceSpec::Color { .. } => Profile::Pure,
        SourceSpec::Video { .. } => Profile::Tool,
    }
}

/// Whether a source opens what a stranger may have made.
pub(super) fn opens_content(source: &SourceSpec) -> bool {
    match source {
        SourceSpec::Still { .. } | SourceSpec::Animation { .. } | SourceSpec::Video { .. } => true,
        SourceSpec::Effect { .. } | SourceSpec::Color { .. } => false,
    }
}

/// What a producer of this profile may use.
pub(super) fn limits(profile: Profile) -> Limits {
    match profile {
        Profile::Pure => Limits { memory: PICTURE_MEMORY, data: PICTURE_MEMORY, cpu_s: None },
        Profile::Tool => Limits { memory: PROGRAM_MEMORY, data: PROGRAM_DATA, cpu_s: None },
    }
}

/// What looking at a file may use, whatever it turns out to be.
pub(super) fn probe_limits() -> Limits {
    Limits { cpu_s: Some(PROBE_CPU_S), ..limits(Profile::Pure) }
}

/// The program that a source starts.
pub(super) fn program(source: &SourceSpec) -> Option<&Path> {
    match source {
        SourceSpec::Video { ffmpeg, .. } => Some(ffmpeg),
        _ => None,
    }
}

/// The devices that a source may decode with.
pub(super) fn devices(source: &SourceSpec) -> &[PathBuf] {
    match source {
        SourceSpec::Video { devices, .. } => devices,
        _ => &[],
    }
}

/// Locks this process in. `program` may be started, and what lies in its folder.
pub(super) fn enter(
    profile: Profile,
    content: &File,
    program: Option<&Path>,
    devices: &[PathBuf],
) -> Granted {
    let (content, programs) = (Some(content.as_fd()), program.and_then(Path::parent));
    sandbox::enter(&Wish { profile, content, programs: programs.as_slice(), devices })
}

/// Whether content may be opened in here.
///
/// # Errors
/// Why not, for the person who chose it: what is missing, and the setting that opens it all the
/// same.
pub(super) fn permit(granted: &Granted, allow_unconfined: bool) -> Result<(), String> {
    if granted.is_enough() || allow_unconfined {
        return Ok(());
    }
    let missing = granted.reason.as_deref().unwrap_or("nothing would confine it");
    Err(format!(
        "files are not opened on this machine, because the program that opens them cannot be \
         confined: {missing}. `allow_unconfined = true` under `[producers]` in the settings opens \
         them all the same"
    ))
}

/// The weakest that any producer was granted since the start. Written by the threads that watch
/// producers, read by anyone.
#[derive(Debug, Default)]
pub(super) struct Weakest(Mutex<Option<Granted>>);

impl Weakest {
    /// A producer told what it was granted.
    pub(super) fn note(&self, granted: Granted) {
        let mut weakest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*weakest {
            Some(known) if known.strength() <= granted.strength() => {}
            _ => {
                if let Some(reason) = &granted.reason {
                    tracing::warn!(reason, "a producer is not confined as it should be");
                }
                *weakest = Some(granted);
            }
        }
    }

    /// None before the first one told.
    pub(super) fn granted(&self) -> Option<Granted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use hal::sandbox::Landlock;

    use super::*;

    fn granted(seccomp: bool, landlock: Landlock) -> Granted {
        let reason = (!seccomp).then(|| "seccomp (system calls): not here".to_owned());
        Granted {
            profile: Profile::Pure,
            no_new_privs: true,
            seccomp,
            landlock,
            landlock_abi: u32::from(landlock > Landlock::None),
            reason,
        }
    }

    #[test]
    fn a_refusal_names_what_is_missing_and_the_setting() {
        permit(&granted(true, Landlock::None), false).unwrap();
        permit(&granted(false, Landlock::Full), true).unwrap();
        let refusal = permit(&granted(false, Landlock::Full), false).unwrap_err();
        for word in ["seccomp (system calls): not here", "allow_unconfined = true", "[producers]"] {
            assert!(refusal.contains(word), "{refusal}");
        }
    }

    #[test]
    fn the_weakest_is_remembered() {
        let weakest = Weakest::default();
        assert_eq!(weakest.granted(), None);
        let in_order = [
            (granted(true, Landlock::Full), granted(true, Landlock::Full)),
            (granted(true, Landlock::None), granted(true, Landlock::None)),
            (granted(true, Landlock::Full), granted(true, Landlock::None)),
            (granted(false, Landlock::Full), granted(false, Landlock::Full)),
            (granted(true, Landlock::Full), granted(false, Landlock::Full)),
        ];
        for (told, expect) in in_order {
            weakest.note(told);
            assert_eq!(weakest.granted(), Some(expect));
        }
    }
}
