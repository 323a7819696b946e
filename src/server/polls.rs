//! The two addresses that are asked over and over, found without the router, which took some 5 % of a
//! held poll's CPU time (`docs/performance.md`).
//!
//! The handlers are the router's own. What is not written as the contract writes it, the router
//! sees to: other methods, other spellings of an address, pages of other origins.

use axum::{
    extract::{Request, State},
    http::{Method, Uri},
    response::{IntoResponse, Response},
};

use crate::transport::{long_polling, polling, serving::Serving, subscription::Subscription};

/// What an address asks for.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    Polling,
    LongPolling,
}

/// The answer to a request, if it is a poll.
pub fn answer(
    serving: &Serving,
    request: &Request,
) -> Option<impl Future<Output = Response> + use<>> {
    let (topic, way) = find(request.method(), request.uri())?;
    let lane = request.extensions().get().cloned();
    let subscription = Subscription::asked(topic, request.uri(), lane);
    let serving = State(serving.clone());
    Some(async move {
        let answered = match (subscription, way) {
            (Ok(its), Way::Polling) => polling::server::serve(serving, its).await,
            (Ok(its), Way::LongPolling) => long_polling::server::serve(serving, its).await,
            (Err(refusal), _) => Err(refusal),
        };
        answered.into_response()
    })
}

/// Which topic is polled, and how.
fn find<'a>(method: &Method, uri: &'a Uri) -> Option<(&'a str, Way)> {
    let (topic, way) = uri.path().strip_prefix("/api/topics/")?.split_once('/')?;
    let way = match way {
        "poll" => Way::Polling,
        "long-poll" => Way::LongPolling,
        _ => return None,
    };
    let plain = !topic.is_empty() && !topic.contains('%');
    (method == Method::GET && plain).then_some((topic, way))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_are_found_as_the_contract_writes_them() {
        let found = |method: &Method, uri: &'static str| {
            let uri = Uri::from_static(uri);
            find(method, &uri).map(|(topic, way)| (topic.to_owned(), way))
        };
        let demo = |way| Some(("demo".to_owned(), way));
        let get = Method::GET;
        for (uri, way) in [
            ("/api/topics/demo/poll", Way::Polling),
            (
                "/api/topics/demo/long-poll?after=1&wait=2",
                Way::LongPolling,
            ),
            ("http://localhost/api/topics/demo/poll?x", Way::Polling),
        ] {
            assert_eq!(found(&get, uri), demo(way), "{uri}");
            for method in [Method::HEAD, Method::OPTIONS, Method::POST] {
                assert_eq!(found(&method, uri), None, "{method} {uri}");
            }
        }
        for other in [
            "/api/topics/demo/sse",
            "/api/topics/demo/poll/",
            "/api/topics/de/mo/poll",
            "/api/topics/d%65mo/poll",
            "/api/topics/demo",
            "/api/topics//demo/poll",
            "/api/topics//poll",
            "/API/topics/demo/poll",
            "/x/api/topics/demo/poll",
        ] {
            assert_eq!(found(&get, other), None, "{other}");
        }
    }
}
