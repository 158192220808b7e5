//! What there is to keep: names in the archive, and where each file lies.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{BackupError, Part, SETTINGS, failed};
use crate::context::Paths;

/// How deep folders are looked into.
const DEPTH: usize = 16;
/// Folder of the player's files that is listed and not packed, unless it is asked for: recordings are as long as evenings.
const RECORDINGS: &str = "Audio Recordings";

/// A file that belongs into a backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Its name in the archive.
    pub(super) name: String,
    /// Where it lies.
    pub(super) path: PathBuf,
    /// It is listed only.
    pub(super) listed: bool,
}

/// Everything that belongs into a backup, sorted by name. What has no name in Unicode is told in `left_out`.
pub(super) fn everything(
    paths: &Paths,
    with_files: bool,
    left_out: &mut Vec<String>,
) -> Result<Vec<Found>, BackupError> {
    let mut found = Vec::new();
    for name in SETTINGS {
        let path = paths.data.join(name);
        if path.is_file() {
            found.push(Found { name: format!("{}/{name}", Part::Settings.name()), path, listed: false });
        }
    }
    for part in [Part::Boards, Part::Presets, Part::Files] {
        let folder = part.folder(paths);
        if !folder.is_dir() {
            continue;
        }
        // a state may link to a file of the player: what it leads to is packed in its place
        let mut files = Vec::new();
        gather(folder, "", 0, part == Part::Boards, &mut files, left_out).map_err(failed(folder))?;
        let mut programs = Vec::new();
        if part == Part::Presets {
            programs = bundles_with_programs(folder, &files);
        }
        for name in files {
            let first = name.split('/').next().unwrap_or_default();
            // boards and presets are folders
            if part != Part::Files && first == name || programs.iter().any(|bundle| bundle == first) {
                continue;
            }
            let listed = part == Part::Files && (!with_files || first == RECORDINGS);
            let path = folder.join(&name);
            found.push(Found { name: format!("{}/{name}", part.name()), path, listed });
        }
    }
    found.sort();
    Ok(found)
}

fn gather(
    root: &Path,
    below: &str,
    depth: usize,
    follow: bool,
    into: &mut Vec<String>,
    left_out: &mut Vec<String>,
) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            left_out.push(entry.path().display().to_string());
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEPTH {
            gather(root, &name, depth + 1, follow, into, left_out)?;
        } else if kind.is_file() || follow && kind.is_symlink() && entry.path().is_file() {
            into.push(name);
        }
    }
    Ok(())
}

/// Bundles that hold a program: those come from a package, and are for one kind of machine.
fn bundles_with_programs(folder: &Path, files: &[String]) -> Vec<String> {
    let mut bundles: Vec<String> = files
        .iter()
        .filter(|name| is_program(&folder.join(name)))
        .filter_map(|name| Some(name.split_once('/')?.0.to_owned()))
        .collect();
    bundles.dedup();
    bundles
}

/// Whether a file is something that a machine would run.
pub(super) fn is_program(path: &Path) -> bool {
    let mut start = [0; 4];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *b"\x7fELF"
}
