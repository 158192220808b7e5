//! Why the store did not do what was asked.

use std::io;
use std::path::PathBuf;

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it.
    #[error("{}: another process has this store open; stop it first (`systemctl stop streamdb`)", folder.display())]
    Busy {
        /// The store's folder.
        folder: PathBuf,
    },
    /// The folder cannot be used.
    #[error("{}: {why}", path.display())]
    Folder {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// The index cannot be read.
    #[error("{}: {why}; the blobs are still there, see `streamdb --help` on a lost index", path.display())]
    Index {
        /// The index file.
        path: PathBuf,
        /// What the database said.
        why: String,
    },
}

/// Why a blob was not stored, read or removed. The store is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is nothing under this path.
    #[error("there is nothing under this path")]
    NotFound,
    /// What is there is not what the caller said it expects.
    #[error("what is stored there is not what If-Match or If-None-Match asked for")]
    Precondition,
    /// More than the store takes.
    #[error("the blob is larger than the {limit} bytes that are allowed")]
    TooLarge {
        /// Largest blob in bytes.
        limit: u64,
    },
    /// The disk is full.
    #[error("the disk is full: delete something, nothing was changed")]
    DiskFull,
    /// The index names a blob whose file is not there or not whole.
    #[error("the blob's file is damaged or missing: store it again")]
    Damaged,
    /// The file system failed.
    #[error("{what} failed: {why}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        why: io::Error,
    },
    /// The index failed.
    #[error("the index failed: {0}")]
    Index(String),
}

impl StoreError {
    /// Sorts out a full disk.
    pub(crate) fn io(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |why| if is_full(&why) { Self::DiskFull } else { Self::Io { what, why } }
    }
}

/// Whether an error means that nothing more fits: no space, no quota, or the process's limit on files.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
