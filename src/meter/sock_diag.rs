//! What the kernel knows of a TCP connection (`TCP_INFO`), asked for over netlink (its `sock_diag`).
//!
//! `getsockopt(TCP_INFO)` would be the short way; no safe binding of it is to be had. Netlink's
//! messages are plain bytes, which need none.

use std::net::SocketAddr;

/// What it knows; all of it since the connection was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TcpInfo {
    /// Segments with data, sent and received, repeated ones included.
    pub data_segments: u64,
    /// Segments that were sent again.
    pub retransmitted: u64,
    /// An estimate of all IP packets' bytes: what was sent and received, repeated or not, and for
    /// each segment the headers of IP and TCP with its time stamps.
    pub ip_bytes: u64,
}

/// Asks for a connection between two addresses, the first one being this machine's. `None` where
/// the kernel does not tell.
#[cfg(target_os = "linux")]
pub fn ask(local: SocketAddr, peer: SocketAddr) -> Option<TcpInfo> {
    linux::ask(local, peer)
}

/// Elsewhere nobody can be asked.
#[cfg(not(target_os = "linux"))]
pub fn ask(_: SocketAddr, _: SocketAddr) -> Option<TcpInfo> {
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        net::{IpAddr, SocketAddr},
        os::fd::OwnedFd,
        sync::LazyLock,
    };

    use rustix::net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType,
        netlink::{self, SocketAddrNetlink},
        recv, sendto, socket_with,
    };

    use super::TcpInfo;

    /// `SOCK_DIAG_BY_FAMILY`: the question, and the answer to it.
    const BY_FAMILY: u16 = 20;
    const REQUEST: u16 = 1;
    const AF_INET: u8 = 2;
    const AF_INET6: u8 = 10;
    const TCP: u8 = 6;
    /// `INET_DIAG_INFO`, an attribute of the answer.
    const INFO: u16 = 2;
    /// Where the answer's attributes begin: behind its two headers.
    const ATTRIBUTES: usize = 16 + 72;

    /// Asks on a socket of its own, so that nobody gets another one's answer and nobody waits.
    pub(super) fn ask(local: SocketAddr, peer: SocketAddr) -> Option<TcpInfo> {
        // Where it cannot be had once, it is not asked for a thousand times.
        static HEARD: LazyLock<bool> = LazyLock::new(|| open().is_some());
        if !*HEARD {
            return None;
        }
        let socket = open()?;
        let kernel = SocketAddrNetlink::new(0, 0);
        sendto(&socket, &question(local, peer), SendFlags::empty(), &kernel).ok()?;
        let mut answer = [0; 2048];
        // The kernel has answered before `sendto` returned.
        let (length, _) = recv(&socket, &mut answer, RecvFlags::DONTWAIT).ok()?;
        let headers = if local.is_ipv4() { 52 } else { 72 };
        read(answer.get(..length)?, headers)
    }

    fn open() -> Option<OwnedFd> {
        socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC,
            Some(netlink::SOCK_DIAG),
        )
        .ok()
    }

    /// A `nlmsghdr` and an `inet_diag_req_v2`.
    fn question(local: SocketAddr, peer: SocketAddr) -> Vec<u8> {
        let family = if local.is_ipv4() { AF_INET } else { AF_INET6 };
        let mut message = Vec::with_capacity(72);
        message.extend(72_u32.to_ne_bytes());
        message.extend(BY_FAMILY.to_ne_bytes());
        message.extend(REQUEST.to_ne_bytes());
        message.extend([0; 8]);
        message.extend([family, TCP, 1 << (INFO - 1), 0]);
        // In whatever state it is.
        message.extend(u32::MAX.to_ne_bytes());
        message.extend(local.port().to_be_bytes());
        message.extend(peer.port().to_be_bytes());
        for address in [local.ip(), peer.ip()] {
            match address {
                IpAddr::V4(ip) => {
                    message.extend(ip.octets());
                    message.extend([0; 12]);
                }
                IpAddr::V6(ip) => message.extend(ip.octets()),
            }
        }
        // Any interface, any incarnation.
        message.extend(0_u32.to_ne_bytes());
        message.extend([0xFF; 8]);
        message
    }

    /// A `nlmsghdr`, an `inet_diag_msg`, and attributes, one of which is a `tcp_info`.
    fn read(answer: &[u8], headers: u64) -> Option<TcpInfo> {
        if u16_at(answer, 4)? != BY_FAMILY {
            return None;
        }
        let mut rest = answer.get(ATTRIBUTES..)?;
        loop {
            let length = usize::from(u16_at(rest, 0)?);
            let value = rest.get(4..length)?;
            if u16_at(rest, 2)? == INFO {
                return tcp_info(value, headers);
            }
            rest = rest.get(length.next_multiple_of(4)..)?;
        }
    }

    /// The fields' places are the kernel's (`linux/tcp.h`); new ones are added behind.
    fn tcp_info(info: &[u8], headers: u64) -> Option<TcpInfo> {
        let segments = u64::from(u32_at(info, 136)?) + u64::from(u32_at(info, 140)?);
        let data_segments = u64::from(u32_at(info, 152)?) + u64::from(u32_at(info, 156)?);
        let bytes = u64_at(info, 128)? + u64_at(info, 200)?;
        Some(TcpInfo {
            data_segments,
            retransmitted: u32_at(info, 100)?.into(),
            ip_bytes: bytes + headers * segments,
        })
    }

    fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
        bytes
            .get(place..)?
            .first_chunk()
            .copied()
            .map(u16::from_ne_bytes)
    }

    fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
        bytes
            .get(place..)?
            .first_chunk()
            .copied()
            .map(u32::from_ne_bytes)
    }

    fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
        bytes
            .get(place..)?
            .first_chunk()
            .copied()
            .map(u64::from_ne_bytes)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    fn talk(bind: &str) -> Option<(TcpInfo, TcpStream, TcpStream)> {
        let listener = TcpListener::bind(bind).ok()?;
        let mut client = TcpStream::connect(listener.local_addr().ok()?).ok()?;
        let (mut server, peer) = listener.accept().ok()?;
        client.write_all(&[1; 300]).ok()?;
        server.read_exact(&mut [0; 300]).ok()?;
        server.write_all(&[2; 1_000]).ok()?;
        client.read_exact(&mut [0; 1_000]).ok()?;
        let info = ask(server.local_addr().ok()?, peer)?;
        Some((info, client, server))
    }

    #[test]
    fn the_kernel_tells_how_many_segments_carried_how_much() {
        let Some((info, ..)) = talk("127.0.0.1:0") else {
            panic!("no answer; where netlink is closed to programs, segments cannot be told");
        };
        assert_eq!((info.data_segments, info.retransmitted), (2, 0));
        // The two of the handshake that it counts at least, the data's, and acknowledgements.
        let headers = info.ip_bytes - 1_300;
        assert!(headers.is_multiple_of(52), "{info:?}");
        assert!((4..=8).contains(&(headers / 52)), "{info:?}");
    }

    #[test]
    fn over_ip_version_6_the_headers_are_longer() {
        let Some((info, ..)) = talk("[::1]:0") else {
            return;
        };
        assert!((info.ip_bytes - 1_300).is_multiple_of(72), "{info:?}");
    }

    #[test]
    fn of_a_connection_that_is_not_there_it_tells_nothing() {
        let nowhere = "127.0.0.1:1".parse().unwrap();
        assert_eq!(ask(nowhere, nowhere), None);
    }
}
