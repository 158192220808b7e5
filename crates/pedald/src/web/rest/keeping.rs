//! What mod-ui has no routes for: versions of a board, boards in one file, loudness, boards that stand ready, the
//! recorder. JSON below `/api/`.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use pedalboard::{ArchiveError, ImportError, Limits};
use serde_json::{Value, json};

use super::Table;
use crate::session::{Done, Intent, PRELOAD_LOAD, PRELOAD_MEMORY, Source};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer, reasoned, without};
use crate::web::upload;

pub(super) fn player(table: Table) -> Table {
    table
        .on("/api/versions", get(versions))
        .on("/api/board/export", get(export))
        .on("/api/loudness", get(loudness))
        .on("/api/preload", get(preload))
        .on("/api/recorder", get(recorder))
}

pub(super) fn editor(table: Table) -> Table {
    table
        .on("/api/versions/keep", post(keep))
        .on("/api/versions/restore", post(restore))
        .on("/api/versions/delete", post(delete))
        .on("/api/board/import", post(import).layer(DefaultBodyLimit::disable()))
        .on("/api/board/rename", post(rename))
        .on("/api/loudness/measure", post(measure))
        .on("/api/recorder/start", post(record_start))
        .on("/api/recorder/stop", post(record_stop))
}

/// Asks the session; a refusal is `{"ok": false, "error": sentence}`.
async fn ask(web: &Web, intent: Intent, shown: impl FnOnce(Done) -> Value) -> Reply {
    match web.session().ask(Source::Rest, intent).await {
        Ok(done) => {
            let mut value = shown(done);
            value["ok"] = json!(true);
            Ok(answer(&value))
        }
        Err(error) => {
            let text = error.to_string();
            Ok(reasoned(answer(&json!({"ok": false, "error": text})), &text))
        }
    }
}

fn listed(done: Done) -> Value {
    match done {
        Done::Versions(versions) => json!({"versions": versions}),
        _ => json!({}),
    }
}

async fn versions(State(web): State<Web>) -> Reply {
    ask(&web, Intent::ListVersions, listed).await
}

async fn keep(State(web): State<Web>, arguments: Arguments) -> Reply {
    let name = arguments.need("name")?.trim().to_owned();
    if name.is_empty() || name.len() > 100 {
        return Err(Failure::bad("a version needs a name of 1 to 100 letters"));
    }
    ask(&web, Intent::KeepVersion { name }, |_| json!({})).await
}

async fn restore(State(web): State<Web>, arguments: Arguments) -> Reply {
    let id = arguments.need("id")?.to_owned();
    ask(&web, Intent::RestoreVersion { id }, |_| json!({})).await
}

async fn delete(State(web): State<Web>, arguments: Arguments) -> Reply {
    let id = arguments.need("id")?.to_owned();
    ask(&web, Intent::DeleteVersion { id }, listed).await
}

async fn export(State(web): State<Web>, arguments: Arguments) -> Reply {
    let bundle = arguments.need("bundlepath")?.to_owned();
    let library = web.session().state().library.clone();
    let board = library.entry(std::path::Path::new(&bundle)).cloned();
    let board = board.ok_or_else(|| Failure::not_found(format!("{bundle} is not among the boards")))?;
    let title = board.title.clone();
    let packed = web.blocking(move |web| {
        let mut file = web.scratch().map_err(|error| error.to_string())?;
        let table = web.plugins().table();
        let name = |uri: &str| table.get(uri).map(|entry| entry.spec().name.clone());
        let others = web.plugin_folders();
        let reach = pedalboard::Reach { user_files: &web.folders().user_files, others: &others };
        let contents =
            pedalboard::export(&board.bundle, reach, name, &mut file).map_err(|error| error.to_string())?;
        std::io::Seek::rewind(&mut file).map_err(|error| error.to_string())?;
        Ok::<_, String>((file, contents.left_out))
    });
    let (file, left_out) = match packed.await {
        Some(Ok((file, left_out))) => (tokio::fs::File::from_std(file), left_out),
        Some(Err(error)) => return Err(Failure::internal(error)),
        None => return Err(Failure::internal("the board cannot be packed")),
    };
    let headers = [
        (header::CONTENT_TYPE, "application/zstd".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}.board.tar.zst\"", pedalboard::symbol(&title)),
        ),
    ];
    let body = (headers, Body::from_stream(tokio_util::io::ReaderStream::new(file))).into_response();
    Ok(without(body, &left_out))
}

