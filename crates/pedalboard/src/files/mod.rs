//! The file system as this crate needs it: a port, the disk, and a recorder for tests.

mod disk;
pub mod recorder;

use std::io;
use std::path::{Path, PathBuf};

pub use disk::Disk;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A file, or a link that leads to one.
    File,
    /// A folder, or a link that leads to one.
    Folder,
    /// Anything else: a socket, a device, a link that leads nowhere.
    Other,
}

/// A file system. Any thread but the real-time one; calls block. Paths are absolute.
pub trait Files: Send + Sync {
    /// The whole of a file. A file of more than `limit` bytes is an error of kind [`io::ErrorKind::FileTooLarge`].
    ///
    /// # Errors
    /// As the system reports them.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// Names in a folder with what they stand for, sorted by name. Names that are no Unicode are left out.
    ///
    /// # Errors
    /// As the system reports them.
    fn list(&self, folder: &Path) -> io::Result<Vec<(String, Kind)>>;

    /// What a path stands for, `None` when there is nothing.
    fn kind(&self, path: &Path) -> Option<Kind>;

    /// Makes one folder. It is durable after [`Files::sync_folder`] of its parent.
    ///
    /// # Errors
    /// As the system reports them; [`io::ErrorKind::AlreadyExists`] when the name is taken.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// Writes a file, new or over the old content. Nothing is durable yet: see [`Files::sync_file`].
    ///
    /// # Errors
    /// As the system reports them.
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()>;

    /// Writes the content of a file into another, new or over the old content. Nothing is durable yet. A file of more
    /// than `limit` bytes is an error of kind [`io::ErrorKind::FileTooLarge`].
    ///
    /// # Errors
    /// As the system reports them.
    fn copy(&self, from: &Path, to: &Path, limit: u64) -> io::Result<()> {
        let content = self.read(from, limit)?;
        self.write(to, &content)
    }

    /// Makes a file's content durable.
    ///
    /// # Errors
    /// As the system reports them.
    fn sync_file(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// As the system reports them.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Gives a file or folder another name; a file that had it is replaced. All or nothing.
    ///
    /// # Errors
    /// As the system reports them.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file or link.
    ///
    /// # Errors
    /// As the system reports them.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// As the system reports them.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
}

/// Greatest size of a text file that is read, in bytes. A board of 500 plugins takes 2 MB.
pub const TEXT_LIMIT: u64 = 32 << 20;

/// The name under which a file is written before it takes its place.
pub(crate) fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.new"))
}

/// Writes a file whole or not at all: temporary file, fsync, rename, fsync of the folder. On an error the old file
/// stays. Two writers of one file must not run at a time.
///
/// # Errors
/// As the system reports them.
pub fn write_atomic(files: &dyn Files, path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = temporary(path);
    let written = files
        .write(&temporary, content)
        .and_then(|()| files.sync_file(&temporary))
        .and_then(|()| files.rename(&temporary, path));
    if let Err(error) = written {
        // What went wrong is told already; a leftover is overwritten the next time.
        let _ = files.remove_file(&temporary);
        return Err(error);
    }
    above(path).map_or(Ok(()), |folder| files.sync_folder(folder))
}

/// The folder that a path is in; above a relative one it may be the folder that the program runs in.
fn above(path: &Path) -> Option<&Path> {
    path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
}

/// Makes a folder and those above it, each durable. A folder that exists is a success.
///
/// # Errors
/// As the system reports them.
pub fn make_folders(files: &dyn Files, path: &Path) -> io::Result<()> {
    match files.kind(path) {
        Some(Kind::Folder) => return Ok(()),
        Some(_) => return Err(io::Error::new(io::ErrorKind::NotADirectory, "a file has the folder's name")),
        None => {}
    }
    if let Some(parent) = above(path) {
        make_folders(files, parent)?;
    }
    match files.make_folder(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    above(path).map_or(Ok(()), |parent| files.sync_folder(parent))
}

/// Removes a folder with all in it. What is not there is a success.
///
/// # Errors
/// As the system reports them.
pub fn remove_tree(files: &dyn Files, path: &Path) -> io::Result<()> {
    let entries = match files.list(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for (name, _) in entries {
        let entry = path.join(name);
        // A link to a folder is removed as a link: following it would empty a folder that is not ours.
        match files.remove_file(&entry) {
            Ok(()) => {}
            Err(_) if files.kind(&entry) == Some(Kind::Folder) => remove_tree(files, &entry)?,
            Err(error) => return Err(error),
        }
    }
    files.remove_folder(path)
}

#[cfg(test)]
mod tests {
    use super::recorder::{Operation, Recorder};
    use super::*;

    #[test]
    fn a_file_is_written_in_the_order_that_survives_a_power_cut() {
        let files = Recorder::new();
        make_folders(&files, Path::new("/data")).unwrap();
        let before = files.operations().len();
        write_atomic(&files, Path::new("/data/banks.json"), b"[]").unwrap();
        let (new, file) = (PathBuf::from("/data/.banks.json.new"), PathBuf::from("/data/banks.json"));
        assert_eq!(
            files.operations()[before..],
            [
                Operation::Write(new.clone(), b"[]".to_vec()),
                Operation::SyncFile(new.clone()),
                Operation::Rename(new, file),
                Operation::SyncFolder("/data".into()),
            ]
        );
    }

    #[test]
    fn a_tree_is_removed_without_following_links() {
        let place = tempfile::tempdir().unwrap();
        let (ours, theirs) = (place.path().join("ours"), place.path().join("theirs"));
        std::fs::create_dir_all(ours.join("deep")).unwrap();
        std::fs::create_dir(&theirs).unwrap();
        std::fs::write(theirs.join("kept"), "x").unwrap();
        std::os::unix::fs::symlink(&theirs, ours.join("deep/link")).unwrap();
        remove_tree(&Disk, &ours).unwrap();
        assert!(!ours.exists());
        assert!(theirs.join("kept").exists());
    }
}
