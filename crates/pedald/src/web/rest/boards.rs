//! Boards: list, load, save, copy, pack.

use std::path::{Path as FilePath, PathBuf};

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use pedalboard::{Bundle, Disk, copy_bundle, new_bundle_folder};
use serde_json::{Value, json};

use super::{Table, info, pulled};
use crate::session::{BoardEntry, Done, Intent, Library, SessionError, Source, SyncMode};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer, reasoned, truth, without};
use crate::web::upload;

pub(super) fn player(table: Table) -> Table {
    table
        .on("/pedalboard/list", get(list))
        .on("/pedalboard/info", get(board_info))
        .on("/pedalboard/load_bundle", post(load))
        .on("/reset", get(reset))
        .on("/pedalboard/pack_bundle", get(pack))
        .tail("/pedalboard/transport/set_sync_mode/{*mode}", post(sync))
        .on("/set_bpm", post(set_bpm))
        .on("/get_bpm", get(get_bpm))
}

pub(super) fn editor(table: Table) -> Table {
    table
        .on("/pedalboard/save", post(save))
        .on("/pedalboard/remove", get(remove))
        .on("/pedalboard/load_web", post(load_web).layer(DefaultBodyLimit::disable()))
        .on("/pedalboard/factorycopy", get(factory_copy))
        .tail("/pedalboard/load_remote/{id}", post(load_remote))
}

/// File of a board's graph: the only Turtle file beside the manifest, or the one named like the folder.
pub(super) fn graph_file(bundle: &FilePath) -> PathBuf {
    let entries = std::fs::read_dir(bundle).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut graphs = entries
        .filter(|path| path.extension().is_some_and(|end| end == "ttl") && !path.ends_with("manifest.ttl"))
        .collect::<Vec<_>>();
    graphs.sort();
    let stem = bundle.file_stem().unwrap_or_default();
    let named = graphs.iter().position(|path| path.file_stem() == Some(stem)).unwrap_or(0);
    if graphs.is_empty() { bundle.join(stem).with_extension("ttl") } else { graphs.swap_remove(named) }
}

pub(super) fn entry(board: &BoardEntry) -> Value {
    json!({
        "broken": board.broken,
        "factory": board.factory,
        "hasTrialPlugins": false,
        "uri": pedalboard::file_uri(&graph_file(&board.bundle)),
        "bundle": board.bundle,
        "title": board.title,
        "version": board.version,
    })
}

async fn list(State(web): State<Web>) -> Reply {
    let library = web.session().state().library.clone();
    let all = web.blocking(move |_| library.boards.iter().map(entry).collect::<Vec<_>>()).await;
    Ok(answer(&all.unwrap_or_default()))
}

/// A path from a browser, when it is a board that is known: nothing else may be read or deleted.
fn known(library: &Library, bundle: &str) -> Result<BoardEntry, Failure> {
    let path = FilePath::new(bundle);
    let found = library.boards.iter().find(|board| board.bundle == path);
    found.cloned().ok_or_else(|| Failure::not_found(format!("{bundle} is not among the boards")))
}

async fn board_info(State(web): State<Web>, arguments: Arguments) -> Reply {
    let board = known(&web.session().state().library, arguments.need("bundlepath")?)?;
    let read = web.blocking(move |web| {
        let bundle = Bundle::read(&Disk, &board.bundle)?;
        Ok::<_, pedalboard::ReadError>(info::board(&bundle, board.factory, &web.plugins().table()))
    });
    match read.await {
        Some(Ok(value)) => Ok(answer(&value)),
        Some(Err(error)) => Err(Failure::internal(error.to_string())),
        None => Err(Failure::internal("the board could not be read")),
    }
}

/// A board that is known, as the page of one board is given it. Blocks.
pub(in crate::web) fn described(web: &Web, bundle: &str) -> Option<Value> {
    let board = known(&web.session().state().library, bundle).ok()?;
    let bundle = Bundle::read(&Disk, &board.bundle).ok()?;
    Some(info::board(&bundle, board.factory, &web.plugins().table()))
}