async fn import(State(web): State<Web>, request: Request) -> Reply {
    let uploads = web.folders().data.join("uploads");
    let received = upload::receive(request, &uploads, upload::PACKED).await?;
    let done = web.blocking(move |web| {
        let file = std::fs::File::open(received.path())
            .map_err(|error| Failure::internal(format!("the file cannot be read: {error}")))?;
        let table = web.plugins().table();
        let folders = web.folders();
        let installed = |uri: &str| table.get(uri).is_some();
        pedalboard::import(file, &folders.boards, &folders.user_files, installed, Limits::default())
            .map_err(refused)
    });
    let imported = done.await.ok_or_else(|| Failure::internal("the board could not be unpacked"))??;
    // so that the board is known before it is asked for
    let _ = web.session().ask(Source::Rest, Intent::Rescan).await;
    Ok(answer(&json!({
        "ok": true,
        "bundlepath": imported.bundle,
        "title": imported.contents.title,
        "missing_plugins": imported.missing_plugins,
        "missing_files": imported.missing_files.iter().map(|file| &file.name).collect::<Vec<_>>(),
        "problems": imported.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })))
}

fn refused(error: ImportError) -> Failure {
    let status = match &error {
        ImportError::Archive(ArchiveError::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
        ImportError::Archive(ArchiveError::Io(_)) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ImportError::Write(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    Failure(status, error.to_string())
}

#[derive(serde::Deserialize)]
struct Renamed {
    bundle: std::path::PathBuf,
    title: String,
}

/// Gives a board of the player another title. Its folder stays, so banks and versions find it. The board that sounds has
/// its title from the session, which saves it under another one itself.
async fn rename(State(web): State<Web>, arguments: Arguments) -> Reply {
    let wanted: Renamed = arguments.json()?;
    let title = wanted.title.trim().to_owned();
    if title.is_empty() || title.chars().count() > 120 || title.chars().any(char::is_control) {
        return Err(Failure::bad("a title has 1 to 120 letters"));
    }
    let state = web.session().state();
    let board = state.library.entry(&wanted.bundle).cloned();
    let board = board.filter(|_| wanted.bundle.parent() == Some(&*web.folders().boards));
    let board = board.ok_or_else(|| {
        Failure::not_found(format!("{} is not among the player's own boards", wanted.bundle.display()))
    })?;
    if state.board.bundle.as_ref() == Some(&board.bundle) {
        let text = "this board sounds now: save it under its new title".to_owned();
        return Err(Failure(StatusCode::CONFLICT, text));
    }
    let done = web.blocking(move |_| {
        let mut bundle = pedalboard::Bundle::read(&pedalboard::Disk, &board.bundle)
            .map_err(|error| Failure::internal(error.to_string()))?;
        bundle.graph.title = title;
        bundle.graph.version += 1;
        bundle.save(&pedalboard::Disk).map_err(|error| Failure::internal(error.to_string()))
    });
    done.await.ok_or_else(|| Failure::internal("the board could not be renamed"))??;
    let _ = web.session().ask(Source::Rest, Intent::Rescan).await;
    Ok(answer(&json!({"ok": true})))
}

async fn loudness(State(web): State<Web>) -> Reply {
    let state = web.session().state();
    let boards = state.loudness.iter().map(|(bundle, loudness)| {
        let title = state.library.entry(bundle).map(|entry| entry.title.clone());
        json!({
            "bundlepath": bundle,
            "title": title,
            "short_term_lufs": loudness.short_term,
            "louder_than_bank_db": loudness.difference,
        })
    });
    Ok(answer(&json!({"ok": true, "boards": boards.collect::<Vec<_>>()})))
}

async fn measure(State(web): State<Web>, arguments: Arguments) -> Reply {
    let bundles = match arguments.get("bundlepath") {
        Some(bundle) if !web.is_board(std::path::Path::new(bundle)) => {
            return Err(Failure::not_found(format!("{bundle} is not among the boards")));
        }
        Some(bundle) => vec![bundle.into()],
        None => Vec::new(),
    };
    ask(&web, Intent::MeasureLoudness { bundles }, |_| json!({})).await
}

async fn preload(State(web): State<Web>) -> Reply {
    let state = web.session().state();
    let memory: u64 = state.preloaded.iter().filter_map(|board| board.memory).sum();
    Ok(answer(&json!({
        "ok": true,
        "boards": state.preloaded,
        "memory": memory,
        "memory_limit": PRELOAD_MEMORY,
        "load_percent": state.health.load_percent,
        "load_limit_percent": PRELOAD_LOAD,
    })))
}

async fn recorder(State(web): State<Web>) -> Reply {
    let recorder = &web.session().state().recorder;
    let value = json!({"ok": true, "recording": recorder.file.is_some(), "file": recorder.file, "last": recorder.last});
    Ok(answer(&value))
}

async fn record_start(State(web): State<Web>) -> Reply {
    ask(&web, Intent::Record(true), recorded).await
}

async fn record_stop(State(web): State<Web>) -> Reply {
    ask(&web, Intent::Record(false), recorded).await
}

fn recorded(done: Done) -> Value {
    match done {
        Done::Recording(file) => json!({"file": file}),
        _ => json!({}),
    }
}
