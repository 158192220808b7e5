//! `pedald import-data`: takes over what a pi-Stomp's or MOD device's user has: boards, banks, presets, plugins, files,
//! settings.
//!
//! First everything is looked at and a plan is made ([`plan`]); a dry run ends there. Then it is done ([`carry_out`]): file
//! by file, each whole or not at all, banks and settings last, so that whatever stops it leaves boards that work, and a
//! second run goes on where the first one stopped. The source is only read. What is here already stays: equal things
//! are left alone, others come beside it under a new name, and a settings file that is replaced is kept under another.

mod carry;
mod files;
mod paths;
mod planning;
mod source;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

pub use carry::carry_out;
pub(crate) use files::{equal_files, equal_folders};
pub use planning::plan;

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakeOverError {
    /// There is nothing there.
    #[error(
        "{0} has neither boards nor banks nor settings of a pi-Stomp or MOD device; give its data folder or the home folder that holds it"
    )]
    Nothing(PathBuf),
    /// It is the folder that everything would go to.
    #[error("{0} is the folder that this pedal uses already")]
    Same(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file of this pedal that would be changed cannot be understood.
    #[error("{0}; mend it or move it away, then try again")]
    Own(String),
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> TakeOverError + use<> {
    let path = path.to_owned();
    move |source| TakeOverError::Io { path, source }
}

/// What becomes of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `board`, `file`, `plugin`, `bank`, `favourites`, `preferences`, `settings`, `last board`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What is done.
    pub does: Does,
    /// Where it comes from.
    pub from: PathBuf,
    /// Where it goes.
    pub to: PathBuf,
}

/// What is done with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// It is copied.
    Copy,
    /// It is copied under another name, since there is something else of its own.
    CopyBeside,
    /// The same is here already.
    Same,
    /// It is joined with what is here.
    Join,
    /// It replaces what is here, which is kept under another name.
    Replace,
    /// It stays behind; the plan's warnings say why.
    LeaveOut,
}

impl Does {
    fn changes_something(self) -> bool {
        !matches!(self, Self::Same | Self::LeaveOut)
    }
}

/// What a take-over does, and what the player should know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Plan {
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What could not be read, what is missing, in sentences.
    pub warnings: Vec<String>,
    /// Boards and files by where the source's own files say that they are, and where they will be.
    #[serde(skip)]
    moved: BTreeMap<PathBuf, PathBuf>,
}

impl Plan {
    fn step(&mut self, kind: &'static str, does: Does, from: &Path, to: &Path) {
        let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.steps.push(Step { kind, name, does, from: from.to_owned(), to: to.to_owned() });
    }

    /// Steps that change something.
    pub fn changes(&self) -> usize {
        self.steps.iter().filter(|step| step.does.changes_something()).count()
    }

    /// Where a board will be that the source's own files name by the path it had on the old device.
    fn moved_to(&self, old: &Path) -> PathBuf {
        let name = old.file_name();
        let known = self.steps.iter().find(|step| step.kind == "board" && step.from.file_name() == name);
        known.filter(|_| name.is_some()).map_or_else(|| old.to_owned(), |step| step.to.clone())
    }
}

#[cfg(test)]
mod tests;
