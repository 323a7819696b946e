//! What the figures are measured with: this browser, its timer, the page's address.

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::window;

use super::{
    board::Instrument,
    browser::{from_brands, from_user_agent, is_loopback},
    request::member,
    watch,
};
use crate::transport::client::now;

/// How many steps of the timer are looked at, and for how long at most, ms: a browser that hides
/// behind a coarse clock must not hold the page up.
const STEPS: usize = 20;
const LOOK_MS: f64 = 20.0;

/// What can be known before the first exchange.
pub(super) fn look() -> Instrument {
    let Some(window) = window() else {
        return Instrument::default();
    };
    let navigator: JsValue = window.navigator().into();
    let text = member(&navigator, "userAgent")
        .as_string()
        .unwrap_or_default();
    let location = window.location();
    let lab = window
        .document()
        .and_then(|document| document.query_selector("[data-distance]").ok().flatten());
    let distance = lab.and_then(|lab| lab.get_attribute("data-distance"));
    Instrument {
        step_ms: timer_step(),
        isolated: member(&window, "crossOriginIsolated").is_truthy(),
        secure: member(&window, "isSecureContext").is_truthy(),
        long_tasks: watch::tells_long_tasks(),
        browser: from_brands(&brands(&navigator)).unwrap_or_else(|| from_user_agent(&text)),
        distance_ms: distance.and_then(|ms| ms.parse().ok()).unwrap_or_default(),
        user_agent: text,
        protocol: protocol(&window).unwrap_or_default(),
        origin: location.origin().unwrap_or_default(),
        loopback: location.hostname().is_ok_and(|host| is_loopback(&host)),
        ..Instrument::default()
    }
}

/// The smallest step that `performance.now()` makes, ms: 0.005 to 1.
fn timer_step() -> f64 {
    let mut step = f64::INFINITY;
    let begun = now();
    for _ in 0..STEPS {
        let from = now();
        if from - begun > LOOK_MS {
            break;
        }
        let to = loop {
            let to = now();
            if to > from {
                break to;
            }
        };
        step = step.min(to - from);
    }
    // The clock's own binary fractions, as in 0.0999999.
    (step * 1e4).round() / 1e4
}

/// The browser's name and the made-up ones, where it tells them.
fn brands(navigator: &JsValue) -> Vec<(String, String)> {
    let brands = member(&member(navigator, "userAgentData"), "brands");
    let Ok(brands) = brands.dyn_into::<js_sys::Array>() else {
        return Vec::new();
    };
    brands
        .iter()
        .filter_map(|brand| {
            let text = |key| member(&brand, key).as_string();
            Some((text("brand")?, text("version")?))
        })
        .collect()
}

/// The protocol that the page came by.
fn protocol(window: &web_sys::Window) -> Option<String> {
    let timings = window.performance()?;
    let ask: js_sys::Function = member(&timings, "getEntriesByType").dyn_into().ok()?;
    let entries = ask.call1(&timings, &JsValue::from_str("navigation")).ok()?;
    member(&member(&entries, "0"), "nextHopProtocol").as_string()
}
