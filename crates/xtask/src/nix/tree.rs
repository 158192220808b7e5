//! The tree that is evaluated against: a whole nixpkgs as it is, or its modules and library with our stand-in for the
//! package set in front.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::nix::fingerprint;
use crate::workspace::Workspace;

/// What a tree without the package set must have; see docs/reference/evaluation.md.
const PARTS: &[&str] = &["lib", "nixos", "modules", "maintainers", "pkgs/build-support", "pkgs/pkgs-lib"];
/// The attribute names of nixpkgs, which the stand-in offers and beyond which it refuses.
const NAMES: &str = "pkgs/names.json";

/// A tree, ready to be evaluated.
pub(super) struct Tree {
    /// Folder with `flake.nix` and `default.nix`.
    pub(super) folder: PathBuf,
    /// What the manifests say about it.
    pub(super) origin: Value,
}

/// Prepares the tree in `given`.
pub(super) fn prepare(workspace: &Workspace, given: &Path) -> Result<Tree> {
    let given = given.canonicalize().with_context(|| format!("there is no tree at {}", given.display()))?;
    let sources = sources(&given);
    if given.join("pkgs/top-level/all-packages.nix").is_file() {
        let origin = json!({ "kind": "whole nixpkgs", "sources": sources });
        return Ok(Tree { folder: given, origin });
    }
    let missing: Vec<&str> =
        PARTS.iter().chain([&NAMES]).copied().filter(|part| !given.join(part).exists()).collect();
    // Trees from before 2026 have no `modules`.
    let missing: Vec<&str> = missing.into_iter().filter(|part| *part != "modules").collect();
    if !missing.is_empty() {
        bail!(
            "{} is not an evaluation tree: it has no {}; docs/reference/evaluation.md says how to make one",
            given.display(),
            missing.join(", ")
        );
    }
    let folder = workspace.scratch("evaluation-tree")?;
    fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    let mut files = fingerprint::files(&given, PARTS)?;
    files.push(NAMES.into());
    for file in &files {
        place(&given.join(file), &folder.join(file))?;
    }
    let stand_in = workspace.root().join("checks/eval/nixpkgs");
    for file in fingerprint::files(&stand_in, &["."])? {
        let target = match file.to_str() {
            Some("flake.nix") => folder.join("flake.nix"),
            _ => folder.join("stand-in").join(&file),
        };
        place(&stand_in.join(&file), &target)?;
    }
    fs::write(folder.join("default.nix"), "import ./stand-in\n")
        .context("cannot write the tree's default.nix")?;
    let number = fingerprint::of_files(&given, &files)?;
    let origin = json!({
        "kind": "modules and library of nixpkgs with our stand-in for the packages",
        "fingerprint": number,
        "files": files.len(),
        "sources": sources,
    });
    Ok(Tree { folder, origin })
}

/// Where the parts of a tree came from: the lines of its file SOURCES.
fn sources(tree: &Path) -> Vec<String> {
    let text = fs::read_to_string(tree.join("SOURCES")).unwrap_or_else(|_| "not stated".to_owned());
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// Puts a file where it is wanted, as a hard link when the file system can.
fn place(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a file in a tree has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::hard_link(from, to)
        .or_else(|_| fs::copy(from, to).map(|_| ()))
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}
