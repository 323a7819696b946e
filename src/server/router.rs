//! Which address leads where.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderName, Method, header},
    middleware::{from_fn_with_state, map_response},
    routing::{MethodFilter, any, get, on, post},
};
use leptos::{config::LeptosOptions, context::provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use serde_json::{Value, json};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{
    assets, config::ServeOptions, door::Door, fn_errors, fn_socket, guard, large, metrics::Metrics,
    sign_in,
};
use crate::{
    app::{App, shell},
    lab::publisher::Publisher,
    meter::process,
    proxy::Distances,
    runs::store::Store,
    swarm::{self, Swarms, api::Reports},
    transport::{
        clock, echo, error::ApiError, knobs, lane, long_polling, polling, publishing,
        serving::Serving, sse, websocket,
    },
    ui::{
        preferences,
        runs::files,
        swarm::events::{self, Followed},
    },
};

/// How a WebSocket is asked for: by GET in HTTP/1.1, by CONNECT in HTTP/2 (RFC 8441).
const SOCKET: MethodFilter = MethodFilter::GET.or(MethodFilter::CONNECT);

/// What the addresses lead to; a clone is a handful of references.
#[derive(Debug, Clone)]
pub struct Rooms {
    /// The topics and what every transport's server shares.
    pub serving: Serving,
    /// The lab's runs.
    pub publisher: Publisher,
    /// The saved runs.
    pub store: Store,
    /// The load generators that report.
    pub swarms: Swarms,
    /// Which port is how far away.
    pub distances: Distances,
}

/// Everything that the server answers to.
pub fn router(
    options: &ServeOptions,
    leptos: &LeptosOptions,
    rooms: &Rooms,
    connections: Arc<AtomicUsize>,
) -> Door {
    let serving = &rooms.serving;
    let guard = guard::Guard::new(options, rooms.distances.clone());
    let metrics = Metrics::new(serving.clone(), Arc::clone(&connections));
    let router = Router::new()
        .route("/metrics", get(async move || metrics.answer()))
        .route("/healthz", get(move |state| healthz(state, connections)))
        .with_state(serving.clone())
        .merge(data_plane(options, serving))
        .merge(pages(leptos, rooms, &guard))
        .merge(assets::package(leptos));
    Door::new(guard, serving.clone(), router, &cors(options))
}

/// The contract. Polls that are written as it writes them do not come here, but to [`super::polls`].
fn data_plane(options: &ServeOptions, serving: &Serving) -> Router {
    let mut api = Router::new()
        .route("/api/topics/{topic}/events", post(publishing::publish))
        .route("/api/topics/{topic}/poll", get(polling::server::serve))
        .route(
            "/api/topics/{topic}/long-poll",
            get(long_polling::server::serve),
        )
        .route("/api/topics/{topic}/sse", get(sse::server::serve))
        .route(
            "/api/topics/{topic}/ws",
            on(SOCKET, websocket::server::serve),
        )
        .route("/api/clock", on(SOCKET, clock::serve))
        .route(
            "/api/echo",
            on(SOCKET, echo::serve).layer(Extension(echo::Places::default())),
        )
        .route("/api/lanes/{lane}", get(lane::show));
    if options.test_knobs {
        api = api
            .route("/api/test/cut", post(knobs::cut))
            .route("/api/test/lanes/{lane}", post(knobs::set));
    }
    // A missing address is a program's mistake, not a visitor's: it gets no page.
    for missing in ["/api", "/api/", "/api/{*rest}"] {
        api = api.route(missing, any(async || ApiError::NotFound));
    }
    api.method_not_allowed_fallback(async || ApiError::Method)
        .with_state(serving.clone())
}

/// Closed but for the origins that were allowed by name.
fn cors(options: &ServeOptions) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(options.allow_origin.iter().cloned()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([HeaderName::from_static("lane"), header::RETRY_AFTER])
}

/// Pages, forms and server functions.
fn pages(leptos: &LeptosOptions, rooms: &Rooms, guard: &guard::Guard) -> Router {
    let its = rooms.clone();
    let context = move || {
        provide_context(its.serving.clone());
        provide_context(its.publisher.clone());
        provide_context(its.store.clone());
        provide_context(its.swarms.clone());
        provide_context(its.distances.clone());
    };
    let its_context = context.clone();
    let socket = move |request| fn_socket::connect(its_context.clone(), request);
    let its_options = leptos.clone();
    let page = move || shell(its_options.clone());
    let missing = leptos_axum::render_app_to_stream_with_context(context.clone(), page.clone());
    let files = assets::public(leptos).fallback(any(missing));
    Router::new()
        .leptos_routes_with_context(leptos, generate_route_list(App), context, page)
        .with_state(leptos.clone())
        .route(fn_socket::ADDRESS, on(MethodFilter::CONNECT, socket))
        .route("/sign-in", post(sign_in::post).with_state(guard.clone()))
        .route("/preferences", post(preferences::post))
        .merge(run_files(rooms))
        .merge(reports(rooms))
        .fallback_service(files)
        .layer(map_response(fn_errors::set_status))
        // The framework's own bound is below what a saved run takes; ours is by address.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(large::Places::default(), large::bound))
}

/// Saved runs as files: out by links, in by a form.
fn run_files(rooms: &Rooms) -> Router {
    Router::new()
        .route("/runs/{id}/{file}", get(files::export))
        .route(files::IMPORT, post(files::import))
        .with_state(files::Files {
            store: rooms.store.clone(),
            serving: rooms.serving.clone(),
        })
}

/// What load generators report, and how an open page follows it.
fn reports(rooms: &Rooms) -> Router {
    let followed = Followed::new(rooms.swarms.clone(), rooms.serving.clone());
    swarm::api::routes(Reports {
        swarms: rooms.swarms.clone(),
        store: rooms.store.clone(),
        serving: rooms.serving.clone(),
    })
    .route(events::ADDRESS, get(events::follow).with_state(followed))
}

/// `GET /healthz`: that the server answers, how much it holds, and its CPU time in µs since it
/// began: all of it, what the lanes' connections took of it (an estimate), and the rest, which is
/// nobody's in particular: publishing, accepting, waking up, pages.
async fn healthz(State(serving): State<Serving>, connections: Arc<AtomicUsize>) -> Json<Value> {
    let process_us = u64::try_from(process::cpu().as_micros()).unwrap_or(u64::MAX);
    let lanes_us = serving.lanes.cpu_us();
    Json(json!({
        "status": "ok",
        "connections": connections.load(Ordering::Relaxed),
        "readers": serving.hub.readers(),
        "topics": serving.hub.topics(),
        "held_bytes": serving.hub.held_bytes(),
        "process_cpu_us": process_us,
        "lanes_cpu_us": lanes_us,
        "unattributed_cpu_us": process_us.saturating_sub(lanes_us),
    }))
}
