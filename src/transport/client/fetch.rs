//! One request for a batch by the browser's `fetch`.

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCache, RequestInit, Response, window};

use super::{line::Line, now};
use crate::{
    event::Batch,
    transport::{
        address::address,
        retry::{Trouble, judge, reason},
    },
};

/// An answer, and when all of it had arrived.
pub(crate) struct Answer {
    /// When the whole body was there, before it was parsed.
    pub(crate) at: f64,
    /// The batch, or why there is none.
    pub(crate) what: Result<Batch, Trouble>,
}

/// Asks for what follows the line's cursor: at once, or held by the server for up to `wait_s`.
/// Dropped, the request is aborted.
pub(crate) async fn ask(line: &Line, wait_s: Option<u32>) -> Answer {
    let way = if wait_s.is_some() {
        "long-poll"
    } else {
        "poll"
    };
    let address = address(way, line.target(), line.cursor(), wait_s);
    let got = get(&address).await;
    match got {
        Ok(reply) => Answer {
            at: reply.at,
            what: reply.batch(),
        },
        Err(_) => Answer {
            at: now(),
            what: Err(Trouble::passing(reason::NETWORK)),
        },
    }
}

/// A response whose body has arrived.
struct Reply {
    at: f64,
    status: u16,
    retry_after: Option<String>,
    body: String,
}

impl Reply {
    fn batch(self) -> Result<Batch, Trouble> {
        let batch = match self.status {
            200 => serde_json::from_slice(self.body.as_bytes()).ok(),
            _ => None,
        };
        batch.ok_or_else(|| judge(self.status, &self.body, self.retry_after.as_deref()))
    }
}

/// Aborts its request when it is dropped; of a request that has ended nothing is left to abort.
struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn get(address: &str) -> Result<Reply, JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let abort = Abort(AbortController::new()?);
    let init = RequestInit::new();
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(&abort.0.signal()));
    let response = JsFuture::from(window.fetch_with_str_and_init(address, &init)).await?;
    let response: Response = response.dyn_into()?;
    let body = JsFuture::from(response.text()?).await?;
    let at = now();
    Ok(Reply {
        at,
        status: response.status(),
        retry_after: response.headers().get("retry-after")?,
        body: body.as_string().unwrap_or_default(),
    })
}
