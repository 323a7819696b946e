//! The HTML shell, the routes and what stands around every page.
//!
//! Everything here is rendered on the server; in the browser only the islands come to life.
//! Navigation is by ordinary links.

use http::{HeaderValue, StatusCode, header};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::ui::{
    pages::{
        compare::ComparePage, frame, lab::LabPage, not_found::NotFoundPage, run::RunPage,
        runs::RunsPage, sign_in::SignInPage, swarm::SwarmPage,
    },
    text::Text,
    visitor::Visitor,
};

mod csp;

/// The whole document around the [`App`], with the headers that belong to it.
///
/// Both have their types erased. The type of a view is its whole tree, and what is generic over it
/// has that in its name: with the tree of all pages the names alone were 1.6 GB of debug information
/// in each executable.
pub fn shell(options: LeptosOptions) -> AnyView {
    let visitor = Visitor::here();
    let text = Text::here();
    set_headers(&options, text);
    view! {
        <!DOCTYPE html>
        <html lang=text.language().tag() data-theme=visitor.theme.slug()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=visitor.theme.color_scheme() />
                <meta name="description" content=text.get("site-description") />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <HashedStylesheet options=options.clone() id="leptos" />
                <AutoReload options=options.clone() />
                <HydrationScripts options=options islands=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
    .into_any()
}

/// The routes, and what stands around every page.
#[component]
pub fn App() -> AnyView {
    provide_meta_context();
    let text = Text::here();
    view! {
        <a class="skip" href="#content">
            {text.get("site-skip")}
        </a>
        <Router>
            <frame::Header />
            <main class="wrap" id="content" tabindex="-1">
                <Routes fallback=NotFoundPage>
                    <Route path=path!("/") view=LabPage />
                    <Route path=path!("/sign-in") view=SignInPage />
                    // What these show is read from the database before anything is sent.
                    <Route path=path!("/runs") view=RunsPage ssr=SsrMode::Async />
                    <Route path=path!("/runs/compare") view=ComparePage ssr=SsrMode::Async />
                    <Route path=path!("/runs/:id") view=RunPage ssr=SsrMode::Async />
                    <Route path=path!("/swarm") view=SwarmPage ssr=SsrMode::Async />
                </Routes>
            </main>
            <frame::Footer />
        </Router>
    }
    .into_any()
}

/// The headers of a page: what it may load, and that it depends on the visitor.
fn set_headers(options: &LeptosOptions, text: Text) {
    let Some(response) = use_context::<ResponseOptions>() else {
        return;
    };
    if let Some(nonce) = use_nonce()
        && let Ok(policy) = HeaderValue::from_str(&csp::policy(
            &nonce,
            csp::reload_port(options),
            Visitor::here().distance.clock_origin.as_deref(),
        ))
    {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    let language = HeaderValue::from_static(text.language().tag());
    response.insert_header(header::CONTENT_LANGUAGE, language);
    // The same address gives another page to another visitor, and another after a switch.
    let vary = HeaderValue::from_static("Accept-Language, Cookie");
    response.append_header(header::VARY, vary);
    let cache = HeaderValue::from_static("private, no-cache");
    response.insert_header(header::CACHE_CONTROL, cache);
}

/// Gives the page that is being rendered another status than 200.
pub(crate) fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}
