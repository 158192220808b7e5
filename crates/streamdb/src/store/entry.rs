//! What is under a path, and what a change expects to find there.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::StoreError;

/// SHA-256 of a blob: its name and its ETag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Hash {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// What the index knows of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path.
    pub key: String,
    /// Its content's name.
    pub hash: Hash,
    /// Bytes.
    pub size: u64,
    /// When it was stored, in milliseconds since 1970.
    pub modified: u64,
}

impl Entry {
    /// When it was stored.
    pub fn modified_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.modified)
    }
}

/// What a change expects to find. Empty: anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// One of these must be there; an empty list: anything at all.
    pub matches: Option<Vec<Hash>>,
    /// None of these may be there; an empty list: nothing at all.
    pub differs: Option<Vec<Hash>>,
}

impl Precondition {
    pub(super) fn check(&self, there: Option<Hash>) -> Result<(), StoreError> {
        let among = |list: &[Hash]| there.is_some_and(|there| list.is_empty() || list.contains(&there));
        let met = self.matches.as_deref().is_none_or(among) && !self.differs.as_deref().is_some_and(among);
        if met { Ok(()) } else { Err(StoreError::Precondition) }
    }
}
