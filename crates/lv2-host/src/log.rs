//! What plugins say.

use serde::Serialize;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// For the plugin's author.
    Trace,
    /// For information.
    Note,
    /// Something is not as it should be.
    Warning,
    /// Something failed.
    Error,
}

/// One thing that a plugin said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// How much it matters.
    pub level: LogLevel,
    /// The text without its line end; at most 1023 bytes.
    pub text: String,
}
