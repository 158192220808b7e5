//! The store: blobs as files named by their content, paths in an index.
//!
//! Order of a write: temporary file, fsync, rename to the content's name, fsync of the folder, index transaction (the moment from
//! which the blob is there), removal of what nobody names any more. A crash between any two of these leaves the old state or the new
//! one, and at most a file without a name, which [`Store::open`] removes.

mod ballast;
mod blobs;
mod entry;
mod error;
mod index;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

pub use blobs::Incoming;
pub use entry::{Entry, Hash, Precondition};
pub use error::{OpenError, StoreError};
pub use index::Search;

use ballast::Ballast;
use blobs::Blobs;
use index::Index;

use crate::key::Key;

/// Largest blob that may be configured, in bytes: 256 MiB.
pub const MAX_BLOB: u64 = 256 << 20;

/// Free bytes that an upload must leave.
const KEEP_FREE: u64 = 2 << 20;

/// What the store holds and has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Stats {
    /// Paths.
    pub keys: u64,
    /// Different contents.
    pub blobs: u64,
    /// Bytes of the different contents.
    pub stored_bytes: u64,
    /// Bytes that can still be stored.
    pub free_bytes: u64,
    /// Largest blob in bytes.
    pub max_blob_bytes: u64,
    /// How often the index was opened anew after the disk failed or was full.
    pub index_reopened: u64,
}

/// What [`Store::check`] found.
#[derive(Debug, Default, serde::Serialize)]
pub struct Damage {
    /// Paths that were looked at.
    pub checked: u64,
    /// Paths whose blob is not there.
    pub missing: Vec<String>,
    /// Paths whose blob is not what it was.
    pub changed: Vec<String>,
}

/// An open store. May be shared between threads; all calls may block on the disk.
pub struct Store {
    blobs: Blobs,
    index: Index,
    /// Held from the rename of a blob to the transaction that names it, and from the transaction that forgets it to its
    /// removal: otherwise a blob that is stored again while it is removed would be lost.
    naming: Mutex<()>,
    max_blob: u64,
}

impl Store {
    /// Opens or makes a store for blobs of at most `max_blob` bytes (at most [`MAX_BLOB`]), and removes what a crash left.
    ///
    /// # Errors
    /// When another process has it, or the folder or index cannot be used.
    pub fn open(folder: &Path, max_blob: u64) -> Result<Self, OpenError> {
        let (blobs, index) = {
            let fail = |path: &Path| {
                let path = PathBuf::from(path);
                move |why| OpenError::Folder { path, why }
            };
            std::fs::create_dir_all(folder).map_err(fail(folder))?;
            let index = Index::open(folder, Ballast::new(folder.join("ballast")))?;
            (Blobs::open(folder).map_err(fail(folder))?, index)
        };
        let store = Self { blobs, index, naming: Mutex::new(()), max_blob: max_blob.min(MAX_BLOB) };
        let error =
            |why: StoreError| OpenError::Index { path: folder.join("index.redb"), why: why.to_string() };
        let named = store.index.hashes().map_err(error)?;
        store.blobs.sweep(&named).map_err(|why| OpenError::Folder { path: folder.to_owned(), why })?;
        Ok(store)
    }

    /// Largest blob in bytes.
    pub fn max_blob(&self) -> u64 {
        self.max_blob
    }

    /// Begins to store a blob; `size` is how many bytes will come, when that is known.
    ///
    /// # Errors
    /// When it is too large or does not fit on the disk.
    pub fn begin(&self, size: Option<u64>) -> Result<Incoming, StoreError> {
        if size.is_some_and(|size| size > self.max_blob) {
            return Err(StoreError::TooLarge { limit: self.max_blob });
        }
        if self.free_bytes() < size.unwrap_or(0) {
            return Err(StoreError::DiskFull);
        }
        self.blobs.begin(self.max_blob)
    }

