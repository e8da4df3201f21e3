//! What is tried, and the answers of the kernel: outside, in the pure and in the tool profile.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libc::{EACCES, EFAULT, EFBIG, EINVAL, ENOMEM, ENOSYS, EPERM, c_long};

/// The expected answer inside; 0 is success.
#[derive(Clone, Copy)]
pub(crate) enum Expect {
    Always(i32),
    /// Only where the kernel has landlock.
    ByLandlock(i32),
}

use Expect::{Always, ByLandlock};

type Attempt = Box<dyn Fn(&Ground) -> Result<(), i32>>;

/// One attempt.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) bare: i32,
    pub(crate) pure: Expect,
    pub(crate) tool: Expect,
    /// Some machines refuse it outside as well, and can show nothing.
    pub(crate) is_optional: bool,
    pub(crate) attempt: Attempt,
}

/// What attempts are made on, opened before the sandbox was entered.
pub(crate) struct Ground {
    folder: PathBuf,
    victim: usize,
    secret: usize,
    pidfd: usize,
    memfd: usize,
    ring: usize,
    mapping: usize,
    own: usize,
}

const RING_BYTES: usize = 16384;

impl Ground {
    pub(crate) fn open(folder: PathBuf, ring: PathBuf, victim: usize, secret: usize) -> Self {
        let pidfd = call(libc::SYS_pidfd_open, &[victim]).unwrap();
        let name = c"prismatron_test";
        let sealable = libc::MFD_ALLOW_SEALING as usize;
        let memfd = call(libc::SYS_memfd_create, &[name.as_ptr() as usize, sealable]).unwrap();
        let ring = open(&ring, libc::O_RDWR).unwrap();
        let both = (libc::PROT_READ | libc::PROT_WRITE) as usize;
        let mapping = map(RING_BYTES, both, libc::MAP_SHARED, ring).unwrap();
        let own = open(&folder.join("own"), libc::O_WRONLY | libc::O_APPEND).unwrap();
        Self { folder, victim, secret, pidfd, memfd, ring, mapping, own }
    }
}

/// A system call with the kernel's own answer.
fn call(number: c_long, arguments: &[usize]) -> Result<usize, i32> {
    let mut six = [0; 6];
    six[..arguments.len()].copy_from_slice(arguments);
    let [a, b, c, d, e, f] = six;
    // SAFETY: every pointer among the arguments leads to memory of the caller that outlives the
    // call, as long as the call says it is; what the kernel makes of the rest is what is tested.
    let answer = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    match usize::try_from(answer) {
        Ok(answer) => Ok(answer),
        Err(_) => Err(io::Error::last_os_error().raw_os_error().unwrap()),
    }
}

fn done(number: c_long, arguments: &[usize]) -> Result<(), i32> {
    call(number, arguments).map(drop)
}

fn text(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}

const HERE: usize = libc::AT_FDCWD as usize;

fn open(path: &Path, flags: i32) -> Result<usize, i32> {
    let path = text(path);
    call(libc::SYS_openat, &[HERE, path.as_ptr() as usize, flags as usize, 0o600])
}

fn map(bytes: usize, access: usize, flags: i32, file: usize) -> Result<usize, i32> {
    call(libc::SYS_mmap, &[0, bytes, access, flags as usize, file, 0])
}

fn by_command(program: &Path) -> Result<(), i32> {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(-1),
        Err(error) => Err(error.raw_os_error().unwrap_or(-1)),
    }
}

fn row(
    name: &'static str,
    bare: i32,
    pure: Expect,
    tool: Expect,
    attempt: impl Fn(&Ground) -> Result<(), i32> + 'static,
) -> Row {
    Row { name, bare, pure, tool, is_optional: false, attempt: Box::new(attempt) }
}

/// What both profiles refuse by their filters.
fn filtered(name: &'static str, attempt: impl Fn(&Ground) -> Result<(), i32> + 'static) -> Row {
    row(name, 0, Always(EPERM), Always(EPERM), attempt)
}

