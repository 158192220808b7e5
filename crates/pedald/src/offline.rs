//! Commands that work on the data and end: no session, no engine.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pedalboard::Limits;
use serde_json::json;

use crate::cli::Command;
use crate::context::Paths;
use crate::parts;
use crate::takeover::{self, Does};

/// Does it and answers the exit code.
pub(crate) fn run(command: &Command, data: Option<PathBuf>) -> ExitCode {
    let paths = Paths::new(data, |name| std::env::var(name).ok());
    let done = match command {
        Command::ImportData { from, dry_run, json } => import_data(from, &paths, *dry_run, *json),
        Command::ExportBoard { bundle, to } => export_board(bundle, to, &paths),
        Command::ImportBoard { from, json } => import_board(from, &paths, *json),
    };
    match done {
        Ok(text) => {
            // nobody may read it (a closed pipe): what was asked for is done
            let _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn import_data(from: &Path, paths: &Paths, dry_run: bool, json: bool) -> Result<String, String> {
    let shelf = parts::shelf(paths).map_err(|error| error.to_string())?;
    let table = shelf.table();
    let words = |error: takeover::TakeOverError| error.to_string();
    let plan = takeover::plan(from, paths, |uri| table.get(uri).is_some()).map_err(words)?;
    if !dry_run {
        takeover::carry_out(&plan, |step| tracing::debug!(?step, "import")).map_err(words)?;
    }
    if json {
        let text = serde_json::to_string_pretty(&plan).map_err(|error| error.to_string())?;
        return Ok(text + "\n");
    }
    let mut text = String::new();
    for step in &plan.steps {
        let does = match step.does {
            Does::Copy => "copy",
            Does::CopyBeside => "copy beside",
            Does::Same => "same",
            Does::Join => "join",
            Does::Replace => "replace, keep the old",
            Does::LeaveOut => "leave out",
        };
        text += &format!("{does:>22}  {:<12} {} -> {}\n", step.kind, step.from.display(), step.to.display());
    }
    plan.warnings.iter().for_each(|warning| text += &format!("{:>22}  {warning}\n", "note"));
    let (count, what) = (plan.changes(), if dry_run { "would be done" } else { "done" });
    text += &format!("{count} of {} steps {what}\n", plan.steps.len());
    Ok(text)
}

fn export_board(bundle: &Path, to: &Path, paths: &Paths) -> Result<String, String> {
    let failed = |error: &dyn std::fmt::Display| format!("cannot write {}: {error}", to.display());
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // it appears whole or not at all
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    let contents = pedalboard::export(bundle, &paths.user_files, |_| None, &mut file)
        .map_err(|error| error.to_string())?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    file.persist(to).map_err(|error| failed(&error.error))?;
    Ok(format!("{}: {} plugins, {} files\n", contents.title, contents.plugins.len(), contents.files.len()))
}

fn import_board(from: &Path, paths: &Paths, json: bool) -> Result<String, String> {
    let file = File::open(from).map_err(|error| format!("cannot read {}: {error}", from.display()))?;
    let shelf = parts::shelf(paths).map_err(|error| error.to_string())?;
    let table = shelf.table();
    let installed = |uri: &str| table.get(uri).is_some();
    let done = pedalboard::import(file, &paths.pedalboards, &paths.user_files, installed, Limits::default())
        .map_err(|error| error.to_string())?;
    if json {
        let value = json!({
            "bundle": done.bundle,
            "title": done.contents.title,
            "missing_plugins": done.missing_plugins,
            "missing_files": done.missing_files,
            "problems": done.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        return Ok(format!("{value:#}\n"));
    }
    let mut text = format!("{} is now {}\n", done.contents.title, done.bundle.display());
    for plugin in &done.missing_plugins {
        text += &format!("missing plugin: {} {}\n", plugin.name, plugin.uri);
    }
    for file in &done.missing_files {
        text += &format!("missing file: {} ({})\n", file.name, file.kind);
    }
    done.problems.iter().for_each(|problem| text += &format!("note: {problem}\n"));
    Ok(text)
}
