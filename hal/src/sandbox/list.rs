//! The lists of system calls, with the conditions on their arguments.

use libc::*;

/// A call that a list holds.
pub(super) struct Entry {
    /// Its number on this machine.
    pub(super) call: i64,
    /// It counts as listed only if all of these hold. Several entries of one call are alternatives.
    pub(super) only_if: Vec<Part>,
}

/// A condition on one argument.
pub(super) struct Part {
    /// Its place, from 0.
    pub(super) argument: u8,
    /// What it has to be.
    pub(super) is: Is,
}

/// What an argument has to be. The kernel reads the lower 32 bits of all but pointers.
pub(super) enum Is {
    Equal(u32),
    NotEqual(u32),
    /// All of these bits are set.
    All {
        bits: u32,
    },
    /// None of these bits is set.
    NoneOf {
        bits: u32,
    },
    /// A pointer that is not null.
    Given,
}

/// Calls that are to look as if this kernel did not have them yet.
pub(super) fn absent() -> Vec<Entry> {
    whole(&[SYS_clone3, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_openat2])
}

/// All that [`Profile::Pure`](super::Profile::Pure) may call.
pub(super) fn pure() -> Vec<Entry> {
    let mut list = whole(&[
        // What is open: content, ring, report.
        SYS_read,
        SYS_readv,
        SYS_pread64,
        SYS_write,
        SYS_writev,
        SYS_lseek,
        SYS_close,
        SYS_fstat,
        SYS_newfstatat,
        SYS_statx,
        // Memory.
        SYS_munmap,
        SYS_mremap,
        SYS_brk,
        // Threads and their signals.
        SYS_futex,
        SYS_set_robust_list,
        SYS_rseq,
        SYS_membarrier,
        SYS_sched_yield,
        SYS_sched_getaffinity,
        SYS_rt_sigaction,
        SYS_rt_sigprocmask,
        SYS_rt_sigreturn,
        SYS_sigaltstack,
        SYS_exit,
        SYS_exit_group,
        SYS_restart_syscall,
        // Time, and who one is.
        SYS_clock_nanosleep,
        SYS_nanosleep,
        SYS_clock_gettime,
        SYS_clock_getres,
        SYS_gettimeofday,
        SYS_gettid,
        SYS_getpid,
        SYS_getppid,
        SYS_getrandom,
        SYS_getrusage,
        SYS_ppoll,
        // Refused by the other filter, as calls that do not exist.
        SYS_clone3,
        SYS_io_uring_setup,
        SYS_io_uring_enter,
        SYS_io_uring_register,
    ]);
    #[cfg(target_arch = "x86_64")]
    list.extend(whole(&[SYS_poll, SYS_time]));
    let executable = PROT_EXEC as u32;
    list.extend([
        only(SYS_mmap, 2, Is::NoneOf { bits: executable }),
        only(SYS_mprotect, 2, Is::NoneOf { bits: executable }),
        only(SYS_madvise, 2, Is::Equal(MADV_DONTNEED as u32)),
        only(SYS_madvise, 2, Is::Equal(MADV_HUGEPAGE as u32)),
        // A thread, never a process.
        only(SYS_clone, 0, Is::All { bits: CLONE_THREAD as u32 }),
        only(SYS_prctl, 0, Is::Equal(PR_SET_NAME as u32)),
        only(SYS_fcntl, 1, Is::Equal(F_GETFD as u32)),
        only(SYS_fcntl, 1, Is::Equal(F_GETFL as u32)),
        // How `abort` ends a process.
        only(SYS_tgkill, 0, Is::Equal(std::process::id())),
    ]);
    list
}

