//! An asset store (`streamdb`, over HTTP) that the pedal's owner has named: looked through, fetched from and put into.
//!
//! Everything has an end: the time to connect, the time without a byte, the size of a list and of a file. A file that comes
//! is compared with the hash that the store promised before it is anybody's.

mod client;

use std::io;
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

pub use client::Received;

/// Entries of a page when nothing else is asked, and at most.
pub const PAGE: usize = 200;

/// Why the store did not answer, or not with what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssetError {
    /// There is no such address.
    #[error("{0:?} is no asset store's address; give one like http://127.0.0.1:8080")]
    Address(String),
    /// The token cannot be read.
    #[error("the asset store's token cannot be read from {path}: {source}")]
    Token {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The token's file has no token.
    #[error("the first line of {0} is no token: 16 characters or more, without spaces")]
    NoToken(PathBuf),
    /// Nobody answers.
    #[error("the asset store at {host} does not answer: {why}")]
    Unreachable {
        /// Its address.
        host: String,
        /// The reason, in words.
        why: String,
    },
    /// It refuses.
    #[error("the asset store refuses ({status}): {text}")]
    Refused {
        /// Its status.
        status: StatusCode,
        /// Its sentence.
        text: String,
    },
    /// The name is none that a store has.
    #[error(
        "{0:?} is no name in an asset store: 1 to 1024 bytes, parts between single slashes, no dots alone"
    )]
    Name(String),
    /// There is no such asset.
    #[error("there is no {0} in the asset store")]
    Missing(String),
    /// Too much.
    #[error("the asset store sends more than {0} MB: refused")]
    TooLarge(u64),
    /// What came is not what was promised.
    #[error("{0} is spoilt: what came is not what the asset store promised; try again")]
    Spoilt(String),
    /// It speaks another language.
    #[error("what answers at {0} is no asset store: {1}")]
    Stranger(String, String),
    /// A file of ours.
    #[error("{path}: {source}")]
    Local {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// An asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its name: `irs/marshall.wav`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its content in hexadecimal digits.
    pub sha256: String,
    /// Milliseconds since 1970 at which it was stored.
    #[serde(default)]
    pub modified_ms: u64,
}

/// A page of assets, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Page {
    /// The assets.
    pub entries: Vec<Asset>,
    /// There are more: ask again with the last one's name.
    pub more: bool,
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// How names begin; empty: any.
    pub prefix: String,
    /// How names end; empty: any.
    pub suffix: String,
    /// Only names after this one.
    pub after: String,
}

/// Where the store is, and where the token lies. The token itself is read whenever it is needed, and is in no log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetStore {
    host: String,
    token: Option<PathBuf>,
}

impl AssetStore {
    /// The store at `http://HOST:PORT`, with the file that has its token.
    ///
    /// # Errors
    /// [`AssetError::Address`]: only plain HTTP, which is for this machine and networks that are trusted.
    pub fn new(address: &str, token: Option<&Path>) -> Result<Self, AssetError> {
        let stranger = || AssetError::Address(address.to_owned());
        let rest = address.strip_prefix("http://").ok_or_else(stranger)?;
        let host = rest.strip_suffix('/').unwrap_or(rest);
        // a user, a path or a query in it would be a misunderstanding
        let uri: axum::http::uri::Authority = host.parse().map_err(|_| stranger())?;
        if host.contains('@') || uri.host().is_empty() {
            return Err(stranger());
        }
        let host = if uri.port_u16().is_some() { host.to_owned() } else { format!("{host}:80") };
        Ok(Self { host, token: token.map(Path::to_owned) })
    }

    /// `HOST:PORT`.
    pub fn host(&self) -> &str {
        &self.host
    }

    fn token(&self) -> Result<Option<String>, AssetError> {
        let Some(path) = &self.token else { return Ok(None) };
        let text = pedalboard::Files::read(&pedalboard::Disk, path, 4096)
            .map_err(|source| AssetError::Token { path: path.clone(), source })?;
        let text = String::from_utf8_lossy(&text);
        let line = text.lines().next().unwrap_or_default().trim();
        if line.len() < 16 || !line.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(AssetError::NoToken(path.clone()));
        }
        Ok(Some(line.to_owned()))
    }
}

/// Whether a store can have this name.
fn check_name(name: &str) -> Result<(), AssetError> {
    let part =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.chars().any(char::is_control);
    if (1..=1024).contains(&name.len()) && name.split('/').all(part) {
        Ok(())
    } else {
        Err(AssetError::Name(name.to_owned()))
    }
}

/// Text as it stands in a URL; with `slashes`, those stay.
fn escaped(text: &str, slashes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            b'/' if slashes => out.push('/'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_http_and_nothing_else() {
        let host = |text: &str| AssetStore::new(text, None).map(|store| store.host);
        assert_eq!(host("http://127.0.0.1:8080").expect("good"), "127.0.0.1:8080");
        assert_eq!(host("http://tones.local/").expect("good"), "tones.local:80");
        assert_eq!(host("http://[::1]:8080").expect("good"), "[::1]:8080");
        for bad in [
            "",
            "tones.local",
            "https://x",
            "http://",
            "http://x/blobs",
            "http://u:p@x",
            "http://x y",
            "file:///etc",
        ] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_those_of_a_store() {
        for good in ["a", "irs/ä b.wav", &"x".repeat(1024)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a//b", "a/", "../a", "a/./b", "a\nb", &"x".repeat(1025)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        assert_eq!(escaped("irs/a b?.wav", true), "irs/a%20b%3F.wav");
        assert_eq!(escaped("a/b&c", false), "a%2Fb%26c");
    }

    #[test]
    fn a_token_is_the_first_line_and_is_never_shown() {
        let place = tempfile::tempdir().expect("folder");
        let file = place.path().join("token");
        let store = AssetStore::new("http://x", Some(&file)).expect("good");
        assert!(matches!(store.token(), Err(AssetError::Token { .. })));
        for bad in ["", "short", "with a space in it"] {
            std::fs::write(&file, bad).expect("written");
            assert!(matches!(store.token(), Err(AssetError::NoToken(_))), "{bad}");
        }
        std::fs::write(&file, "0123456789abcdef\nmore\n").expect("written");
        assert_eq!(store.token().expect("read").as_deref(), Some("0123456789abcdef"));
        assert!(!format!("{store:?}").contains("0123456789abcdef"));
    }
}
