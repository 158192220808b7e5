//! From one file to a folder, and to the player's files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use serde_json::Value;

use super::pack::hash;
use super::{BOARD, CONTENTS, CarriedFile, Contents, FILES, FORMAT, ImportError, Imported};
use crate::archive::{ArchiveError, Counted, Limits, unpack_tar};
use crate::bundle::Bundle;
use crate::files::{Disk, Files, TEXT_LIMIT, make_folders, write_atomic};
use crate::library::{file_uri, new_bundle_folder};
use crate::user_files::FILE_TYPES;

/// Unpacks a portable board: the board into a new folder in `boards`, its files to the player's (`user_files`), where
/// one of the same content is used as it is and one of the same name but other content is left alone.
///
/// # Errors
/// [`ImportError`].
pub fn import(
    packed: impl Read,
    boards: &Path,
    user_files: &Path,
    installed: impl Fn(&str) -> bool,
    limits: Limits,
) -> Result<Imported, ImportError> {
    // One at a time in a process: they share the folder that a leftover is found by.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let io = |error: io::Error| ImportError::Archive(ArchiveError::Io(error));
    make_folders(&Disk, boards).map_err(io)?;
    let place = boards.join(format!(".import-{}", std::process::id()));
    crate::files::remove_tree(&Disk, &place).map_err(io)?;
    fs::create_dir(&place).map_err(io)?;
    let done = unpack_into(packed, &place, boards, user_files, installed, limits);
    // Whatever came of it; a leftover goes with the next import.
    let _ = crate::files::remove_tree(&Disk, &place);
    done
}

fn unpack_into(
    packed: impl Read,
    place: &Path,
    boards: &Path,
    user_files: &Path,
    installed: impl Fn(&str) -> bool,
    limits: Limits,
) -> Result<Imported, ImportError> {
    let io = |error: io::Error| ImportError::Archive(ArchiveError::Io(error));
    let count = std::rc::Rc::new(std::cell::Cell::new(0));
    let counted = Counted { inner: packed, count: std::rc::Rc::clone(&count) };
    let mut stream = zstd::Decoder::new(counted).map_err(io)?;
    // A frame may ask for a window of gigabytes.
    stream.window_log_max(27).map_err(io)?;
    unpack_tar(stream, place, limits, || count.get())?;
    let content = |text: String| ImportError::Content(text);
    let text =
        Disk.read(&place.join(CONTENTS), TEXT_LIMIT).map_err(|_| content(format!("it has no {CONTENTS}")))?;
    let contents: Contents =
        serde_json::from_slice(&text).map_err(|error| content(format!("{CONTENTS}: {error}")))?;
    if contents.format != FORMAT {
        return Err(content(format!(
            "its form is {}, this program reads {FORMAT}; update the pedal",
            contents.format
        )));
    }
    let folder = place.join(BOARD);
    let mut board = Bundle::read(&Disk, &folder)?;
    let mut placed = BTreeMap::new();
    let mut missing_files = Vec::new();
    for (at, file) in contents.files.iter().enumerate() {
        let source = place.join(FILES).join(at.to_string());
        if !source.is_file() {
            missing_files.push(file.clone());
            continue;
        }
        let (_, sha256) = hash(File::open(&source).map_err(io)?).map_err(io)?;
        if sha256 != file.sha256 {
            return Err(content(format!("{} is spoilt: its content is not what was packed", file.name)));
        }
        let target = put(file, &source, user_files, &sha256).map_err(io)?;
        placed.insert(file.path.clone(), target);
    }
    rewrite(&mut board, &folder, &placed).map_err(io)?;
    board.save(&Disk)?;
    let target = new_bundle_folder(&Disk, boards, &board.graph.title)?;
    crate::bundle::copy_bundle(&Disk, &folder, &target)?;
    let missing_plugins = contents.plugins.iter().filter(|plugin| !installed(&plugin.uri)).cloned().collect();
    Ok(Imported {
        bundle: target,
        missing_plugins,
        missing_files,
        placed,
        problems: board.problems,
        contents,
    })
}

/// Puts a file among the player's; the place of one with the same content if there is one.
fn put(file: &CarriedFile, source: &Path, user_files: &Path, sha256: &str) -> io::Result<PathBuf> {
    let folder =
        FILE_TYPES.iter().find(|kind| kind.name == file.kind).map_or("Other Files", |kind| kind.folder);
    let name = crate::archive::safe_path(file.name.as_bytes()).map_err(io::Error::other)?;
    let wanted =
        user_files.join(folder).join(if name.as_os_str().is_empty() { Path::new("file") } else { &name });
    let stem = wanted.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let end = wanted.extension().map(|end| format!(".{}", end.to_string_lossy())).unwrap_or_default();
    let mut target = wanted.clone();
    let mut number = 2;
    loop {
        match File::open(&target) {
            Ok(there) if hash(&there)?.1 == sha256 => return Ok(target),
            Ok(_) => {
                target = wanted.with_file_name(format!("{stem} ({number}){end}"));
                number += 1;
            }
            Err(_) => break,
        }
    }
    if let Some(parent) = target.parent() {
        make_folders(&Disk, parent)?;
    }
    copy_atomic(source, &target)?;
    Ok(target)
}

/// As [`write_atomic`](crate::write_atomic) from another file on the same machine: samples are too large for memory.
///
/// # Errors
/// As the system reports them; the old file is there then.
pub fn copy_atomic(from: &Path, to: &Path) -> io::Result<()> {
    let new = crate::files::temporary(to);
    let copied =
        fs::copy(from, &new).and_then(|_| File::open(&new)?.sync_all()).and_then(|()| fs::rename(&new, to));
    if let Err(error) = copied {
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    to.parent().map_or(Ok(()), |folder| Disk.sync_folder(folder))
}

/// Lets the board speak of its files by their new places.
fn rewrite(board: &mut Bundle, folder: &Path, placed: &BTreeMap<PathBuf, PathBuf>) -> io::Result<()> {
    for state in board.snapshots.snapshots.iter_mut().flat_map(|snapshot| snapshot.data.values_mut()) {
        for value in state.parameters.values_mut() {
            if let Value::String(path) = &value.0
                && let Some(target) = placed.get(Path::new(path))
            {
                value.0 = Value::String(target.display().to_string());
            }
        }
    }
    for (name, _) in Disk.list(folder)?.iter().filter(|(name, _)| name.starts_with("effect-")) {
        for (file, _) in Disk.list(&folder.join(name))?.iter().filter(|(file, _)| file.ends_with(".ttl")) {
            let path = folder.join(name).join(file);
            let Ok(old) = String::from_utf8(Disk.read(&path, TEXT_LIMIT)?) else { continue };
            let mut text = old.clone();
            for (from, to) in placed {
                let quoted = |path: &Path| crate::turtle::string(&path.display().to_string());
                text = text.replace(&quoted(from), &quoted(to));
                let in_brackets = |path: &Path| format!("<{}>", file_uri(path));
                text = text.replace(&in_brackets(from), &in_brackets(to));
            }
            if text != old {
                write_atomic(&Disk, &path, text.as_bytes())?;
            }
        }
    }
    Ok(())
}
