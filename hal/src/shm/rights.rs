//! Who may write a live ring: the group `prismatron`, or its owner alone.

use std::fs;
use std::os::fd::OwnedFd;

use rustix::fs::{Gid, Mode};
use rustix::io::Errno;

/// The group whose processes may write.
const GROUP: &str = "prismatron";

/// Who may open a live ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// The processes of the group `prismatron`, and those of the owner.
    Group,
    /// Those of the owner alone, and why.
    OwnerOnly(String),
}

/// Opens a complete ring to the group, if there is one and it may be done. Until then its mode is
/// 0600, as it was made.
pub(super) fn open_to_group(file: &OwnedFd) -> Access {
    let Some(group) = fs::read_to_string("/etc/group").ok().and_then(|text| find(&text, GROUP))
    else {
        return Access::OwnerOnly(format!("there is no group \"{GROUP}\""));
    };
    let refused = |error: Errno| {
        Access::OwnerOnly(format!("the ring cannot be given to the group \"{GROUP}\": {error}"))
    };
    // The group first: with the mode first, the present group could open it for a moment. Where it
    // is ours already, as in the unit, nothing is asked for that a filter may refuse.
    let present = rustix::fs::fstat(file).map(|stat| stat.st_gid);
    if present != Ok(group)
        && let Err(error) = rustix::fs::fchown(file, None, Some(Gid::from_raw(group)))
    {
        return refused(error);
    }
    let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::WGRP;
    rustix::fs::fchmod(file, mode).map_or_else(refused, |()| Access::Group)
}

/// The number of a group in the text of `/etc/group`.
fn find(text: &str, name: &str) -> Option<u32> {
    let mut lines = text.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        (fields.next()? == name).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_found_by_its_whole_name() {
        let text = "root:x:0:\nprismatron-old:x:7:\nbroken\nprismatron:x:991:ada,grace\n";
        assert_eq!(find(text, "prismatron"), Some(991));
        assert_eq!(find(text, "prismatro"), None);
        assert_eq!(find("prismatron:x:many:\n", "prismatron"), None);
    }
}
