//! The shelf: installed plugins, briefly, and one of them in full.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::json;

use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};

/// All plugins: what the shelf shows and searches.
pub(super) async fn shelf(State(web): State<Web>) -> Reply {
    let list = web.blocking(|web| {
        let table = web.plugins().table();
        let entry = |uri: &str| {
            let spec = table.get(uri)?.spec();
            Some(json!({
                "uri": spec.uri,
                "name": spec.name,
                "label": spec.label,
                "brand": spec.brand,
                "categories": spec.categories,
                "audio": [spec.audio_inputs.len(), spec.audio_outputs.len()],
                "midi": [spec.midi_inputs.len(), spec.midi_outputs.len()],
                "cv": [spec.cv_inputs.len(), spec.cv_outputs.len()],
            }))
        };
        let uris: Vec<&str> = table.uris().collect();
        uris.into_iter().filter_map(entry).collect::<Vec<_>>()
    });
    let list = list.await.ok_or_else(|| Failure::internal("the plugins cannot be listed"))?;
    Ok(([(header::CACHE_CONTROL, "no-cache")], answer(&list)).into_response())
}

/// One plugin: ports, controls, presets, and whether it brings a page of its own.
pub(super) async fn plugin(State(web): State<Web>, arguments: Arguments) -> Reply {
    let uri = arguments.need("uri")?.to_owned();
    let found = web.blocking(move |web| {
        let entry = web.plugins().table().get(&uri)?.clone();
        let value = entry.value();
        let skin = value["gui"]["iconTemplate"].as_str().is_some_and(|path| !path.is_empty());
        let files = value["parameters"].as_array().cloned().unwrap_or_default();
        let mut spec = serde_json::to_value(&*entry.spec()).ok()?;
        spec["skin"] = json!(skin);
        spec["gui"] = value["gui"].clone();
        spec["bundles"] = json!(
            value["presets"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|preset| (preset["uri"].as_str().unwrap_or_default().to_owned(), preset["path"].clone()))
                .collect::<std::collections::BTreeMap<_, _>>()
        );
        spec["comment"] = value["comment"].clone();
        spec["full_parameters"] = json!(files);
        Some(spec)
    });
    let spec = found.await.flatten().ok_or_else(|| Failure::not_found("no such plugin is installed"))?;
    Ok(answer(&spec))
}