    /// Puts a blob under a path. Returns its entry, and whether something was there before.
    ///
    /// # Errors
    /// When the precondition is not met or the disk is full; then what was there stays.
    pub fn finish(
        &self,
        incoming: Incoming,
        key: &Key,
        wanted: &Precondition,
    ) -> Result<(Entry, bool), StoreError> {
        let (ready, hash, size) = incoming.sync()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let modified = now.as_millis() as u64;
        let _naming = self.naming.lock().unwrap_or_else(PoisonError::into_inner);
        self.blobs.publish(ready, hash)?;
        crash_point("published");
        match self.index.put(key, hash, size, modified, wanted) {
            Ok(change) => {
                crash_point("named");
                self.remove(change.orphan.filter(|orphan| *orphan != hash));
                Ok((Entry { key: key.as_str().to_owned(), hash, size, modified }, change.replaced))
            }
            Err(error) => {
                // Nobody may name it: then it goes, at the latest at the next start.
                if self.index.hashes().is_ok_and(|named| !named.contains(&hash)) {
                    self.remove(Some(hash));
                }
                Err(error)
            }
        }
    }

    /// What is under a path.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when nothing is.
    pub fn entry(&self, key: &Key) -> Result<Entry, StoreError> {
        self.index.get(key)
    }

    /// What is under a path, and its content. The file stays readable when the blob is removed meanwhile.
    ///
    /// # Errors
    /// When nothing is there, or its file is damaged.
    pub fn read(&self, key: &Key) -> Result<(Entry, File), StoreError> {
        // The blob may be replaced and removed between the index and the file: then the index knows the new one.
        for _ in 0..8 {
            let entry = self.index.get(key)?;
            if let Some(file) = self.blobs.read(entry.hash, entry.size)? {
                return Ok((entry, file));
            }
        }
        Err(StoreError::Damaged)
    }

    /// Removes what is under a path.
    ///
    /// # Errors
    /// When nothing is there or the precondition is not met.
    pub fn delete(&self, key: &Key, wanted: &Precondition) -> Result<(), StoreError> {
        let _naming = self.naming.lock().unwrap_or_else(PoisonError::into_inner);
        let change = self.index.delete(key, wanted)?;
        crash_point("forgotten");
        self.remove(change.orphan);
        Ok(())
    }

    /// Finds paths; the flag says that there are more.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn search(&self, search: &Search) -> Result<(Vec<Entry>, bool), StoreError> {
        self.index.search(search)
    }

    /// Counts.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let totals = self.index.totals()?;
        Ok(Stats {
            keys: totals.keys,
            blobs: totals.blobs,
            stored_bytes: totals.stored_bytes,
            free_bytes: self.free_bytes(),
            max_blob_bytes: self.max_blob,
            index_reopened: self.index.reopened(),
        })
    }

    /// Whether the index can be read; looks at one path, however many there are.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn answers(&self) -> Result<(), StoreError> {
        self.index.answers()
    }

    /// Reads every blob and compares it with its name.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn check(&self) -> Result<Damage, StoreError> {
        let mut damage = Damage::default();
        let mut search = Search { limit: 1000, ..Search::default() };
        loop {
            let (entries, more) = self.index.search(&search)?;
            search.after = entries.last().map(|entry| entry.key.clone());
            for entry in entries {
                damage.checked += 1;
                match self.blobs.read(entry.hash, entry.size) {
                    Ok(Some(file)) => {
                        if blobs::hash_of(file).ok() != Some(entry.hash) {
                            damage.changed.push(entry.key);
                        }
                    }
                    Ok(None) => damage.missing.push(entry.key),
                    Err(_) => damage.changed.push(entry.key),
                }
            }
            if !more {
                return Ok(damage);
            }
        }
    }

    fn free_bytes(&self) -> u64 {
        self.blobs.free_bytes().saturating_sub(KEEP_FREE)
    }

    /// A blob that cannot be removed now is removed at the next start.
    fn remove(&self, orphan: Option<Hash>) {
        if let Some(hash) = orphan {
            self.blobs.remove(hash);
        }
    }
}

/// Ends the process as a power cut would, when a test asked for it at this point. Nothing in a release build.
pub(crate) fn crash_point(name: &str) {
    if cfg!(debug_assertions) && std::env::var("STREAMDB_CRASH_AT").is_ok_and(|at| at == name) {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests;
