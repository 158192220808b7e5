//! The folders of the kept board's states: `effect-<instance>.<generation>`, one for each time that a plugin was saved.
//!
//! A state is never written over the one before it: the board's file names the folder, and until that file is replaced the
//! old board is whole. What nobody names goes afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder for `instance` in `generation`.
pub(super) fn name(states: &Path, instance: i32, generation: u64) -> PathBuf {
    states.join(format!("effect-{instance}.{generation}"))
}

/// A generation that no folder has yet.
pub(super) fn next_generation(states: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(states) else { return 1 };
    let number = |entry: fs::DirEntry| -> Option<u64> {
        entry.file_name().to_str()?.strip_prefix("effect-")?.split_once('.')?.1.parse().ok()
    };
    entries.flatten().filter_map(number).max().map_or(1, |last| last.saturating_add(1))
}

/// Puts the file in the place of each link in `folder` that leads to another folder of `states`: that one goes some day.
pub(super) fn own_files(folder: &Path, states: &Path) -> io::Result<()> {
    let states = states.canonicalize()?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            own_files(&path, &states)?;
            continue;
        }
        let target =
            path.canonicalize().ok().filter(|target| kind.is_symlink() && target.starts_with(&states));
        if let Some(target) = target.filter(|target| target.is_file()) {
            let mut new = path.clone().into_os_string();
            new.push(".new");
            if fs::hard_link(&target, &new).is_err() {
                fs::copy(&target, &new)?;
                fs::File::open(&new)?.sync_all()?;
            }
            fs::rename(&new, &path)?;
        }
    }
    fs::File::open(folder)?.sync_all()
}

/// Makes the names of the folders last, before a board names them.
pub(super) fn sync(states: &Path) -> io::Result<()> {
    fs::File::open(states)?.sync_all()?;
    fs::File::open(states.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))?
        .sync_all()
}

/// Removes the folders that nobody uses. What cannot be removed stays until the next time.
pub(super) fn clear<'a>(states: &Path, used: impl Iterator<Item = &'a PathBuf>) {
    let used: BTreeSet<PathBuf> = used.filter_map(|folder| folder.canonicalize().ok()).collect();
    let Ok(entries) = fs::read_dir(states) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().trim_start_matches('.').starts_with("effect-");
        let unused = entry.path().canonicalize().is_ok_and(|path| !used.contains(&path));
        if ours && unused && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_used_once_and_only_what_is_used_stays() {
        let place = tempfile::tempdir().expect("folder");
        let states = place.path().join("board.states");
        assert_eq!(next_generation(&states), 1);
        for folder in ["effect-0.1", "effect-7.12", "effect-3", ".effect-7.13.saving-1-0", "mine"] {
            fs::create_dir_all(states.join(folder)).expect("made");
        }
        assert_eq!(next_generation(&states), 13);
        clear(&states, [name(&states, 7, 12)].iter());
        let mut left: Vec<_> =
            fs::read_dir(&states).expect("there").map(|entry| entry.expect("there").file_name()).collect();
        left.sort();
        assert_eq!(left, ["effect-7.12", "mine"]);
    }

    #[test]
    fn a_file_of_an_older_state_is_taken_along() {
        let place = tempfile::tempdir().expect("folder");
        let states = place.path().join("board.states");
        let (old, new) = (name(&states, 1, 1), name(&states, 1, 2));
        fs::create_dir_all(old.join("sub")).expect("made");
        fs::create_dir_all(new.join("sub")).expect("made");
        fs::write(old.join("sub/made.dat"), "made").expect("written");
        let other = place.path().join("hall.wav");
        fs::write(&other, "sound").expect("written");
        std::os::unix::fs::symlink(old.join("sub/made.dat"), new.join("sub/made.dat")).expect("linked");
        std::os::unix::fs::symlink(&other, new.join("hall.wav")).expect("linked");
        std::os::unix::fs::symlink(old.join("lost"), new.join("lost")).expect("linked");
        own_files(&new, &states).expect("done");
        fs::remove_dir_all(&old).expect("gone");
        assert_eq!(fs::read_to_string(new.join("sub/made.dat")).expect("whole"), "made");
        assert_eq!(fs::read_link(new.join("hall.wav")).expect("still a link"), other);
        assert!(new.join("lost").is_symlink());
    }
}
