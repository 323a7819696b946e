//! Waiting for conditions, never for time: and not for ever.

use std::time::Duration;

/// How long anything that must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must come; a test that would wait for ever fails instead and says for what.
pub async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, coming)
        .await
        .unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}"))
}

/// Asks again and again until the answer is the one that must come.
pub async fn eventually<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    soon(what, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
