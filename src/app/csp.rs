//! The content security policy of the pages.

use leptos::config::LeptosOptions;

/// What a page may load and do. Scripts run only by this response's nonce, styles only come
/// from our own files, nothing comes from elsewhere, and nobody may put the page in a frame.
///
/// `reload_port` is where cargo-leptos' reload socket listens in development, `clock_origin` where
/// a page that is seen from a distance exchanges clocks.
pub(super) fn policy(nonce: &str, reload_port: Option<u32>, clock_origin: Option<&str>) -> String {
    let reload = reload_port.map_or_else(String::new, |port| {
        format!(" ws://localhost:{port} ws://127.0.0.1:{port}")
    });
    // `http` becomes `ws`, `https` becomes `wss`.
    let clock = clock_origin.map_or_else(String::new, |origin| {
        format!(" {}", origin.replacen("http", "ws", 1))
    });
    [
        "default-src 'none'",
        // The nonce's module imports the rest of the program, which compiles WebAssembly.
        &format!("script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'"),
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        &format!("connect-src 'self'{clock}{reload}"),
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    ]
    .join("; ")
}

/// The port of the reload socket while cargo-leptos watches the sources.
pub(super) fn reload_port(options: &LeptosOptions) -> Option<u32> {
    std::env::var_os("LEPTOS_WATCH")?;
    Some(options.reload_external_port.unwrap_or(options.reload_port))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sources that the policy allows for one purpose.
    fn allowed(policy: &str, purpose: &str) -> String {
        let of = |part: &str| {
            part.trim()
                .strip_prefix(purpose)?
                .strip_prefix(' ')
                .map(str::to_owned)
        };
        policy.split(';').find_map(of).unwrap()
    }

    #[test]
    fn only_the_nonce_runs_scripts() {
        let policy = policy("abc-_1", None, None);
        assert_eq!(
            allowed(&policy, "script-src"),
            "'nonce-abc-_1' 'strict-dynamic' 'wasm-unsafe-eval'"
        );
        assert_eq!(allowed(&policy, "default-src"), "'none'");
        assert_eq!(allowed(&policy, "style-src"), "'self'");
        assert_eq!(allowed(&policy, "connect-src"), "'self'");
        assert_eq!(allowed(&policy, "frame-ancestors"), "'none'");
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"));
    }

    #[test]
    fn from_a_distance_the_clock_alone_is_reached_directly() {
        let policy = policy("n", None, Some("https://localhost:3000"));
        assert_eq!(
            allowed(&policy, "connect-src"),
            "'self' wss://localhost:3000"
        );
    }

    #[test]
    fn the_reload_socket_is_reached_in_development_only() {
        let connect = |port| allowed(&policy("n", port, None), "connect-src");
        assert_eq!(
            connect(Some(3001)),
            "'self' ws://localhost:3001 ws://127.0.0.1:3001"
        );
        assert!(!connect(None).contains("ws:"));
    }
}