/// What the tool profile refuses by landlock.
fn unreachable(name: &'static str, attempt: impl Fn(&Ground) -> Result<(), i32> + 'static) -> Row {
    row(name, 0, Always(EPERM), ByLandlock(EACCES), attempt)
}

fn optional(row: Row) -> Row {
    Row { is_optional: true, ..row }
}

/// Everything that is tried, in this order.
pub(crate) fn rows() -> Vec<Row> {
    [files(), memory(), others(), network(), kernel(), own_work(), programs(), name_spaces()]
        .into_iter()
        .flatten()
        .collect()
}

fn network() -> Vec<Row> {
    let socket = |name, family: i32| {
        filtered(name, move |_| {
            let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
            // NETLINK and the others know this kind; VSOCK may know the other one alone.
            let kind = if family == libc::AF_VSOCK { libc::SOCK_STREAM } else { kind };
            done(libc::SYS_socket, &[family as usize, kind as usize, 0])
        })
    };
    vec![
        socket("socket unix", libc::AF_UNIX),
        socket("socket inet", libc::AF_INET),
        optional(socket("socket inet6", libc::AF_INET6)),
        socket("socket netlink", libc::AF_NETLINK),
        optional(socket("socket vsock", libc::AF_VSOCK)),
    ]
}

fn files() -> Vec<Row> {
    let content = || PathBuf::from("/proc/self/fd/0");
    let make = libc::O_WRONLY | libc::O_CREAT;
    vec![
        unreachable("open passwd", |_| open(Path::new("/etc/passwd"), libc::O_RDONLY).map(drop)),
        unreachable("open own status", |_| {
            open(Path::new("/proc/self/status"), libc::O_RDONLY).map(drop)
        }),
        unreachable("open memory of another", |ground| {
            open(Path::new(&format!("/proc/{}/mem", ground.victim)), libc::O_RDWR).map(drop)
        }),
        row("open content again", 0, Always(EPERM), Always(0), move |_| {
            open(&content(), libc::O_RDONLY).map(drop)
        }),
        unreachable("open content to write", move |_| open(&content(), libc::O_WRONLY).map(drop)),
        unreachable("create", move |ground| open(&ground.folder.join("made"), make).map(drop)),
        optional(unreachable("create without name", |ground| {
            open(&ground.folder, libc::O_TMPFILE | libc::O_WRONLY).map(drop)
        })),
        unreachable("create in shared memory", move |_| {
            let path = format!("/dev/shm/prismatron_test{}_made", std::process::id());
            open(Path::new(&path), make)?;
            std::fs::remove_file(path).map_err(|error| error.raw_os_error().unwrap())
        }),
        unreachable("create a folder", |ground| {
            let path = text(&ground.folder.join("folder"));
            done(libc::SYS_mkdirat, &[HERE, path.as_ptr() as usize, 0o700])
        }),
        filtered("change rights", |ground| {
            let path = text(&ground.folder.join("own"));
            done(libc::SYS_fchmodat, &[HERE, path.as_ptr() as usize, 0o644])
        }),
        filtered("change times", |ground| {
            let path = text(&ground.folder.join("own"));
            done(libc::SYS_utimensat, &[HERE, path.as_ptr() as usize, 0, 0])
        }),
        filtered("truncate", |ground| {
            let path = text(&ground.folder.join("own"));
            done(libc::SYS_truncate, &[path.as_ptr() as usize, 4])
        }),
        // By the limit on the size of files.
        row("append to an open file", 0, Always(EFBIG), Always(EFBIG), |ground| {
            let bytes = b"more";
            done(libc::SYS_write, &[ground.own, bytes.as_ptr() as usize, bytes.len()])
        }),
        unreachable("rename", |ground| {
            let (from, to) = (text(&ground.folder.join("own")), text(&ground.folder.join("other")));
            let (from, to) = (from.as_ptr() as usize, to.as_ptr() as usize);
            done(libc::SYS_renameat2, &[HERE, from, HERE, to, 0])
        }),
        unreachable("unlink", |ground| {
            let path = text(&ground.folder.join("other"));
            let kept = text(&ground.folder.join("own"));
            // Inside it could not be renamed.
            call(libc::SYS_unlinkat, &[HERE, path.as_ptr() as usize, 0])
                .or_else(|errno| match errno {
                    libc::ENOENT => call(libc::SYS_unlinkat, &[HERE, kept.as_ptr() as usize, 0]),
                    errno => Err(errno),
                })
                .map(drop)
        }),
    ]
}

