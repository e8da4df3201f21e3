//! Which files can be opened: for pictures none, for external programs the system's programs and
//! libraries and the content.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    make_bitflags,
};

use super::kernel::{self, Offer};
use super::{Landlock, Profile, Wish};

/// The newest version of the interface whose rights are asked for: truncation, devices, TCP,
/// signals and abstract sockets. Older kernels give what they have.
const ASKED: ABI = ABI::V6;
/// Where systems keep programs and the libraries that they load.
const SYSTEM: [&str; 6] = ["/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin"];
/// Where the loader looks up libraries.
const LOADER_CACHE: &str = "/etc/ld.so.cache";
/// What the standard library opens for a child's stream that goes nowhere.
const NOWHERE: &str = "/dev/null";

/// Restricts the calling thread. Says how far, and by which version.
pub(super) fn restrict(wish: &Wish<'_>) -> Result<(Landlock, u32), String> {
    let version = match kernel::landlock() {
        Offer::There(version) => version,
        Offer::Absent(reason) => return Err(reason),
    };
    let status = ruleset(wish).and_then(RulesetCreated::restrict_self);
    match status.map_err(|error| chain(&error))?.ruleset {
        RulesetStatus::FullyEnforced => Ok((Landlock::Full, version)),
        RulesetStatus::PartiallyEnforced => Ok((Landlock::Partial, version)),
        RulesetStatus::NotEnforced => Err("the kernel offers it and does not enforce it".into()),
    }
}

/// Everything that is known is forbidden, but for the rules.
fn ruleset(wish: &Wish<'_>) -> Result<RulesetCreated, RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ASKED))?
        .handle_access(AccessNet::from_all(ASKED))?
        .scope(Scope::from_all(ASKED))?
        .create()?;
    if wish.profile == Profile::Pure {
        return Ok(rules);
    }
    for path in SYSTEM.iter().map(Path::new).chain(wish.programs.iter().copied()) {
        rules = allow(rules, path, AccessFs::from_read(ASKED))?;
    }
    rules = allow(rules, Path::new(LOADER_CACHE), AccessFs::ReadFile.into())?;
    let both = make_bitflags!(AccessFs::{ReadFile | WriteFile});
    rules = allow(rules, Path::new(NOWHERE), both)?;
    let control = make_bitflags!(AccessFs::{ReadFile | WriteFile | IoctlDev});
    for device in wish.devices {
        rules = allow(rules, device, control)?;
    }
    if let Some(content) = wish.content {
        // Opening /proc/self/fd/N is a new opening, judged by the file it leads to.
        rules = rules.add_rule(PathBeneath::new(content, AccessFs::ReadFile))?;
    }
    Ok(rules)
}

/// A rule for a path that may be missing: then there is nothing to allow.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    rights: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(place) = PathFd::new(path) else { return Ok(rules) };
    // A file has no directory to be listed.
    let rights = if path.is_dir() { rights } else { rights & AccessFs::from_file(ASKED) };
    rules.add_rule(PathBeneath::new(place, rights))
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
