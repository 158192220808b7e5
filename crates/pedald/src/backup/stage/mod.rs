//! Taking a backup in: unpacked beside what is there, compared with its list (`unpacked`), and only then prepared to change
//! places.

mod unpacked;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use pedalboard::{Bundle, Disk, make_folders, remove_tree};
use serde::Serialize;

use super::swap::{List, Step, back, begun, decide, forget};
use super::{BackupError, KEPT, Manifest, NAME, Part, WAITING, failed, seconds_since_1970, stamp};
use crate::context::Paths;
use crate::takeover::{equal_files, equal_folders};
use unpacked::{manifest, unpack, verify};

/// A backup that is ready to take its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Staged {
    /// The backup's file.
    pub from: PathBuf,
    /// Seconds since 1970 at which it was made.
    pub made: u64,
    /// Boards that are in it.
    pub boards: usize,
    /// Things that come.
    pub comes: Vec<PathBuf>,
    /// Things that are there now and will be kept aside, because others come or they are not in the backup.
    pub goes: Vec<PathBuf>,
    /// What the player should know, in sentences.
    pub notes: Vec<String>,
}

/// The newest backup in a folder, or the file itself.
///
/// # Errors
/// [`BackupError::None`].
pub fn newest(place: &Path) -> Result<PathBuf, BackupError> {
    if place.is_file() {
        return Ok(place.to_owned());
    }
    let entries = fs::read_dir(place).map_err(failed(place))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    // the time is in the name
    let newest = names.filter(|name| name.starts_with(NAME.0) && name.ends_with(NAME.1)).max();
    newest.map(|name| place.join(name)).ok_or_else(|| BackupError::None(place.to_owned()))
}

/// Unpacks, compares and prepares. With `dry_run` only tells what would change places. The service goes on meanwhile.
///
/// # Errors
/// [`BackupError`]; then everything is as before.
pub fn stage(paths: &Paths, from: &Path, dry_run: bool) -> Result<Staged, BackupError> {
    let _held = alone(paths)?;
    clear(paths)?;
    let done = prepare(paths, from, dry_run);
    if dry_run || done.is_err() {
        clear(paths)?;
    }
    done
}

/// Prepares taking the last restore back: what was there before comes again at the next [`super::finish`]. A restore that
/// was prepared and not carried out yet is given up.
///
/// # Errors
/// [`BackupError::NothingKept`], or what the disk says; then everything is as before.
pub fn go_back(paths: &Paths) -> Result<(), BackupError> {
    let _held = alone(paths)?;
    let list = back(&Disk, &paths.state)?;
    // first, for it goes to where the other one waits
    clear(paths)?;
    decide(&Disk, &paths.state, &list).map_err(failed(&paths.state))
}

/// No other restore while the file is held, and none that is half done.
fn alone(paths: &Paths) -> Result<File, BackupError> {
    make_folders(&Disk, &paths.state).map_err(failed(&paths.state))?;
    let lock = paths.state.join("restore.lock");
    let held = File::create(&lock).map_err(failed(&lock))?;
    held.try_lock().map_err(|_| {
        failed(&lock)(io::Error::new(io::ErrorKind::ResourceBusy, "a restore is running already"))
    })?;
    if begun(&paths.state) {
        return Err(BackupError::HalfDone);
    }
    Ok(held)
}

/// Removes what an earlier try left, and what waited for its place.
fn clear(paths: &Paths) -> Result<(), BackupError> {
    // the list first, and for good: after a power cut, the next start must not carry out one of which parts are gone
    forget(&Disk, &paths.state)?;
    for part in Part::ALL {
        let _ = remove_tree(&Disk, &part.folder(paths).join(WAITING));
    }
    Ok(())
}