/// The ring's size and holes, and memory that is no file.
fn memory() -> Vec<Row> {
    let page = 4096;
    let code = (libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC) as usize;
    let private = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    vec![
        filtered("punch a hole into the mapped ring", move |ground| {
            done(libc::SYS_madvise, &[ground.mapping, page, libc::MADV_REMOVE as usize])
        }),
        filtered("punch a hole into the ring", move |ground| {
            let punch = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
            done(libc::SYS_fallocate, &[ground.ring, punch as usize, 0, page])
        }),
        filtered("shorten the ring", move |ground| done(libc::SYS_ftruncate, &[ground.ring, page])),
        filtered("seal", |ground| {
            let seal = libc::F_SEAL_SEAL as usize;
            done(libc::SYS_fcntl, &[ground.memfd, libc::F_ADD_SEALS as usize, seal])
        }),
        filtered("memory as a file", |_| {
            done(libc::SYS_memfd_create, &[c"x".as_ptr() as usize, 0])
        }),
        filtered("memory to write code to", move |_| {
            map(page, code, private, usize::MAX).map(drop)
        }),
        row("memory beyond the limit", 0, Always(ENOMEM), Always(ENOMEM), move |_| {
            if usize::BITS < 64 {
                return Err(ENOMEM);
            }
            map(0x2_0000_0000_u64 as usize, 0, private | libc::MAP_NORESERVE, usize::MAX).map(drop)
        }),
    ]
}

/// Another process of the same user.
fn others() -> Vec<Row> {
    vec![
        filtered("kill", |ground| done(libc::SYS_kill, &[ground.victim, 0])),
        filtered("kill a thread", |ground| {
            done(libc::SYS_tgkill, &[ground.victim, ground.victim, 0])
        }),
        filtered("kill by descriptor", |ground| {
            done(libc::SYS_pidfd_send_signal, &[ground.pidfd, 0, 0, 0])
        }),
        filtered("take a descriptor", |ground| done(libc::SYS_pidfd_getfd, &[ground.pidfd, 0, 0])),
        filtered("read memory", |ground| {
            let mut bytes = [0_u8; 8];
            let ours = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: 8 };
            let theirs = libc::iovec { iov_base: ground.secret as *mut _, iov_len: 8 };
            let (ours, theirs) = (&raw const ours as usize, &raw const theirs as usize);
            call(libc::SYS_process_vm_readv, &[ground.victim, ours, 1, theirs, 1, 0])?;
            assert_eq!(&bytes, b"a secret");
            Ok(())
        }),
        filtered("limit", |ground| {
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            let limit = [ground.victim, libc::RLIMIT_CORE as usize, &raw const none as usize, 0];
            done(libc::SYS_prlimit64, &limit)
        }),
        filtered("choose processors", |ground| {
            let all = [u8::MAX; 128];
            done(libc::SYS_sched_setaffinity, &[ground.victim, 128, all.as_ptr() as usize])
        }),
        filtered("schedule", |ground| {
            let zero = libc::sched_param { sched_priority: 0 };
            let other = libc::SCHED_OTHER as usize;
            done(libc::SYS_sched_setscheduler, &[ground.victim, other, &raw const zero as usize])
        }),
        filtered("slow down", |ground| {
            done(libc::SYS_setpriority, &[libc::PRIO_PROCESS as usize, ground.victim, 0])
        }),
        filtered("send signals of a file", |ground| {
            done(libc::SYS_fcntl, &[0, libc::F_SETOWN as usize, ground.victim])
        }),
        // Last: the victim is traced from then on.
        filtered("trace", |ground| {
            const SEIZE: usize = 0x4206;
            done(libc::SYS_ptrace, &[SEIZE, ground.victim, 0, 0])
        }),
    ]
}

