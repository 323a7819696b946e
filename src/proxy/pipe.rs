//! One direction of a relayed stream: what is read is written later, in order.

use std::{
    future::pending,
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};

use super::timer::Timer;

/// What may be under way in one direction, in bytes. When that much is, no more is read: whoever
/// sends has to wait, as before a long line that is full.
const ROOM: u32 = 512 * 1024;
/// What is read at once, in bytes.
const CHUNK: u32 = 16 * 1024;
/// What a piece costs beside its bytes, so that many small ones cannot take more memory than that.
const OVERHEAD: u32 = 128;

/// How late a direction is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lateness {
    /// How long each byte is under way.
    pub(super) each: Duration,
    /// When the first byte can have set out: after the connection's own round trip.
    pub(super) from: Instant,
}

impl Lateness {
    fn due(&self, read: Instant) -> Instant {
        read.max(self.from) + self.each
    }
}

/// Something that was read.
enum Piece {
    Bytes(
        Box<[u8]>,
        #[expect(dead_code, reason = "its end is what counts")] OwnedSemaphorePermit,
    ),
    /// The sender has nothing more to say.
    End,
    /// The connection broke.
    Broken(io::Error),
}

/// Carries everything from `source` to `sink`, the end as well. An error, also of the sink, is told
/// as late as bytes are.
pub(super) async fn pipe(
    mut source: impl AsyncRead + Unpin,
    mut sink: impl AsyncWrite + Unpin,
    lateness: Lateness,
    timer: &Timer,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(ROOM as usize));
    let (queue, mut queued) = mpsc::unbounded_channel();
    let reading = async move {
        let mut buffer = vec![0; CHUNK as usize];
        loop {
            // It is never closed.
            let Ok(mut space) = Arc::clone(&room).acquire_many_owned(CHUNK + OVERHEAD).await else {
                break;
            };
            let read = source.read(&mut buffer).await;
            let due = lateness.due(Instant::now());
            let piece = match read {
                Ok(0) => Piece::End,
                Ok(length) => {
                    drop(space.split(CHUNK as usize - length));
                    let bytes = buffer.get(..length).unwrap_or_default();
                    Piece::Bytes(bytes.into(), space)
                }
                Err(error) => Piece::Broken(error),
            };
            let last = !matches!(piece, Piece::Bytes(..));
            if queue.send((due, piece)).is_err() || last {
                break;
            }
        }
        // What was read last is still to be written.
        pending().await
    };
    let writing = async {
        while let Some((due, piece)) = queued.recv().await {
            timer.until(due).await;
            match piece {
                Piece::Bytes(bytes, _) => {
                    if let Err(error) = sink.write_all(&bytes).await {
                        timer.until(Instant::now() + lateness.each).await;
                        return Err(error);
                    }
                }
                Piece::End => return sink.shutdown().await,
                Piece::Broken(error) => return Err(error),
            }
        }
        Ok(())
    };
    tokio::select! {
        outcome = writing => outcome,
        outcome = reading => outcome,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        sync::atomic::{AtomicUsize, Ordering},
        task::{Context, Poll, Waker},
    };

    use proptest::prelude::*;
    use tokio::io::{ReadBuf, duplex};

    use super::*;

    fn late(each: Duration) -> Lateness {
        Lateness {
            each,
            from: Instant::now(),
        }
    }

    /// Sends the pieces, flushing each, and gives back what comes out.
    async fn through(pieces: &[Vec<u8>], narrow: usize) -> Vec<u8> {
        let timer = Timer::start().unwrap();
        let (mut sender, source) = duplex(narrow);
        let (sink, mut receiver) = duplex(narrow);
        let send = async {
            for piece in pieces {
                sender.write_all(piece).await.unwrap();
            }
            sender.shutdown().await.unwrap();
        };
        let mut came = Vec::new();
        let piping = pipe(source, sink, late(Duration::from_micros(300)), &timer);
        let (carried, (), received) = tokio::join!(piping, send, receiver.read_to_end(&mut came));
        carried.unwrap();
        received.unwrap();
        came
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn bytes_come_out_unchanged_and_in_order(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5_000), 0..20),
            narrow in 1_usize..8_000,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            prop_assert_eq!(runtime.block_on(through(&pieces, narrow)), pieces.concat());
        }
    }

    #[tokio::test]
    async fn nothing_comes_early_and_the_first_byte_waits_for_the_connection() {
        let timer = Timer::start().unwrap();
        let (mut sender, source) = duplex(64);
        let (sink, mut receiver) = duplex(64);
        let start = Instant::now();
        let each = Duration::from_millis(15);
        let lateness = Lateness {
            each,
            from: start + 2 * each,
        };
        let talk = async {
            sender.write_all(b"a").await.unwrap();
            assert_eq!(receiver.read_u8().await.unwrap(), b'a');
            assert!(start.elapsed() >= 3 * each);
            let sent = Instant::now();
            sender.write_all(b"b").await.unwrap();
            assert_eq!(receiver.read_u8().await.unwrap(), b'b');
            assert!(sent.elapsed() >= each);
            let ended = Instant::now();
            drop(sender);
            assert_eq!(receiver.read(&mut [0]).await.unwrap(), 0);
            assert!(ended.elapsed() >= each);
        };
        let (carried, ()) = tokio::join!(pipe(source, sink, lateness, &timer), talk);
        carried.unwrap();
    }

    /// A sender that never ends, whose bytes come in pieces of one size.
    struct Endless {
        piece: usize,
        read: Arc<AtomicUsize>,
    }

    impl AsyncRead for Endless {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let length = self.piece.min(buffer.remaining());
            buffer.put_slice(&vec![0; length]);
            self.read.fetch_add(length, Ordering::Relaxed);
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_receiver_that_does_not_read_stops_the_sender() {
        for (piece, most) in [(1, ROOM / OVERHEAD), (CHUNK as usize, ROOM)] {
            let timer = Timer::start().unwrap();
            let (sink, _receiver) = duplex(1);
            let read = Arc::new(AtomicUsize::new(0));
            let source = Endless {
                piece,
                read: Arc::clone(&read),
            };
            let piping = pipe(source, sink, late(Duration::ZERO), &timer);
            // Nobody else is to have a turn.
            let mut piping = std::pin::pin!(tokio::task::unconstrained(piping));
            // It goes on until it can no more.
            let mut before = usize::MAX;
            while read.load(Ordering::Relaxed) != before {
                before = read.load(Ordering::Relaxed);
                let context = &mut Context::from_waker(Waker::noop());
                assert!(piping.as_mut().poll(context).is_pending());
            }
            assert!(before > 0 && before <= most as usize, "{before} bytes");
        }
    }
}
