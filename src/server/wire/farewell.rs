//! A connection's end, of which the other side should hear.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Waker},
    time::Duration,
};

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::{
    meter::account::{Account, Payer},
    server::stream::Stream,
};

/// How long, and how much, an ended connection is read on, so that its last words arrive.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

/// Closing a socket with unread input resets it, and a reset overtakes what was written last: the
/// answer that says why. So such a socket is read on for a little while.
pub(super) fn say(mut stream: Stream, account: Arc<Account>) {
    let mut unheard = [0; 512];
    let unread = stream.socket().tcp().try_read(&mut unheard).unwrap_or(0);
    let tls = stream.is_tls();
    account.came_late(unread as u64, tls);
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        return;
    };
    if unread > 0 {
        runtime.spawn(async move {
            let _ = tokio::time::timeout(LINGER, hear_out(stream, &account)).await;
        });
    } else if tls {
        // An end that TLS has not announced might be an attacker's. Best effort: whoever takes
        // nothing hears nothing.
        let said = stream.socket().bytes_out();
        let _ = Pin::new(&mut stream).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        count(&stream, said, &account);
    }
}

async fn hear_out(mut stream: Stream, account: &Account) -> io::Result<()> {
    let tls = stream.is_tls();
    let said = stream.socket().bytes_out();
    stream.shutdown().await?;
    count(&stream, said, account);
    // Nobody will ask what it says, so it stays encrypted.
    let mut socket = stream.into_socket();
    let mut left = LINGER_BYTES;
    let mut buffer = [0; 4096];
    while left > 0 {
        match socket.read(&mut buffer).await? {
            0 => break,
            n => {
                account.came_late(n as u64, tls);
                left = left.saturating_sub(n);
            }
        }
    }
    Ok(())
}

/// Counts the farewell itself, which is TLS's alone.
fn count(stream: &Stream, said: u64, account: &Account) {
    let farewell = stream.socket().bytes_out().saturating_sub(said);
    account.encrypted(&mut Payer::default(), farewell);
}
