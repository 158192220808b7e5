//! What is on trial, on the disk before anything is switched.

use crate::profile::Generation;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

/// Where an update stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "phase")]
pub enum State {
    /// Nothing is under way.
    #[default]
    Idle,
    /// An update is in the store and waits for a boot.
    Staged {
        /// Its generation.
        generation: Generation,
    },
    /// The next boot, or this one, tries an update.
    Trial {
        /// The generation to return to.
        from: Generation,
        /// The one on trial.
        to: Generation,
        /// Boots that began without coming to a verdict.
        boots: u32,
    },
    /// The last update passed no audio and was undone.
    RolledBack {
        /// The generation that runs again.
        from: Generation,
        /// The one that failed; it is not staged again by itself.
        to: Generation,
        /// What was wrong.
        reason: String,
    },
}

impl State {
    /// Reads the state; `Idle` if there is none. One that cannot be read is `Idle` too: the running system is then the
    /// only one that is known to be good.
    ///
    /// # Errors
    ///
    /// The file is there and cannot be read.
    pub fn load(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Idle),
            Err(error) => Err(error),
        }
    }

    /// Writes the state, whole or not at all.
    ///
    /// # Errors
    ///
    /// What the file system says; the old state is then still there.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        crate::report::replace(path, &serde_json::to_vec_pretty(self)?)
    }
}
