//! Which blob is under which path: a redb database, small beside the blobs. How paths are found: `search`.

mod search;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};

use super::ballast::Ballast;
use super::error::{OpenError, StoreError, is_full};
use super::{Entry, Hash, Precondition};
use crate::key::Key;
pub use search::Search;

/// Path → hash, bytes, time in milliseconds since 1970.
const ENTRIES: TableDefinition<'_, &str, (&[u8; 32], u64, u64)> = TableDefinition::new("entries");
/// Path from its end → nothing: suffix search is a range of this.
const REVERSED: TableDefinition<'_, &[u8], ()> = TableDefinition::new("reversed");
/// Hash → how many paths have it, bytes.
const BLOBS: TableDefinition<'_, &[u8; 32], (u64, u64)> = TableDefinition::new("blobs");

/// Bytes of pages that the database keeps in memory.
const CACHE: usize = 8 << 20;

/// What an index transaction changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// There was something under the path before.
    pub(super) replaced: bool,
    /// The blob that nobody names any more.
    pub(super) orphan: Option<Hash>,
}

/// Paths and blobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) keys: u64,
    pub(super) blobs: u64,
    pub(super) stored_bytes: u64,
}

pub(super) struct Index {
    path: PathBuf,
    /// `None` after a failure: opened again by whoever needs it.
    database: RwLock<Option<Database>>,
    ballast: Ballast,
    reopened: AtomicU64,
}

/// An error of a transaction, before it is known whether the database must be opened anew.
enum Failure {
    Said(StoreError),
    Database(redb::Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Said(error)
    }
}

macro_rules! from_redb {
    ($($error:ident),*) => {
        $(impl From<redb::$error> for Failure {
            fn from(error: redb::$error) -> Self {
                Self::Database(error.into())
            }
        })*
    };
}
from_redb!(StorageError, TableError, TransactionError, CommitError);

