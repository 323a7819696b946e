//! A TCP connection as the server sees it: what it may take its time for, and its end.
//!
//! It stands between the socket and hyper, so it also holds for what hyper gives away on an
//! upgrade, and for what is taken over from it. Everything that is to be measured on the wire
//! passes here.

mod deadline;
mod farewell;
mod place;
mod requests;

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use self::deadline::Deadline;
pub use self::{
    place::Place,
    requests::{InProgress, Requests},
};
use super::{head::HeadScan, stream::Stream};
use crate::{
    meter::{account::Account, line::Line, meters::Meters, sock_diag},
    transport::standing::{Carrier, Silence},
};

/// How long a connection without a request is kept. Behind a held poll's answer it may be as much
/// longer as the poll would still have been held: only then does anybody look.
pub const IDLE: Duration = Duration::from_secs(75);

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a request's head, from its first byte to its last.
    pub head: Duration,
    /// For taking the next bit of an answer.
    pub write: Duration,
}

/// The connection.
#[derive(Debug)]
pub struct Wire {
    /// There until the end.
    stream: Option<Stream>,
    /// HTTP/2 has no heads to wait for on the wire: they come in frames.
    heads_on_wire: bool,
    patience: Patience,
    requests: Requests,
    /// How many heads there had been when the wire last looked.
    heads: u64,
    head: Deadline,
    /// How long there has been no request; there from the first wait for one.
    idle: Option<Silence>,
    /// How many heads there had been when the wait for the next began.
    waits_after: u64,
    scan: HeadScan,
    line: Line,
    /// What the kernel knows of the connection has been asked.
    asked: bool,
    output: Deadline,
    /// How much the socket had taken when the wire last looked.
    sent: u64,
    /// What was read too early, and counted then.
    unread: Bytes,
    /// Not hyper has it: nobody asks whether all is flushed.
    taken: bool,
    /// Set where tests may cut.
    cut: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    _place: Place,
}

impl Wire {
    /// Takes a connection; `cut` ends it without a word.
    pub fn new(
        stream: Stream,
        patience: Patience,
        place: Place,
        cut: Option<CancellationToken>,
        meters: Arc<Meters>,
    ) -> Self {
        let account = Arc::new(Account::new(meters, stream.is_http2()));
        Self {
            heads_on_wire: !stream.is_http2(),
            stream: Some(stream),
            patience,
            requests: Requests::new(Arc::clone(&account)),
            heads: 0,
            head: Deadline::default(),
            idle: None,
            waits_after: 0,
            scan: HeadScan::default(),
            line: Line::new(account),
            asked: false,
            output: Deadline::default(),
            sent: 0,
            unread: Bytes::new(),
            taken: false,
            cut: cut.map(|cut| Box::pin(cut.cancelled_owned())),
            _place: place,
        }
    }

    /// What the service uses to say that a request is in progress.
    pub fn requests(&self) -> Requests {
        self.requests.clone()
    }

    /// Without hyper from now on, or with it again.
    pub fn take_over(&mut self, taken: bool) {
        self.taken = taken;
    }

    /// The answer in progress goes on to the connection's end.
    pub fn stands(&mut self) {
        self.line.stands();
        // No further request is waited for.
        self.idle = None;
    }

    fn flushed(&self, flushed: bool) {
        if !self.taken {
            self.requests.flushed(flushed);
        }
    }

    fn check_cut(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let Some(cut) = &mut self.cut else {
            return Ok(());
        };
        if cut.as_mut().poll(context).is_pending() {
            return Ok(());
        }
        self.cut = None;
        if let Some(stream) = self.stream.take() {
            // No FIN: a network that goes away sends none either; the client gets a reset.
            let _ = stream.socket().tcp().set_zero_linger();
        }
        Err(io::ErrorKind::ConnectionReset.into())
    }

    fn stream(&mut self) -> io::Result<Pin<&mut Stream>> {
        match &mut self.stream {
            Some(stream) => Ok(Pin::new(stream)),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Looks whether a head has come, behind which another is waited for.
    fn turn(&mut self) {
        let heads = self.line.account().requests();
        if heads != self.heads {
            self.heads = heads;
            self.head.disarm();
            self.scan = HeadScan::default();
        }
    }

    /// Waits until there is something to read: where nothing comes, nobody needs a buffer for it.
    pub async fn stirs(&mut self) -> io::Result<()> {
        poll_fn(|context| self.poll_stirs(context)).await
    }

    /// The same for who waits for several things.
    pub fn poll_stirs(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_cut(context)?;
        if !self.unread.is_empty() {
            return Poll::Ready(Ok(()));
        }
        match &self.stream {
            // What TLS has deciphered already, the socket does not know of.
            None | Some(Stream::Tls(_)) => return Poll::Ready(Ok(())),
            Some(Stream::Clear(socket)) => {
                if let Poll::Ready(ready) = socket.tcp().poll_read_ready(context) {
                    return Poll::Ready(ready);
                }
            }
        }
        self.turn();
        self.check_idle(context)?;
        Poll::Pending
    }

    /// Fails when the next request has not come for too long, or its head has not ended.
    fn check_idle(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let account = self.line.account();
        if !self.heads_on_wire || account.is_serving() {
            return Ok(());
        }
        if account.is_ahead() {
            let patience = self.patience.head;
            self.head.arm(patience);
        }
        self.head
            .check(context, "the request's head did not arrive in time")?;
        let idle = self.idle.get_or_insert_with(|| Silence::new(IDLE));
        if self.waits_after != self.heads {
            self.waits_after = self.heads;
            idle.begin();
        }
        match pin!(idle.lasted()).poll(context) {
            Poll::Ready(()) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "there was no request for too long",
            )),
            Poll::Pending => Ok(()),
        }
    }

