//! Pages of other sites must not steer the pedal: many of mod-ui's routes act on a plain GET, and a browser on this
//! machine would be trusted.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Refuses what a browser sends on behalf of another site.
pub(in crate::web) async fn same_origin(request: Request, next: Next) -> Response {
    if foreign(request.headers()) {
        let text = "Refused: this request comes from a page of another site.\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    next.run(request).await
}

fn foreign(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    // A name that somebody points at our address (DNS rebinding) has a dot and is not of the local network.
    if !host.is_empty() && !local_name(host) {
        return true;
    }
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return true;
    }
    match text(header::ORIGIN) {
        None => false,
        Some(origin) => origin.split_once("://").is_none_or(|(_, from)| from != host),
    }
}

/// Whether a `Host` is an address, this machine, or a name of the local network.
fn local_name(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.contains(']');
    }
    let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = bare.trim_end_matches('.').to_lowercase();
    let ends = [".local", ".lan", ".home", ".internal", ".home.arpa", ".localdomain", ".localhost"];
    name.parse::<std::net::Ipv4Addr>().is_ok()
        || !name.contains('.')
        || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sites_are_told_from_ours() {
        let foreign = |list: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in list {
                headers.insert(*name, value.parse().unwrap());
            }
            foreign(&headers)
        };
        assert!(!foreign(&[]));
        assert!(!foreign(&[("host", "pistomp.local"), ("origin", "http://pistomp.local")]));
        assert!(!foreign(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]));
        assert!(!foreign(&[("host", "[::1]:8080")]));
        assert!(!foreign(&[("host", "pistomp")]));
        assert!(foreign(&[("host", "127.0.0.1:8080"), ("origin", "http://evil.example")]));
        assert!(foreign(&[("host", "127.0.0.1"), ("origin", "null")]));
        assert!(foreign(&[("host", "evil.example")]));
        assert!(foreign(&[("host", "127.0.0.1"), ("sec-fetch-site", "cross-site")]));
    }
}