fn prepare(paths: &Paths, from: &Path, dry_run: bool) -> Result<Staged, BackupError> {
    let refused = |why: String| BackupError::Refused { path: from.to_owned(), why };
    let waiting = paths.data.join(WAITING);
    make_folders(&Disk, &waiting).map_err(failed(&waiting))?;
    let names = unpack(from, &waiting)?;
    let manifest = manifest(&waiting).map_err(refused)?;
    verify(&manifest, &names, &waiting).map_err(refused)?;
    let mut staged = Staged {
        from: from.to_owned(),
        made: manifest.made,
        boards: manifest.boards(),
        comes: Vec::new(),
        goes: Vec::new(),
        notes: Vec::new(),
    };
    notes(&manifest, paths, &waiting, &mut staged.notes);
    let kept = format!("{KEPT}/{}", stamp(seconds_since_1970()));
    let mut steps = Vec::new();
    for part in Part::ALL {
        let found = waiting.join(part.name());
        if !found.is_dir() {
            continue;
        }
        let folder = part.folder(paths);
        let units = units(part, &manifest);
        let found = if dry_run { found } else { nearer(&found, folder)? };
        for unit in &units {
            let (new, target) = (found.join(unit), folder.join(unit));
            if new.is_file() && equal_files(&new, &target) || new.is_dir() && equal_folders(&new, &target) {
                continue;
            }
            staged.comes.push(target.clone());
            if target.exists() {
                staged.goes.push(target.clone());
            }
            steps.push(Step { staged: Some(new), kept: folder.join(&kept).join(unit), target });
        }
        if part == Part::Boards {
            for board in others(folder, &units) {
                let target = folder.join(&board);
                staged.goes.push(target.clone());
                steps.push(Step { staged: None, kept: folder.join(&kept).join(&board), target });
            }
        }
    }
    if dry_run {
        return Ok(staged);
    }
    if steps.is_empty() {
        staged.notes.push("everything is here already as it is in the backup".to_owned());
        clear(paths)?;
        return Ok(staged);
    }
    let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let list = List { from: name, back: false, steps };
    decide(&Disk, &paths.state, &list).map_err(failed(&paths.state))?;
    Ok(staged)
}

/// What changes places as a whole, relative to the part's folder: a board, a preset's bundle, a file.
fn units(part: Part, manifest: &Manifest) -> BTreeSet<String> {
    let names = manifest.files.iter().filter_map(|file| {
        let (first, rest) = file.path.split_once('/')?;
        (first == part.name()).then_some(rest)
    });
    let whole = |name: &str| match part {
        Part::Settings | Part::Files => name.to_owned(),
        Part::Boards | Part::Presets => name.split('/').next().unwrap_or_default().to_owned(),
    };
    names.map(whole).collect()
}

/// Boards that are here and not among these.
fn others(folder: &Path, units: &BTreeSet<String>) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter(|entry| entry.path().join("manifest.ttl").is_file());
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| !name.starts_with('.') && !units.contains(name)).collect();
    names.sort();
    names
}

/// Brings a part to where renaming it into its place works: a service sees its folders as mounts of their own.
fn nearer(found: &Path, folder: &Path) -> Result<PathBuf, BackupError> {
    let waiting = folder.join(WAITING);
    make_folders(&Disk, &waiting).map_err(failed(&waiting))?;
    let near = waiting.join(found.file_name().unwrap_or_default());
    if near == found {
        return Ok(near);
    }
    match fs::rename(found, &near) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            copy(found, &near).map_err(failed(&near))?;
        }
        Err(error) => return Err(failed(&near)(error)),
    }
    File::open(&waiting).and_then(|folder| folder.sync_all()).map_err(failed(&waiting))?;
    Ok(near)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            File::open(&target)?.sync_all()?;
        }
    }
    File::open(to)?.sync_all()
}

fn notes(manifest: &Manifest, paths: &Paths, waiting: &Path, notes: &mut Vec<String>) {
    if (&manifest.boards, &manifest.user_files) != (&paths.pedalboards, &paths.user_files) {
        notes.push(format!(
            "the backup is of a pedal whose boards lay in {} and files in {}: banks and models may not be found here",
            manifest.boards.display(),
            manifest.user_files.display()
        ));
    }
    for board in units(Part::Boards, manifest) {
        if let Err(error) = Bundle::read(&Disk, &waiting.join("boards").join(&board)) {
            notes.push(format!("{board} cannot be played: {error}"));
        }
    }
    let mut missing = BTreeMap::<&str, usize>::new();
    for entry in &manifest.listed {
        let name = entry.path.strip_prefix("files/").unwrap_or(&entry.path);
        if !paths.user_files.join(name).is_file() {
            *missing.entry(name.split('/').next().unwrap_or(name)).or_default() += 1;
        }
    }
    for (folder, count) in missing {
        notes.push(format!("{count} files of {folder} were listed only, and are not here"));
    }
}
