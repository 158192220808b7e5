//! Space kept back, so that a full disk can be emptied: the index needs some to record that a blob was deleted.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use rustix::fs::FallocateFlags;

/// Bytes kept back.
const SIZE: u64 = 1 << 20;

/// A file that is only there to take up space.
#[derive(Debug)]
pub(super) struct Ballast(PathBuf);

impl Ballast {
    pub(super) fn new(path: PathBuf) -> Self {
        let this = Self(path);
        this.take();
        this
    }

    /// Takes the space if it is not taken; on a full disk, another time.
    pub(super) fn take(&self) {
        if std::fs::metadata(&self.0).is_ok_and(|file| file.len() == SIZE) {
            return;
        }
        let taken = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&self.0)
            .and_then(|file: File| Ok(rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, SIZE)?));
        if taken.is_err() {
            self.release();
        }
    }

    /// Gives the space to whoever needs it.
    pub(super) fn release(&self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
