//! What a start after the cut finds.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use pedalboard::recorder::Recorder;
use pedalboard::{Bundle, Files as _, Kind};
use pedald::backup;
use pedald::context::Paths;

/// Part of what is kept, by name: a board, a plugin or a file, as those read it who need it.
pub(super) type Kept = BTreeMap<String, String>;

/// Where things are, and the boards that were read already: most of them are the same after every cut.
pub(super) struct Eye {
    pub(super) home: PathBuf,
    pub(super) paths: Paths,
    pub(super) boards: RefCell<HashMap<String, String>>,
}

impl Eye {
    /// What a start after the cut finds. What cannot be read is told as such.
    pub(super) fn kept(&self, disk: &Recorder) -> Kept {
        let (mut all, paths) = (Kept::new(), &self.paths);
        if let Err(error) = backup::finish(disk, paths) {
            all.insert("the restore".into(), error.to_string());
        }
        self.bundles(disk, &paths.pedalboards, "board", &mut all);
        self.bundles(disk, &paths.factory_pedalboards, "board of the system", &mut all);
        let versions = paths.state.join("versions");
        for (name, _) in disk.list(&versions).unwrap_or_default() {
            self.bundles(disk, &versions.join(&name), &format!("version of {name}"), &mut all);
        }
        for (folder, what) in
            [(&paths.user_plugins, "plugin"), (&paths.user_files.join(".deleted"), "in the bin")]
        {
            for (name, _) in disk.list(folder).unwrap_or_default() {
                if !name.starts_with('.') {
                    all.insert(format!("{what} {name}"), tree(disk, &folder.join(&name)));
                }
            }
        }
        // files that are whole each by itself, wherever they are
        for folder in [&self.home, &paths.state] {
            self.every_file(disk, folder, &mut all);
        }
        all
    }

    fn bundles(&self, disk: &Recorder, folder: &Path, what: &str, all: &mut Kept) {
        for (name, kind) in disk.list(folder).unwrap_or_default() {
            let path = folder.join(&name);
            if kind != Kind::Folder || name.starts_with('.') || !name.ends_with(".pedalboard") {
                continue;
            }
            if let Ok(notes) = disk.read(&path.join("notes.txt"), 1 << 20) {
                all.insert(format!("notes of {what} {name}"), format!("{notes:?}"));
            }
            for (inner, _) in disk.list(&path).unwrap_or_default() {
                if inner.starts_with("effect-") {
                    all.insert(format!("{inner} of {what} {name}"), tree(disk, &path.join(&inner)));
                }
            }
            let bytes = format!("{} {}", path.display(), tree(disk, &path));
            let mut boards = self.boards.borrow_mut();
            let text = boards.entry(bytes).or_insert_with(|| match Bundle::read(disk, &path) {
                Ok(b) => format!("{}{:?}{:?}{:?}", b.graph.to_turtle(), b.snapshots, b.addressings, b.config),
                Err(error) => format!("unreadable: {error}"),
            });
            all.insert(format!("{what} {name}"), text.clone());
        }
    }

    fn every_file(&self, disk: &Recorder, folder: &Path, all: &mut Kept) {
        let paths = &self.paths;
        // what was read as boards, and what nobody reads again
        let apart = [&paths.factory_pedalboards, &paths.state.join("versions"), &paths.data.join("uploads")];
        for (name, kind) in disk.list(folder).unwrap_or_default() {
            let path = folder.join(&name);
            // the list of a restore is carried out and not looked at
            let hidden = name.starts_with('.') || apart.contains(&&path) || name.starts_with("restore");
            if !hidden && kind == Kind::Folder {
                self.every_file(disk, &path, all);
            } else if !hidden {
                all.insert(path.display().to_string(), tree(disk, &path));
            }
        }
    }
}

fn tree(disk: &Recorder, path: &Path) -> String {
    match disk.kind(path) {
        Some(Kind::Folder) => {
            let list = disk.list(path).unwrap_or_default();
            list.iter().map(|(name, _)| format!("{name}: {}\n", tree(disk, &path.join(name)))).collect()
        }
        _ => {
            let bytes = disk.read(path, u64::MAX).unwrap_or_default();
            if bytes.len() < 500 {
                return String::from_utf8_lossy(&bytes).into_owned();
            }
            let sum = bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
            format!("{} bytes, {sum:x}", bytes.len())
        }
    }
}
