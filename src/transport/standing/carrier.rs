//! A connection that has been taken over, as those see it who write to it.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use smallvec::SmallVec;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many pieces are handed over in one call.
const AT_ONCE: usize = 32;
/// Up to so many bytes, several pieces are made one first.
const GATHERED: usize = 1024;

/// A connection of HTTP/1.1 without hyper.
pub trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {
    /// Puts back what was read too early: the next to read gets it first.
    fn unread(&mut self, bytes: &[u8]);
}

impl<C: Carrier + ?Sized> Carrier for Box<C> {
    fn unread(&mut self, bytes: &[u8]) {
        (**self).unread(bytes);
    }
}

/// Listens to a client that has no more to say, for its end.
#[derive(Debug, Default)]
pub struct Ear {
    /// It has said something all the same: its next request, which has to wait. So it is not
    /// listened to any more; what it writes stays in the kernel, which bounds it. That it went is
    /// noticed when what is written to it comes back, at the second heartbeat at the latest.
    closed: bool,
}

impl Ear {
    /// Waits for the end.
    pub fn poll_end<C: Carrier>(
        &mut self,
        carrier: &mut C,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.closed {
            return Poll::Pending;
        }
        let mut bytes = [0; 64];
        let mut buffer = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut *carrier).poll_read(context, &mut buffer))?;
        if buffer.filled().is_empty() {
            return Poll::Ready(Ok(()));
        }
        carrier.unread(buffer.filled());
        self.closed = true;
        Poll::Pending
    }

    /// Whether it is not listened to any more.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}

/// Writes all pieces, in as few calls as the system takes them in, and flushes.
pub async fn write_all<'a, W, P>(wire: &mut W, pieces: P) -> io::Result<()>
where
    W: AsyncWrite + Unpin + ?Sized,
    P: Iterator<Item = &'a [u8]> + Clone,
{
    let mut gone = 0;
    poll_fn(|context| poll_write(wire, context, pieces.clone(), &mut gone)).await
}

/// The same for who cannot wait here; so many bytes are `gone` already, and more at the end.
pub fn poll_write<'a, W, P>(
    wire: &mut W,
    context: &mut Context<'_>,
    mut pieces: P,
    gone: &mut usize,
) -> Poll<io::Result<()>>
where
    W: AsyncWrite + Unpin + ?Sized,
    P: Iterator<Item = &'a [u8]> + Clone,
{
    // Of the first piece that is left, so many bytes have gone already.
    let mut of_first = *gone;
    loop {
        while let Some(piece) = pieces
            .clone()
            .next()
            .filter(|piece| piece.len() <= of_first)
        {
            of_first -= piece.len();
            pieces.next();
        }
        let left = pieces.clone().enumerate().map(|(n, piece)| {
            let gone = if n == 0 { of_first } else { 0 };
            piece.get(gone..).unwrap_or_default()
        });
        let mut left = left.filter(|piece| !piece.is_empty());
        let wire = Pin::new(&mut *wire);
        let written = match left.clone().take(AT_ONCE).count() {
            0 => return wire.poll_flush(context),
            1 => ready!(wire.poll_write(context, left.next().unwrap_or_default()))?,
            _ => ready!(write_several(wire, context, left))?,
        };
        if written == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        of_first += written;
        *gone += written;
    }
}

/// Hands several pieces over in one call.
fn write_several<'a, W: AsyncWrite + ?Sized>(
    wire: Pin<&mut W>,
    context: &mut Context<'_>,
    pieces: impl Iterator<Item = &'a [u8]> + Clone,
) -> Poll<io::Result<usize>> {
    // To gather a few bytes here costs less than to let the kernel do it.
    let mut gathered = SmallVec::<[u8; GATHERED]>::new();
    let fits = pieces.clone().all(|piece| {
        let fits = gathered.len() + piece.len() <= GATHERED;
        if fits {
            gathered.extend_from_slice(piece);
        }
        fits
    });
    if fits {
        return wire.poll_write(context, &gathered);
    }
    let mut slices = [IoSlice::new(&[]); AT_ONCE];
    let mut filled = 0;
    for (slice, piece) in slices.iter_mut().zip(pieces) {
        *slice = IoSlice::new(piece);
        filled += 1;
    }
    wire.poll_write_vectored(context, slices.get(..filled).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt;

    use super::*;

    /// A connection without a network.
    impl Carrier for tokio::io::DuplexStream {
        fn unread(&mut self, _: &[u8]) {}
    }

    proptest! {
        #[test]
        fn all_pieces_arrive_in_order_however_little_is_taken_at_a_time(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..80),
            room in 1..100_usize,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let heard = runtime.block_on(async {
                let (mut near, mut far) = tokio::io::duplex(room);
                let mut heard = Vec::new();
                let write = async {
                    write_all(&mut near, pieces.iter().map(Vec::as_slice)).await.unwrap();
                    drop(near);
                };
                let (_, read) = tokio::join!(write, far.read_to_end(&mut heard));
                read.unwrap();
                heard
            });
            prop_assert_eq!(heard, pieces.concat());
        }
    }
}
