//! The port to the programs that are run, and to the machine that is started anew.

use std::path::{Path, PathBuf};

use crate::report::Offer;

/// Programs that are run, and the machine that is started anew.
pub trait System {
    /// Gets the closure of a system: from a flake reference, or from a folder on a stick. Returns its path in the store.
    ///
    /// # Errors
    ///
    /// It cannot be built or fetched, or its signature is not the owner's.
    fn fetch(&mut self, from: &Source) -> Result<PathBuf, String>;

    /// The newest system of a flake reference, without fetching it.
    ///
    /// # Errors
    ///
    /// It cannot be reached or read.
    fn newest(&mut self, flake: &str) -> Result<Offer, String>;

    /// The commit that the running system was made from, where it knows.
    fn revision(&mut self) -> Option<String>;

    /// Makes a system the one that the boot loader starts.
    ///
    /// # Errors
    ///
    /// Its own program for that fails.
    fn make_default(&mut self, system: &Path) -> Result<(), String>;

    /// Starts the machine anew.
    ///
    /// # Errors
    ///
    /// It refuses.
    fn reboot(&mut self) -> Result<(), String>;

    /// The system that this boot started, as a path of the store; none where that is not known.
    fn booted(&self) -> Option<PathBuf>;
}

/// Where an update comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flake reference with the attribute of a system, such as `github:owner/pedal#nixosConfigurations.pistomp-pi4`.
    Flake(String),
    /// A binary cache on a stick, with the public key that must have signed the closure.
    Stick {
        /// Folder of the cache; its file `system` names the path of the system.
        folder: PathBuf,
        /// The owner's key, `name:base64`.
        key: String,
    },
}