impl Index {
    pub(super) fn open(folder: &Path, ballast: Ballast) -> Result<Self, OpenError> {
        let path = folder.join("index.redb");
        let database = match open(&path) {
            // Nothing is free, not even for what a repair writes.
            Err(redb::DatabaseError::Storage(redb::StorageError::Io(why))) if is_full(&why) => {
                ballast.release();
                open(&path)
            }
            other => other,
        };
        let database = database.map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => OpenError::Busy { folder: folder.to_owned() },
            other => OpenError::Index { path: path.clone(), why: other.to_string() },
        })?;
        let index =
            Self { path, database: RwLock::new(Some(database)), ballast, reopened: AtomicU64::new(0) };
        // The tables exist from now on, so that readers find them.
        index
            .write(|transaction| {
                transaction.open_table(ENTRIES)?;
                transaction.open_table(REVERSED)?;
                transaction.open_table(BLOBS)?;
                Ok(())
            })
            .map_err(|error| OpenError::Index { path: index.path.clone(), why: error.to_string() })?;
        index.ballast.take();
        Ok(index)
    }

    /// How often the database had to be opened anew after a failure.
    pub(super) fn reopened(&self) -> u64 {
        self.reopened.load(Ordering::Relaxed)
    }

    pub(super) fn get(&self, key: &Key) -> Result<Entry, StoreError> {
        self.read(|transaction| {
            let table = transaction.open_table(ENTRIES)?;
            let entry = table.get(key.as_str())?.ok_or(StoreError::NotFound)?;
            Ok(entry_of(key.as_str(), entry.value()))
        })
    }

    /// Names a blob. Its file must be safe on the disk.
    pub(super) fn put(
        &self,
        key: &Key,
        hash: Hash,
        size: u64,
        modified: u64,
        wanted: &Precondition,
    ) -> Result<Change, StoreError> {
        self.write(|transaction| {
            let mut entries = transaction.open_table(ENTRIES)?;
            let mut blobs = transaction.open_table(BLOBS)?;
            let old = entries.get(key.as_str())?.map(|old| Hash(*old.value().0));
            wanted.check(old)?;
            entries.insert(key.as_str(), (&hash.0, size, modified))?;
            transaction.open_table(REVERSED)?.insert(key.reversed().as_slice(), ())?;
            let count = blobs.get(&hash.0)?.map_or(0, |blob| blob.value().0);
            blobs.insert(&hash.0, (count + 1, size))?;
            let orphan = old.map(|old| forget(&mut blobs, old)).transpose()?.flatten();
            Ok(Change { replaced: old.is_some(), orphan })
        })
    }

    pub(super) fn delete(&self, key: &Key, wanted: &Precondition) -> Result<Change, StoreError> {
        self.write(|transaction| {
            let mut entries = transaction.open_table(ENTRIES)?;
            let old = entries.get(key.as_str())?.map(|old| Hash(*old.value().0));
            let hash = old.ok_or(StoreError::NotFound)?;
            wanted.check(old)?;
            entries.remove(key.as_str())?;
            transaction.open_table(REVERSED)?.remove(key.reversed().as_slice())?;
            let orphan = forget(&mut transaction.open_table(BLOBS)?, hash)?;
            Ok(Change { replaced: true, orphan })
        })
    }

    pub(super) fn totals(&self) -> Result<Totals, StoreError> {
        self.read(|transaction| {
            let blobs = transaction.open_table(BLOBS)?;
            let mut stored_bytes = 0;
            for row in blobs.iter()? {
                stored_bytes += row?.1.value().1;
            }
            Ok(Totals { keys: transaction.open_table(ENTRIES)?.len()?, blobs: blobs.len()?, stored_bytes })
        })
    }

    /// Reads the way from the root to one path.
    pub(super) fn answers(&self) -> Result<(), StoreError> {
        self.read(|transaction| {
            transaction.open_table(ENTRIES)?.first()?;
            Ok(())
        })
    }

    /// All blobs that a path names.
    pub(super) fn hashes(&self) -> Result<BTreeSet<Hash>, StoreError> {
        self.read(|transaction| {
            let blobs = transaction.open_table(BLOBS)?;
            let mut hashes = BTreeSet::new();
            for row in blobs.iter()? {
                hashes.insert(Hash(*row?.0.value()));
            }
            Ok(hashes)
        })
    }

    fn read<T>(&self, work: impl Fn(&redb::ReadTransaction) -> Result<T, Failure>) -> Result<T, StoreError> {
        self.attempt(|database| work(&database.begin_read().map_err(Failure::from)?))
    }

    fn write<T>(
        &self,
        work: impl Fn(&redb::WriteTransaction) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let result = self.attempt(|database| {
            let transaction = database.begin_write()?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        });
        if result.is_ok() {
            self.ballast.take();
        }
        result
    }

    /// Does the work. After a failure of the disk the database refuses everything until it is opened anew: that is done
    /// here, with the space that was kept back, and the work is tried once more.
    fn attempt<T>(&self, work: impl Fn(&Database) -> Result<T, Failure>) -> Result<T, StoreError> {
        for again in [true, false] {
            let failure = {
                let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
                match database.as_ref().map(&work) {
                    Some(Ok(done)) => return Ok(done),
                    Some(Err(Failure::Said(error))) => return Err(error),
                    Some(Err(Failure::Database(error))) => Some(error),
                    None => None,
                }
            };
            let is_disk = matches!(&failure, None | Some(redb::Error::Io(_) | redb::Error::PreviousIo));
            let full = matches!(&failure, Some(redb::Error::Io(why)) if is_full(why));
            if let (Some(error), false) = (&failure, is_disk) {
                return Err(StoreError::Index(error.to_string()));
            }
            if again || full {
                self.ballast.release();
                self.reopen()?;
            }
            if !again {
                return Err(match failure {
                    Some(redb::Error::Io(why)) if !is_full(&why) => {
                        StoreError::Io { what: "writing the index", why }
                    }
                    _ => StoreError::DiskFull,
                });
            }
        }
        Err(StoreError::DiskFull)
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        // Closed first: the file is locked by whoever has it open.
        *database = None;
        self.reopened.fetch_add(1, Ordering::Relaxed);
        *database = Some(open(&self.path).map_err(|error| match error {
            redb::DatabaseError::Storage(redb::StorageError::Io(why)) if is_full(&why) => {
                StoreError::DiskFull
            }
            other => StoreError::Index(other.to_string()),
        })?);
        Ok(())
    }
}

fn open(path: &Path) -> Result<Database, redb::DatabaseError> {
    Database::builder().set_cache_size(CACHE).create(path)
}

fn entry_of(key: &str, (hash, size, modified): (&[u8; 32], u64, u64)) -> Entry {
    Entry { key: key.to_owned(), hash: Hash(*hash), size, modified }
}

/// One path less names the blob; the blob itself when that was the last.
fn forget(
    blobs: &mut redb::Table<'_, &'static [u8; 32], (u64, u64)>,
    hash: Hash,
) -> Result<Option<Hash>, Failure> {
    let (count, size) = blobs.get(&hash.0)?.map_or((0, 0), |blob| blob.value());
    if count > 1 {
        blobs.insert(&hash.0, (count - 1, size))?;
        return Ok(None);
    }
    blobs.remove(&hash.0)?;
    Ok(Some(hash))
}