async fn load(State(web): State<Web>, arguments: Arguments) -> Reply {
    let bundle = PathBuf::from(arguments.need("bundlepath")?);
    if bundle.as_os_str().is_empty() && arguments.truth("isDefault") {
        // there is no default board: an empty one
        pulled::forget(&web).await;
        return match web.session().ask(Source::Rest, Intent::NewBoard).await {
            Ok(_) => Ok(answer(&json!({"ok": true, "name": ""}))),
            Err(error) => Ok(reasoned(answer(&json!({"ok": false, "name": ""})), &error.to_string())),
        };
    }
    if !web.is_board(&bundle) {
        let reason = SessionError::UnknownBoard(bundle).to_string();
        return Ok(reasoned(answer(&json!({"ok": false, "name": ""})), &reason));
    }
    pulled::forget(&web).await;
    match web.session().ask(Source::Rest, Intent::LoadBoard { bundle }).await {
        Ok(Done::Board { title, .. }) => Ok(answer(&json!({"ok": true, "name": title}))),
        Ok(_) => Ok(answer(&json!({"ok": true, "name": web.session().state().board.title}))),
        Err(error) => Ok(reasoned(answer(&json!({"ok": false, "name": ""})), &error.to_string())),
    }
}

async fn reset(State(web): State<Web>) -> Reply {
    Ok(truth(&pulled::reset(&web).await))
}

async fn save(State(web): State<Web>, arguments: Arguments) -> Reply {
    let title = arguments.get("title").map(str::trim).filter(|title| !title.is_empty()).map(str::to_owned);
    pulled::settle(&web).await;
    let intent = Intent::SaveBoard { title, as_new: arguments.truth("asNew") };
    match web.session().ask(Source::Rest, intent).await {
        Ok(Done::Saved { bundle, title }) => {
            Ok(answer(&json!({"ok": true, "bundlepath": bundle, "title": title})))
        }
        Ok(_) => Ok(answer(&json!({"ok": false}))),
        Err(error) => Ok(reasoned(answer(&json!({"ok": false})), &error.to_string())),
    }
}

async fn remove(State(web): State<Web>, arguments: Arguments) -> Reply {
    let bundle = PathBuf::from(arguments.need("bundlepath")?);
    Ok(truth(&web.session().ask(Source::Rest, Intent::RemoveBoard { bundle }).await))
}

async fn pack(State(web): State<Web>, arguments: Arguments) -> Reply {
    let board = known(&web.session().state().library, arguments.need("bundlepath")?)?;
    let name = board.bundle.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let packed = web.blocking(move |web| {
        let mut file = web.scratch()?;
        let others = web.plugin_folders();
        let reach = pedalboard::Reach { user_files: &web.folders().user_files, others: &others };
        let left_out = pedalboard::pack_tar_gz(&board.bundle, reach, &mut file)?;
        std::io::Seek::rewind(&mut file)?;
        Ok::<_, std::io::Error>((file, left_out))
    });
    let (file, left_out) = match packed.await {
        Some(Ok((file, left_out))) => (tokio::fs::File::from_std(file), left_out),
        Some(Err(error)) => return Err(Failure::internal(format!("the board cannot be packed: {error}"))),
        None => return Err(Failure::internal("the board cannot be packed")),
    };
    let plain = name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect::<String>();
    let headers = [
        (header::CONTENT_TYPE, "application/gzip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}.tar.gz\"")),
    ];
    let body = (headers, Body::from_stream(tokio_util::io::ReaderStream::new(file))).into_response();
    Ok(without(body, &left_out))
}

