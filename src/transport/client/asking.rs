//! The loop of all clients that ask again and again, whoever carries the request: ask with the
//! cursor, deliver the answer, ask again: at the next tick, or at once where the server holds the
//! request.

use std::rc::Rc;

use futures::future::LocalBoxFuture;

use super::{
    Client, Sink,
    fetch::Answer,
    line::Line,
    now,
    timer::{sleep, within},
};
use crate::transport::{
    Signal, Target,
    retry::{BASE_MS, Backoff, Trouble, reason},
    ticks::Ticks,
};

/// How a request is made: for what follows the line's cursor, held by the server for up to so many
/// seconds, or answered at once. Dropping the future aborts the request.
pub(crate) type Ask = fn(Rc<Line>, Option<u32>) -> LocalBoxFuture<'static, Answer>;

/// When the next request is made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rhythm {
    /// At the ticks of an interval in ms.
    Ticks(u32),
    /// At once: the server holds each request for up to so many seconds.
    Held(u32),
}

/// How long an answer may take beyond the time that the server holds the request, in ms. Then the
/// request is taken for lost, as when a middlebox forgot the connection without a word.
const PATIENCE_MS: f64 = 15_000.0;

/// Opens a client that asks by `ask` in the given rhythm.
pub(crate) fn open(target: Target, sink: Sink, ask: Ask, rhythm: Rhythm) -> Client {
    Client::start(
        target,
        sink,
        Box::new(move |line| Box::pin(run(Asker { line, ask }, rhythm))),
    )
}

/// Runs until the server refuses for good.
async fn run(asker: Asker, rhythm: Rhythm) {
    let mut backoff = Backoff::default();
    let mut position_known = asker.line.cursor().is_some();
    while !asker.line.is_over() {
        asker.line.tell(Signal::Connecting { at: now() });
        let ended = match rhythm {
            Rhythm::Ticks(interval_ms) => asker.at_ticks(interval_ms, &mut backoff).await,
            Rhythm::Held(wait_s) => asker.held(wait_s, position_known, &mut backoff).await,
        };
        let Err((at, trouble)) = ended else { return };
        asker.line.closed(at, trouble.reason());
        if !asker.line.settle(trouble, &mut backoff).await {
            return;
        }
        position_known = false;
    }
}

/// An exchange that brought a batch.
struct Exchanged {
    /// The batch's limit cut it off.
    more: bool,
    /// It had neither event nor gap.
    empty: bool,
}

/// When the trouble was seen, and what it is.
type Ended = Result<(), (f64, Trouble)>;

struct Asker {
    line: Rc<Line>,
    ask: Ask,
}

impl Asker {
    /// Polls at ticks. The first poll, at once, shows that the way is open.
    async fn at_ticks(&self, interval_ms: u32, backoff: &mut Backoff) -> Ended {
        let mut ticks = Ticks::new(interval_ms, now());
        let mut first = true;
        while !self.line.is_over() {
            let exchanged = self.exchange(None, first).await?;
            first = false;
            backoff.succeeded();
            if exchanged.more {
                continue;
            }
            let at = now();
            let tick = ticks.next(at, js_sys::Math::random());
            if tick.skipped > 0 {
                let ticks = tick.skipped;
                self.line.tell(Signal::Skipped { at, ticks });
            }
            sleep(tick.due - now()).await;
        }
        Ok(())
    }

    /// Asks and lets the server hold the request, one at a time.
    ///
    /// With a cursor the way counts as open once the first request has been handed to the browser:
    /// when the server begins to hold it cannot be known, and need not be, because what is
    /// published meanwhile follows the cursor all the same. Without one, and after a failure, one
    /// poll that is answered at once comes first: it gives the position, or shows that the server
    /// is back.
    async fn held(&self, wait_s: u32, position_known: bool, backoff: &mut Backoff) -> Ended {
        if position_known {
            self.opened(now());
        } else {
            let mut more = self.exchange(None, true).await?.more;
            while more && !self.line.is_over() {
                more = self.exchange(None, false).await?.more;
            }
            backoff.succeeded();
        }
        while !self.line.is_over() {
            let asked = now();
            let exchanged = self.exchange(Some(wait_s), false).await?;
            backoff.succeeded();
            // A server that lets go early, as one that shuts down, must not be asked in circles.
            let early = now() - asked < f64::from(wait_s) * 500.0;
            if exchanged.empty && early {
                sleep(BASE_MS).await;
            }
        }
        Ok(())
    }

    /// One request and its answer.
    async fn exchange(
        &self,
        wait_s: Option<u32>,
        first: bool,
    ) -> Result<Exchanged, (f64, Trouble)> {
        let patience_ms = PATIENCE_MS + f64::from(wait_s.unwrap_or(0)) * 1_000.0;
        self.line.tell(Signal::Asked { at: now() });
        if self.line.is_over() {
            return Err((now(), Trouble::passing(reason::ENDED)));
        }
        let answer = within(patience_ms, (self.ask)(Rc::clone(&self.line), wait_s)).await;
        let Some(Answer { at, what }) = answer else {
            return Err((now(), Trouble::passing(reason::NO_ANSWER)));
        };
        let batch = what.map_err(|trouble| (at, trouble))?;
        if first {
            if self.line.cursor().is_none() {
                self.line.advance(batch.next);
            }
            self.opened(at);
        }
        let empty = batch.is_empty();
        let exchanged = Exchanged {
            more: batch.more && !empty,
            empty,
        };
        self.line.deliver(at, batch);
        Ok(exchanged)
    }

    fn opened(&self, at: f64) {
        let position = self.line.cursor();
        self.line.tell(Signal::Open { at, position });
    }
}
