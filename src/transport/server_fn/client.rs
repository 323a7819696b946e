//! The framework's own transports in the browser: Leptos server functions over the same hub.
//!
//! # Use
//! [`open_polling`], [`open_long_polling`] and [`open_websocket`] are the neighbours' clients with
//! another carrier: the same loops, the same signals. Times of receipt are taken when the
//! framework hands the message over, so that its decoding is part of the latency. An error of a
//! server function carries no status; whether it may pass is asked of a plain poll.
//!
//! # Clean-up
//! Dropping the [`Client`] aborts the request under way, and closes the socket once it has opened:
//! the framework cannot be told to give up a handshake.
//!
//! # On the server
//! Nothing.

use std::rc::Rc;

use futures::{
    channel::mpsc,
    future::LocalBoxFuture,
    stream::{self, StreamExt as _},
};

use super::{FnError, ToBrowser, ToServer};
use crate::{
    event::Epoch,
    transport::{
        Pace, Target,
        client::{
            Client, Sink,
            asking::{self, Rhythm},
            fetch::{self, Answer},
            line::Line,
            now,
            streaming::{self, Heard, Wire, Word, Words},
        },
        retry::{Trouble, reason},
        websocket::client::PATIENCE_MS,
    },
};

/// Opens a client that polls through a server function.
pub fn open_polling(target: Target, pace: Pace, sink: Sink) -> Client {
    asking::open(target, sink, ask, Rhythm::Ticks(pace.poll_interval_ms))
}

/// Opens a client that polls long through a server function.
pub fn open_long_polling(target: Target, pace: Pace, sink: Sink) -> Client {
    asking::open(target, sink, ask, Rhythm::Held(pace.wait_s))
}

/// Opens a client that listens on a server function's socket.
pub fn open_websocket(target: Target, _pace: Pace, sink: Sink) -> Client {
    let wire = Wire {
        connect,
        patience_ms: PATIENCE_MS,
        tells_no_position: false,
    };
    streaming::open(target, sink, wire)
}

fn ask(line: Rc<Line>, wait_s: Option<u32>) -> LocalBoxFuture<'static, Answer> {
    Box::pin(async move {
        let topic = line.target().topic.to_string();
        let after = line.cursor().map(|cursor| cursor.to_string());
        let lane = Some(line.target().lane.to_string());
        let said = match wait_s {
            Some(wait_s) => super::long_poll(topic, after, wait_s, lane).await,
            None => super::poll(topic, after, lane).await,
        };
        let at = now();
        let what = match said {
            Ok(batch) => Ok(batch),
            Err(error) => match fetch::ask(&line, None).await.what {
                Ok(_) => Err(Trouble::passing(error.error.code)),
                Err(told) => Err(told),
            },
        };
        Answer { at, what }
    })
}

fn connect(line: &Line) -> Words {
    let first = ToServer::Open {
        topic: line.target().topic.clone(),
        after: line.cursor(),
        lane: Some(line.target().lane.clone()),
    };
    let (say, said) = mpsc::unbounded();
    // The receiver is right here.
    let _ = say.unbounded_send(Ok::<_, FnError>(first));
    let socket = async move {
        let words = match super::socket(said.into()).await {
            Ok(messages) => understand(messages),
            Err(error) => {
                let word = Word::Ended(error.error.code);
                stream::once(async { Heard { at: now(), word } }).boxed_local()
            }
        };
        // The framework closes the socket when both of its ends are dropped: what it says, and
        // what is said to it.
        words.map(move |heard| {
            let _open_while_heard = &say;
            heard
        })
    };
    stream::once(socket).flatten().boxed_local()
}

/// Makes words of the socket's messages.
fn understand(messages: leptos::server_fn::BoxedStream<ToBrowser, FnError>) -> Words {
    let mut epoch: Option<Epoch> = None;
    let messages: std::pin::Pin<Box<_>> = messages.into();
    messages
        .filter_map(move |message| {
            let at = now();
            let word = match message {
                Ok(ToBrowser::Position { cursor }) => {
                    epoch = Some(cursor.epoch);
                    Some(Word::Open(Some(cursor)))
                }
                Ok(ToBrowser::Event(event)) => Some(epoch.map_or_else(
                    || Word::Ended(reason::BAD_ANSWER.to_owned()),
                    |epoch| {
                        let seq = event.seq;
                        Word::Event(event, crate::event::Cursor { epoch, seq })
                    },
                )),
                Ok(ToBrowser::Gap { gap, next }) => Some(Word::Gap(gap, next)),
                // Once the socket is open, refusals answer publishing, which this client does not.
                Ok(ToBrowser::Refused { .. }) if epoch.is_some() => None,
                Ok(ToBrowser::Refused { code, .. }) => Some(Word::Ended(code)),
                Err(error) => Some(Word::Ended(error.error.code)),
            };
            std::future::ready(word.map(|word| Heard { at, word }))
        })
        .boxed_local()
}
