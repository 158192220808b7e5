//! Where a user's things lie on another device, or on a stick that was in it.

use std::path::{Path, PathBuf};

/// Where a user's things lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) data: PathBuf,
    pub(super) boards: Option<PathBuf>,
    pub(super) plugins: Option<PathBuf>,
    pub(super) user_files: Option<PathBuf>,
}

impl Source {
    /// From a data folder, or the home folder with one in it.
    pub(super) fn find(given: &Path) -> Option<Self> {
        let first = |all: &[PathBuf]| all.iter().find(|path| path.is_dir()).cloned();
        let data = [given.join("data"), given.to_owned()]
            .into_iter()
            .find(|data| {
                ["banks.json", "last.json", "config", ".pedalboards", "user-files"]
                    .iter()
                    .any(|name| data.join(name).exists())
            })
            .unwrap_or_else(|| given.to_owned());
        let beside = data.parent().unwrap_or(given).to_owned();
        // the folder beside belongs to it only where it is a home folder's `data`
        let beside = if data.file_name().is_some_and(|name| name == "data") { beside } else { data.clone() };
        let found = Self {
            boards: first(&[
                data.join(".pedalboards"),
                beside.join(".pedalboards"),
                data.join("pedalboards"),
            ]),
            plugins: first(&[data.join(".lv2"), beside.join(".lv2")]),
            user_files: first(&[data.join("user-files"), beside.join("user-files")]),
            data,
        };
        let something = found.boards.is_some()
            || found.plugins.is_some()
            || ["banks.json", "config"].iter().any(|name| found.data.join(name).exists());
        something.then_some(found)
    }
}
