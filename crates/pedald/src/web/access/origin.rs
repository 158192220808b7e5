//! Pages of other sites must not steer the pedal: many of mod-ui's routes act on a plain GET, and browsers add cookies,
//! and their place on this machine, to whatever a page makes them ask for.

use axum::http::{HeaderMap, HeaderName, Method, header, request::Parts};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// Headers that a page of another site can only send after asking us, and we never say yes.
const OWN: [HeaderName; 2] =
    [HeaderName::from_static("x-archibald"), HeaderName::from_static("x-requested-with")];

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// Refuses what a browser sends on behalf of another site, and names that others point at us (DNS rebinding).
/// `page`: what is asked for is a page, which a link on another site may open. The error is a sentence.
pub(super) fn check(parts: &Parts, page: bool) -> Result<(), &'static str> {
    let headers = &parts.headers;
    if headers.get_all(header::HOST).iter().count() > 1 {
        return Err("the request names two hosts");
    }
    let host = text(headers, header::HOST).unwrap_or_default();
    if !host.is_empty() && !is_local_name(host) {
        return Err("it asks for a name that is not of the local network; use the pedal's address");
    }
    // a request in the form for proxies names a host of its own
    if parts.uri.authority().is_some_and(|authority| !is_local_name(authority.as_str())) {
        return Err("it asks for a name that is not of the local network; use the pedal's address");
    }
    let foreign = "the request comes from a page of another site";
    if let Some(origin) = text(headers, header::ORIGIN)
        && origin.split_once("://").is_none_or(|(_, from)| !from.eq_ignore_ascii_case(host))
    {
        return Err(foreign);
    }
    match text(headers, FETCH_SITE) {
        None | Some("same-origin" | "none") => Ok(()),
        // a link to one of our pages: the browser leaves the cookie out
        Some(_) if page && parts.method == Method::GET && text(headers, FETCH_MODE) == Some("navigate") => {
            Ok(())
        }
        Some(_) => Err(foreign),
    }
}

/// Whether the request comes from a browser, as far as it says so.
pub(super) fn is_browser(headers: &HeaderMap) -> bool {
    text(headers, header::USER_AGENT).is_some_and(|agent| agent.starts_with("Mozilla/"))
        || headers.contains_key(FETCH_SITE)
}

/// Whether a browser says that one of our own pages has asked, or the player himself.
pub(super) fn is_own_page(headers: &HeaderMap) -> bool {
    let host = text(headers, header::HOST).unwrap_or_default();
    let from_host = |address: &str| {
        address.split_once("://").is_some_and(|(_, rest)| {
            rest.split(['/', '?', '#']).next().is_some_and(|from| from.eq_ignore_ascii_case(host))
        })
    };
    // whichever it sends decides; browsers that send none are old, and their requests by link or picture too
    if let Some(site) = text(headers, FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    if OWN.into_iter().any(|name| headers.contains_key(name)) {
        return true;
    }
    let shown = text(headers, header::ORIGIN).or_else(|| text(headers, header::REFERER));
    shown.is_some_and(from_host)
}

/// Whether a `Host` is an address, this machine, or a name of the local network.
fn is_local_name(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        // What follows the address is a port or nothing: `[::1].evil.example` is somebody else's name.
        return rest.split_once(']').is_some_and(|(address, port)| {
            address.parse::<std::net::Ipv6Addr>().is_ok()
                && port.strip_prefix(':').map_or(port.is_empty(), |port| port.parse::<u16>().is_ok())
        });
    }
    let bare = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = bare.trim_end_matches('.').to_lowercase();
    let ends = [".local", ".lan", ".home", ".internal", ".home.arpa", ".localdomain", ".localhost"];
    name.parse::<std::net::Ipv4Addr>().is_ok()
        || (!name.is_empty() && !name.contains('.') && !name.contains('@'))
        || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(list: &[(&str, &str)]) -> Parts {
        let mut builder = axum::http::Request::builder();
        for (name, value) in list {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap().into_parts().0
    }

    #[test]
    fn other_sites_are_told_from_ours() {
        let foreign = |list: &[(&str, &str)]| check(&parts(list), false).is_err();
        assert!(!foreign(&[]));
        assert!(!foreign(&[("host", "pistomp.local"), ("origin", "http://pistomp.local")]));
        assert!(!foreign(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]));
        assert!(!foreign(&[("host", "[::1]:8080")]) && !foreign(&[("host", "pistomp")]));
        assert!(foreign(&[("host", "127.0.0.1:8080"), ("origin", "http://evil.example")]));
        assert!(foreign(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:9999")]));
        assert!(foreign(&[("host", "127.0.0.1"), ("origin", "null")]));
        for host in
            ["evil.example", "127.0.0.1.evil.example", "[::1].evil.example", "[evil]", "a@b", ":80", "local."]
        {
            assert_eq!(foreign(&[("host", host)]), host != "local.", "{host}");
        }
        assert!(foreign(&[("host", "127.0.0.1"), ("host", "evil.example")]));
        for site in ["cross-site", "same-site", "x"] {
            assert!(foreign(&[("host", "127.0.0.1"), ("sec-fetch-site", site)]));
        }
        assert!(!foreign(&[("host", "127.0.0.1"), ("sec-fetch-site", "same-origin")]));
        let link =
            parts(&[("host", "pedal"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]);
        assert!(check(&link, true).is_ok() && check(&link, false).is_err());
        let proxied = axum::http::Request::get("http://evil.example/reset").header("host", "127.0.0.1");
        assert!(check(&proxied.body(()).unwrap().into_parts().0, false).is_err());
    }

    #[test]
    fn our_own_pages_are_known() {
        let own = |list: &[(&str, &str)]| {
            let mut all = vec![("host", "pedal.local:8080")];
            all.extend(list);
            is_own_page(&parts(&all).headers)
        };
        assert!(!own(&[]), "a picture on a page that hides where it comes from");
        assert!(
            own(&[("referer", "http://pedal.local:8080/x?y")])
                && own(&[("origin", "http://pedal.local:8080")])
        );
        assert!(!own(&[("referer", "http://pedal.local:8081/")]), "another service of this machine");
        assert!(!own(&[("referer", "http://pedal.local:8080.evil.example/")]));
        assert!(own(&[("x-archibald", "1")]) && own(&[("x-requested-with", "XMLHttpRequest")]));
        assert!(own(&[("sec-fetch-site", "none")]) && own(&[("sec-fetch-site", "same-origin")]));
        assert!(!own(&[("sec-fetch-site", "same-site"), ("x-archibald", "1")]));
    }
}
