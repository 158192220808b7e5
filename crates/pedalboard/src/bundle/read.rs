//! The files of a bundle, read one by one.

use std::io;
use std::path::Path;

use super::{MANIFEST, commit, manifest};
use crate::error::{Problem, ReadError};
use crate::files::{Files, TEXT_LIMIT};
use crate::graph::{self, Graph};
use crate::json::{JsonFile, Stored};
use crate::turtle::statements;

/// A file that is carried as it is. `None` when there is none, or it cannot be read.
pub(super) fn carried(
    files: &dyn Files,
    folder: &Path,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<Vec<u8>> {
    match commit::read(files, folder, name, TEXT_LIMIT) {
        Ok(content) => Some(content),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                let what = format!("left out: {error}");
                problems.push(Problem { file: folder.join(name), line: None, what });
            }
            None
        }
    }
}

/// Reads the manifest and the graph of a bundle.
pub(crate) fn read_graph(
    files: &dyn Files,
    folder: &Path,
    problems: &mut Vec<Problem>,
) -> Result<(Graph, String, Vec<u8>), ReadError> {
    let path = folder.join(MANIFEST);
    let text = commit::read(files, folder, MANIFEST, TEXT_LIMIT).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ReadError::NoBoard {
            bundle: folder.to_owned(),
            what: "no manifest.ttl: this is no pedalboard".to_owned(),
        },
        _ => ReadError::io(&path)(error),
    })?;
    let syntax = |file: &Path| {
        let file = file.to_owned();
        move |error: crate::turtle::SyntaxError| {
            ReadError::Content(Problem { file, line: Some(error.line), what: error.what })
        }
    };
    let found = statements(&text, MANIFEST).map_err(syntax(&path))?;
    let mut names = manifest::boards(&found);
    let name = match (names.pop(), names.is_empty()) {
        (Some(name), true) => name,
        (None, _) => {
            let what = "manifest.ttl names no pedalboard".to_owned();
            return Err(ReadError::NoBoard { bundle: folder.to_owned(), what });
        }
        (Some(_), false) => {
            let what = "manifest.ttl names more than one pedalboard".to_owned();
            return Err(ReadError::NoBoard { bundle: folder.to_owned(), what });
        }
    };
    let name = manifest::file_name(files, folder, &name).ok_or_else(|| ReadError::NoBoard {
        bundle: folder.to_owned(),
        what: format!("the board's file {name} is not in the folder"),
    })?;
    let path = folder.join(&name);
    let text = commit::read(files, folder, &name, TEXT_LIMIT).map_err(ReadError::io(&path))?;
    let found = statements(&text, &name).map_err(syntax(&path))?;
    let (graph, odd) = graph::read(&found);
    problems.extend(odd.into_iter().map(|(line, what)| Problem { file: path.clone(), line, what }));
    Ok((graph, name, text))
}

/// Reads a JSON file of a bundle: the value and, when not all of it made sense, the bytes. `None` when there is none.
pub(super) fn json<T: JsonFile + Clone>(
    files: &dyn Files,
    folder: &Path,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<(T, Option<Vec<u8>>)> {
    let path = folder.join(name);
    let bytes = match commit::read(files, folder, name, TEXT_LIMIT) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            problems.push(Problem { file: path, line: None, what: format!("left out: {error}") });
            return Some((T::default(), None));
        }
    };
    match Stored::<T>::from_bytes(bytes.clone(), &path) {
        Ok(stored) => {
            let spoilt = (!stored.problems.is_empty()).then_some(bytes);
            problems.extend(stored.problems);
            Some((stored.value, spoilt))
        }
        Err(error) => {
            problems.push(match error {
                ReadError::Content(problem) => problem,
                other => Problem { file: path, line: None, what: other.to_string() },
            });
            Some((T::default(), Some(bytes)))
        }
    }
}
