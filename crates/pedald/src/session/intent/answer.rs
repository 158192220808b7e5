//! What was done.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::session::board::Plugin;
use crate::session::error::SessionError;

/// What was done.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// It was done.
    Done,
    /// The plugin that was added.
    Plugin(Arc<Plugin>),
    /// The snapshot that was stored, renamed or recalled.
    Snapshot {
        /// Its number.
        at: usize,
        /// Its name.
        name: String,
    },
    /// The board that was loaded.
    Board {
        /// Its title.
        title: String,
        /// What could not be taken over, in sentences.
        problems: Vec<String>,
    },
    /// The board that was saved.
    Saved {
        /// Its bundle.
        bundle: PathBuf,
        /// Its title.
        title: String,
    },
    /// The preset that was stored.
    Preset {
        /// Its bundle.
        bundle: PathBuf,
        /// Its URI.
        uri: String,
    },
    /// Versions of a board, newest first.
    Versions(Vec<Version>),
    /// The file that is being recorded, or was.
    Recording(PathBuf),
}

/// A kept version of a board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Identifies it.
    pub id: String,
    /// What the player calls it; empty for an automatic one.
    pub name: String,
    /// When it was kept, in seconds since 1970.
    pub time: u64,
}

/// The answer to an intent.
pub type Answer = Result<Done, SessionError>;
