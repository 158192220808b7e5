//! Blobs as files: `blobs/ab/cdef…` by their SHA-256, and `incoming/` for what is being written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use super::error::StoreError;
use super::{Hash, crash_point};

#[derive(Debug)]
pub(super) struct Blobs {
    blobs: PathBuf,
    incoming: PathBuf,
    next: AtomicU64,
}

/// A blob that is being written. Dropped, it is gone.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    path: Temporary,
    hash: Sha256,
    size: u64,
    limit: u64,
}

/// A file that is removed unless it was renamed.
#[derive(Debug)]
pub(super) struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Blobs {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let (blobs, incoming) = (folder.join("blobs"), folder.join("incoming"));
        fs::create_dir_all(&blobs)?;
        fs::create_dir_all(&incoming)?;
        sync_folder(folder)?;
        Ok(Self { blobs, incoming, next: AtomicU64::new(0) })
    }

    /// Removes what was being written and what no path names.
    pub(super) fn sweep(&self, named: &BTreeSet<Hash>) -> io::Result<()> {
        for file in fs::read_dir(&self.incoming)? {
            fs::remove_file(file?.path())?;
        }
        for folder in fs::read_dir(&self.blobs)? {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let file = file?;
                let name =
                    format!("{}{}", folder.file_name().to_string_lossy(), file.file_name().to_string_lossy());
                // What is no blob of ours was put there by somebody, and is theirs to remove.
                if Hash::parse(&name).is_some_and(|hash| !named.contains(&hash)) {
                    fs::remove_file(file.path())?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn begin(&self, limit: u64) -> Result<Incoming, StoreError> {
        let name = format!("{}-{}", std::process::id(), self.next.fetch_add(1, Ordering::Relaxed));
        let path = self.incoming.join(name);
        let file = File::create_new(&path).map_err(StoreError::io("making a file"))?;
        Ok(Incoming { file, path: Temporary(path), hash: Sha256::new(), size: 0, limit })
    }

    /// Gives a file that is safe on the disk its name, safely.
    pub(super) fn publish(&self, ready: Temporary, hash: Hash) -> Result<(), StoreError> {
        let path = self.path(hash);
        let folder = path.parent().unwrap_or(&self.blobs);
        let rename = || {
            if !folder.is_dir() {
                fs::create_dir(folder)?;
                sync_folder(&self.blobs)?;
            }
            // The same content may be there already: one file replaces an equal one, and mends a damaged one.
            fs::rename(&ready.0, &path)?;
            crash_point("renamed");
            sync_folder(folder)
        };
        rename().map_err(StoreError::io("naming a blob"))
    }

    /// The blob's file when it is there and has the right length.
    pub(super) fn read(&self, hash: Hash, size: u64) -> Result<Option<File>, StoreError> {
        let file = match File::open(self.path(hash)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(StoreError::Io { what: "opening a blob", why }),
        };
        let there = file.metadata().map_err(StoreError::io("reading a blob's length"))?.len();
        if there == size { Ok(Some(file)) } else { Err(StoreError::Damaged) }
    }

    pub(super) fn remove(&self, hash: Hash) {
        let _ = fs::remove_file(self.path(hash));
    }

    pub(super) fn free_bytes(&self) -> u64 {
        rustix::fs::statvfs(&self.blobs).map_or(u64::MAX, |stat| stat.f_bavail * stat.f_frsize)
    }

    fn path(&self, hash: Hash) -> PathBuf {
        let name = hash.to_string();
        let (folder, file) = name.split_at(2);
        self.blobs.join(folder).join(file)
    }
}

impl Incoming {
    /// Appends bytes.
    ///
    /// # Errors
    /// When the blob becomes too large or the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(StoreError::TooLarge { limit: self.limit });
        }
        self.file.write_all(bytes).map_err(StoreError::io("writing a blob"))?;
        self.hash.update(bytes);
        crash_point("written");
        Ok(())
    }

    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn sync(self) -> Result<(Temporary, Hash, u64), StoreError> {
        self.file.sync_all().map_err(StoreError::io("writing a blob to the disk"))?;
        crash_point("synced");
        Ok((self.path, Hash(self.hash.finalize().into()), self.size))
    }
}

/// The name that a content should have.
pub(super) fn hash_of(mut file: File) -> io::Result<Hash> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Hash(hash.finalize().into())),
            count => hash.update(&buffer[..count]),
        }
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
