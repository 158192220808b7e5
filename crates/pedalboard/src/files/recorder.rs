//! A file system in memory that records every write and can say what a disk may hold after a power cut.
//!
//! The model: content is durable after [`Files::sync_file`]; a name (made, moved, removed) is durable after
//! [`Files::sync_folder`] of the folder it is in. Of what was not synced, any part may have reached the disk, in any
//! order; unsynced content may be missing, cut short or whole. A rename is one step, as journaling file systems do it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Files, Kind};

/// Something that was done to the file system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A file was made or overwritten.
    Write(PathBuf, Vec<u8>),
    /// Its content was made durable.
    SyncFile(PathBuf),
    /// The names in a folder were made durable.
    SyncFolder(PathBuf),
    /// A file or folder got another name.
    Rename(PathBuf, PathBuf),
    /// Two files or folders took each other's name, in one step.
    Exchange(PathBuf, PathBuf),
    /// A folder was made.
    MakeFolder(PathBuf),
    /// A file was removed.
    RemoveFile(PathBuf),
    /// A folder was removed.
    RemoveFolder(PathBuf),
}

/// A file system in memory with a record of what was done.
#[derive(Debug, Default)]
pub struct Recorder {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// What was there before the first operation: all of it is durable.
    base: Tree,
    tree: Tree,
    operations: Vec<Operation>,
}

/// Files by path, `None` for folders. The root is always there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tree(BTreeMap<PathBuf, Option<Vec<u8>>>);

impl Tree {
    fn kind(&self, path: &Path) -> Option<Kind> {
        if path == Path::new("/") {
            return Some(Kind::Folder);
        }
        self.0.get(path).map(|entry| if entry.is_some() { Kind::File } else { Kind::Folder })
    }

    fn children(&self, folder: &Path) -> impl Iterator<Item = (&PathBuf, &Option<Vec<u8>>)> {
        // what is below a folder comes right behind it
        let below = self.0.range::<Path, _>((Bound::Excluded(folder), Bound::Unbounded));
        below
            .take_while(move |(path, _)| path.starts_with(folder))
            .filter(move |(path, _)| path.parent() == Some(folder))
    }

    fn apply(&mut self, operation: &Operation) -> io::Result<()> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let in_folder = |tree: &Self, path: &Path| match path.parent().and_then(|parent| tree.kind(parent)) {
            Some(Kind::Folder) => Ok(()),
            _ => Err(missing()),
        };
        match operation {
            Operation::Write(path, content) => {
                in_folder(self, path)?;
                if self.kind(path) == Some(Kind::Folder) {
                    return Err(io::ErrorKind::IsADirectory.into());
                }
                self.0.insert(path.clone(), Some(content.clone()));
            }
            Operation::SyncFile(path) | Operation::SyncFolder(path) => {
                self.kind(path).ok_or_else(missing)?;
            }
            Operation::Rename(from, to) => {
                in_folder(self, to)?;
                let kind = self.kind(from).ok_or_else(missing)?;
                if self.kind(to) == Some(Kind::Folder) && self.children(to).next().is_some() {
                    return Err(io::ErrorKind::DirectoryNotEmpty.into());
                }
                if kind == Kind::Folder {
                    let inside =
                        self.0.keys().filter(|path| path.starts_with(from)).cloned().collect::<Vec<_>>();
                    for path in inside {
                        let entry = self.0.remove(&path).ok_or_else(missing)?;
                        let rest = path.strip_prefix(from).map_err(io::Error::other)?;
                        let target = if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) };
                        self.0.insert(target, entry);
                    }
                } else {
                    let entry = self.0.remove(from).ok_or_else(missing)?;
                    self.0.insert(to.clone(), entry);
                }
            }
            Operation::Exchange(one, two) => {
                let aside = one.with_file_name(".exchanged");
                for (from, to) in [(one, &aside), (two, one), (&aside, two)] {
                    self.apply(&Operation::Rename(from.clone(), to.clone()))?;
                }
            }
            Operation::MakeFolder(path) => {
                in_folder(self, path)?;
                if self.kind(path).is_some() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                self.0.insert(path.clone(), None);
            }
            Operation::RemoveFile(path) => match self.kind(path) {
                Some(Kind::File) => drop(self.0.remove(path)),
                Some(_) => return Err(io::ErrorKind::IsADirectory.into()),
                None => return Err(missing()),
            },
            Operation::RemoveFolder(path) => {
                if self.children(path).next().is_some() {
                    return Err(io::ErrorKind::DirectoryNotEmpty.into());
                }
                match self.kind(path) {
                    Some(Kind::Folder) => drop(self.0.remove(path)),
                    Some(_) => return Err(io::ErrorKind::NotADirectory.into()),
                    None => return Err(missing()),
                }
            }
        }
        Ok(())
    }
}

