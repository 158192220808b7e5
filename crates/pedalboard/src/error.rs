//! What goes wrong, and what could not be read.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Something in a file that could not be read. What could be read is there; the rest is carried along where it is
/// possible, and the old file is kept before it is written over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1, where it is known.
    pub line: Option<u64>,
    /// What, and what was done about it.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// Why a bundle or file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system refused.
    #[error("cannot read {}: {source}", file.display())]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The content makes no sense.
    #[error("cannot read {0}")]
    Content(Problem),
    /// The folder is no bundle with one board.
    #[error("{}: {what}", bundle.display())]
    NoBoard {
        /// The folder.
        bundle: PathBuf,
        /// What is missing.
        what: String,
    },
}

impl ReadError {
    pub(crate) fn io(file: &std::path::Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let file = file.to_owned();
        move |source| Self::Io { file, source }
    }
}

/// Why a bundle or file could not be written. The old one is still there.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", file.display())]
pub struct WriteError {
    /// The file or folder.
    pub file: PathBuf,
    /// The system's words.
    pub source: io::Error,
}

impl WriteError {
    pub(crate) fn io(file: &std::path::Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let file = file.to_owned();
        move |source| Self { file, source }
    }
}