/// All that [`Profile::Tool`](super::Profile::Tool) may not call. A service's own filter stands
/// around it.
pub(super) fn tool() -> Vec<Entry> {
    let mut list = whole(&[
        // The network. Not `socketpair`, by which a child's start is watched: a pair without a name
        // reaches nobody.
        SYS_socket,
        SYS_bind,
        SYS_listen,
        SYS_accept,
        SYS_accept4,
        SYS_connect,
        // Memory, signals and schedule of others.
        SYS_ptrace,
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_kcmp,
        SYS_pidfd_open,
        SYS_pidfd_getfd,
        SYS_pidfd_send_signal,
        SYS_process_madvise,
        PROCESS_MRELEASE,
        SYS_kill,
        SYS_tkill,
        SYS_rt_sigqueueinfo,
        SYS_rt_tgsigqueueinfo,
        SYS_sched_setscheduler,
        SYS_sched_setparam,
        SYS_sched_setattr,
        SYS_sched_setaffinity,
        SYS_setpriority,
        SYS_ioprio_set,
        // The size of the ring, and files that lie nowhere.
        SYS_truncate,
        SYS_ftruncate,
        SYS_fallocate,
        SYS_memfd_create,
        MEMFD_SECRET,
        SYS_remap_file_pages,
        // Name spaces and mounts.
        SYS_unshare,
        SYS_setns,
        SYS_mount,
        SYS_umount2,
        SYS_pivot_root,
        SYS_chroot,
        SYS_open_tree,
        SYS_move_mount,
        SYS_fsopen,
        SYS_fsconfig,
        SYS_fsmount,
        SYS_fspick,
        SYS_mount_setattr,
        // The kernel itself.
        SYS_kexec_load,
        SYS_reboot,
        SYS_init_module,
        SYS_finit_module,
        SYS_delete_module,
        SYS_bpf,
        SYS_perf_event_open,
        SYS_userfaultfd,
        SYS_keyctl,
        SYS_add_key,
        SYS_request_key,
        SYS_swapon,
        SYS_swapoff,
        SYS_acct,
        SYS_quotactl,
        QUOTACTL_FD,
        SYS_settimeofday,
        SYS_clock_settime,
        SYS_adjtimex,
        SYS_clock_adjtime,
        SYS_sethostname,
        SYS_setdomainname,
        SYS_syslog,
        SYS_vhangup,
        SYS_personality,
        SYS_fanotify_init,
        SYS_open_by_handle_at,
        SYS_name_to_handle_at,
        // What landlock leaves of files: rights, owners, times, attributes, nodes.
        SYS_fchmod,
        SYS_fchmodat,
        FCHMODAT2,
        SYS_fchown,
        SYS_fchownat,
        SYS_setxattr,
        SYS_lsetxattr,
        SYS_fsetxattr,
        SYS_removexattr,
        SYS_lremovexattr,
        SYS_fremovexattr,
        SYS_utimensat,
        SYS_mknodat,
        // What lies outside of files.
        SYS_mq_open,
        SYS_mq_unlink,
        SYS_shmget,
        SYS_shmat,
        SYS_shmctl,
        SYS_semget,
        SYS_msgget,
        SYS_mbind,
        SYS_set_mempolicy,
        SYS_migrate_pages,
        SYS_move_pages,
        // Other users.
        SYS_setuid,
        SYS_setgid,
        SYS_setreuid,
        SYS_setregid,
        SYS_setresuid,
        SYS_setresgid,
        SYS_setfsuid,
        SYS_setfsgid,
        SYS_setgroups,
        SYS_capset,
    ]);
    #[cfg(target_arch = "x86_64")]
    list.extend(whole(&[
        SYS_chmod,
        SYS_chown,
        SYS_lchown,
        SYS_utime,
        SYS_utimes,
        SYS_futimesat,
        SYS_mknod,
        SYS_iopl,
        SYS_ioperm,
        SYS_modify_ldt,
    ]));
    #[cfg(not(target_arch = "riscv64"))]
    list.extend(whole(&[SYS_kexec_file_load]));
    let made = (PROT_WRITE | PROT_EXEC) as u32;
    list.extend([
        // Code is loaded from files and never made.
        only(SYS_mmap, 2, Is::All { bits: made }),
        only(SYS_mprotect, 2, Is::All { bits: PROT_EXEC as u32 }),
        only(SYS_pkey_mprotect, 2, Is::All { bits: PROT_EXEC as u32 }),
        // Punches a hole into a mapped ring.
        only(SYS_madvise, 2, Is::Equal(MADV_REMOVE as u32)),
        only(SYS_tgkill, 0, Is::NotEqual(std::process::id())),
        // Limits of others: a new one for another than oneself.
        Entry {
            call: SYS_prlimit64,
            only_if: vec![
                Part { argument: 0, is: Is::NotEqual(0) },
                Part { argument: 2, is: Is::Given },
            ],
        },
        // Signals through descriptors, and seals.
        only(SYS_fcntl, 1, Is::Equal(F_SETOWN as u32)),
        only(SYS_fcntl, 1, Is::Equal(F_SETOWN_EX)),
        only(SYS_fcntl, 1, Is::Equal(F_ADD_SEALS as u32)),
        // Typing into the terminal that the daemon was started from.
        only(SYS_ioctl, 1, Is::Equal(TIOCSTI as u32)),
        only(SYS_ioctl, 1, Is::Equal(TIOCLINUX as u32)),
    ]);
    let spaces = [
        CLONE_NEWNS,
        CLONE_NEWCGROUP,
        CLONE_NEWUTS,
        CLONE_NEWIPC,
        CLONE_NEWUSER,
        CLONE_NEWPID,
        CLONE_NEWNET,
    ];
    list.extend(spaces.map(|space| only(SYS_clone, 0, Is::All { bits: space as u32 })));
    list
}

/// What an external program may not call besides: it stays one process, which dies with whoever
/// started it. `clone3` does not exist for it anyway.
pub(super) fn alone() -> Vec<Entry> {
    // The older ways to fork, where there are any.
    #[cfg(target_arch = "x86_64")]
    let mut list = whole(&[SYS_fork, SYS_vfork]);
    #[cfg(not(target_arch = "x86_64"))]
    let mut list = Vec::new();
    list.extend([
        only(SYS_clone, 0, Is::NoneOf { bits: CLONE_THREAD as u32 }),
        only(SYS_prctl, 0, Is::Equal(PR_SET_PDEATHSIG as u32)),
    ]);
    list
}

// The same numbers everywhere; newer than some C libraries.
const QUOTACTL_FD: c_long = 443;
const MEMFD_SECRET: c_long = 447;
const PROCESS_MRELEASE: c_long = 448;
const FCHMODAT2: c_long = 452;
const F_SETOWN_EX: u32 = 15;

fn whole(calls: &[c_long]) -> Vec<Entry> {
    calls.iter().map(|&call| Entry { call, only_if: Vec::new() }).collect()
}

fn only(call: c_long, argument: u8, is: Is) -> Entry {
    Entry { call, only_if: vec![Part { argument, is }] }
}
