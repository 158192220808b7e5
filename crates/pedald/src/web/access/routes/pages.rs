//! Pages for whoever is not paired yet, and the certificate that makes the encrypted page known.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::Pairer;
use crate::web::arguments::{Failure, Reply};

pub(super) fn text(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], content).into_response()
}

/// A page of ours: scripts and styles come from here only, and nobody frames it.
pub(super) fn html(content: &'static str) -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=UTF-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, content).into_response()
}

pub(super) async fn page() -> Response {
    html(include_str!("../pages/pair.html"))
}

pub(super) async fn authority(State(pairer): State<Pairer>) -> Reply {
    let encryption = &pairer.0.encryption;
    if encryption.port.is_none() {
        return Err(Failure::not_found("this pedal does not encrypt: it was started without --tls"));
    }
    let headers = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"pedal-authority.crt\""),
    ];
    Ok((headers, encryption.authority.clone()).into_response())
}
