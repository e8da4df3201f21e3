//! A connected UDP socket that never blocks for long and tells when the other end is missing.
#![allow(unsafe_code, reason = "IP_RECVERR has no safe wrapper in rustix or socket2")]

use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::AsRawFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::host::Host;
use crate::error::{Error, Remedy};

/// Waits for room in the send buffer within one frame: 8 of 100 ms keep a write below a second.
const WAITS: u32 = 8;
const WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// What the kernel keeps for a datagram of 1450 bytes, headers and rounding included.
const KEPT_PER_PACKET: usize = 2304;

/// Sends datagrams to one address.
pub(super) struct UdpSender {
    socket: Socket,
    address: SocketAddr,
    scratch: [MaybeUninit<u8>; 64],
}

impl UdpSender {
    /// Connects to the first address of `host` that the routing table can reach. The send buffer
    /// is asked to hold two frames of `packets` datagrams.
    ///
    /// # Errors
    /// If the host cannot be resolved or no address of it has a route.
    pub(super) fn connect(host: &Host, packets: usize) -> Result<Self, Error> {
        let mut last = None;
        for address in host.resolve()? {
            match open_socket(address, packets) {
                Ok(socket) => {
                    return Ok(Self { socket, address, scratch: [MaybeUninit::uninit(); 64] });
                }
                Err(error) => last = Some(failure(address, error)),
            }
        }
        Err(last.unwrap_or_else(|| Error::new(Remedy::Reopen, format!("{host} has no address"))))
    }

    /// Sends equal packets of `packet` bytes, the last of which may be shorter.
    ///
    /// The kernel tells of a missing receiver on a later call than the one that found it missing,
    /// and that later call sends nothing. Such a packet is sent again at once, so that a receiver
    /// that is back gets every packet of this frame; the refusal is reported after the last one.
    ///
    /// # Errors
    /// Told by remedy: [`Remedy::Retry`] if only this frame may be lost.
    pub(super) fn send_all(&mut self, packets: &[u8], packet: usize) -> Result<(), Error> {
        let mut waits = WAITS;
        let mut refused = None;
        for datagram in packets.chunks(packet) {
            if let Err(error) = self.send(datagram, &mut waits) {
                if error.kind() != io::ErrorKind::ConnectionRefused {
                    return Err(failure(self.address, error));
                }
                refused = Some(error);
                match self.send(datagram, &mut waits) {
                    Err(error) if error.kind() != io::ErrorKind::ConnectionRefused => {
                        return Err(failure(self.address, error));
                    }
                    Ok(()) | Err(_) => {}
                }
            }
        }
        refused.map_or(Ok(()), |error| Err(failure(self.address, error)))
    }

    fn send(&mut self, datagram: &[u8], waits: &mut u32) -> io::Result<()> {
        loop {
            match self.socket.send(datagram) {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && *waits > 0 => {
                    *waits -= 1;
                    let mut room = [PollFd::new(&self.socket, PollFlags::OUT)];
                    match poll(&mut room, Some(&WAIT)) {
                        Ok(_) | Err(Errno::INTR) => {}
                        Err(errno) => return Err(errno.into()),
                    }
                }
                Err(error) => {
                    self.drain_errors();
                    return Err(error);
                }
            }
        }
    }

    /// Empties the queue of extended errors, which IP_RECVERR fills and `send` does not.
    fn drain_errors(&mut self) {
        for _ in 0..256 {
            if self.socket.recv_with_flags(&mut self.scratch, libc::MSG_ERRQUEUE).is_err() {
                break;
            }
        }
    }
}

fn open_socket(address: SocketAddr, packets: usize) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // What follows is worth having and no reason to stay dark. The kernel caps the buffer.
    let wanted = (2 * packets * KEPT_PER_PACKET).clamp(128 * 1024, 4 * 1024 * 1024);
    let _ = socket.set_send_buffer_size(wanted);
    let _ = match address {
        SocketAddr::V4(_) => socket.set_tos_v4(libc::IPTOS_LOWDELAY.into()),
        SocketAddr::V6(_) => socket.set_tclass_v6(libc::IPTOS_LOWDELAY.into()),
    };
    report_unreachable(&socket, address);
    socket.connect(&SockAddr::from(address))?;
    Ok(socket)
}

/// Without this a socket is told only of refused ports, not of hosts that do not answer at all.
fn report_unreachable(socket: &Socket, address: SocketAddr) {
    let (level, name) = match address {
        SocketAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_RECVERR),
        SocketAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_RECVERR),
    };
    let on: libc::c_int = 1;
    // SAFETY: the descriptor is open for as long as `socket` is borrowed, and the kernel reads
    // the given number of bytes from `on`, which outlives the call.
    let _ = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            std::ptr::from_ref(&on).cast(),
            size_of_val(&on) as libc::socklen_t,
        )
    };
}

fn failure(address: SocketAddr, error: io::Error) -> Error {
    let (remedy, what) = match error.kind() {
        io::ErrorKind::ConnectionRefused => (Remedy::Retry, "nobody listens at"),
        io::ErrorKind::WouldBlock => (Remedy::Retry, "the network does not take packets for"),
        io::ErrorKind::PermissionDenied => (Remedy::FixSettings, "not permitted to send to"),
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => (Remedy::Reopen, "no way to reach"),
        _ => match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOBUFS | Errno::NOMEM) => {
                (Remedy::Retry, "the network does not take packets for")
            }
            _ => (Remedy::Reopen, "cannot send to"),
        },
    };
    Error::io(remedy, format!("{what} {address}"), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(errno: i32, remedy: Remedy) {
        let error = failure("192.0.2.1:4048".parse().unwrap(), io::Error::from_raw_os_error(errno));
        assert_eq!(error.remedy(), remedy, "{}", error.chain());
        assert!(error.to_string().ends_with(" 192.0.2.1:4048"), "{error}");
    }

    #[test]
    fn each_failure_has_the_remedy_that_helps() {
        check(libc::ECONNREFUSED, Remedy::Retry);
        check(libc::EAGAIN, Remedy::Retry);
        check(libc::ENOBUFS, Remedy::Retry);
        check(libc::EHOSTUNREACH, Remedy::Reopen);
        check(libc::ENETUNREACH, Remedy::Reopen);
        check(libc::ENETDOWN, Remedy::Reopen);
        check(libc::EADDRNOTAVAIL, Remedy::Reopen);
        check(libc::EINVAL, Remedy::Reopen);
        check(libc::EPERM, Remedy::FixSettings);
        check(libc::EACCES, Remedy::FixSettings);
    }
}
