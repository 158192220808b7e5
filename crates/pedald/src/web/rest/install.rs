//! Installing and removing plugins: code that the engine will run. Off by default, and for an admin only.

use std::path::{Path, PathBuf};

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::routing::post;
use pedalboard::{Disk, delete_bundle};
use serde_json::json;

use super::{Table, presets};
use crate::session::{Intent, Source};
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};
use crate::web::{Web, upload};

pub(super) fn admin(table: Table) -> Table {
    table
        .on("/effect/install", post(install).layer(DefaultBodyLimit::disable()))
        .on("/package/uninstall", post(uninstall))
        .on("/sdk/install", post(install).layer(DefaultBodyLimit::disable()))
}

fn uris(web: &Web) -> std::collections::BTreeSet<String> {
    web.plugins().table().uris().map(str::to_owned).collect()
}

async fn install(State(web): State<Web>, request: Request) -> Reply {
    let lv2 = web.folders().lv2.clone();
    let received = upload::receive(request, &lv2, upload::PACKED).await?;
    let folder = lv2.clone();
    let placed = web.blocking(move |_| place(received.path(), &folder)).await;
    let bundles = placed.ok_or_else(|| Failure::internal("the plugins could not be unpacked"))??;
    let before = uris(&web);
    for path in &bundles {
        // The old one first, if it was there.
        let _ = web
            .session()
            .ask(Source::Rest, Intent::PluginBundle { path: path.clone(), present: false })
            .await;
        let _ =
            web.session().ask(Source::Rest, Intent::PluginBundle { path: path.clone(), present: true }).await;
    }
    presets::rescan(&web).await;
    let after = uris(&web);
    let installed = after.difference(&before).collect::<Vec<_>>();
    announce(&web, &installed, &[]);
    Ok(answer(&json!({"ok": true, "installed": installed, "removed": [], "error": ""})))
}

/// Unpacks plugins and puts their bundles in place.
fn place(packed: &Path, lv2: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unpacked = upload::unpack(packed, lv2)?;
    let bundles = upload::bundles_in(unpacked.path());
    if bundles.is_empty() {
        return Err(Failure::bad("refused: the file has no LV2 bundle in it"));
    }
    let name_of = |bundle: &PathBuf| -> String {
        bundle.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned()
    };
    // all or none: nothing is put in place before everything was looked at
    if let Some(name) =
        bundles.iter().map(name_of).find(|name| !name.ends_with(".lv2") || name.starts_with('.'))
    {
        return Err(Failure::bad(format!("refused: {name:?} is no name of an LV2 bundle")));
    }
    // whatever is put in place is on the disk before
    sync(unpacked.path())
        .map_err(|error| Failure::internal(format!("the plugins cannot be stored: {error}")))?;
    let mut placed = Vec::new();
    for bundle in bundles {
        let name = name_of(&bundle);
        let target = lv2.join(&name);
        let failed =
            |error: std::io::Error| Failure::internal(format!("{name} cannot be put in place: {error}"));
        replace(&bundle, &target).map_err(failed)?;
        std::fs::File::open(lv2).and_then(|folder| folder.sync_all()).map_err(failed)?;
        placed.push(target);
    }
    Ok(placed)
}

/// Makes the names in a folder and in those below it last over a power cut; the files' contents do so already.
fn sync(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync(&entry.path())?;
        }
    }
    std::fs::File::open(folder)?.sync_all()
}

/// Puts a folder in the place of another, in one step: one of the two is there at any time. What was there before goes
/// with the folder that the new one came in.
fn replace(new: &Path, target: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    if !target.exists() {
        return std::fs::rename(new, target);
    }
    match renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE) {
        // not on this file system: then in two steps
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            let old = new.with_extension("old");
            std::fs::rename(target, &old)?;
            std::fs::rename(new, target)
        }
        done => done.map_err(Into::into),
    }
}

async fn uninstall(State(web): State<Web>, arguments: Arguments) -> Reply {
    let bundles: Vec<PathBuf> = arguments.json()?;
    let before = uris(&web);
    for path in bundles {
        let inside = path.parent() == Some(web.folders().lv2.as_path())
            && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.ends_with(".lv2"));
        if !inside {
            let error = format!("{} was not installed by the player", path.display());
            return Ok(answer(&json!({"ok": false, "removed": [], "error": error})));
        }
        let _ = web
            .session()
            .ask(Source::Rest, Intent::PluginBundle { path: path.clone(), present: false })
            .await;
        if let Some(Err(error)) =
            web.blocking(move |_| if path.exists() { delete_bundle(&Disk, &path) } else { Ok(()) }).await
        {
            return Ok(answer(&json!({"ok": false, "removed": [], "error": error.to_string()})));
        }
    }
    presets::rescan(&web).await;
    let after = uris(&web);
    let removed = before.difference(&after).collect::<Vec<_>>();
    announce(&web, &[], &removed);
    Ok(answer(&json!({"ok": true, "removed": removed, "error": ""})))
}

fn announce(web: &Web, installed: &[&String], removed: &[&String]) {
    use base64::Engine as _;
    let text = json!({"installed": installed, "removed": removed}).to_string();
    web.announce(format!("rescan {}", base64::engine::general_purpose::STANDARD.encode(text)));
}