async fn load_web(State(web): State<Web>, request: Request) -> Reply {
    let uploads = web.folders().data.join("uploads");
    let received = upload::receive(request, &uploads, upload::PACKED).await?;
    let kept = web.blocking(move |web| {
        let place = upload::unpack(received.path(), &uploads)?;
        let bundles = upload::bundles_in(place.path());
        let [bundle] = bundles.as_slice() else {
            return Err(Failure::bad("refused: the file has no folder with one board in it"));
        };
        let board = Bundle::read(&Disk, bundle).map_err(|error| Failure::bad(format!("refused: {error}")))?;
        let title = if board.graph.title.is_empty() { "Upload" } else { &board.graph.title };
        let failed =
            |error: &dyn std::fmt::Display| Failure::internal(format!("the board cannot be kept: {error}"));
        let folder =
            new_bundle_folder(&Disk, &web.folders().boards, title).map_err(|error| failed(&error))?;
        pedalboard::make_folders(&Disk, &web.folders().boards).map_err(|error| failed(&error))?;
        copy_bundle(&Disk, bundle, &folder).map_err(|error| failed(&error))?;
        Ok(folder)
    });
    let bundle = kept.await.ok_or_else(|| Failure::internal("the board could not be unpacked"))??;
    // So that the board is known before it is asked for.
    let _ = web.session().ask(Source::Rest, Intent::Rescan).await;
    match web.session().ask(Source::Rest, Intent::LoadBoard { bundle }).await {
        Ok(_) => Ok(answer(&json!({"ok": true}))),
        Err(error) => {
            Ok(reasoned(answer(&json!({"ok": false, "error": error.to_string()})), &error.to_string()))
        }
    }
}

async fn factory_copy(State(web): State<Web>, arguments: Arguments) -> Reply {
    let board = known(&web.session().state().library, arguments.need("bundlepath")?)?;
    let title = arguments.need("title")?.to_owned();
    let copied = web.blocking(move |web| {
        let failed =
            |error: &dyn std::fmt::Display| Failure::internal(format!("the board cannot be copied: {error}"));
        let folder =
            new_bundle_folder(&Disk, &web.folders().boards, &title).map_err(|error| failed(&error))?;
        let boards = &web.folders().boards;
        pedalboard::make_folders(&Disk, boards).map_err(|error| failed(&error))?;
        // it gets its title before it appears: a power cut leaves no second board of the old one
        let place = tempfile::Builder::new().prefix(".copy-").tempdir_in(boards);
        let place = place.map_err(|error| failed(&error))?;
        let waiting = place.path().join("board.pedalboard");
        copy_bundle(&Disk, &board.bundle, &waiting).map_err(|error| failed(&error))?;
        let mut copy = Bundle::read(&Disk, &waiting).map_err(|error| failed(&error))?;
        copy.graph.title = title;
        copy.save(&Disk).map_err(|error| failed(&error))?;
        copy_bundle(&Disk, &waiting, &folder).map_err(|error| failed(&error))?;
        let bundle = Bundle::read(&Disk, &folder).map_err(|error| failed(&error))?;
        let mut value = info::board(&bundle, false, &web.plugins().table());
        value["bundlepath"] = json!(folder);
        Ok::<_, Failure>(value)
    });
    let value = copied.await.ok_or_else(|| Failure::internal("the board could not be copied"))??;
    let _ = web.session().ask(Source::Rest, Intent::Rescan).await;
    Ok(answer(&value))
}

async fn load_remote(State(web): State<Web>, Path(id): Path<String>) -> Reply {
    if id.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Failure::bad("an id has no spaces"));
    }
    web.announce(format!("load-pb-remote {id}"));
    Ok(answer(&true))
}

async fn sync(State(web): State<Web>, Path(mode): Path<String>) -> Reply {
    let mode = match mode.trim_matches('/') {
        "none" => SyncMode::Internal,
        "midi_clock_slave" => SyncMode::MidiClock,
        "link" => SyncMode::Link,
        other => return Err(Failure::not_found(format!("there is no way {other:?} to get the tempo"))),
    };
    Ok(truth(&web.session().ask(Source::Rest, Intent::SetSync(mode)).await))
}

async fn set_bpm(State(web): State<Web>, arguments: Arguments) -> Reply {
    let value = match serde_json::from_slice::<Value>(&arguments.body) {
        Ok(Value::Object(fields)) => fields.get("value").or(fields.get("bpm")).and_then(Value::as_f64),
        Ok(Value::String(text)) => text.trim().parse().ok(),
        Ok(other) => other.as_f64(),
        Err(_) => arguments.get("value").and_then(|text| text.trim().parse().ok()),
    };
    let bpm = value
        .filter(|bpm: &f64| bpm.is_finite())
        .ok_or_else(|| Failure::bad("the tempo must be a number"))?;
    Ok(truth(&web.session().ask(Source::Rest, Intent::SetTempo(bpm)).await))
}

async fn get_bpm(State(web): State<Web>) -> Reply {
    Ok(answer(&web.session().state().board.tempo.bpm))
}
