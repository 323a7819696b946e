//! Who may ask: `Host`, `Origin`, token; and what every answer tells browsers.

mod answers;
mod cors;
mod host;
mod origin;
mod token;

use pushpull::server::{Application, StartError, config::ConfigError};

use crate::{
    app::{TestApp, options},
    program::{Program, Site},
    raw::{Answer, HANDSHAKE, Raw, ask, request, shake},
};

/// Origins that are not the server's own: other hosts, other ports, and no origin at all.
const FOREIGN: [&str; 6] = [
    "http://evil.example",
    "https://evil.example",
    "null",
    "http://127.0.0.1:1",
    "http://127.0.0.1",
    "",
];
const TOKEN: &str = "a-secret-of-the-tests";

fn own(app: &TestApp) -> String {
    format!("http://{}", app.addr)
}

/// Every server function there is: its method and address.
fn server_functions() -> Vec<(String, &'static str)> {
    let all: Vec<_> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, method)| (method.to_string(), path))
        .collect();
    for known in [
        "/api/fn/poll",
        "/api/fn/run-status",
        "/api/fn/prepare-run",
        "/api/fn/socket",
    ] {
        assert!(
            all.iter().any(|(_, path)| *path == known),
            "{known} is not in {all:?}"
        );
    }
    all
}

/// What a browser asks before a request that a form could not make.
fn preflight<'a>(origin: &'a str, method: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("Origin", origin),
        ("Access-Control-Request-Method", method),
        (
            "Access-Control-Request-Headers",
            "content-type,authorization,last-event-id",
        ),
    ]
}
