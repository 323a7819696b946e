//! One plain request of the lab's own, beside the lanes' traffic, and what its answer says. The
//! browser reads the JSON: compiled readers are for what comes by the hundred.

use js_sys::{JSON, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Headers, RequestCache, RequestInit, Response, UrlSearchParams, window};

use crate::transport::client::now;

/// An answer.
pub(super) struct Answer {
    /// When the whole body had arrived, on the browser's clock, ms.
    pub(super) at: f64,
    /// The HTTP status.
    pub(super) status: u16,
    /// The body.
    pub(super) body: String,
}

/// What is sent by POST.
pub(super) enum Body<'a> {
    /// A text.
    Text(&'a str),
    /// Fields, as a form has them.
    Form(UrlSearchParams),
    /// JSON that the browser holds already.
    Json(&'a Blob),
}

/// Sends `body` by POST, or asks by GET where there is none. `None` when no answer came.
pub(super) async fn request(address: &str, body: Option<Body<'_>>) -> Option<Answer> {
    let init = RequestInit::new();
    init.set_cache(RequestCache::NoStore);
    if let Some(body) = body {
        init.set_method("POST");
        match body {
            Body::Text(text) => init.set_body(&text.into()),
            Body::Form(form) => init.set_body(&form),
            Body::Json(json) => {
                let headers = Headers::new().ok()?;
                headers.set("content-type", "application/json").ok()?;
                init.set_headers(&headers);
                init.set_body(json);
            }
        }
    }
    let fetching = window()?.fetch_with_str_and_init(address, &init);
    let response: Response = JsFuture::from(fetching).await.ok()?.dyn_into().ok()?;
    let body = JsFuture::from(response.text().ok()?).await.ok()?;
    Some(Answer {
        at: now(),
        status: response.status(),
        body: body.as_string()?,
    })
}

/// What an object's member is, or undefined.
pub(super) fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// The value that a text in JSON stands for, or undefined.
pub(super) fn json(text: &str) -> JsValue {
    JSON::parse(text).unwrap_or(JsValue::UNDEFINED)
}

/// An object's member as a whole number; those below 2⁵³ are exact.
pub(super) fn whole(object: &JsValue, name: &str) -> Option<u64> {
    let number = member(object, name).as_f64()?;
    Some(number as u64)
}
