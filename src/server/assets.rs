//! The built site's files: precompressed, and kept for ever where their name carries their hash.

use std::path::Path;

use axum::{
    Router,
    http::{HeaderValue, header},
};
use leptos::config::LeptosOptions;
use tower::ServiceBuilder;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// `/pkg/…`: script, WebAssembly and style.
pub fn package(options: &LeptosOptions) -> Router {
    let folder = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
    let files = ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let keep = if options.hash_files {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let keep = HeaderValue::from_static(keep);
    let cached = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            move |response: &axum::http::Response<_>| {
                // A missing file must not be missing for ever.
                response.status().is_success().then(|| keep.clone())
            },
        ))
        .service(files);
    Router::new().nest_service(&format!("/{}", options.site_pkg_dir), cached)
}

/// The site's other files: the icon, robots.txt.
pub fn public(options: &LeptosOptions) -> ServeDir {
    ServeDir::new(&*options.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
}
