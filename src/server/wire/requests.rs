//! Which requests have come on a connection, as the wire beneath and the service above share it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, Ordering},
};

use axum::http::{Request, header};

use crate::{
    meter::{
        account::{Account, BodyLength},
        meters::Use,
    },
    server::head::Lengths,
};

/// They, and whether all is written that was to be; a clone is a reference.
#[derive(Debug, Clone)]
pub struct Requests(Arc<RequestState>);

#[derive(Debug)]
struct RequestState {
    account: Arc<Account>,
    /// [`Lengths`] of the head that came last, until its request begins.
    lengths: AtomicU8,
    /// All that was to be written has been.
    flushed: AtomicBool,
}

impl Requests {
    /// Of a new connection.
    pub(super) fn new(account: Arc<Account>) -> Self {
        Self(Arc::new(RequestState {
            account,
            lengths: AtomicU8::new(Lengths::Unseen as u8),
            flushed: AtomicBool::new(true),
        }))
    }

    /// A request's head is there. Until the guard is dropped, what is read belongs to it.
    pub fn begin<B>(&self, request: &Request<B>) -> (InProgress, Lengths) {
        let account = self
            .0
            .account
            .begin(Use::of_path(request.uri().path()), body_length(request));
        // Taken, so that a second request in the same bytes does not pass for one that was seen.
        let lengths = match self
            .0
            .lengths
            .swap(Lengths::Unseen as u8, Ordering::Relaxed)
        {
            seen if seen == Lengths::Clear as u8 => Lengths::Clear,
            seen if seen == Lengths::Contradictory as u8 => Lengths::Contradictory,
            _ => Lengths::Unseen,
        };
        let in_progress = InProgress {
            account,
            ends: true,
        };
        (in_progress, lengths)
    }

    /// The connection's account.
    pub fn account(&self) -> &Arc<Account> {
        &self.0.account
    }

    /// Whether everything that was to be written has been.
    pub fn are_answered(&self) -> bool {
        self.0.flushed.load(Ordering::Relaxed)
    }

    /// All that was to be written has been, or there is something new.
    pub(super) fn flushed(&self, flushed: bool) {
        self.0.flushed.store(flushed, Ordering::Relaxed);
    }

    /// A head has come that tells its body's length so.
    pub(super) fn saw(&self, lengths: Lengths) {
        self.0.lengths.store(lengths as u8, Ordering::Relaxed);
    }
}

/// How long the body will be, as the head says. After an upgrade there is no body, but another
/// protocol's bytes.
fn body_length<B>(request: &Request<B>) -> BodyLength {
    let headers = request.headers();
    if headers.contains_key(header::TRANSFER_ENCODING) || headers.contains_key(header::UPGRADE) {
        return BodyLength::Untold;
    }
    let told = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    BodyLength::Of(told.unwrap_or(0))
}

/// Lives as long as a request's answer.
#[derive(Debug)]
pub struct InProgress {
    account: Arc<Account>,
    ends: bool,
}

impl InProgress {
    /// The account that the request's handler pays into.
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The connection has been upgraded: no further head will come.
    pub fn for_ever(mut self) {
        self.ends = false;
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        if self.ends {
            self.account.ended();
        }
    }
}
