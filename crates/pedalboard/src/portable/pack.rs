//! From a folder to one file.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{BOARD, CONTENTS, CarriedFile, Contents, ExportError, FILES, FORMAT, NeededPlugin};
use crate::archive::{Reach, append_folder};
use crate::bundle::{Bundle, percent_decoded};
use crate::files::{Disk, Files, TEXT_LIMIT};
use crate::turtle::{Object, Subject, statements};
use crate::user_files::FILE_TYPES;

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

pub(super) fn hash(mut file: impl Read) -> io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let size = io::copy(&mut file, &mut hasher)?;
    Ok((size, hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}
