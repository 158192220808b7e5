//! A board in one file for another machine: `<title>.board.tar.zst` with the bundle, the list of its plugins, and the
//! player's files that it uses (models, impulse responses, samples).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::archive::{ArchiveError, Counted, Limits, Reach, append_folder, unpack_tar};
use crate::bundle::{Bundle, percent_decoded};
use crate::error::{Problem, ReadError, WriteError};
use crate::files::{Disk, Files, TEXT_LIMIT, make_folders, write_atomic};
use crate::graph::PluginVersion;
use crate::library::{file_uri, new_bundle_folder};
use crate::turtle::{Object, Subject, statements};
use crate::user_files::FILE_TYPES;

const CONTENTS: &str = "board.json";
const BOARD: &str = "board.pedalboard";
const FILES: &str = "files";
const FORMAT: u32 = 1;

/// What a portable board says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// Version of this form; this crate reads 1.
    pub format: u32,
    /// Title of the board.
    pub title: String,
    /// Plugins, each once.
    pub plugins: Vec<NeededPlugin>,
    /// Files of the player.
    pub files: Vec<CarriedFile>,
    /// What the board names and the sender does not give away: files that are neither the player's nor a plugin's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<PathBuf>,
}

/// A plugin that the board needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeededPlugin {
    /// URI.
    pub uri: String,
    /// Name for people, as far as the sender knew one.
    pub name: String,
    /// Version that the board was made with.
    pub version: PluginVersion,
}

/// A file of the player that the board uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedFile {
    /// Where it was on the sender's machine: that is how the board speaks of it.
    pub path: PathBuf,
    /// Type (see [`FILE_TYPES`]), or `other`.
    pub kind: String,
    /// Name below the folder of its type.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content, in hexadecimal digits; empty when the file was missing at the sender's.
    pub sha256: String,
}

/// Why a board could not be packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The board cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be read or the result cannot be written.
    #[error("cannot pack the board: {0}")]
    Io(#[from] io::Error),
}

/// Why a portable board was refused. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is no archive, or a bad one.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It is an archive of something else.
    #[error("refused: this is no portable board: {0}")]
    Content(String),
    /// The board in it cannot be read.
    #[error("refused: {0}")]
    Board(#[from] ReadError),
    /// It cannot be put in place.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What an import did, and what is missing now.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Folder of the new board.
    pub bundle: PathBuf,
    /// What the file said about itself.
    pub contents: Contents,
    /// Plugins that are not installed here.
    pub missing_plugins: Vec<NeededPlugin>,
    /// Files that the sender did not have either.
    pub missing_files: Vec<CarriedFile>,
    /// Where the files are now, by their path at the sender's.
    pub placed: BTreeMap<PathBuf, PathBuf>,
    /// What of the board could not be read.
    pub problems: Vec<Problem>,
}

/// Packs a board. `name_of` gives a plugin's name for people. Files beside the board's own come along within `reach`;
/// [`Contents::left_out`] names the others.
///
/// # Errors
/// [`ExportError`].
pub fn export(
    bundle: &Path,
    reach: Reach<'_>,
    name_of: impl Fn(&str) -> Option<String>,
    into: impl Write,
) -> Result<Contents, ExportError> {
    let board = Bundle::read(&Disk, bundle)?;
    let mut plugins: Vec<NeededPlugin> = Vec::new();
    for block in &board.graph.blocks {
        if !plugins.iter().any(|known| known.uri == block.uri) {
            let name = name_of(&block.uri).unwrap_or_default();
            plugins.push(NeededPlugin { uri: block.uri.clone(), name, version: block.version });
        }
    }
    let (mut files, mut left_out) = (Vec::new(), Vec::new());
    for path in used_files(&board, bundle)? {
        // one that is not there gives nothing away, and the receiver has to know that it is missing
        if reach.allows(&path) || fs::symlink_metadata(&path).is_err() {
            files.push(carried(&path, reach.user_files)?);
        } else {
            left_out.push(path);
        }
    }
    let mut builder = tar::Builder::new(zstd::Encoder::new(into, 10)?);
    left_out.extend(append_folder(&mut builder, Path::new(BOARD), bundle, reach)?);
    let contents = Contents { format: FORMAT, title: board.graph.title.clone(), plugins, files, left_out };
    let text = crate::json::text(&contents);
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, CONTENTS, text.as_slice())?;
    for (at, file) in contents.files.iter().enumerate() {
        if !file.sha256.is_empty() {
            builder.append_file(format!("{FILES}/{at}"), &mut File::open(&file.path)?)?;
        }
    }
    builder.into_inner()?.finish()?.flush()?;
    Ok(contents)
}

/// Files outside of the bundle that the board uses: paths in its snapshots and in its plugins' states.
fn used_files(board: &Bundle, bundle: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut add = |path: PathBuf| {
        if path.is_absolute() && !path.starts_with(bundle) && !found.contains(&path) {
            found.push(path);
        }
    };
    for state in board.snapshots.snapshots.iter().flat_map(|snapshot| snapshot.data.values()) {
        for value in state.parameters.values().filter(|value| value.1 == "p") {
            if let Value::String(path) = &value.0 {
                add(PathBuf::from(path));
            }
        }
    }
    for (name, _) in Disk.list(bundle)?.iter().filter(|(name, _)| name.starts_with("effect-")) {
        for state in fs::read_dir(bundle.join(name)).into_iter().flatten().flatten() {
            let path = state.path();
            // What a link leads to is packed in its place; it is no file that the state names by its path.
            if path.extension().is_some_and(|end| end == "ttl") {
                let text = Disk.read(&path, TEXT_LIMIT)?;
                for statement in statements(&text, "effect.ttl").unwrap_or_default() {
                    match statement.object {
                        Object::Literal { value, datatype, .. } if datatype.ends_with("#Path") => {
                            add(PathBuf::from(value));
                        }
                        Object::Node(Subject::Iri(uri)) => {
                            if let Some(path) = uri.strip_prefix("file://") {
                                add(PathBuf::from(percent_decoded(path)));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    Ok(found)
}

fn carried(path: &Path, user_files: &Path) -> io::Result<CarriedFile> {
    let inside = path.strip_prefix(user_files).ok();
    let known = inside.and_then(|inside| {
        let kind = FILE_TYPES.iter().find(|kind| inside.starts_with(kind.folder))?;
        Some((kind.name, inside.strip_prefix(kind.folder).ok()?.display().to_string()))
    });
    let plain = || path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (kind, name) = known.unwrap_or_else(|| {
        // A sound that lies elsewhere may be anything: a sample is the least that can be said.
        let sample = FILE_TYPES.iter().find(|kind| kind.name == "audiosample" && kind.accepts(path));
        let kind = sample.or_else(|| FILE_TYPES.iter().find(|kind| kind.accepts(path)));
        let by_end = kind.map_or("other", |kind| kind.name);
        (by_end, plain())
    });
    let (size, sha256) = match File::open(path) {
        Ok(file) => hash(file)?,
        // Told as missing rather than spoiling the export.
        Err(_) => (0, String::new()),
    };
    Ok(CarriedFile { path: path.to_owned(), kind: kind.to_owned(), name, size, sha256 })
}

fn hash(mut file: impl Read) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let size = io::copy(&mut file, &mut hasher)?;
    Ok((size, hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

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
