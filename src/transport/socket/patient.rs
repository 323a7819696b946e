//! A WebSocket whose output may not wait for ever. In HTTP/1.1 the wire sees to that; a stream of
//! HTTP/2 can stand still while the wire beneath it moves.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::extract::ws::{Message, WebSocket};
use futures::{Sink, Stream};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;
use tungstenite::protocol::WebSocketConfig;

use super::{
    delivery::{Delivery, Waiting, Woken, feed},
    taken::{AtRest, Taken},
};
use crate::{
    hub::Entry,
    meter::account::{Account, Content, Payer},
    transport::{
        reader::Reader,
        standing::{Carrier, Rest},
    },
};

/// How long a socket's output may wait; who carries the socket learns when it is over. It comes
/// with the request, where the wire cannot see to it.
#[derive(Debug, Clone)]
pub struct SocketPatience {
    each: Duration,
    over: CancellationToken,
}

impl SocketPatience {
    /// So long for each message.
    pub fn new(each: Duration) -> Self {
        Self {
            each,
            over: CancellationToken::new(),
        }
    }

    /// How long.
    pub fn each(&self) -> Duration {
        self.each
    }

    /// Waits until it is over.
    pub async fn is_over(&self) {
        self.over.cancelled().await;
    }
}

/// A WebSocket that fails when its output has waited too long.
#[derive(Debug)]
pub enum Patient {
    /// On a connection of our own, where the wire sees to that.
    OnWire(Box<Taken>),
    /// Upgraded by hyper.
    OnHyper(Box<Upgraded>),
}

impl Patient {
    /// A socket on a connection of our own.
    pub(super) fn on_wire(
        carrier: Box<dyn Carrier>,
        account: Arc<Account>,
        config: WebSocketConfig,
    ) -> Self {
        Self::OnWire(Box::new(Taken::new(carrier, account, config)))
    }

    /// What hyper gave away; without a patience it waits for ever.
    pub(super) fn on_hyper(
        socket: WebSocket,
        patience: Option<SocketPatience>,
        account: Option<&Arc<Account>>,
    ) -> Self {
        Self::OnHyper(Box::new(Upgraded {
            socket,
            patience,
            deadline: None,
            account: account.filter(|account| account.is_http2()).cloned(),
            payer: Payer::default(),
        }))
    }
}

impl Stream for Patient {
    type Item = Result<Message, axum::Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.get_mut() {
            Self::OnWire(socket) => Pin::new(&mut **socket).poll_next(context),
            Self::OnHyper(socket) => Pin::new(&mut **socket).poll_next(context),
        }
    }
}

impl Sink<Message> for Patient {
    type Error = axum::Error;

    fn poll_ready(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        match self.get_mut() {
            Self::OnWire(socket) => Pin::new(&mut **socket).poll_ready(context),
            Self::OnHyper(socket) => Pin::new(&mut **socket).poll_ready(context),
        }
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
        match self.get_mut() {
            Self::OnWire(socket) => Pin::new(&mut **socket).start_send(message),
            Self::OnHyper(socket) => Pin::new(&mut **socket).start_send(message),
        }
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        match self.get_mut() {
            Self::OnWire(socket) => Pin::new(&mut **socket).poll_flush(context),
            Self::OnHyper(socket) => Pin::new(&mut **socket).poll_flush(context),
        }
    }

    fn poll_close(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        match self.get_mut() {
            Self::OnWire(socket) => Pin::new(&mut **socket).poll_close(context),
            Self::OnHyper(socket) => Pin::new(&mut **socket).poll_close(context),
        }
    }
}

impl Delivery for Patient {
    type Rest = Option<Rest<AtRest>>;

    fn rest(&self, reader: &Reader) -> Self::Rest {
        match self {
            Self::OnWire(socket) => Some(socket.rest(reader)),
            Self::OnHyper(_) => None,
        }
    }

    async fn wait(
        self,
        mut reader: Box<Reader>,
        with: &mut Waiting<'_, '_, Self::Rest>,
    ) -> (Self, Box<Reader>, Woken) {
        match (self, &with.rest) {
            (Self::OnWire(socket), Some(rest)) => {
                let (pulse, stop) = (&mut with.pulse, &mut with.stop);
                let resting = AtRest::new(socket, reader);
                let look =
                    |its: &mut AtRest, context: &mut Context<'_>| its.look(pulse, stop, context);
                let (resting, seen) = rest.until(resting, look).await;
                let (socket, reader) = resting.end(&mut with.pulse);
                (Self::OnWire(socket), reader, seen.unwrap_or(Woken::Moved))
            }
            (mut socket, _) => {
                // Beside the other way it would take most of the room in every socket's task.
                let woken = Box::pin(socket.wait_awake(&mut reader, with)).await;
                (socket, reader, woken)
            }
        }
    }

    async fn deliver(&mut self, events: &[Entry]) -> Result<(), axum::Error> {
        match self {
            Self::OnWire(socket) => socket.deliver(events).await,
            Self::OnHyper(socket) => feed(socket, events).await,
        }
    }
}

/// A socket in hyper's hands.
#[derive(Debug)]
pub struct Upgraded {
    socket: WebSocket,
    patience: Option<SocketPatience>,
    deadline: Option<Pin<Box<Sleep>>>,
    /// Whom the messages are counted for where the wire cannot tell them apart.
    account: Option<Arc<Account>>,
    payer: Payer,
}

impl Upgraded {
    fn count(&mut self, message: &Message, content: fn(u64) -> Content) {
        if let Some(account) = &self.account {
            let length = match message {
                Message::Text(text) => text.len(),
                Message::Binary(bytes) => bytes.len(),
                Message::Ping(_) | Message::Pong(_) | Message::Close(_) => 0,
            };
            account.carried(&mut self.payer, content(length as u64));
        }
    }

    fn wrote(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<Result<(), axum::Error>>,
    ) -> Poll<Result<(), axum::Error>> {
        let Some(patience) = &self.patience else {
            return written;
        };
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let each = patience.each;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(each)));
        deadline.as_mut().poll(context).map(|()| {
            patience.over.cancel();
            let late = io::Error::new(io::ErrorKind::TimedOut, "the client takes no output");
            Err(axum::Error::new(late))
        })
    }
}

impl Stream for Upgraded {
    type Item = Result<Message, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let message = ready!(Pin::new(&mut self.socket).poll_next(context));
        if let Some(Ok(message)) = &message {
            self.count(message, Content::In);
        }
        Poll::Ready(message)
    }
}

impl Sink<Message> for Upgraded {
    type Error = axum::Error;

    fn poll_ready(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        let ready = Pin::new(&mut self.socket).poll_ready(context);
        self.wrote(context, ready)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), axum::Error> {
        self.count(&message, Content::Out);
        Pin::new(&mut self.socket).start_send(message)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(context);
        self.wrote(context, flushed)
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), axum::Error>> {
        let closed = Pin::new(&mut self.socket).poll_close(context);
        self.wrote(context, closed)
    }
}
