//! `pedald backup` and `pedald restore`: what the player has, in one file on a stick, and back.
//!
//! A backup is a `tar.zst`: the files first, `manifest.json` with the size and SHA-256 of each of them last, so that a file
//! that was cut off anywhere is known by what it lacks. It appears under its name only when all of it is on the stick.
//!
//! Coming back goes in two steps. [`stage`] unpacks everything beside what is there, compares it with the manifest, and
//! writes down what is to change places (`swap`); until then nothing has changed, whatever goes wrong. [`finish`] carries
//! that out, at the next start of the service, before anything is read: only renames, each of which may be repeated, so a
//! power cut between any two of them is made good at the start after it. What was there before is kept aside, and
//! [`go_back`] brings it back.

mod pack;
mod stage;
mod swap;
#[cfg(test)]
mod tests;
mod walk;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::context::Paths;

pub use pack::{Packed, pack};
pub use stage::{Staged, go_back, newest, stage};
pub use swap::{Finished, finish};

/// Name of the list at the end of the archive.
const MANIFEST: &str = "manifest.json";
/// The form of backups that this program writes and reads.
const FORMAT: u32 = 1;
/// How a backup's name begins and ends.
const NAME: (&str, &str) = ("archibald-backup-", ".tar.zst");
/// Folder within each of the player's folders where files wait for their place.
const WAITING: &str = ".archibald-restore";
/// Folder within each of the player's folders where what was replaced is kept.
const KEPT: &str = ".before-restore";

/// What is in a backup beside folders: files of the data folder that the player's choices are in. Neither paired devices nor
/// keys nor passwords of networks: a stick is lost easily, and another pedal is paired anew.
const SETTINGS: [&str; 7] = [
    "banks.json",
    "favorites.json",
    "prefs.json",
    "last.json",
    "user-id.json",
    "config/default_config.yml",
    "config/settings.yml",
];

/// Why a backup was not written or not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// There is not enough space.
    #[error("{path} is full: {needed} MB are needed, {free} MB are free; make room or take another stick")]
    Full {
        /// The folder that is written to.
        path: PathBuf,
        /// MB that are needed.
        needed: u64,
        /// MB that are free.
        free: u64,
    },
    /// The player has nothing that could be kept.
    #[error("there are neither boards nor settings in {0}: nothing was written")]
    Nothing(PathBuf),
    /// There is no backup.
    #[error("no backup in {0}: files named archibald-backup-….tar.zst are looked for")]
    None(PathBuf),
    /// The file is no whole backup.
    #[error("{path} is refused: {why}; nothing was changed")]
    Refused {
        /// The file.
        path: PathBuf,
        /// A sentence's part.
        why: String,
    },
    /// The list of what changes places cannot be used.
    #[error(
        "{path} cannot be understood ({why}); the boards stay as they are, move the file away to be rid of this"
    )]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another restore was stopped in its middle.
    #[error(
        "an earlier restore is half done: restart the service (ps-restart), which ends it, then try again"
    )]
    HalfDone,
    /// There is nothing to go back to.
    #[error("nothing has been restored on this pedal, or it has been taken back already")]
    NothingKept,
}

/// Gives an error the path that it is about.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> BackupError + use<> {
    let path = path.to_owned();
    move |source| BackupError::Io { path, source }
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// Its name in the archive, as `boards/Lead.pedalboard/manifest.ttl`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its content in hexadecimal digits.
    pub sha256: String,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Its form.
    pub format: u32,
    /// Seconds since 1970.
    pub made: u64,
    /// Version of the program that made it.
    pub version: String,
    /// Name of the pedal.
    pub host: String,
    /// Where the boards lay: banks and snapshots name them and files by absolute paths.
    pub boards: PathBuf,
    /// Where the player's files lay.
    pub user_files: PathBuf,
    /// What is in it.
    pub files: Vec<Entry>,
    /// Files of the player that were left out, and are listed only: recordings, or all with `--without-files`.
    #[serde(default)]
    pub listed: Vec<Entry>,
}

impl Manifest {
    /// Boards that are in it.
    pub fn boards(&self) -> usize {
        let names = self.files.iter().filter_map(|file| file.path.strip_prefix("boards/")?.split('/').next());
        names.collect::<std::collections::BTreeSet<_>>().len()
    }
}

/// A part of a backup: the first folder of its names, and where it lies on this pedal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Files of the data folder that are named one by one.
    Settings,
    /// Boards.
    Boards,
    /// Presets among the player's plugins: bundles without a program.
    Presets,
    /// The player's files.
    Files,
}

impl Part {
    const ALL: [Self; 4] = [Self::Settings, Self::Boards, Self::Presets, Self::Files];

    const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Boards => "boards",
            Self::Presets => "presets",
            Self::Files => "files",
        }
    }

    fn folder(self, paths: &Paths) -> &Path {
        match self {
            Self::Settings => &paths.data,
            Self::Boards => &paths.pedalboards,
            Self::Presets => &paths.user_plugins,
            Self::Files => &paths.user_files,
        }
    }
}

/// Bytes that can still be written to the file system of a folder.
fn free_bytes(folder: &Path) -> io::Result<u64> {
    let about = rustix::fs::statvfs(folder)?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}

const fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

fn seconds_since_1970() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |passed| passed.as_secs())
}

/// A time as it stands in names: `2026-11-21-185301`, universal time.
fn stamp(seconds: u64) -> String {
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // the calendar of 400 years has 146 097 days; years begin in March so that the odd day is the last one
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{date:02}-{hour:02}{minute:02}{second:02}")
}
