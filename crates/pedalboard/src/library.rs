//! The boards in a folder, and the user's files about all boards.

use std::io;
use std::path::{Path, PathBuf};

use crate::bundle::read_graph;
use crate::error::{Problem, ReadError, WriteError};
use crate::files::{Files, Kind, remove_tree};
use crate::naming::bundle_name;

/// What a list of boards shows of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Its folder.
    pub bundle: PathBuf,
    /// Its graph's file as `file:` URI.
    pub uri: String,
    /// Its title; the folder's name when it cannot be read.
    pub title: String,
    /// How often it was saved.
    pub version: u32,
    /// URIs of its plugins, each once.
    pub plugins: Vec<String>,
    /// Why it cannot be read, if it cannot.
    pub unreadable: Option<String>,
    /// What of it could not be read.
    pub problems: Vec<Problem>,
}

impl Summary {
    /// Whether it cannot be read or a plugin of it is not `installed`.
    pub fn broken(&self, installed: impl Fn(&str) -> bool) -> bool {
        self.unreadable.is_some() || !self.plugins.iter().all(|uri| installed(uri))
    }
}

/// The boards in a folder, in order of their folders' names. A folder that is not there has none. Folders without a
/// manifest are no boards; boards that cannot be read are listed with the reason.
///
/// # Errors
/// [`ReadError::Io`] when the folder itself cannot be listed.
pub fn boards(files: &dyn Files, folder: &Path) -> Result<Vec<Summary>, ReadError> {
    let entries = match files.list(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(ReadError::io(folder))?,
    };
    let bundles = entries.into_iter().filter(|(name, kind)| *kind == Kind::Folder && !name.starts_with('.'));
    Ok(bundles.filter_map(|(name, _)| summary(files, &folder.join(name))).collect())
}

/// One board, `None` when the folder is none.
pub fn summary(files: &dyn Files, bundle: &Path) -> Option<Summary> {
    let mut problems = Vec::new();
    let stem = || bundle.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match read_graph(files, bundle, &mut problems) {
        Ok((graph, file, _)) => {
            let mut plugins = Vec::new();
            for block in &graph.blocks {
                if !plugins.contains(&block.uri) {
                    plugins.push(block.uri.clone());
                }
            }
            let title = if graph.title.trim().is_empty() { stem() } else { graph.title };
            Some(Summary {
                uri: file_uri(&bundle.join(file)),
                bundle: bundle.to_owned(),
                title,
                version: graph.version,
                plugins,
                unreadable: None,
                problems,
            })
        }
        Err(error) => {
            // A folder of anything else is no board that cannot be read.
            let named = bundle.extension().is_some_and(|extension| extension == "pedalboard");
            named.then(|| Summary {
                uri: file_uri(bundle),
                bundle: bundle.to_owned(),
                title: stem(),
                version: 0,
                plugins: Vec::new(),
                unreadable: Some(error.to_string()),
                problems,
            })
        }
    }
}

/// A folder in `boards` for a new board of this title; it does not exist yet.
///
/// # Errors
/// [`WriteError`] when all 100 000 names are taken.
pub fn new_bundle_folder(files: &dyn Files, boards: &Path, title: &str) -> Result<PathBuf, WriteError> {
    let taken = |name: &str| files.kind(&boards.join(name)).is_some();
    match bundle_name(title, taken) {
        Some(name) => Ok(boards.join(name)),
        None => Err(WriteError::io(boards)(io::Error::other("all names for this title are taken"))),
    }
}

/// Deletes a board with all in its folder. After a power cut it is there or not, never a part of it.
///
/// # Errors
/// [`WriteError`].
pub fn delete_bundle(files: &dyn Files, bundle: &Path) -> Result<(), WriteError> {
    let name = bundle.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let gone = bundle.with_file_name(format!(".{name}.gone"));
    let failed = WriteError::io(bundle);
    let delete = || {
        // a board or plugin that is a link to where somebody works on it: what it leads to stays
        if files.remove_file(bundle).is_ok() {
            return bundle.parent().map_or(Ok(()), |parent| files.sync_folder(parent));
        }
        remove_tree(files, &gone)?;
        files.rename(bundle, &gone)?;
        if let Some(parent) = bundle.parent() {
            files.sync_folder(parent)?;
        }
        remove_tree(files, &gone)
    };
    delete().map_err(failed)
}

/// A path as `file:` URI.
pub fn file_uri(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut uri = "file://".to_owned();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'+'
            | b'@'
            | b',' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