/// Parts of the kernel that no decoder needs.
fn kernel() -> Vec<Row> {
    let absent = |name, bare, number, arguments: &'static [usize]| {
        row(name, bare, Always(ENOSYS), Always(ENOSYS), move |_| done(number, arguments))
    };
    vec![
        optional(filtered("handle page faults", |_| {
            const USER_MODE_ONLY: usize = 1;
            done(libc::SYS_userfaultfd, &[USER_MODE_ONLY])
        })),
        // These are known outside: their arguments are what is wrong there.
        absent("clone3", EINVAL, libc::SYS_clone3, &[0, 0]),
        optional(absent("io_uring_setup", EFAULT, libc::SYS_io_uring_setup, &[1, 0])),
    ]
}

/// What has to go on.
fn own_work() -> Vec<Row> {
    let allowed =
        |name, attempt: fn(&Ground) -> Result<(), i32>| row(name, 0, Always(0), Always(0), attempt);
    vec![
        allowed("read content", |_| {
            let mut bytes = [0_u8; 4];
            call(libc::SYS_pread64, &[0, bytes.as_mut_ptr() as usize, 4, 0])?;
            if &bytes == b"some" { Ok(()) } else { Err(-1) }
        }),
        allowed("a thread", |_| {
            let named = std::thread::Builder::new().name("worker".into());
            let thread = named.spawn(|| vec![1_u8; 1 << 20].len());
            match thread.map(std::thread::JoinHandle::join) {
                Ok(Ok(length)) if length == 1 << 20 => Ok(()),
                Ok(_) => Err(-1),
                Err(error) => Err(error.raw_os_error().unwrap_or(-1)),
            }
        }),
        allowed("a caught panic", |_| {
            std::panic::catch_unwind(|| panic!("this one is part of the test")).unwrap_err();
            Ok(())
        }),
        allowed("how many processors", |_| {
            std::thread::available_parallelism().map(drop).map_err(|_| -1)
        }),
    ]
}

fn programs() -> Vec<Row> {
    vec![
        row("start a program of the system", 0, Always(EPERM), Always(0), |_| {
            by_command(&std::fs::canonicalize("/usr/bin/true").unwrap_or("/bin/true".into()))
        }),
        unreachable("start another program", |ground| by_command(&ground.folder.join("program"))),
    ]
}

fn name_spaces() -> Vec<Row> {
    let unshare = |name, what: i32| {
        optional(filtered(name, move |_| {
            in_a_fork(move || done(libc::SYS_unshare, &[what as usize]))
        }))
    };
    // A user name space of one's own comes with all rights inside of it.
    vec![
        unshare("unshare user and network", libc::CLONE_NEWUSER | libc::CLONE_NEWNET),
        unshare("unshare user and mounts", libc::CLONE_NEWUSER | libc::CLONE_NEWNS),
    ]
}

/// A process with threads gets no user name space, and one without the right to fork is one anyway
/// that has to be refused.
fn in_a_fork(attempt: impl Fn() -> Result<(), i32>) -> Result<(), i32> {
    // SAFETY: the child makes one system call and ends.
    let pid = unsafe { libc::fork() };
    match pid {
        -1 => attempt(),
        // SAFETY: as above.
        0 => unsafe { libc::_exit(attempt().err().unwrap_or(0)) },
        pid => {
            let mut status = 0;
            call(libc::SYS_wait4, &[pid as usize, &raw mut status as usize, 0, 0])?;
            match libc::WEXITSTATUS(status) {
                0 => Ok(()),
                errno => Err(errno),
            }
        }
    }
}
