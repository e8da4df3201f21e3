//! In the place of `seccomp` on machines that the filters' compiler does not know.

use super::Profile;

/// Why there is no filter, for a person.
pub(super) const MISSING: Option<&str> =
    Some("filters are made for x86-64, 64-bit ARM and 64-bit RISC-V only");

/// Never succeeds.
pub(super) fn install(_profile: Profile) -> Result<(), String> {
    Err(MISSING.unwrap_or_default().to_owned())
}

/// A filter for programs that are started; there is none.
#[derive(Debug)]
pub(crate) struct Alone;

impl Alone {
    pub(crate) fn new() -> Option<Self> {
        None
    }

    pub(crate) fn install(&self) {}
}
