//! Presets of plugins, kept as bundles among the player's plugins.

use std::path::{Path as FilePath, PathBuf};

use axum::extract::{Path, State};
use axum::routing::get;
use pedalboard::{Disk, delete_bundle, symbol};
use serde_json::json;

use super::Table;
use crate::session::{Done, Instance, Intent, Source};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer, reasoned, truth};

pub(super) fn editor(table: Table) -> Table {
    table
        .tail("/effect/preset/load/{*instance}", get(load))
        .tail("/effect/preset/save_new/{*instance}", get(save_new))
        .tail("/effect/preset/save_replace/{*instance}", get(save_replace))
        .tail("/effect/preset/delete/{*instance}", get(delete))
}

async fn load(State(web): State<Web>, Path(instance): Path<String>, arguments: Arguments) -> Reply {
    let uri = arguments.need("uri")?.to_owned();
    let intent = Intent::LoadPreset { instance: Instance::new(&instance), uri };
    Ok(truth(&web.session().ask(Source::Rest, intent).await))
}

async fn save_new(State(web): State<Web>, Path(instance): Path<String>, arguments: Arguments) -> Reply {
    let name = arguments.need("name")?.to_owned();
    let instance = Instance::new(&instance);
    let file = symbol(&name).chars().take(32).collect::<String>();
    let lv2 = &web.folders().lv2;
    let plain = lv2.join(format!("{instance}-{file}.lv2"));
    // Another preset of the same letters gets a number.
    let bundle = (1..).map(|number| match number {
        1 => plain.clone(),
        _ => lv2.join(format!("{instance}-{file}-{number}.lv2")),
    });
    let bundle = bundle.into_iter().find(|bundle| !bundle.exists()).unwrap_or(plain);
    save(&web, instance, name, bundle, format!("{file}.ttl")).await
}

async fn save_replace(State(web): State<Web>, Path(instance): Path<String>, arguments: Arguments) -> Reply {
    let bundle = own_bundle(&web, arguments.need("bundle")?)?;
    let uri = arguments.need("uri")?;
    let file = uri.rsplit('/').next().filter(|file| file.ends_with(".ttl") && !file.contains('%'));
    let file = file.ok_or_else(|| Failure::bad(format!("{uri:?} is no preset of this pedal")))?.to_owned();
    let name = arguments.need("name")?.to_owned();
    save(&web, Instance::new(&instance), name, bundle, file).await
}

async fn save(web: &Web, instance: Instance, name: String, bundle: PathBuf, file: String) -> Reply {
    let intent = Intent::SavePreset { instance, name, bundle: bundle.clone(), file };
    match web.session().ask(Source::Rest, intent).await {
        Ok(Done::Preset { bundle, uri }) => {
            rescan(web).await;
            Ok(answer(&json!({"ok": true, "bundle": bundle, "uri": uri})))
        }
        Ok(_) => Ok(answer(&json!({"ok": false, "bundle": bundle, "uri": ""}))),
        Err(error) => {
            Ok(reasoned(answer(&json!({"ok": false, "bundle": bundle, "uri": ""})), &error.to_string()))
        }
    }
}

async fn delete(State(web): State<Web>, Path(_instance): Path<String>, arguments: Arguments) -> Reply {
    let bundle = own_bundle(&web, arguments.need("bundle")?)?;
    let uri = arguments.need("uri")?.to_owned();
    let gone = Intent::PluginBundle { path: bundle.clone(), present: false };
    if let Err(error) = web.session().ask(Source::Rest, gone).await {
        return Ok(reasoned(answer(&false), &error.to_string()));
    }
    let removed = web.blocking(move |_| delete_bundle(&Disk, &bundle)).await;
    if let Some(Err(error)) = removed {
        return Ok(reasoned(answer(&false), &format!("the preset cannot be deleted: {error}")));
    }
    rescan(&web).await;
    Ok(truth(&web.session().ask(Source::Rest, Intent::ForgetPreset { uri }).await))
}

/// A bundle that lies directly among the player's own and holds nothing but presets: a path from a browser must not
/// make us delete or overwrite anything else.
fn own_bundle(web: &Web, bundle: &str) -> Result<PathBuf, Failure> {
    let bundle = FilePath::new(bundle);
    let name = bundle.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.'));
    let inside = bundle.parent() == Some(web.folders().lv2.as_path());
    match name {
        Some(name) if inside => {
            let own = web.folders().lv2.join(name);
            let entries = std::fs::read_dir(&own).into_iter().flatten().flatten();
            let binary =
                entries.into_iter().any(|entry| entry.path().extension().is_some_and(|end| end == "so"));
            if binary { Err(Failure::bad(format!("{name} is a plugin, no preset"))) } else { Ok(own) }
        }
        _ => Err(Failure::bad(format!("{} is no preset of the player's", bundle.display()))),
    }
}

/// Takes up what has changed among the plugins and presets.
pub(super) async fn rescan(web: &Web) {
    let report = web.blocking(|web| web.plugins().rescan()).await;
    if let Some(Err(error)) = report {
        tracing::warn!("the list of plugins is not up to date: {error}");
    }
}
