//! Paths under which blobs are kept.

use std::fmt;

/// Longest path, in bytes of UTF-8.
pub const MAX_KEY: usize = 1024;

/// A path: 1–1024 bytes of UTF-8, parts separated by single slashes, none of them `.` or `..`, no control characters.
///
/// No key is ever a file name inside the store; the rules are there so that every key can be one when it is exported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing.
    #[error("the path is empty")]
    Empty,
    /// More than [`MAX_KEY`] bytes.
    #[error("the path has {0} bytes, and at most {MAX_KEY} are allowed")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("the path is not UTF-8")]
    NotText,
    /// A control character.
    #[error("the path has a control character")]
    Control,
    /// An empty part, `.` or `..`.
    #[error("the path has the part `{0}`: no empty parts, no slash at the ends, no `.` and no `..`")]
    Part(String),
}

impl Key {
    /// Checks a path.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        if text.len() > MAX_KEY {
            return Err(KeyError::TooLong(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(KeyError::Control);
        }
        match text.split('/').find(|part| matches!(*part, "" | "." | "..")) {
            Some(part) => Err(KeyError::Part(part.to_owned())),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The same for bytes.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        std::str::from_utf8(bytes).map_err(|_| KeyError::NotText).and_then(Self::parse)
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its bytes from the last to the first: what ends alike stands together.
    pub fn reversed(&self) -> Vec<u8> {
        reverse(&self.0)
    }
}

/// Bytes from the last to the first.
pub fn reverse(text: &str) -> Vec<u8> {
    text.bytes().rev().collect()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rules() {
        for good in ["a", "irs/Marshall 1960/mic.wav", "ünï/…", ".hidden", "a..b/...", &"x".repeat(1024)]
        {
            assert_eq!(Key::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(Key::parse(""), Err(KeyError::Empty));
        assert_eq!(Key::parse(&"ä".repeat(513)), Err(KeyError::TooLong(1026)));
        assert_eq!(Key::parse("a\nb"), Err(KeyError::Control));
        assert_eq!(Key::from_bytes(b"a\xFF"), Err(KeyError::NotText));
        for bad in ["/a", "a/", "a//b", "..", "a/../b", "./a", "/"] {
            assert!(matches!(Key::parse(bad), Err(KeyError::Part(_))), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_key_stays_inside_any_folder(text in ".{0,60}") {
            if let Ok(key) = Key::parse(&text) {
                let path = std::path::Path::new("/store").join(key.as_str());
                prop_assert!(path.starts_with("/store"));
                prop_assert!(path.components().all(|part| part != std::path::Component::ParentDir));
            }
        }
    }
}
