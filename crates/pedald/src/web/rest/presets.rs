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
    let instance = named(&instance)?;
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
    save(&web, named(&instance)?, name, bundle, file).await
}

/// A plugin's name as part of a path: a board from elsewhere may have plugins of any name.
fn named(instance: &str) -> Result<Instance, Failure> {
    let instance = Instance::new(instance);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match instance.label() {
        label if !label.is_empty() && label.chars().all(plain) => Ok(instance),
        label => Err(Failure::bad(format!("{label:?} is no name of a plugin that has presets"))),
    }
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
            if is_plugin(&own) {
                Err(Failure::bad(format!("{name} is a plugin, no preset")))
            } else {
                Ok(own)
            }
        }
        _ => Err(Failure::bad(format!("{} is no preset of the player's", bundle.display()))),
    }
}

/// Whether a bundle brings a program: a file of one, or a manifest that names one, wherever it lies.
fn is_plugin(bundle: &FilePath) -> bool {
    let entries = std::fs::read_dir(bundle).into_iter().flatten().flatten();
    let program = entries.into_iter().any(|entry| entry.path().extension().is_some_and(|end| end == "so"));
    let manifest = pedalboard::Files::read(&Disk, &bundle.join("manifest.ttl"), pedalboard::TEXT_LIMIT);
    let names = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        text.contains("lv2:binary") || text.contains("lv2core#binary")
    };
    program || manifest.is_ok_and(|text| names(&text))
}

/// Takes up what has changed among the plugins and presets.
pub(super) async fn rescan(web: &Web) {
    let report = web.blocking(|web| web.plugins().rescan()).await;
    if let Some(Err(error)) = report {
        tracing::warn!("the list of plugins is not up to date: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_told_from_plugins_and_names_lead_nowhere() {
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
        write("manifest.ttl", "<p.ttl> a <http://lv2plug.in/ns/ext/presets#Preset> .");
        write("p.ttl", "");
        assert!(!is_plugin(place.path()));
        write("manifest.ttl", "<urn:x> <http://lv2plug.in/ns/lv2core#binary> <bin/x.so> .");
        assert!(is_plugin(place.path()), "its program lies deeper");
        write("manifest.ttl", "");
        write("x.so", "");
        assert!(is_plugin(place.path()));
        assert_eq!(named("/graph/amp_1").unwrap().label(), "amp_1");
        for bad in ["/graph/../../etc/amp", "..", "", "a b", "a/b"] {
            assert!(named(bad).is_err(), "{bad:?}");
        }
    }
}
