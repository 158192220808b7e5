//! The JSON files: snapshots and addressings of a board; banks, favourites, preferences and the last board of the user.

mod addressings;
mod banks;
mod located;
mod snapshots;
mod user;

use serde::Serialize;

pub use addressings::{Actuator, Addressing, Addressings};
pub use banks::{Bank, BankEntry, Banks};
pub use snapshots::{InstanceState, ParameterValue, Snapshot, Snapshots};
pub use user::{Favorites, Last, Preferences};

pub(crate) use located::Oddity;

use crate::error::{Problem, ReadError, WriteError};
use crate::files::{Files, TEXT_LIMIT, write_atomic};
use std::io;
use std::path::Path;

/// Text of a value as these files have it: indented by four, a line break at the end.
pub(crate) fn text<T: Serialize>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, format);
    value.serialize(&mut serializer).expect("maps have text keys and memory takes every byte");
    out.push(b'\n');
    out
}

/// A JSON file of the user: how it is read and written.
pub trait JsonFile: Sized + Default + PartialEq {
    /// Reads the text. What makes no sense is told and left out; an error says that nothing does.
    ///
    /// # Errors
    /// Line (from 1) and words.
    fn parse(text: &str) -> Result<(Self, Vec<Oddity>), Oddity>;

    /// The text of this value.
    fn text(&self) -> Vec<u8>;
}

/// A file's content with what is needed to leave it alone while nothing changes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored<T> {
    /// The content.
    pub value: T,
    /// What could not be read.
    pub problems: Vec<Problem>,
    origin: Option<(T, Vec<u8>)>,
}

impl<T: JsonFile + Clone> Stored<T> {
    /// Reads a file. One that is not there gives the default.
    ///
    /// # Errors
    /// [`ReadError`] when the system refuses or nothing in the file makes sense.
    pub fn read(files: &dyn Files, path: &Path) -> Result<Self, ReadError> {
        let bytes = match files.read(path, TEXT_LIMIT) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(ReadError::io(path)(error)),
        };
        Self::from_bytes(bytes, path)
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>, path: &Path) -> Result<Self, ReadError> {
        let problem = |(line, what): Oddity| Problem { file: path.to_owned(), line, what };
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
            ReadError::Content(problem((Some(line), "not in UTF-8".to_owned())))
        })?;
        // Python and editors may put a byte order mark.
        let (value, oddities) = T::parse(text.strip_prefix('\u{feff}').unwrap_or(text))
            .map_err(|oddity| ReadError::Content(problem(oddity)))?;
        let problems = oddities.into_iter().map(problem).collect();
        Ok(Self { origin: Some((value.clone(), bytes)), value, problems })
    }

    /// The bytes to write: those that were read while the value is the same.
    pub fn bytes(&self) -> Vec<u8> {
        match &self.origin {
            Some((value, bytes)) if *value == self.value => bytes.clone(),
            _ => self.value.text(),
        }
    }

    /// Whether writing would change the file.
    pub fn changed(&self) -> bool {
        match &self.origin {
            Some((value, _)) => *value != self.value,
            None => self.value != T::default(),
        }
    }

    /// Whether there was a file when it was read.
    pub fn exists(&self) -> bool {
        self.origin.is_some()
    }

    /// Writes the file if the value has changed. A file of which something could not be read is kept beside it first,
    /// under its name with `.unread`.
    ///
    /// # Errors
    /// [`WriteError`]; the old file is still there.
    pub fn write(&mut self, files: &dyn Files, path: &Path) -> Result<(), WriteError> {
        if self.exists() && !self.changed() {
            return Ok(());
        }
        if let (false, Some((_, old))) = (self.problems.is_empty(), &self.origin) {
            let kept = unread_name(path);
            write_atomic(files, &kept, old).map_err(WriteError::io(&kept))?;
        }
        let bytes = self.bytes();
        write_atomic(files, path, &bytes).map_err(WriteError::io(path))?;
        self.problems.clear();
        self.origin = Some((self.value.clone(), bytes));
        Ok(())
    }
}

/// Where a file is kept of which something could not be read.
pub(crate) fn unread_name(path: &Path) -> std::path::PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!("{name}.unread"))
}
