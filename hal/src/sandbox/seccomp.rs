//! Which system calls there are: filters made from the lists, and installed.
//!
//! What is refused gets an error and not death, so that a person can be told what went wrong. Two
//! filters are needed, because one filter has one answer: calls that a C library tries first and
//! replaces by older ones "do not exist" (`clone3`, whose flags no filter could read, becomes
//! `clone`), everything else is "not permitted".

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

use super::list::{self, Entry, Is, Part};
use super::{Profile, kernel};

/// Why this module cannot be used on this machine; it can.
pub(super) const MISSING: Option<&str> = None;

/// Installs the filters of a profile for the calling thread.
pub(super) fn install(profile: Profile) -> Result<(), String> {
    let programs = programs(profile).map_err(|error| error.to_string())?;
    for program in &programs {
        // Of two filters that answer with an error the newer one's error is seen.
        seccompiler::apply_filter(program).map_err(|error| match error {
            Error::Seccomp(error) | Error::Prctl(error) => kernel::why_no_seccomp(error),
            other => other.to_string(),
        })?;
    }
    Ok(())
}

/// A filter that keeps a program one process that dies with whoever started it: made before a fork,
/// installed after it.
#[derive(Debug)]
pub(crate) struct Alone(BpfProgram);

impl Alone {
    /// None where there are no filters.
    pub(crate) fn new() -> Option<Self> {
        let errno = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        program(&list::alone(), SeccompAction::Allow, errno).ok().map(Self)
    }

    /// For the calling thread and the program that takes its place. Makes two system calls and
    /// allocates nothing. A kernel without filters is told of by [`enter`](super::enter).
    pub(crate) fn install(&self) {
        let _ = seccompiler::apply_filter(&self.0);
    }
}

fn programs(profile: Profile) -> Result<[BpfProgram; 2], seccompiler::BackendError> {
    let errno = |errno: i32| SeccompAction::Errno(errno.unsigned_abs());
    let absent = program(&list::absent(), SeccompAction::Allow, errno(libc::ENOSYS))?;
    let refused = match profile {
        Profile::Pure => program(&list::pure(), errno(libc::EPERM), SeccompAction::Allow)?,
        Profile::Tool => program(&list::tool(), SeccompAction::Allow, errno(libc::EPERM))?,
    };
    Ok([without_x32(absent), refused])
}

fn program(
    list: &[Entry],
    otherwise: SeccompAction,
    listed: SeccompAction,
) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for entry in list {
        let chain = rules.entry(entry.call).or_default();
        if !entry.only_if.is_empty() {
            let conditions = entry.only_if.iter().map(condition).collect::<Result<Vec<_>, _>>()?;
            chain.push(SeccompRule::new(conditions)?);
        }
    }
    SeccompFilter::new(rules, otherwise, listed, target())?.try_into()
}

fn condition(part: &Part) -> Result<SeccompCondition, seccompiler::BackendError> {
    let (length, compare, value) = match part.is {
        Is::Equal(value) => (SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, u64::from(value)),
        Is::NotEqual(value) => (SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, u64::from(value)),
        Is::All { bits } => {
            let bits = u64::from(bits);
            (SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(bits), bits)
        }
        Is::NoneOf { bits } => {
            (SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(u64::from(bits)), 0)
        }
        Is::Given => (SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0),
    };
    SeccompCondition::new(part.argument, length, compare, value)
}

fn target() -> TargetArch {
    if cfg!(target_arch = "x86_64") {
        TargetArch::x86_64
    } else if cfg!(target_arch = "aarch64") {
        TargetArch::aarch64
    } else {
        TargetArch::riscv64
    }
}

/// The second set of numbers of x86-64 would pass by a list of the first: it does not exist.
fn without_x32(program: BpfProgram) -> BpfProgram {
    if !cfg!(target_arch = "x86_64") {
        return program;
    }
    const LOAD_WORD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const JUMP_IF_AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    const X32: u32 = 0x4000_0000;
    let no_such_call = u32::from(SeccompAction::Errno(libc::ENOSYS.unsigned_abs()));
    // The call's number is the first word of what a filter sees.
    let mut whole = vec![
        seccompiler::sock_filter { code: LOAD_WORD, jt: 0, jf: 0, k: 0 },
        seccompiler::sock_filter { code: JUMP_IF_AT_LEAST, jt: 0, jf: 1, k: X32 },
        seccompiler::sock_filter { code: RETURN, jt: 0, jf: 0, k: no_such_call },
    ];
    whole.extend(program);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_profiles_compile_and_stay_far_below_the_kernels_limit() {
        for profile in [Profile::Pure, Profile::Tool] {
            let lengths = programs(profile).unwrap().map(|program| program.len());
            assert!(lengths.iter().all(|&length| length > 10), "{profile}: {lengths:?}");
            assert!(lengths.iter().sum::<usize>() < 2000, "{profile}: {lengths:?}");
        }
    }

    #[test]
    fn no_call_is_listed_both_with_and_without_a_condition() {
        for (name, list) in [
            ("absent", list::absent()),
            ("pure", list::pure()),
            ("tool", list::tool()),
            ("alone", list::alone()),
        ] {
            for entry in &list {
                let same = list.iter().filter(|other| other.call == entry.call);
                let alone = same.clone().count() == 1;
                let all_conditional = same.clone().all(|other| !other.only_if.is_empty());
                assert!(alone || all_conditional, "{name}: call {}", entry.call);
            }
        }
    }
}
