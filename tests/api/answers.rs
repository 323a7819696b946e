//! What an answer says: a batch, or no and why.

use pushpull::event::Batch;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::app::soon;

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
}

/// A refusal to compare with.
pub fn refusal(status: u16, code: &str) -> Refusal {
    Refusal {
        status,
        code: code.to_owned(),
    }
}

/// The batch that a poll was answered with.
pub async fn batch(answer: Response) -> Batch {
    assert_eq!(answer.status(), StatusCode::OK);
    soon("a batch", answer.json()).await.unwrap()
}

/// What an answer refuses; it must be one of the contract's errors, told as JSON.
pub async fn refused(answer: Response) -> Refusal {
    let status = answer.status().as_u16();
    let body = soon("an error's body", answer.bytes()).await.unwrap();
    refusal_in(status, &body)
}

/// The refusal in an error's body.
pub fn refusal_in(status: u16, body: &[u8]) -> Refusal {
    let body: Value = serde_json::from_slice(body)
        .unwrap_or_else(|_| panic!("{status} with {:?}", String::from_utf8_lossy(body)));
    let error = &body["error"];
    let message = error["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty(), "an error says what to do: {body}");
    refusal(status, error["code"].as_str().expect("an error has a code"))
}
