//! The first half of a take-over: everything is looked at, and nothing is changed.

use std::fs;
use std::path::{Path, PathBuf};

use pedalboard::{Bundle, Disk};

use super::files::{equal_but_for, equal_files, equal_folders, foreign_program, free_name, tree};
use super::source::Source;
use super::{Does, Plan, TakeOverError, failed, paths};
use crate::context::Paths;

/// Looks at everything below `given` and plans what becomes of it. Changes nothing. `installed` says which plugins the
/// pedal has.
///
/// # Errors
/// [`TakeOverError`].
pub fn plan(given: &Path, own: &Paths, installed: impl Fn(&str) -> bool) -> Result<Plan, TakeOverError> {
    let source = Source::find(given).ok_or_else(|| TakeOverError::Nothing(given.to_owned()))?;
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| b.canonicalize().ok() == Some(a));
    if same(&source.data, &own.data) {
        return Err(TakeOverError::Same(own.data.clone()));
    }
    let mut plan = Plan::default();
    if let Some(folder) = &source.user_files {
        plan_user_files(&mut plan, folder, &own.user_files)?;
    }
    let mut coming = Vec::new();
    if let Some(folder) = &source.plugins {
        coming = plan_plugins(&mut plan, folder, &own.user_plugins)?;
    }
    if let Some(folder) = &source.boards {
        plan_boards(&mut plan, folder, &own.pedalboards, |uri| {
            installed(uri) || coming.iter().any(|text| text.contains(uri))
        })?;
    }
    plan_settings(&mut plan, &source, own);
    Ok(plan)
}

fn plan_user_files(plan: &mut Plan, from: &Path, to: &Path) -> Result<(), TakeOverError> {
    for file in tree(from).map_err(failed(from))? {
        let (source, mut target) = (from.join(&file), to.join(&file));
        let does = match fs::symlink_metadata(&target) {
            Err(_) => Does::Copy,
            Ok(_) if equal_files(&source, &target) => Does::Same,
            Ok(_) => {
                let (name, same) = free_name(&target, |other| equal_files(&source, other));
                target = name;
                if same { Does::Same } else { Does::CopyBeside }
            }
        };
        plan.moved.insert(source.clone(), target.clone());
        plan.step("file", does, &source, &target);
    }
    Ok(())
}

/// Plans the bundles of `~/.lv2`; answers the texts of the manifests that will be here.
fn plan_plugins(plan: &mut Plan, from: &Path, to: &Path) -> Result<Vec<String>, TakeOverError> {
    let mut manifests = Vec::new();
    for source in folders_in(from)?.into_iter().filter(|path| path.join("manifest.ttl").is_file()) {
        let name = source.file_name().unwrap_or_default().to_owned();
        let target = to.join(&name);
        if let Some(machine) = foreign_program(&source) {
            plan.warnings
                .push(format!("{} is for another machine ({machine}) and is left out", source.display()));
            plan.step("plugin", Does::LeaveOut, &source, &target);
            continue;
        }
        let does = match target.exists() {
            false => Does::Copy,
            true if equal_folders(&source, &target) => Does::Same,
            true => {
                plan.warnings.push(format!(
                    "{} is here already with another content: the one that is here stays",
                    name.to_string_lossy()
                ));
                Does::LeaveOut
            }
        };
        manifests.extend(fs::read_to_string(source.join("manifest.ttl")));
        plan.step("plugin", does, &source, &target);
    }
    Ok(manifests)
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, TakeOverError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() && !hidden {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn plan_boards(
    plan: &mut Plan,
    from: &Path,
    to: &Path,
    installed: impl Fn(&str) -> bool,
) -> Result<(), TakeOverError> {
    for source in folders_in(from)?.into_iter().filter(|path| path.join("manifest.ttl").is_file()) {
        let board = match Bundle::read(&Disk, &source) {
            Ok(board) => board,
            Err(error) => {
                plan.warnings.push(format!("left out: {error}"));
                plan.step("board", Does::LeaveOut, &source, to);
                continue;
            }
        };
        plan.warnings.extend(board.problems.iter().map(ToString::to_string));
        let mut missing: Vec<&str> =
            board.graph.blocks.iter().map(|block| block.uri.as_str()).filter(|uri| !installed(uri)).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            plan.warnings.push(format!(
                "{}: plugins that are not installed here: {}",
                board.graph.title,
                missing.join(", ")
            ));
        }
        let wanted = to.join(source.file_name().unwrap_or_default());
        // what came with an earlier run speaks of its files by their new places: it is compared as it would come
        let same = |other: &Path| {
            let changed = paths::relocated(&source, &plan.moved).unwrap_or_default();
            equal_but_for(&source, other, &changed)
        };
        let (target, does) = if !wanted.exists() {
            (wanted, Does::Copy)
        } else if same(&wanted) {
            (wanted, Does::Same)
        } else {
            let (name, found) = free_name(&wanted, same);
            (name, if found { Does::Same } else { Does::CopyBeside })
        };
        plan.moved.insert(source.clone(), target.clone());
        plan.step("board", does, &source, &target);
    }
    Ok(())
}

fn plan_settings(plan: &mut Plan, source: &Source, own: &Paths) {
    for (name, kind) in [
        ("banks.json", "bank"),
        ("favorites.json", "favourites"),
        ("prefs.json", "preferences"),
        ("last.json", "last board"),
    ] {
        let (from, to) = (source.data.join(name), own.data.join(name));
        if from.is_file() {
            let does = match (name, to.exists()) {
                ("last.json", true) => Does::LeaveOut,
                (_, true) => Does::Join,
                (_, false) => Does::Copy,
            };
            plan.step(kind, does, &from, &to);
        }
    }
    for name in ["default_config.yml", "settings.yml"] {
        let (from, to) = (source.data.join("config").join(name), own.data.join("config").join(name));
        if from.is_file() {
            let does = match to.exists() {
                false => Does::Copy,
                true if equal_files(&from, &to) => Does::Same,
                true => Does::Replace,
            };
            plan.step("settings", does, &from, &to);
        }
    }
}
