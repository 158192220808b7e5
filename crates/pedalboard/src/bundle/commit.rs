//! Several files of a folder replaced at one stroke.
//!
//! The new files are written to `.saving` and made durable; renaming that folder to `.saved` is the stroke. Then they
//! move to their places. A reader takes a file from `.saved` when it is there, so that a power cut at any time shows
//! the old files or the new ones. [`recover`] ends the moving.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{Files, Kind, remove_tree, write_atomic};

const SAVING: &str = ".saving";
pub(super) const SAVED: &str = ".saved";

/// Where a file of the folder is to be read.
pub(super) fn find(files: &dyn Files, folder: &Path, name: &str) -> Option<PathBuf> {
    [folder.join(SAVED).join(name), folder.join(name)]
        .into_iter()
        .find(|path| files.kind(path) == Some(Kind::File))
}

/// Reads a file of the folder.
pub(super) fn read(files: &dyn Files, folder: &Path, name: &str, limit: u64) -> io::Result<Vec<u8>> {
    match files.read(&folder.join(SAVED).join(name), limit) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            files.read(&folder.join(name), limit)
        }
        read => read,
    }
}

/// Ends a save that a power cut interrupted after its stroke, and removes one that was interrupted before.
///
/// # Errors
/// As the system reports them.
pub fn recover(files: &dyn Files, folder: &Path) -> io::Result<()> {
    remove_tree(files, &folder.join(SAVING))?;
    if files.kind(&folder.join(SAVED)) == Some(Kind::Folder) {
        move_over(files, folder)?;
    }
    Ok(())
}

/// Replaces files in a folder that exists.
pub(super) fn replace(files: &dyn Files, folder: &Path, content: &[(String, Vec<u8>)]) -> io::Result<()> {
    match content {
        [] => Ok(()),
        [(name, bytes)] => write_atomic(files, &folder.join(name), bytes),
        many => {
            let saving = folder.join(SAVING);
            files.make_folder(&saving)?;
            if let Err(error) = fill(files, &saving, many, |path, bytes| files.write(path, bytes)) {
                // The first error is the one to tell.
                let _ = remove_tree(files, &saving);
                return Err(error);
            }
            files.rename(&saving, &folder.join(SAVED))?;
            files.sync_folder(folder)?;
            move_over(files, folder)
        }
    }
}

/// Makes a folder with its content, which appears as a whole. Names may have folders in them; `put` writes a file.
pub(super) fn create<T>(
    files: &dyn Files,
    folder: &Path,
    content: &[(String, T)],
    put: impl Fn(&Path, &T) -> io::Result<()>,
) -> io::Result<()> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let making = folder.with_file_name(format!(".{name}.new"));
    remove_tree(files, &making)?;
    files.make_folder(&making)?;
    let made = fill(files, &making, content, put).and_then(|()| files.rename(&making, folder));
    if let Err(error) = made {
        let _ = remove_tree(files, &making);
        return Err(error);
    }
    folder.parent().map_or(Ok(()), |parent| files.sync_folder(parent))
}

fn fill<T>(
    files: &dyn Files,
    folder: &Path,
    content: &[(String, T)],
    put: impl Fn(&Path, &T) -> io::Result<()>,
) -> io::Result<()> {
    let mut folders = BTreeSet::from([folder.to_owned()]);
    for (name, what) in content {
        let path = folder.join(name);
        let mut above = path.ancestors().skip(1).take_while(|above| *above != folder).collect::<Vec<_>>();
        above.reverse();
        for inner in above {
            if folders.insert(inner.to_owned()) {
                files.make_folder(inner)?;
            }
        }
        put(&path, what)?;
        files.sync_file(&path)?;
    }
    // The innermost first; the order does not matter to the disk, only that all are.
    folders.iter().rev().try_for_each(|folder| files.sync_folder(folder))
}

fn move_over(files: &dyn Files, folder: &Path) -> io::Result<()> {
    let saved = folder.join(SAVED);
    for (name, _) in files.list(&saved)? {
        files.rename(&saved.join(&name), &folder.join(&name))?;
    }
    files.sync_folder(folder)?;
    files.sync_folder(&saved)?;
    files.remove_folder(&saved)?;
    files.sync_folder(folder)
}
