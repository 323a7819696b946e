//! Where connections wait until they are accepted.

use std::{io, net::SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// How many may wait: a crowd that comes back all at once, after a proxy was restarted, finds
/// room. Beyond it the kernel drops what asks, which asks again after 1, 3 and 7 s. The usual 128
/// would be full within a few ms.
const QUEUE: u32 = 4_096;

/// Listens on that address.
pub(super) fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A server that was restarted gets its port back at once.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(QUEUE)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{net::TcpStream, time::timeout};

    use super::*;

    #[tokio::test]
    async fn a_crowd_may_wait_to_be_accepted() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let addr = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        // Nobody accepts; one too many would wait for its second question.
        for _ in 0..500 {
            let connected = timeout(Duration::from_secs(20), TcpStream::connect(addr)).await;
            waiting.push(connected.unwrap().unwrap());
        }
        assert_eq!(waiting.len(), 500);
    }
}