impl Recorder {
    /// An empty file system.
    pub fn new() -> Self {
        Self::default()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, operation: Operation) -> io::Result<()> {
        let mut inner = self.inner();
        inner.tree.apply(&operation)?;
        inner.operations.push(operation);
        Ok(())
    }

    /// Lets two files or folders take each other's name.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when one of them is not there.
    pub fn exchange(&self, one: &Path, two: &Path) -> io::Result<()> {
        self.run(Operation::Exchange(one.to_owned(), two.to_owned()))
    }

    /// The same files on a disk where all of them are durable and nothing was done yet.
    pub fn settled(&self) -> Self {
        Self::holding(self.inner().tree.clone())
    }

    fn holding(tree: Tree) -> Self {
        Self { inner: Mutex::new(Inner { base: tree.clone(), tree, operations: Vec::new() }) }
    }

    /// Does an operation.
    ///
    /// # Errors
    /// As a file system would refuse it; then nothing is recorded.
    pub fn perform(&self, operation: Operation) -> io::Result<()> {
        self.run(operation)
    }

    /// What was done so far.
    pub fn operations(&self) -> Vec<Operation> {
        self.inner().operations.clone()
    }

    /// All files and their content.
    pub fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let inner = self.inner();
        inner.tree.0.iter().filter_map(|(path, entry)| Some((path.clone(), entry.clone()?))).collect()
    }

    /// What the disk may hold if the power is cut after the first `done` operations. `choose(n)` decides, below `n`:
    /// 0 or 1 whether an unsynced name reached the disk; 0, 1, 2 whether unsynced content is missing, cut short or
    /// whole.
    pub fn after_power_cut(&self, done: usize, mut choose: impl FnMut(usize) -> usize) -> Self {
        let operations = self.operations();
        let past = &operations[..done.min(operations.len())];
        let mut tree = self.inner().base.clone();
        for (at, operation) in past.iter().enumerate() {
            let later = &past[at + 1..];
            let synced = |folder: Option<&Path>| {
                later.iter().any(
                    |other| matches!(other, Operation::SyncFolder(path) if Some(path.as_path()) == folder),
                )
            };
            let step = match operation {
                Operation::Write(path, content) => {
                    let whole = later.iter().any(|other| follows(other, path));
                    let content = match if whole { 2 } else { choose(3) } {
                        0 => Vec::new(),
                        1 => content[..content.len() / 2].to_vec(),
                        _ => content.clone(),
                    };
                    // The name of a file that was not there before is a change of the folder.
                    let name = tree.kind(path).is_some() || synced(path.parent()) || whole || choose(2) == 1;
                    name.then(|| Operation::Write(path.clone(), content))
                }
                Operation::SyncFile(_) | Operation::SyncFolder(_) => None,
                Operation::Rename(from, to) | Operation::Exchange(from, to) => {
                    // The file system orders the two folders of one rename itself.
                    let durable = synced(to.parent()) || synced(from.parent());
                    (durable || choose(2) == 1).then(|| operation.clone())
                }
                Operation::MakeFolder(path) | Operation::RemoveFile(path) | Operation::RemoveFolder(path) => {
                    (synced(path.parent()) || choose(2) == 1).then(|| operation.clone())
                }
            };
            if let Some(Operation::RemoveFolder(path)) = &step {
                // Where the name is gone, nothing below it is found, though its own removal did not reach the disk.
                tree.0.retain(|other, _| !other.starts_with(path));
            } else if let Some(step) = step {
                // A step whose ground is missing (its folder did not reach the disk) did not reach it either.
                let _ = tree.apply(&step);
            }
        }
        Self::holding(tree)
    }
}

fn follows(operation: &Operation, written: &Path) -> bool {
    matches!(operation, Operation::SyncFile(path) if path == written)
}

impl Files for Recorder {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        match self.inner().tree.0.get(path) {
            Some(Some(content)) if content.len() as u64 <= limit => Ok(content.clone()),
            Some(Some(_)) => Err(io::ErrorKind::FileTooLarge.into()),
            Some(None) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, Kind)>> {
        let inner = self.inner();
        match inner.tree.kind(folder) {
            Some(Kind::Folder) => {}
            Some(_) => return Err(io::ErrorKind::NotADirectory.into()),
            None => return Err(io::ErrorKind::NotFound.into()),
        }
        let named = |(path, entry): (&PathBuf, &Option<Vec<u8>>)| {
            let kind = if entry.is_some() { Kind::File } else { Kind::Folder };
            Some((path.file_name()?.to_str()?.to_owned(), kind))
        };
        Ok(inner.tree.children(folder).filter_map(named).collect())
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        self.inner().tree.kind(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.run(Operation::MakeFolder(path.to_owned()))
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.run(Operation::Write(path.to_owned(), content.to_owned()))
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.run(Operation::SyncFile(path.to_owned()))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.run(Operation::SyncFolder(path.to_owned()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.run(Operation::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.run(Operation::RemoveFile(path.to_owned()))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.run(Operation::RemoveFolder(path.to_owned()))
    }
}
