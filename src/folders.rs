//! Where things lie on disk, by the conventions of systemd and of desktops.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The data folder.
pub(crate) fn data(wished: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(folder) = wished.or_else(|| first_of("STATE_DIRECTORY")) {
        return Ok(folder);
    }
    under_home("XDG_DATA_HOME", ".local/share").context("no data folder: give --data, or set HOME")
}

/// The settings file. One that was named has to be there; that of the data folder may be missing.
pub(crate) fn settings(wished: Option<PathBuf>, data: &Path) -> anyhow::Result<PathBuf> {
    let Some(path) = wished else { return Ok(data.join("settings.toml")) };
    if !path.try_exists().with_context(|| format!("{} cannot be looked at", path.display()))? {
        bail!("{} does not exist", path.display());
    }
    Ok(path)
}

/// The folder for what can be made again. Beside the data if that was named, so that a display that
/// is tried out leaves nothing elsewhere.
pub(crate) fn cache(wished_data: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(folder) = first_of("CACHE_DIRECTORY") {
        return Ok(folder);
    }
    match wished_data {
        Some(data) => Ok(data.join("cache")),
        None => under_home("XDG_CACHE_HOME", ".cache"),
    }
}

/// systemd gives a list, separated by colons.
fn first_of(variable: &str) -> Option<PathBuf> {
    let value = env::var(variable).ok()?;
    let first = value.split(':').next()?;
    (!first.is_empty()).then(|| first.into())
}

fn under_home(variable: &str, otherwise: &str) -> anyhow::Result<PathBuf> {
    let base = match env::var_os(variable).filter(|value| Path::new(value).is_absolute()) {
        Some(base) => PathBuf::from(base),
        None => match env::var_os("HOME").filter(|home| !home.is_empty()) {
            Some(home) => Path::new(&home).join(otherwise),
            None => bail!("neither {variable} nor HOME is set"),
        },
    };
    Ok(base.join("prismatron"))
}
