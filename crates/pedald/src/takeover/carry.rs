//! The second half of a take-over: what the plan says is done, each thing whole or not at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pedalboard::{
    Bank, Banks, Disk, Favorites, Last, Preferences, Stored, copy_atomic, copy_bundle, make_folders,
    write_atomic,
};

use super::files::free_name;
use super::{Does, Plan, Step, TakeOverError, failed, paths};

/// Does what a plan says. `told` hears of each step before it is done.
///
/// # Errors
/// [`TakeOverError`]; what was done so far is whole, and a new plan leaves it alone.
pub fn carry_out(plan: &Plan, mut told: impl FnMut(&Step)) -> Result<(), TakeOverError> {
    for step in plan.steps.iter().filter(|step| step.does.changes_something()) {
        told(step);
        let (from, to) = (step.from.as_path(), step.to.as_path());
        if let Some(parent) = to.parent() {
            make_folders(&Disk, parent).map_err(failed(parent))?;
        }
        match step.kind {
            "file" => copy_file(from, to)?,
            "plugin" => {
                copy_bundle(&Disk, from, to).map_err(|error| TakeOverError::Own(error.to_string()))?
            }
            "board" => take_board(from, to, &plan.moved)?,
            "bank" => join::<Banks>(from, to, |own, theirs| join_banks(own, theirs, plan))?,
            "favourites" => join::<Favorites>(from, to, |own, theirs| {
                let new: Vec<_> = theirs.0.into_iter().filter(|uri| !own.0.contains(uri)).collect();
                own.0.extend(new);
            })?,
            "preferences" => join::<Preferences>(from, to, |own, theirs| {
                for (key, value) in theirs.0 {
                    if !own.0.contains_key(&key) {
                        own.0.insert(key, value);
                    }
                }
            })?,
            "last board" => join::<Last>(from, to, |own, theirs| {
                *own = theirs;
                own.pedalboard = plan.moved_to(&own.pedalboard);
            })?,
            _ => {
                if step.does == Does::Replace {
                    let (kept, _) = free_name(&to.with_extension("yml.before-import"), |_| false);
                    copy_file(to, &kept)?;
                }
                copy_file(from, to)?;
            }
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), TakeOverError> {
    copy_atomic(from, to).map_err(failed(to))
}

/// A board with the paths in it put right before it appears.
fn take_board(from: &Path, to: &Path, moved: &BTreeMap<PathBuf, PathBuf>) -> Result<(), TakeOverError> {
    let changed = paths::relocated(from, moved).map_err(failed(from))?;
    if changed.is_empty() {
        return copy_bundle(&Disk, from, to).map_err(|error| TakeOverError::Own(error.to_string()));
    }
    let parent = to.parent().unwrap_or(Path::new("."));
    let place = tempfile::Builder::new().prefix(".take-over-").tempdir_in(parent).map_err(failed(parent))?;
    let copy = place.path().join("board.pedalboard");
    copy_bundle(&Disk, from, &copy).map_err(|error| TakeOverError::Own(error.to_string()))?;
    for (name, content) in changed {
        write_atomic(&Disk, &copy.join(&name), &content).map_err(failed(&copy))?;
    }
    copy_bundle(&Disk, &copy, to).map_err(|error| TakeOverError::Own(error.to_string()))
}

/// Joins a file of the player's with the source's. A file that was there is kept beside it.
fn join<T: pedalboard::JsonFile + Clone>(
    from: &Path,
    to: &Path,
    with: impl FnOnce(&mut T, T),
) -> Result<(), TakeOverError> {
    let words = |error: pedalboard::ReadError| TakeOverError::Own(error.to_string());
    let theirs = Stored::<T>::read(&Disk, from).map_err(words)?;
    let mut own = Stored::<T>::read(&Disk, to).map_err(words)?;
    let before = own.exists().then(|| own.bytes());
    with(&mut own.value, theirs.value);
    if !own.changed() {
        return Ok(());
    }
    if let Some(before) = before {
        let (kept, _) = free_name(&to.with_extension("json.before-import"), |_| false);
        write_atomic(&Disk, &kept, &before).map_err(failed(&kept))?;
    }
    own.write(&Disk, to).map_err(|error| TakeOverError::Own(error.to_string()))
}

/// Banks of the source come behind ours; one of the same name and content is the same.
fn join_banks(own: &mut Banks, theirs: Banks, plan: &Plan) {
    for mut bank in theirs.0 {
        bank.pedalboards.iter_mut().for_each(|entry| entry.bundle = plan.moved_to(&entry.bundle));
        let boards = |bank: &Bank| -> Vec<PathBuf> {
            bank.pedalboards.iter().map(|entry| entry.bundle.clone()).collect()
        };
        if own.0.iter().any(|other| other.title == bank.title && boards(other) == boards(&bank)) {
            continue;
        }
        let taken = |title: &str| own.0.iter().any(|other| other.title == title);
        bank.title = pedalboard::unique_title(&bank.title, taken);
        own.0.push(bank);
    }
}
