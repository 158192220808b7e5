//! A bundle copied as a whole.

use std::io;
use std::path::{Path, PathBuf};

use super::commit;
use crate::error::WriteError;
use crate::files::{Files, Kind};

/// Copies a bundle with its states and pictures to a folder that must not exist. It appears there as a whole.
///
/// # Errors
/// [`WriteError`]; nothing is left behind.
pub fn copy_bundle(files: &dyn Files, from: &Path, to: &Path) -> Result<(), WriteError> {
    if files.kind(to).is_some() {
        return Err(WriteError::io(to)(io::ErrorKind::AlreadyExists.into()));
    }
    let mut content = Vec::new();
    collect(files, from, "", &mut content, 0).map_err(WriteError::io(from))?;
    let limit = crate::archive::Limits::default().file;
    commit::create(files, to, &content, |path, from| files.copy(from, path, limit))
        .map_err(WriteError::io(to))
}

fn collect(
    files: &dyn Files,
    folder: &Path,
    prefix: &str,
    into: &mut Vec<(String, PathBuf)>,
    depth: usize,
) -> io::Result<()> {
    // Deeper than any state goes; a link to a folder above would never end.
    if depth > 8 {
        return Err(io::Error::other("folders within folders without end"));
    }
    for (name, kind) in files.list(folder)? {
        let path = folder.join(&name);
        match kind {
            Kind::Folder if name == commit::SAVED => {
                // What a power cut left for later: it replaces what is beside it.
                let mut newer = Vec::new();
                collect(files, &path, prefix, &mut newer, depth + 1)?;
                into.retain(|(name, _)| !newer.iter().any(|(other, _)| other == name));
                into.extend(newer);
            }
            Kind::Folder if name.starts_with('.') => {}
            Kind::Folder => collect(files, &path, &format!("{prefix}{name}/"), into, depth + 1)?,
            Kind::File => {
                let name = format!("{prefix}{name}");
                if !into.iter().any(|(known, _)| *known == name) {
                    into.push((name, path));
                }
            }
            Kind::Other => {}
        }
    }
    Ok(())
}
