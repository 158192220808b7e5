//! Who may ask.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::Shared;
use super::reply::Failed;

/// A token, kept as its hash: it cannot be printed, and comparing hashes tells nothing by its duration.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// Shortest token, in characters.
    pub const SHORTEST: usize = 16;

    /// Takes the first line of a token file. `None`: it is too short, or has what no header can carry.
    pub fn parse(text: &str) -> Option<Self> {
        let line = text.lines().next().unwrap_or("").trim();
        let plain = line.len() >= Self::SHORTEST && line.bytes().all(|byte| byte.is_ascii_graphic());
        plain.then(|| Self(Sha256::digest(line).into()))
    }

    fn is(&self, given: &str) -> bool {
        self.0 == <[u8; 32]>::from(Sha256::digest(given))
    }
}

pub(super) async fn check(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let allowed = match &shared.token {
        Some(_) if request.uri().path() == "/healthz" => Ok(()),
        Some(token) => bearer(request.headers(), token),
        None => own_name(request.headers()),
    };
    match allowed {
        Ok(()) => next.run(request).await,
        Err(failed) => failed.into_response(),
    }
}

fn bearer(headers: &HeaderMap, token: &Token) -> Result<(), Failed> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match given.and_then(|value| value.split_once(' ')) {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case("bearer") && token.is(given.trim()) => Ok(()),
        _ => Err(Failed::new(StatusCode::UNAUTHORIZED, "send the token as `Authorization: Bearer TOKEN`")),
    }
}

/// A web page that made its name point to this machine still sends its own name.
fn own_name(headers: &HeaderMap) -> Result<(), Failed> {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("");
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or(""),
    };
    let local = name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if local {
        Ok(())
    } else {
        Err(Failed::new(
            StatusCode::FORBIDDEN,
            "without a token only this machine is served, by the names localhost, 127.0.0.1 and [::1]; see --token-file",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens() {
        let token = Token::parse("0123456789abcdef\nsecond line\n").unwrap();
        let with = |value: &str| HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        assert!(bearer(&with("Bearer 0123456789abcdef"), &token).is_ok());
        assert!(bearer(&with("bearer 0123456789abcdef"), &token).is_ok());
        for wrong in ["Bearer 0123456789abcde", "Basic 0123456789abcdef", "0123456789abcdef", "Bearer "] {
            assert!(bearer(&with(wrong), &token).is_err(), "{wrong}");
        }
        assert!(bearer(&HeaderMap::new(), &token).is_err());
        for none in ["", "short", "0123456789abcde\u{fc}", "with a space in it 123"] {
            assert!(Token::parse(none).is_none(), "{none}");
        }
    }

    #[test]
    fn foreign_names_of_this_machine_are_refused() {
        let with = |value: &str| HeaderMap::from_iter([(header::HOST, value.parse().unwrap())]);
        for good in ["localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST"] {
            assert!(own_name(&with(good)).is_ok(), "{good}");
        }
        for bad in ["evil.example", "127.0.0.1.evil.example", "192.168.1.5:8080", "", "[::2]"] {
            assert!(own_name(&with(bad)).is_err(), "{bad}");
        }
        assert!(own_name(&HeaderMap::new()).is_err());
    }
}
