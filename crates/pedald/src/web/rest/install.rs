//! Installing and removing plugins: code that the engine will run. Off by default, and for an admin only.

use std::path::{Path, PathBuf};

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::routing::post;
use pedalboard::{Disk, remove_tree};
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
    let mut placed = Vec::new();
    for bundle in bundles {
        let name = bundle.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !name.ends_with(".lv2") || name.starts_with('.') {
            return Err(Failure::bad(format!("refused: {name:?} is no name of an LV2 bundle")));
        }
        let target = lv2.join(name);
        let old = lv2.join(format!(".{name}.old"));
        let failed =
            |error: std::io::Error| Failure::internal(format!("{name} cannot be put in place: {error}"));
        remove_tree(&Disk, &old).map_err(failed)?;
        if target.exists() {
            std::fs::rename(&target, &old).map_err(failed)?;
        }
        std::fs::rename(&bundle, &target).map_err(failed)?;
        std::fs::File::open(lv2).and_then(|folder| folder.sync_all()).map_err(failed)?;
        remove_tree(&Disk, &old).map_err(failed)?;
        placed.push(target);
    }
    Ok(placed)
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
        if let Some(Err(error)) = web.blocking(move |_| remove_tree(&Disk, &path)).await {
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