    /// What TLS added to what was read, or written, until now.
    fn meter_tls(&mut self, read: bool, written: bool) {
        let Some(stream) = self.stream.as_ref().filter(|stream| stream.is_tls()) else {
            return;
        };
        let socket = stream.socket();
        let (bytes_in, bytes_out) = (socket.bytes_in(), socket.bytes_out());
        self.line
            .on_wire(read.then_some(bytes_in), written.then_some(bytes_out));
    }

    /// Lets the kernel tell what it knows of the connection, once, as long as it does.
    fn ask_kernel(&mut self) {
        let Some(stream) = self.stream.as_ref().filter(|_| !self.asked) else {
            return;
        };
        self.asked = true;
        if !self.line.has_lane() {
            return;
        }
        let tcp = stream.socket().tcp();
        if let (Ok(local), Ok(peer)) = (tcp.local_addr(), tcp.peer_addr())
            && let Some(info) = sock_diag::ask(local, peer)
        {
            self.line.closed(&info);
        }
    }

    /// Keeps watch over output that waits. What the socket takes is progress; TLS takes some more
    /// than the socket does, so its word does not count.
    fn wrote<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let sent = self
            .stream
            .as_ref()
            .map(|stream| stream.socket().bytes_out());
        if let Some(sent) = sent.filter(|sent| *sent != self.sent) {
            self.sent = sent;
            self.output.disarm();
        }
        if written.is_ready() {
            return written;
        }
        let patience = self.patience.write;
        self.output.arm(patience);
        match self
            .output
            .check(context, "the client has not taken any output for too long")
        {
            Ok(()) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check_cut(context)?;
        if !self.unread.is_empty() {
            let now = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(now));
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        self.turn();
        let read = self.stream()?.poll_read(context, buffer);
        let came = buffer.filled().get(before..).unwrap_or_default();
        if !came.is_empty() {
            let mut of_head = 0;
            if self.heads_on_wire && !self.line.account().is_serving() {
                let lengths;
                (of_head, lengths) = self.scan.feed(came);
                // Mostly a head comes in one piece, and nothing is waited for.
                if !self.scan.is_over() {
                    let patience = self.patience.head;
                    self.head.arm(patience);
                }
                // Of a head that began before the last answer was over, only the rest is seen.
                if let Some(lengths) = lengths
                    && !self.line.account().is_ahead()
                {
                    self.requests.saw(lengths);
                }
            }
            self.line.read(came, of_head);
        }
        if read.is_pending() {
            self.meter_tls(true, false);
            self.check_idle(context)?;
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check_cut(context)?;
        self.flushed(false);
        let written = self.stream()?.poll_write(context, bytes);
        if let Poll::Ready(Ok(n)) = written {
            self.line.wrote(bytes.get(..n).unwrap_or_default());
        }
        self.wrote(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check_cut(context)?;
        self.flushed(false);
        let written = self.stream()?.poll_write_vectored(context, slices);
        if let Poll::Ready(Ok(mut n)) = written {
            for slice in slices {
                let taken = slice.get(..n.min(slice.len())).unwrap_or_default();
                if taken.is_empty() && n == 0 {
                    break;
                }
                n -= taken.len();
                self.line.wrote(taken);
            }
        }
        self.wrote(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream
            .as_ref()
            .is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream()?.poll_flush(context);
        if flushed.is_ready() {
            self.flushed(true);
            self.meter_tls(false, true);
            self.line.flushed();
        }
        self.wrote(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Afterwards the kernel may know nothing of it any more.
        self.ask_kernel();
        let Ok(stream) = self.stream() else {
            return Poll::Ready(Ok(()));
        };
        let shut = stream.poll_shutdown(context);
        self.wrote(context, shut)
    }
}

impl Carrier for Wire {
    fn unread(&mut self, bytes: &[u8]) {
        self.unread = [bytes, &self.unread].concat().into();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.meter_tls(true, true);
        self.ask_kernel();
        if let Some(stream) = self.stream.take() {
            farewell::say(stream, Arc::clone(self.line.account()));
        }
    }
}
