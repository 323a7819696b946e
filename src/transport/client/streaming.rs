//! The loop of all clients on which the server speaks by itself: connect with the cursor, tell
//! what is heard, and connect again when it ends.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures::{
    channel::mpsc,
    stream::{LocalBoxStream, Stream, StreamExt as _},
};
use web_sys::EventTarget;

use super::{Client, Sink, fetch, line::Line, listening::Listening, now, timer::within};
use crate::{
    event::{Cursor, Event, Gap},
    transport::{
        Signal, Target,
        retry::{Backoff, CAP_MS, Trouble, reason},
    },
};

/// What a stream or socket says.
pub(crate) enum Word {
    /// It is established; the position where it tells one.
    Open(Option<Cursor>),
    /// An event, and the cursor that follows it.
    Event(Event, Cursor),
    /// A gap, and the cursor that follows it.
    Gap(Gap, Cursor),
    /// It broke off, and the browser will connect again by itself in so many ms.
    Reconnecting(f64),
    /// It has ended, with a reason.
    Ended(String),
}

/// A word, and when it was heard.
pub(crate) struct Heard {
    pub(crate) at: f64,
    pub(crate) word: Word,
}

/// All that a connection says. Dropping it closes the connection.
pub(crate) type Words = LocalBoxStream<'static, Heard>;

/// How a connection is made, from the line's cursor on.
pub(crate) type Connect = fn(&Line) -> Words;

/// A transport on which the server speaks.
#[derive(Clone, Copy)]
pub(crate) struct Wire {
    /// How a connection is made.
    pub(crate) connect: Connect,
    /// How long it may take to open, in ms; infinite where the browser sees to that.
    pub(crate) patience_ms: f64,
    /// It never tells its position: where none is known it is asked for before connecting, since
    /// a connection that breaks off before its first event could not be resumed otherwise.
    pub(crate) tells_no_position: bool,
}

/// After so many failed attempts in a row the server is asked for the reason by a poll: of a
/// handshake the browser tells nothing but that it failed.
const ATTEMPTS_BEFORE_ASKING: u32 = 2;

/// Opens a client over `wire`.
pub(crate) fn open(target: Target, sink: Sink, wire: Wire) -> Client {
    Client::start(
        target,
        sink,
        Box::new(move |line| Box::pin(run(line, wire))),
    )
}

/// Runs until the server refuses for good.
async fn run(line: Rc<Line>, wire: Wire) {
    let mut backoff = Backoff::default();
    let mut failed = 0;
    while !line.is_over() {
        line.tell(Signal::Connecting { at: now() });
        let ended = connection(&line, wire).await;
        line.closed(ended.at, ended.trouble.reason());
        match ended.opened {
            Some(opened) => {
                failed = 0;
                // One that broke off at once does not count as a success, or a server that
                // accepts and drops would be asked four times a second for ever.
                if ended.at - opened >= CAP_MS {
                    backoff.succeeded();
                }
            }
            None => failed += 1,
        }
        let mut trouble = ended.trouble;
        if failed >= ATTEMPTS_BEFORE_ASKING && !line.is_over() {
            let answer = within(CAP_MS, fetch::ask(&line, None)).await;
            if let Some(Err(told)) = answer.map(|answer| answer.what) {
                trouble = told;
            }
        }
        if !line.settle(trouble, &mut backoff).await {
            return;
        }
    }
}

/// How a connection ended.
struct Ended {
    at: f64,
    /// When it had opened, if it had.
    opened: Option<f64>,
    trouble: Trouble,
}

/// One connection from its handshake to its end.
async fn connection(line: &Line, wire: Wire) -> Ended {
    let mut opened = None;
    let ended = |at, opened, trouble| Ended {
        at,
        opened,
        trouble,
    };
    if wire.tells_no_position && line.cursor().is_none() {
        let answer = within(CAP_MS, fetch::ask(line, None)).await;
        match answer.map(|answer| answer.what) {
            Some(Ok(batch)) => line.advance(batch.next),
            Some(Err(trouble)) => return ended(now(), opened, trouble),
            None => return ended(now(), opened, Trouble::passing(reason::NO_ANSWER)),
        }
    }
    if line.is_over() {
        return ended(now(), opened, Trouble::passing(reason::ENDED));
    }
    let mut words = (wire.connect)(line);
    // The browser does not say when it begins to connect again by itself: that is told together
    // with what came of it.
    let mut reconnecting = false;
    loop {
        let heard = if opened.is_none() && wire.patience_ms.is_finite() {
            within(wire.patience_ms, words.next()).await
        } else {
            Some(words.next().await)
        };
        let Some(heard) = heard else {
            return ended(now(), opened, Trouble::passing(reason::NOT_OPENED));
        };
        let Some(Heard { at, word }) = heard else {
            return ended(now(), opened, Trouble::passing(reason::ENDED));
        };
        if std::mem::take(&mut reconnecting) {
            line.tell(Signal::Connecting { at });
        }
        match word {
            Word::Open(position) => {
                opened = Some(at);
                // A position is adopted only where none is held: in another epoch than ours it
                // is the gap that follows which tells where reading goes on.
                if let (None, Some(position)) = (line.cursor(), position) {
                    line.advance(position);
                }
                let position = position.or(line.cursor());
                line.tell(Signal::Open { at, position });
            }
            Word::Event(event, next) => {
                line.advance(next);
                let events = vec![event];
                line.tell(Signal::Delivered { at, events, next });
            }
            Word::Gap(gap, next) => {
                line.advance(next);
                line.tell(Signal::Gap { at, gap });
            }
            Word::Reconnecting(in_ms) => {
                reconnecting = true;
                line.closed(at, reason::NETWORK);
                line.tell(Signal::Retrying { at, in_ms });
            }
            Word::Ended(reason) => return ended(at, opened, Trouble::passing(reason)),
        }
    }
}

/// What is made of an event of the browser's; `None` where it says nothing.
pub(crate) type Understand = Box<dyn FnMut(&web_sys::Event) -> Option<Word>>;

/// The words of one of the browser's own connections.
struct Spoken {
    heard: mpsc::UnboundedReceiver<Heard>,
    // Before `_close`: nothing is heard of the closing.
    _listening: Listening,
    _close: Close,
}

/// Closes a connection when it is dropped.
struct Close(Box<dyn Fn()>);

impl Drop for Close {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Stream for Spoken {
    type Item = Heard;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Heard>> {
        self.heard.poll_next_unpin(context)
    }
}

/// The words of a connection of the browser's, which speaks in events of `kinds`.
pub(crate) fn words(
    connection: EventTarget,
    kinds: &'static [&'static str],
    mut understand: Understand,
    close: Box<dyn Fn()>,
) -> Words {
    let (say, heard) = mpsc::unbounded();
    let hear = move |at, event| {
        if let Some(word) = understand(&event) {
            // Nobody listens any more: then it need not be heard.
            let _ = say.unbounded_send(Heard { at, word });
        }
    };
    Box::pin(Spoken {
        heard,
        _listening: Listening::new(connection, kinds, Box::new(hear)),
        _close: Close(close),
    })
}

/// The words of a connection that the browser would not even begin.
pub(crate) fn blocked() -> Words {
    let word = Word::Ended(reason::BLOCKED.to_owned());
    Box::pin(futures::stream::once(async { Heard { at: now(), word } }))
}
