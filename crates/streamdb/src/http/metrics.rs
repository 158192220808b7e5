//! Counts for Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::Shared;
use crate::store::Stats;

/// Methods that are counted by name; all others together.
const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "DELETE", "other"];

/// Answers by method and first digit of the status.
#[derive(Default)]
pub(super) struct Metrics {
    answers: [[AtomicU64; 4]; METHODS.len()],
}

pub(super) async fn count(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let method =
        METHODS.iter().position(|name| *name == request.method().as_str()).unwrap_or(METHODS.len() - 1);
    let response = next.run(request).await;
    let class = usize::from(response.status().as_u16() / 100).clamp(2, 5) - 2;
    if let Some(counter) = shared.metrics.answers.get(method).and_then(|row| row.get(class)) {
        counter.fetch_add(1, Relaxed);
    }
    response
}

impl Metrics {
    /// The text format of Prometheus, version 0.0.4.
    pub(super) fn text(&self, stats: &Stats) -> String {
        let mut text = String::new();
        text.push_str("# TYPE streamdb_requests_total counter\n");
        for (method, row) in METHODS.iter().zip(&self.answers) {
            for (class, counter) in (2..).zip(row) {
                let count = counter.load(Relaxed);
                if count > 0 {
                    let _ = writeln!(
                        text,
                        "streamdb_requests_total{{method=\"{method}\",status=\"{class}xx\"}} {count}"
                    );
                }
            }
        }
        for (name, kind, value) in [
            ("streamdb_paths", "gauge", stats.keys),
            ("streamdb_blobs", "gauge", stats.blobs),
            ("streamdb_stored_bytes", "gauge", stats.stored_bytes),
            ("streamdb_free_bytes", "gauge", stats.free_bytes),
            ("streamdb_index_reopened_total", "counter", stats.index_reopened),
        ] {
            let _ = writeln!(text, "# TYPE {name} {kind}\n{name} {value}");
        }
        text
    }
}
