//! The list of what changes places, and carrying it out: renames only, in an order in which each may be repeated.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use pedalboard::{Disk, Files, make_folders, remove_tree, write_atomic};
use serde::{Deserialize, Serialize};

use super::{BackupError, KEPT, Part, WAITING, failed};
use crate::context::Paths;

/// The list, in the state folder, until it is carried out.
const TO_DO: &str = "restore.json";
/// The same afterwards: what can be taken back.
const DONE: &str = "restored.json";
/// Greatest size of a list, in bytes.
const LARGEST: u64 = 64 << 20;

/// One thing that changes places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    /// What comes; none: nothing does, and what is there goes.
    pub(super) staged: Option<PathBuf>,
    /// Its place.
    pub(super) target: PathBuf,
    /// Where what is there now goes.
    pub(super) kept: PathBuf,
}

/// Everything that changes places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct List {
    /// Where it comes from, for people.
    pub(super) from: String,
    /// It takes an earlier one back.
    pub(super) back: bool,
    /// In this order.
    pub(super) steps: Vec<Step>,
}

/// What has changed places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finished {
    /// The backup's name.
    pub from: String,
    /// It took an earlier one back.
    pub back: bool,
    /// Things that came.
    pub placed: usize,
    /// Things that were there before and are kept aside.
    pub kept: usize,
}

impl Finished {
    /// For the player.
    pub fn sentence(&self) -> String {
        match self.back {
            true => "What was there before the restore is back".to_owned(),
            false => format!("{} is in place; what was there before is kept", self.from),
        }
    }
}

/// Makes the list the one that is carried out at the next start: from here on there is no way but forward.
pub(super) fn decide(files: &dyn Files, state: &Path, list: &List) -> io::Result<()> {
    make_folders(files, state)?;
    for step in &list.steps {
        // whatever needs room on the disk is made now, while a failure still changes nothing
        for path in [&step.target, &step.kept] {
            path.parent().map_or(Ok(()), |parent| make_folders(files, parent))?;
        }
    }
    let text = serde_json::to_vec(list).map_err(io::Error::other)?;
    write_atomic(files, &state.join(TO_DO), &text)
}

fn read(files: &dyn Files, path: &Path) -> Result<Option<List>, BackupError> {
    let text = match files.read(path, LARGEST) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path)(error)),
    };
    let broken =
        |error: serde_json::Error| BackupError::Journal { path: path.to_owned(), why: error.to_string() };
    serde_json::from_slice(&text).map(Some).map_err(broken)
}

/// Carries out what a restore has prepared; none: nothing was prepared. To be called before anything of the player is
/// read. After a failure or a power cut it is called again and goes on.
///
/// # Errors
/// [`BackupError`]; the list stays, for the next start.
pub fn finish(files: &dyn Files, paths: &Paths) -> Result<Option<Finished>, BackupError> {
    let done = finish_on(files, &paths.state)?;
    if done.is_some() {
        sweep(files, paths);
    }
    Ok(done)
}

/// Whether a list is there of which something has moved already: then there is no way but forward.
pub(super) fn begun(state: &Path) -> bool {
    let list = read(&Disk, &state.join(TO_DO)).ok().flatten();
    list.is_some_and(|list| list.steps.iter().any(|step| Disk.kind(&step.kept).is_some()))
}

fn finish_on(files: &dyn Files, state: &Path) -> Result<Option<Finished>, BackupError> {
    let journal = state.join(TO_DO);
    let Some(list) = read(files, &journal)? else { return Ok(None) };
    let gone = list.steps.iter().filter(|step| {
        let comes = step.staged.as_ref().is_none_or(|staged| files.kind(staged).is_some());
        comes && files.kind(&step.kept).is_none() && files.kind(&step.target).is_some()
    });
    // what is there goes first, all of it on the disk before anything comes: so nothing is ever written over
    rename_all(files, gone.map(|step| (&step.target, &step.kept)))?;
    let come = list.steps.iter().filter_map(|step| Some((step.staged.as_ref()?, &step.target)));
    let come = come.filter(|(staged, _)| files.kind(staged).is_some());
    rename_all(files, come)?;
    let done = Finished {
        from: list.from,
        back: list.back,
        placed: list.steps.iter().filter(|step| files.kind(&step.target).is_some()).count(),
        kept: list.steps.iter().filter(|step| files.kind(&step.kept).is_some()).count(),
    };
    let after = match list.back {
        // what can be taken back goes first, and for good: taken back twice, there would be nothing to come
        true => remove(files, &state.join(DONE)).and_then(|()| remove(files, &journal)),
        false => files.rename(&journal, &state.join(DONE)).and_then(|()| files.sync_folder(state)),
    };
    after.map_err(failed(&journal))?;
    Ok(Some(done))
}

fn rename_all<'a>(
    files: &dyn Files,
    pairs: impl Iterator<Item = (&'a PathBuf, &'a PathBuf)>,
) -> Result<(), BackupError> {
    let mut folders = BTreeSet::new();
    for (from, to) in pairs.collect::<Vec<_>>() {
        files.rename(from, to).map_err(failed(from))?;
        folders.extend([from.parent(), to.parent()].into_iter().flatten());
    }
    folders.into_iter().try_for_each(|folder| files.sync_folder(folder).map_err(failed(folder)))
}

/// Removes what waited, and what an earlier restore had kept: only the newest can be taken back.
fn sweep(files: &dyn Files, paths: &Paths) {
    let kept = read(files, &paths.state.join(DONE)).ok().flatten().map(|list| list.steps).unwrap_or_default();
    for part in Part::ALL {
        let folder = part.folder(paths);
        let _ = remove_tree(files, &folder.join(WAITING));
        let old = folder.join(KEPT);
        for (name, _) in files.list(&old).unwrap_or_default() {
            let path = old.join(name);
            if !kept.iter().any(|step| step.kept.starts_with(&path)) {
                let _ = remove_tree(files, &path);
            }
        }
        // stays when there is something in it
        let _ = files.remove_folder(&old);
    }
}

/// Gives up what was prepared and not carried out. It stays given up after a power cut.
pub(super) fn forget(files: &dyn Files, state: &Path) -> Result<(), BackupError> {
    let journal = state.join(TO_DO);
    remove(files, &journal).map_err(failed(&journal))
}

/// Removes a file so that it does not come back with a power cut.
fn remove(files: &dyn Files, path: &Path) -> io::Result<()> {
    match files.remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.and_then(|()| path.parent().map_or(Ok(()), |folder| files.sync_folder(folder))),
    }
}

/// What takes the last restore back.
pub(super) fn back(files: &dyn Files, state: &Path) -> Result<List, BackupError> {
    let list = read(files, &state.join(DONE))?.ok_or(BackupError::NothingKept)?;
    let steps = list.steps.into_iter().map(|step| Step {
        staged: files.kind(&step.kept).is_some().then(|| step.kept.clone()),
        // where it waited is free; what came by a removal goes beside what was kept
        kept: step.staged.unwrap_or_else(|| step.kept.with_extension("after")),
        target: step.target,
    });
    Ok(List { from: list.from, back: true, steps: steps.collect() })
}

#[cfg(test)]
mod tests;
