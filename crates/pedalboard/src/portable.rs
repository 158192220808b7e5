//! A board in one file for another machine: `<title>.board.tar.zst` with the bundle, the list of its plugins, and the
//! player's files that it uses (models, impulse responses, samples).

mod pack;
mod unpack;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::archive::ArchiveError;
use crate::error::{Problem, ReadError, WriteError};
use crate::graph::PluginVersion;

pub use pack::export;
pub use unpack::{copy_atomic, import};

const CONTENTS: &str = "board.json";
const BOARD: &str = "board.pedalboard";
const FILES: &str = "files";
const FORMAT: u32 = 1;

/// What a portable board says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// Version of this form; this crate reads 1.
    pub format: u32,
    /// Title of the board.
    pub title: String,
    /// Plugins, each once.
    pub plugins: Vec<NeededPlugin>,
    /// Files of the player.
    pub files: Vec<CarriedFile>,
    /// What the board names and the sender does not give away: files that are neither the player's nor a plugin's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<PathBuf>,
}

/// A plugin that the board needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeededPlugin {
    /// URI.
    pub uri: String,
    /// Name for people, as far as the sender knew one.
    pub name: String,
    /// Version that the board was made with.
    pub version: PluginVersion,
}

/// A file of the player that the board uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedFile {
    /// Where it was on the sender's machine: that is how the board speaks of it.
    pub path: PathBuf,
    /// Type (see [`FILE_TYPES`](crate::FILE_TYPES)), or `other`.
    pub kind: String,
    /// Name below the folder of its type.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content, in hexadecimal digits; empty when the file was missing at the sender's.
    pub sha256: String,
}

/// Why a board could not be packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The board cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be read or the result cannot be written.
    #[error("cannot pack the board: {0}")]
    Io(#[from] io::Error),
}

/// Why a portable board was refused. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is no archive, or a bad one.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It is an archive of something else.
    #[error("refused: this is no portable board: {0}")]
    Content(String),
    /// The board in it cannot be read.
    #[error("refused: {0}")]
    Board(#[from] ReadError),
    /// It cannot be put in place.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What an import did, and what is missing now.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Folder of the new board.
    pub bundle: PathBuf,
    /// What the file said about itself.
    pub contents: Contents,
    /// Plugins that are not installed here.
    pub missing_plugins: Vec<NeededPlugin>,
    /// Files that the sender did not have either.
    pub missing_files: Vec<CarriedFile>,
    /// Where the files are now, by their path at the sender's.
    pub placed: BTreeMap<PathBuf, PathBuf>,
    /// What of the board could not be read.
    pub problems: Vec<Problem>,
}
