//! The store over HTTP/1.1.
//!
//! | request | does |
//! |---|---|
//! | `GET`, `HEAD` `/blobs/PATH` | the blob; ranges, `If-None-Match`, `If-Match`, `If-Modified-Since`, `If-Range` |
//! | `PUT /blobs/PATH` | stores the body; 201 for a new path, 204 for a replaced one; `If-Match`, `If-None-Match` |
//! | `DELETE /blobs/PATH` | removes the path |
//! | `GET /search?suffix=&prefix=&after=&limit=` | paths, 100 at a time, at most 1000 |
//! | `GET /stats`, `/metrics`, `/healthz` | counts as JSON, for Prometheus, and whether the index answers |
//!
//! Errors are JSON, `{"error": "…"}`. With a token every request but `/healthz` needs `Authorization: Bearer TOKEN`; without one only
//! requests whose `Host` is this machine's loopback are answered, so that no web page reaches the store through a name of its own.

mod blobs;
mod conditions;
mod guard;
mod listen;
mod metrics;
mod range;
mod reply;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::store::{Entry, Search, Store};
pub use guard::Token;
pub use listen::{Patience, serve};
use metrics::Metrics;
use reply::Failed;

/// Uploads at a time: each holds a thread and a file.
const UPLOADS: usize = 16;

/// Results of a search when nothing else is asked, and at most.
const RESULTS: usize = 100;
const MOST_RESULTS: usize = 1000;

/// What the requests share.
#[derive(Clone)]
pub(crate) struct Shared {
    store: Arc<Store>,
    token: Option<Token>,
    uploads: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

/// The service, with a token that every request must bring, or for this machine alone.
pub fn router(store: Arc<Store>, token: Option<Token>) -> Router {
    let shared = Shared {
        store,
        token,
        uploads: Arc::new(Semaphore::new(UPLOADS)),
        metrics: Arc::new(Metrics::default()),
    };
    Router::new()
        .route("/blobs/{*path}", get(blobs::get).put(blobs::put).delete(blobs::delete))
        .route("/search", get(search))
        .route("/stats", get(stats))
        .route("/metrics", get(prometheus))
        .route("/healthz", get(health))
        .fallback(|| async { Failed::unknown_route() })
        .layer(middleware::from_fn_with_state(shared.clone(), guard::check))
        .layer(middleware::from_fn_with_state(shared.clone(), metrics::count))
        .with_state(shared)
}

/// Work on the disk, away from the threads that serve.
async fn blocking<T: Send + 'static>(
    shared: &Shared,
    work: impl FnOnce(&Store) -> Result<T, crate::store::StoreError> + Send + 'static,
) -> Result<T, Failed> {
    let store = Arc::clone(&shared.store);
    match tokio::task::spawn_blocking(move || work(&store)).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(Failed::ended()),
    }
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    suffix: String,
    #[serde(default)]
    prefix: String,
    after: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Found {
    entries: Vec<Shown>,
    more: bool,
}

#[derive(Serialize)]
struct Shown {
    path: String,
    size: u64,
    sha256: String,
    modified_ms: u64,
}

impl From<Entry> for Shown {
    fn from(entry: Entry) -> Self {
        Self {
            path: entry.key,
            size: entry.size,
            sha256: entry.hash.to_string(),
            modified_ms: entry.modified,
        }
    }
}

async fn search(State(shared): State<Shared>, Query(wanted): Query<Wanted>) -> Result<Json<Found>, Failed> {
    let search = Search {
        suffix: wanted.suffix,
        prefix: wanted.prefix,
        after: wanted.after,
        limit: wanted.limit.unwrap_or(RESULTS).clamp(1, MOST_RESULTS),
    };
    let (entries, more) = blocking(&shared, move |store| store.search(&search)).await?;
    Ok(Json(Found { entries: entries.into_iter().map(Shown::from).collect(), more }))
}

async fn stats(State(shared): State<Shared>) -> Result<Response, Failed> {
    Ok(Json(blocking(&shared, Store::stats).await?).into_response())
}

async fn prometheus(State(shared): State<Shared>) -> Result<Response, Failed> {
    let stats = blocking(&shared, Store::stats).await?;
    let text = shared.metrics.text(&stats);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

async fn health(State(shared): State<Shared>) -> Result<&'static str, Failed> {
    blocking(&shared, Store::answers).await.map(|()| "ok\n")
}
