//! Parsing entry by entry, so that one bad entry spoils no other and is told with its line.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A thing that could not be read: line from 1, and words.
pub type Oddity = (Option<u64>, String);

/// A text of which parts are parsed one by one.
pub(super) struct Located<'a> {
    text: &'a str,
}

impl<'a> Located<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// The line where a part of the text begins.
    pub(super) fn line(&self, part: &RawValue) -> u64 {
        let offset = (part.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
    }

    /// Parses a part.
    pub(super) fn parse<T: DeserializeOwned>(&self, part: &RawValue, what: &str) -> Result<T, Oddity> {
        serde_json::from_str(part.get()).map_err(|error| {
            (
                Some(self.line(part) + error.line().saturating_sub(1) as u64),
                format!("{what}: {}", words(&error)),
            )
        })
    }
}

/// Parses a whole text.
pub(super) fn whole<'a, T: serde::Deserialize<'a>>(text: &'a str, what: &str) -> Result<T, Oddity> {
    serde_json::from_str(text)
        .map_err(|error| (Some(error.line() as u64), format!("{what}: {}", words(&error))))
}

/// The parser's words without its own place, which counts from the start of the part.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
