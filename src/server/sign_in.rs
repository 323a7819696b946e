//! `POST /sign-in`: takes the token from a plain form and keeps it in a cookie, since neither
//! EventSource nor WebSocket can carry an `Authorization` header.

use axum::{
    Form,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::guard::{Guard, TOKEN_COOKIE};

/// The form's field.
#[derive(Debug, Deserialize)]
pub struct Credentials {
    token: String,
}

/// Lets the visitor in, or asks again.
pub async fn post(State(guard): State<Guard>, Form(credentials): Form<Credentials>) -> Response {
    let token = credentials.token.trim();
    if !guard.is_token(token) {
        return Redirect::to("/sign-in?failed=1").into_response();
    }
    let cookie = Cookie::build((TOKEN_COOKIE, token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .build();
    let mut response = Redirect::to("/").into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
