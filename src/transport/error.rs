//! Every answer that says no. One list, so that the contract's error codes are in one place.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    event::{MAX_DATA, WordError},
    hub::{CursorAhead, HubError},
};

/// When a client may come back that was refused for a while, in s.
pub const RETRY_AFTER_S: u16 = 5;

/// Why a request is refused. Its text tells the client what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// A word of the request is not one of ours.
    #[error("{0}")]
    Word(#[from] WordError),
    /// The cursor names an event that does not exist yet.
    #[error("the cursor is beyond the head of the topic, which is {}", .0.head)]
    CursorAhead(CursorAhead),
    /// The hub has no topic to give.
    #[error("{0}")]
    Hub(#[from] HubError),
    /// `wait` is not a number of seconds that may be waited.
    #[error("`wait` is a whole number of seconds from 1 to 60")]
    Wait,
    /// The query names a thing twice or is not encoded as a query.
    #[error("the query cannot be read; give each of `after`, `wait` and `lane` once")]
    Query,
    /// The body is longer than an event's data may be.
    #[error("an event's data has at most {MAX_DATA} bytes")]
    TooLarge,
    /// The body is longer than a form, a server function's arguments or a swarm's word may be.
    #[error("a form, a server function or a swarm's progress takes at most 64 KiB")]
    FormTooLarge,
    /// The body is longer than a saved run may be.
    #[error("a saved run takes at most 32 MiB")]
    RunTooLarge,
    /// Several saved runs come in already.
    #[error("several runs are being saved right now; try again in a moment")]
    TooManyRunsAtOnce,
    /// The body is not text.
    #[error("an event's data is UTF-8 text")]
    NotUtf8,
    /// The body did not come to its end in time.
    #[error("the request's body did not arrive in time")]
    SlowBody,
    /// The body broke off.
    #[error("the request's body broke off")]
    BrokenBody,
    /// A WebSocket is spoken here.
    #[error("this address speaks WebSocket; ask with Upgrade: websocket and version 13")]
    NotWebSocket,
    /// No lane of that name is known.
    #[error("no lane of that name has been seen in the last 10 minutes")]
    UnknownLane,
    /// There is nothing at this address.
    #[error("there is nothing at this address; the README lists what there is")]
    NotFound,
    /// The address does not answer to this method.
    #[error("this address does not answer to this method")]
    Method,
    /// The name by which the server is asked is not one of its own.
    #[error("this server does not answer to that Host; name it with --public-host")]
    UnknownHost,
    /// HTTP demands one `Host`, and one way of telling the body's length.
    #[error("the request is not well-formed HTTP: {0}")]
    Malformed(&'static str),
    /// Clear text where TLS is spoken.
    #[error("this port speaks https: ask for the same address with https://")]
    ClearText,
    /// A page of another origin asks for what only our own pages may.
    #[error("pages of that origin may not do this; allow them with --allow-origin")]
    ForeignOrigin,
    /// The server wants its token.
    #[error("this server wants its token: Authorization: Bearer …, or sign in at /sign-in")]
    Token,
    /// Too many sockets of one kind.
    #[error("as many of these sockets are open as may be; try again later")]
    TooManySockets,
    /// A knob was set to a value that it does not have.
    #[error(
        "the knobs of a lane are delay_ms, drop_every, repeat_every and swap_every, whole numbers"
    )]
    Knob,
}

impl ApiError {
    /// The word by which programs tell errors apart; stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Word(WordError::Topic) => "bad_topic",
            Self::Word(WordError::Lane) => "bad_lane",
            Self::Word(WordError::Epoch | WordError::Cursor | WordError::Position) => "bad_cursor",
            Self::CursorAhead(_) => "cursor_ahead",
            Self::Hub(error) => error.code(),
            Self::Wait => "bad_wait",
            Self::Query => "bad_query",
            Self::TooLarge | Self::FormTooLarge | Self::RunTooLarge => "too_large",
            Self::TooManyRunsAtOnce => "too_many_at_once",
            Self::NotUtf8 => "not_utf8",
            Self::SlowBody => "slow_body",
            Self::BrokenBody => "broken_body",
            Self::NotWebSocket => "not_websocket",
            Self::UnknownLane => "unknown_lane",
            Self::NotFound => "not_found",
            Self::Method => "method_not_allowed",
            Self::UnknownHost => "unknown_host",
            Self::Malformed(_) => "malformed",
            Self::ClearText => "clear_text",
            Self::ForeignOrigin => "foreign_origin",
            Self::Token => "token_required",
            Self::TooManySockets => "too_many_sockets",
            Self::Knob => "bad_knob",
        }
    }

    /// The HTTP status (RFC 9110).
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Hub(_) | Self::TooManySockets | Self::TooManyRunsAtOnce => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::TooLarge | Self::FormTooLarge | Self::RunTooLarge => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::NotWebSocket => StatusCode::UPGRADE_REQUIRED,
            Self::UnknownLane | Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnknownHost => StatusCode::MISDIRECTED_REQUEST,
            Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::Token => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// `{"error":{"code":…,"message":…}}`.
    pub fn body(&self) -> serde_json::Value {
        json!({"error": {"code": self.code(), "message": self.to_string()}})
    }
}

impl From<CursorAhead> for ApiError {
    fn from(ahead: CursorAhead) -> Self {
        Self::CursorAhead(ahead)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        match self {
            Self::Hub(_) | Self::TooManySockets | Self::TooManyRunsAtOnce => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER_S.into());
            }
            Self::NotWebSocket => {
                headers.insert(
                    header::UPGRADE,
                    header::HeaderValue::from_static("websocket"),
                );
            }
            Self::Token => {
                let scheme = header::HeaderValue::from_static("Bearer");
                headers.insert(header::WWW_AUTHENTICATE, scheme);
            }
            _ => {}
        }
        response
    }
}
