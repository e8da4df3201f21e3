//! What this kernel offers for sandboxes, asked without entering one.
#![allow(unsafe_code)] // Two system calls that no library asks in this way.

use std::io;

/// Whether a mechanism can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It is there, in this version of its interface.
    There(u32),
    /// Why it cannot be used, in words for a person.
    Absent(String),
}

/// What this kernel offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Rules about files.
    pub landlock: Offer,
    /// Filters of system calls.
    pub seccomp: Offer,
}

/// Asks the kernel. Inside a sandbox the answer is about that sandbox.
pub fn offered() -> Offered {
    Offered { landlock: landlock(), seccomp: seccomp() }
}

/// The version of landlock's interface.
pub(super) fn landlock() -> Offer {
    const VERSION: libc::c_uint = 1;
    // SAFETY: with this flag the call takes no pointer and no size, makes nothing and returns a
    // number.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<libc::c_void>(),
            0_usize,
            VERSION,
        )
    };
    match u32::try_from(version) {
        Ok(version @ 1..) => Offer::There(version),
        _ => Offer::Absent(why_no_landlock(io::Error::last_os_error())),
    }
}

fn why_no_landlock(error: io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::ENOSYS) => "this kernel is built without it (it came with Linux 5.13)".into(),
        Some(libc::EOPNOTSUPP) => {
            "it was switched off when this kernel started (it is missing from `lsm=`)".into()
        }
        Some(libc::EPERM) => "a filter around this process forbids it (a service unit must allow \
                              landlock_create_ruleset, landlock_add_rule and landlock_restrict_self)"
            .into(),
        _ => error.to_string(),
    }
}

/// Whether the filters' answer "an error" is known.
fn seccomp() -> Offer {
    if let Some(reason) = super::seccomp::MISSING {
        return Offer::Absent(reason.into());
    }
    let action: u32 = libc::SECCOMP_RET_ERRNO;
    // SAFETY: the kernel reads one `u32` through the pointer, which is valid for the call.
    let answer = unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_ACTION_AVAIL, 0, &raw const action)
    };
    match answer {
        0 => Offer::There(1),
        _ => Offer::Absent(why_no_seccomp(io::Error::last_os_error())),
    }
}

/// Why a filter cannot be installed.
pub(super) fn why_no_seccomp(error: io::Error) -> String {
    match error.raw_os_error() {
        Some(libc::ENOSYS | libc::EINVAL) => "this kernel is built without it".into(),
        Some(libc::EPERM) => {
            "a filter around this process forbids it (a service unit must allow seccomp)".into()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_be_missing_has_its_own_words() {
        let landlock = |errno| why_no_landlock(io::Error::from_raw_os_error(errno));
        assert!(landlock(libc::ENOSYS).contains("built without it"));
        assert!(landlock(libc::EOPNOTSUPP).contains("switched off"));
        assert!(landlock(libc::EPERM).contains("filter"));
        let seccomp = |errno| why_no_seccomp(io::Error::from_raw_os_error(errno));
        assert!(seccomp(libc::ENOSYS).contains("built without it"));
        assert!(seccomp(libc::EPERM).contains("filter"));
    }

    #[test]
    fn the_answer_agrees_with_what_the_kernel_says_of_itself() {
        let offered = offered();
        let actions = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail");
        if let (Ok(actions), true) = (actions, super::super::seccomp::MISSING.is_none()) {
            let has = actions.split_whitespace().any(|action| action == "errno");
            assert_eq!(matches!(offered.seccomp, Offer::There(_)), has, "{offered:?}");
        }
        if let Ok(modules) = std::fs::read_to_string("/sys/kernel/security/lsm") {
            let has = modules.trim().split(',').any(|module| module == "landlock");
            assert_eq!(matches!(offered.landlock, Offer::There(_)), has, "{offered:?}");
        }
    }
}
