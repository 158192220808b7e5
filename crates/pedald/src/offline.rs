//! Commands that work on the data and end: no session, no engine.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use pedalboard::{Disk, Limits};
use serde_json::json;

use crate::access::{Client, ClientList, write_private};
use crate::backup::{self, BackupError};
use crate::cli::{Clients, Command};
use crate::context::Paths;
use crate::parts;
use crate::takeover::{self, Does};

/// Does it and answers the exit code.
pub(crate) fn run(command: &Command, data: Option<PathBuf>) -> ExitCode {
    let paths = Paths::new(data, |name| std::env::var(name).ok());
    let done = match command {
        Command::ImportData { from, dry_run, json } => import_data(from, &paths, *dry_run, *json),
        Command::Clients { state, what } => clients(state.as_deref().unwrap_or(&paths.state), what),
        Command::Backup { to, without_files, json } => back_up(to, &paths, !without_files, *json),
        Command::Restore { from, dry_run, undo: _, now, json } => {
            restore(from.as_deref(), &paths, *dry_run, *now, *json)
        }
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

fn clients(state: &Path, what: &Clients) -> Result<String, String> {
    let file = state.join("clients.json");
    let mut list = ClientList::read(&file).map_err(|error| error.to_string())?;
    match what {
        Clients::List { json: true } => {
            let text = serde_json::to_string_pretty(&list.all()).map_err(|error| error.to_string())?;
            Ok(text + "\n")
        }
        Clients::List { json: false } => {
            let all = list.all();
            if all.is_empty() {
                return Ok(format!("no device is paired ({})\n", file.display()));
            }
            let mut text = format!("{:<12}  {:<5}  {:<10}  {:<10}  name\n", "id", "role", "paired", "seen");
            for Client { id, name, role, paired, seen } in all {
                let (paired, seen) = (ago(paired), ago(seen));
                text += &format!("{:<12}  {:<5}  {paired:<10}  {seen:<10}  {name}\n", id.0, role.name());
            }
            Ok(text)
        }
        Clients::Revoke { device, all } => {
            let gone = match device {
                _ if *all => list.all(),
                Some(device) => list.named(device),
                None => Vec::new(),
            };
            match (&gone[..], device) {
                ([], Some(device)) => {
                    return Err(format!(
                        "no paired device is called {device:?}; `pedald clients list` shows all"
                    ));
                }
                ([_, _, ..], Some(device)) => {
                    let ids: Vec<&str> = gone.iter().map(|client| client.id.0.as_str()).collect();
                    let ids = ids.join(", ");
                    return Err(format!(
                        "several devices are called {device:?}: give one of the identifiers {ids}"
                    ));
                }
                _ => {}
            }
            for client in &gone {
                list.revoke(&client.id).map_err(|error| error.to_string())?;
            }
            if !gone.is_empty() {
                let failed = |error| format!("cannot write {}: {error}; nobody was put out", file.display());
                write_private(&file, &list.to_bytes()).map_err(failed)?;
            }
            let mut text = String::new();
            gone.iter().for_each(|client| text += &format!("{} ({}) is out\n", client.name, client.id.0));
            if gone.is_empty() {
                text += "no device was paired\n";
            }
            Ok(text)
        }
    }
}

/// How long ago a time in seconds since 1970 was.
fn ago(seconds: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match now.saturating_sub(seconds) / 3600 {
        0 => "now".to_owned(),
        hours @ 1..48 => format!("{hours} h ago"),
        hours => format!("{} d ago", hours / 24),
    }
}

/// Files are readable for the group, as the service's own: the engine is in it.
fn back_up(to: &Path, paths: &Paths, with_files: bool, json: bool) -> Result<String, String> {
    let done = backup::pack(paths, to, with_files).map_err(|error| error.to_string())?;
    if json {
        return Ok(format!("{:#}\n", json!(done)));
    }
    let mut text: String = done.notes.iter().map(|note| format!("note: {note}\n")).collect();
    let name = done.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (boards, megabytes) = (done.boards, done.bytes.div_ceil(1 << 20));
    text += &format!("{boards} boards and {} files are in {name}, {megabytes} MB\n", done.files);
    Ok(text)
}

fn restore(
    from: Option<&Path>,
    paths: &Paths,
    dry_run: bool,
    now: bool,
    json: bool,
) -> Result<String, String> {
    let words = |error: BackupError| error.to_string();
    let mut text = String::new();
    let mut value = json!({});
    match from {
        Some(from) => {
            let from = backup::newest(from).map_err(words)?;
            let staged = backup::stage(paths, &from, dry_run).map_err(words)?;
            let shown = |what: &str, path: &PathBuf| format!("{what:>8}  {}\n", path.display());
            staged.comes.iter().for_each(|path| text += &shown("comes", path));
            let only = staged.goes.iter().filter(|path| !staged.comes.contains(path));
            only.for_each(|path| text += &shown("goes", path));
            staged.notes.iter().for_each(|note| text += &format!("    note  {note}\n"));
            let count = staged.comes.len() + staged.goes.len();
            let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
            text += &match (dry_run, count, now) {
                (true, ..) => format!("{name} is whole; nothing was changed\n"),
                (_, 0, _) => format!("{name} is here already\n"),
                (_, _, true) => format!("{name} is whole\n"),
                _ => format!("{name} is whole, and takes its place at the service's next start\n"),
            };
            value["staged"] = json!(staged);
        }
        None => {
            backup::go_back(paths).map_err(words)?;
            text += "what was there before comes back at the service's next start\n";
        }
    }
    if now && let Some(done) = backup::finish(&Disk, paths).map_err(words)? {
        text += &format!("{}\n", done.sentence());
        value["done"] = json!(done);
    }
    Ok(if json { format!("{value:#}\n") } else { text })
}

fn export_board(bundle: &Path, to: &Path, paths: &Paths) -> Result<String, String> {
    let failed = |error: &dyn std::fmt::Display| format!("cannot write {}: {error}", to.display());
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // it appears whole or not at all
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
    let installed = crate::plugins::lv2_path();
    let installed = installed.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let others: Vec<PathBuf> = std::iter::once(paths.user_plugins.clone()).chain(installed).collect();
    let reach = pedalboard::Reach { user_files: &paths.user_files, others: &others };
    let contents =
        pedalboard::export(bundle, reach, |_| None, &mut file).map_err(|error| error.to_string())?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    file.persist(to).map_err(|error| failed(&error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(&error))?;
    let (plugins, files) = (contents.plugins.len(), contents.files.len());
    let mut text = format!("{}: {plugins} plugins, {files} files\n", contents.title);
    for path in &contents.left_out {
        let folder = paths.user_files.display();
        text += &format!("left out: {}; put it below {folder} to take it along\n", path.display());
    }
    Ok(text)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Role, Secret};

    #[test]
    fn devices_are_listed_and_put_out_by_name_or_identifier() {
        let place = tempfile::tempdir().unwrap();
        let list = |json| clients(place.path(), &Clients::List { json });
        let revoke = |device: &str| {
            clients(place.path(), &Clients::Revoke { device: Some(device.to_owned()), all: false })
        };
        assert!(list(false).unwrap().contains("no device is paired"));
        let mut made = ClientList::default();
        for (name, role) in [("Phone", Role::Admin), ("Tablet", Role::Player), ("Tablet", Role::Editor)] {
            made.add(name, role, &Secret::random(), 1).unwrap();
        }
        write_private(&place.path().join("clients.json"), &made.to_bytes()).unwrap();
        let text = list(false).unwrap();
        assert!(text.contains("admin") && text.lines().count() == 4, "{text}");
        assert!(!list(true).unwrap().contains("sha256"), "what is kept of a token is not shown");
        assert!(revoke("Nobody").unwrap_err().contains("clients list"));
        assert!(revoke("Tablet").unwrap_err().contains("identifiers"));
        let second = made.all()[2].id.0.clone();
        assert!(revoke(&second).unwrap().contains(&second));
        assert!(revoke("Tablet").unwrap().contains("is out"));
        let all = Clients::Revoke { device: None, all: true };
        assert!(clients(place.path(), &all).unwrap().contains("Phone"));
        assert_eq!(list(true).unwrap().trim(), "[]");
        std::fs::write(place.path().join("clients.json"), "{").unwrap();
        assert!(clients(place.path(), &all).is_err(), "a spoilt list is not written over");
    }
}
