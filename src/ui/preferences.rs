//! `POST /preferences`: remembers the visitor's language and theme. A plain form posts it, so
//! that both switches work without JavaScript.

use axum::{
    Form, Json,
    extract::rejection::FormRejection,
    response::{AppendHeaders, IntoResponse, Response},
};
use cookie::{Cookie, SameSite, time::Duration};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;

use super::{
    language::Language,
    theme::Theme,
    visitor::{LANGUAGE_COOKIE, THEME_COOKIE},
};

/// How long a choice is remembered.
const REMEMBERED: Duration = Duration::days(365);

/// The form's fields: what to change, and the page to go back to.
#[derive(Debug, Deserialize)]
pub struct Preferences {
    lang: Option<String>,
    theme: Option<String>,
    back: Option<String>,
}

/// Why nothing was remembered.
#[derive(Debug, thiserror::Error)]
pub enum PreferencesError {
    /// Not a form, or not one that can be read.
    #[error("send a form with `lang` or `theme`, and `back`: {0}")]
    Form(#[from] FormRejection),
    /// Neither a language nor a theme was sent.
    #[error("send `lang` or `theme`; there is nothing to remember")]
    Nothing,
    /// Not one of the languages.
    #[error("`lang` is en or ko")]
    Language,
    /// Not one of the themes.
    #[error("`theme` is system, light or dark")]
    Theme,
    /// `back` could lead to another site.
    #[error("`back` is a path on this site, as in /runs?page=2")]
    Back,
}

impl PreferencesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form(_) => "bad_form",
            Self::Nothing => "nothing_to_remember",
            Self::Language => "bad_language",
            Self::Theme => "bad_theme",
            Self::Back => "bad_back",
        }
    }
}

impl IntoResponse for PreferencesError {
    fn into_response(self) -> Response {
        let error = json!({ "error": { "code": self.code(), "message": self.to_string() } });
        (StatusCode::BAD_REQUEST, Json(error)).into_response()
    }
}

/// Remembers the choice in a cookie and sends the visitor back to the page.
///
/// # Errors
/// 400 with the reason as JSON when the form makes no sense; nothing is remembered then.
pub async fn post(
    form: Result<Form<Preferences>, FormRejection>,
) -> Result<Response, PreferencesError> {
    let Form(preferences) = form?;
    let back = preferences.back.as_deref().unwrap_or("/");
    if !is_path_on_this_site(back) {
        return Err(PreferencesError::Back);
    }
    let mut cookies = Vec::new();
    if let Some(tag) = preferences.lang {
        let language = Language::from_tag(&tag).ok_or(PreferencesError::Language)?;
        cookies.push(remember(LANGUAGE_COOKIE, language.tag()));
    }
    if let Some(slug) = preferences.theme {
        let theme = Theme::from_slug(&slug).ok_or(PreferencesError::Theme)?;
        cookies.push(remember(THEME_COOKIE, theme.slug()));
    }
    if cookies.is_empty() {
        return Err(PreferencesError::Nothing);
    }
    let location = [(header::LOCATION, back.to_owned())];
    Ok((StatusCode::SEE_OTHER, location, AppendHeaders(cookies)).into_response())
}

/// The header that remembers one choice.
fn remember(name: &'static str, value: &'static str) -> (header::HeaderName, String) {
    let cookie = Cookie::build((name, value))
        .path("/")
        .max_age(REMEMBERED)
        .same_site(SameSite::Lax)
        .http_only(true);
    (header::SET_COOKIE, cookie.to_string())
}

/// Whether a redirect there stays on this site. Browsers read `//host` and `/\host` as another
/// host and drop tabs and line ends before they look, so none of these may occur.
pub(crate) fn is_path_on_this_site(path: &str) -> bool {
    path.starts_with('/')
        && !path.contains("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(lang: Option<&str>, theme: Option<&str>, back: Option<&str>) -> Response {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (lang, theme, back) = (own(lang), own(theme), own(back));
        futures::executor::block_on(post(Ok(Form(Preferences { lang, theme, back }))))
            .into_response()
    }

    #[test]
    fn a_choice_is_remembered_for_a_year() {
        let answer = send(Some("ko"), None, Some("/sign-in?failed=1"));
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(answer.headers()[header::LOCATION], "/sign-in?failed=1");
        assert_eq!(
            answer.headers()[header::SET_COOKIE],
            "lang=ko; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"
        );
    }

    #[test]
    fn both_choices_at_once_are_two_cookies() {
        let answer = send(Some("en"), Some("dark"), None);
        assert_eq!(answer.headers()[header::LOCATION], "/");
        assert_eq!(
            answer.headers().get_all(header::SET_COOKIE).iter().count(),
            2
        );
    }

    #[test]
    fn nonsense_is_refused_and_not_remembered() {
        for (lang, theme) in [(None, None), (Some("xx"), None), (Some("en"), Some("pink"))] {
            let answer = send(lang, theme, Some("/"));
            assert_eq!(
                answer.status(),
                StatusCode::BAD_REQUEST,
                "{lang:?} {theme:?}"
            );
            assert!(!answer.headers().contains_key(header::SET_COOKIE));
        }
    }

    #[test]
    fn no_redirect_leaves_the_site() {
        for bad in [
            "",
            "runs",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a//b",
            "https://evil.example",
            "/\t/evil.example",
            "/\n",
            "/ä",
            "/a b",
            "/\u{7f}",
        ] {
            let answer = send(Some("ko"), None, Some(bad));
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{bad:?}");
        }
    }
}
