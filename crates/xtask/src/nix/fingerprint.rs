//! Which files an evaluation depends on, and one number for all of them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// What of our repository can change the result of an evaluation.
const SOURCES: &[&str] = &["lib", "modules", "hosts", "pkgs", "checks/eval"];

/// The files in `folders` below `root`, as paths from `root`, sorted. "." is `root` itself without its folders; a folder
/// that does not exist is empty.
pub(super) fn files(root: &Path, folders: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in folders {
        let nested = *folder != ".";
        let path = if nested { root.join(folder) } else { root.to_path_buf() };
        if path.is_dir() {
            collect(&path, nested, &mut found)?;
        }
    }
    let mut relative: Vec<PathBuf> =
        found.iter().filter_map(|path| path.strip_prefix(root).ok()).map(Path::to_path_buf).collect();
    relative.sort();
    Ok(relative)
}

fn collect(folder: &Path, nested: bool, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
        let kind = entry.file_type().with_context(|| format!("cannot look at {}", entry.path().display()))?;
        if kind.is_dir() {
            if nested {
                collect(&entry.path(), nested, found)?;
            }
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// The names of the files in `folder` that end in `suffix`, without it, sorted.
pub(super) fn names(folder: &Path, suffix: &str) -> Result<Vec<String>> {
    let files = files(folder, &["."])?;
    Ok(files.iter().filter_map(|file| Some(file.to_str()?.strip_suffix(suffix)?.to_owned())).collect())
}

/// One number for the sources of the evaluation: SHA-256 over the name, length and content of each file.
pub(super) fn of_sources(root: &Path) -> Result<String> {
    let mut files = files(root, SOURCES)?;
    files.push("flake.nix".into());
    files.push("flake.lock".into());
    of_files(root, &files)
}

/// One number for `files` (paths from `root`).
pub(super) fn of_files(root: &Path, files: &[PathBuf]) -> Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        let content = fs::read(root.join(file)).with_context(|| format!("cannot read {}", file.display()))?;
        hash.update(file.to_string_lossy().as_bytes());
        hash.update([0]);
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(&content);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_a_changed_and_a_split_file_each_give_another_number() {
        let folder = tempfile::tempdir().unwrap();
        let number = |files: &[(&str, &str)]| {
            let names: Vec<PathBuf> = files.iter().map(|(name, _)| name.into()).collect();
            for (name, text) in files {
                fs::write(folder.path().join(name), text).unwrap();
            }
            of_files(folder.path(), &names).unwrap()
        };
        let first = number(&[("a", "xy"), ("b", "")]);
        assert_eq!(first.len(), 64);
        assert_eq!(first, number(&[("a", "xy"), ("b", "")]));
        assert_ne!(first, number(&[("c", "xy"), ("b", "")]));
        assert_ne!(first, number(&[("a", "x"), ("b", "y")]));
        assert_ne!(first, number(&[("a", "xz"), ("b", "")]));
    }

    #[test]
    fn the_root_is_listed_without_its_folders() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("lib/deep")).unwrap();
        for file in ["flake.nix", "lib/a.nix", "lib/deep/b.nix"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let names = |folders: &[&str]| files(folder.path(), folders).unwrap();
        assert_eq!(names(&["."]), [PathBuf::from("flake.nix")]);
        assert_eq!(names(&["lib", "absent"]), [PathBuf::from("lib/a.nix"), PathBuf::from("lib/deep/b.nix")]);
    }
}
