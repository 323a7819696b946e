//! From which addresses connections go out: one has too few ports for the largest lanes.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use mio::net::TcpStream;
use rustix::net::{AddressFamily, SocketType};

/// Connections from one address to one destination: the ports that Linux gives out by itself are
/// 28,232.
const PER_SOURCE: u32 = 28_000;

/// Connections that the run has opened: each 28,000 get a source address of their own, where the
/// destination is this machine.
#[derive(Debug, Default)]
pub(super) struct Sources(AtomicU32);

impl Sources {
    /// Begins to connect, from the source whose turn it is.
    pub(super) fn connect(&self, to: SocketAddr) -> std::io::Result<TcpStream> {
        match self.next(to) {
            None => TcpStream::connect(to),
            Some(from) => connect_from(from, to),
        }
    }

    fn next(&self, destination: SocketAddr) -> Option<SocketAddr> {
        let address = self.0.fetch_add(1, Relaxed) / PER_SOURCE;
        let last = u8::try_from(address).ok().filter(|last| *last > 0)?;
        let own = Ipv4Addr::new(127, 0, 0, last.checked_add(1)?);
        let loopback = matches!(destination.ip(), IpAddr::V4(ip) if ip.is_loopback());
        loopback.then(|| SocketAddr::new(own.into(), 0))
    }
}

/// Connects from an address of our own choice.
fn connect_from(from: SocketAddr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    let stream = std::net::TcpStream::from(socket);
    stream.set_nonblocking(true)?;
    rustix::net::bind(&stream, &from)?;
    match rustix::net::connect(&stream, &to) {
        Ok(()) | Err(rustix::io::Errno::INPROGRESS) => Ok(TcpStream::from_std(stream)),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_28_000_connections_on_this_machine_have_a_source_of_their_own() {
        let sources = Sources::default();
        let here = "127.0.0.1:80".parse().unwrap();
        assert_eq!(sources.next(here), None);
        sources.0.store(PER_SOURCE, Relaxed);
        assert_eq!(sources.next(here), Some("127.0.0.2:0".parse().unwrap()));
        assert_eq!(sources.next("192.0.2.1:80".parse().unwrap()), None);
        sources.0.store(PER_SOURCE * 300, Relaxed);
        assert_eq!(sources.next(here), None, "there are no more");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn who_listens_sees_the_other_source() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let to = listener.local_addr().unwrap();
        let sources = Sources::default();
        for (so_far, from) in [(0, "127.0.0.1"), (PER_SOURCE, "127.0.0.2")] {
            sources.0.store(so_far, Relaxed);
            let _connection = sources.connect(to).unwrap();
            let (_, peer) = listener.accept().unwrap();
            assert_eq!(peer.ip().to_string(), from);
        }
    }
}
