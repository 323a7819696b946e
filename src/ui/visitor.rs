//! What a request tells of the visitor.

use cookie::Cookie;
use http::{HeaderMap, header, request::Parts, uri::Scheme};
use leptos::prelude::use_context;

use super::{language::Language, theme::Theme};
use crate::{lab::distance::Distance, proxy::Distances};

/// The cookie that remembers the language.
pub const LANGUAGE_COOKIE: &str = "lang";

/// The cookie that remembers the theme.
pub const THEME_COOKIE: &str = "theme";

/// Who is looking, as far as a page cares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visitor {
    /// Chosen (cookie), else wished for (`Accept-Language`), else English.
    pub language: Language,
    /// Chosen (cookie), else the system's.
    pub theme: Theme,
    /// Path and query of the page, to come back to after a choice.
    pub address: String,
    /// The server's name and port as the visitor typed it, for commands to copy.
    pub host: Option<String>,
    /// Whether the page came encrypted by the server itself.
    pub encrypted: bool,
    /// How far away the server is, and how far it might be.
    pub distance: Distance,
}

impl Visitor {
    /// The visitor of the request that is being answered. While the routes are listed at
    /// start-up there is none; nobody sees what is rendered then.
    pub fn here() -> Self {
        let Some(parts) = use_context::<Parts>() else {
            return Self::default();
        };
        let distances = use_context::<Distances>().unwrap_or_default();
        Self {
            distance: distances.seen(&parts),
            ..Self::of(&parts)
        }
    }

    /// The visitor who sent this request.
    pub fn of(parts: &Parts) -> Self {
        let headers = &parts.headers;
        let wished = || {
            let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            Some(Language::accepted(header))
        };
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        Self {
            language: remembered(headers, LANGUAGE_COOKIE, Language::from_tag)
                .or_else(wished)
                .unwrap_or_default(),
            theme: remembered(headers, THEME_COOKIE, Theme::from_slug).unwrap_or_default(),
            address: parts
                .uri
                .path_and_query()
                .map_or("/", |both| both.as_str())
                .to_owned(),
            host: host
                .or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))
                .map(str::to_owned),
            encrypted: parts.extensions.get() == Some(&Scheme::HTTPS),
            distance: Distance::default(),
        }
    }

    /// The server's origin as the visitor reached it, for commands to copy.
    pub fn origin(&self) -> String {
        let scheme = if self.encrypted { "https" } else { "http" };
        let host = self.host.as_deref().unwrap_or("127.0.0.1:3000");
        format!("{scheme}://{host}")
    }

    /// The page's path without its query.
    pub fn path(&self) -> &str {
        self.address.split('?').next().unwrap_or_default()
    }
}

/// What a cookie remembers, when it is there and makes sense.
fn remembered<T>(headers: &HeaderMap, name: &str, parse: fn(&str) -> Option<T>) -> Option<T> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .and_then(|cookie| parse(cookie.value()))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn visitor(uri: &str, headers: &[(&str, &str)]) -> Visitor {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Visitor::of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_choice_beats_a_wish() {
        let korean = ("accept-language", "ko-KR,ko;q=0.9");
        assert_eq!(visitor("/", &[korean]).language, Language::Korean);
        let both = visitor("/", &[korean, ("cookie", "a=b; lang=en; theme=dark")]);
        assert_eq!(
            (both.language, both.theme),
            (Language::English, Theme::Dark)
        );
    }

    #[test]
    fn nonsense_in_a_cookie_is_no_choice() {
        let odd = visitor(
            "/",
            &[
                ("accept-language", "ko"),
                ("cookie", "lang=xx; theme=; =;;"),
            ],
        );
        assert_eq!((odd.language, odd.theme), (Language::Korean, Theme::System));
    }

    #[test]
    fn the_address_keeps_its_query() {
        let here = visitor("/sign-in?failed=1", &[("host", "localhost:3000")]);
        assert_eq!(
            (here.address.as_str(), here.path()),
            ("/sign-in?failed=1", "/sign-in")
        );
        assert_eq!(here.host.as_deref(), Some("localhost:3000"));
    }
}
