//! The mark of a transport.

use leptos::prelude::*;

use crate::transport::Transport;

/// The transport's mark in the transport's colour: polling ▲, long polling ◆, SSE ●,
/// WebSocket ■. It never stands alone, so it is hidden from screen readers.
///
/// A server-function lane wears the mark of the plain transport that it speaks.
#[component]
pub fn Mark(
    /// Whose mark.
    transport: Transport,
) -> impl IntoView {
    let plain = transport.plain();
    view! {
        <svg class=format!("mark {}", plain.slug()) viewBox="0 0 12 12" aria-hidden="true">
            <path d=outline(plain)></path>
        </svg>
    }
}

/// The mark as a character, for a picture's text.
pub(crate) fn sign(transport: Transport) -> &'static str {
    match transport.plain() {
        Transport::LongPolling => "◆ ",
        Transport::Sse => "● ",
        Transport::WebSocket => "■ ",
        _ => "▲ ",
    }
}

/// The mark's outline in a square of 12 by 12, for pictures that draw the mark themselves.
/// All four cover about the same area, so that none looks more important.
pub fn outline(transport: Transport) -> &'static str {
    match transport.plain() {
        Transport::LongPolling => "M6 0l6 6-6 6-6-6z",
        Transport::Sse => "M6 .6a5.4 5.4 0 1 1 0 10.8a5.4 5.4 0 1 1 0-10.8z",
        Transport::WebSocket => "M1.2 1.2h9.6v9.6h-9.6z",
        _ => "M6 .4l6 11.2h-12z",
    }
}
