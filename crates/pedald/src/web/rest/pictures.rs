//! Pictures of boards: those that their bundles bring, and drawn ones for all others.

use std::path::PathBuf;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use pedalboard::{Bundle, Disk};
use serde_json::json;

use super::boards::graph_file;
use super::{Table, drawing};
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};
use crate::web::{Web, files};

pub(super) fn player(table: Table) -> Table {
    table.tail("/pedalboard/image/{what}", get(picture))
}

/// Width of a board's picture in pixels.
const SCREENSHOT: u32 = 1280;
const THUMBNAIL: u32 = 512;

async fn picture(State(web): State<Web>, Path(what): Path<String>, arguments: Arguments) -> Reply {
    // the list of boards learns of a new one a moment after it was saved, and the page asks at once
    let bundle = PathBuf::from(arguments.need("bundlepath")?);
    let board = Some(bundle).filter(|bundle| web.is_board(bundle) && bundle.is_dir());
    match (what.as_str(), board) {
        ("screenshot.png" | "thumbnail.png", Some(board)) => {
            let path = board.join(&what);
            if path.is_file() { files::send(&path).await } else { Ok(drawn(&web, board, &what).await) }
        }
        ("screenshot.png" | "thumbnail.png", None) => Ok(files::default_picture()),
        // A picture that the bundle does not bring is drawn whenever it is asked for: none is ever on its way.
        ("generate", board) => {
            let ok = board.is_some();
            Ok(answer(&json!({"ok": ok, "ctime": changed(board)})))
        }
        ("check" | "wait", board) => {
            let status = if board.is_some() { 1 } else { -1 };
            Ok(answer(&json!({"status": status, "ctime": changed(board)})))
        }
        _ => Err(Failure::not_found("no such picture")),
    }
}

/// When a board's picture was another one, in seconds since 1970.
fn changed(board: Option<PathBuf>) -> String {
    let time = board.and_then(|board| {
        let picture = board.join("thumbnail.png");
        let file = if picture.is_file() { picture } else { graph_file(&board) };
        let time = file.metadata().ok()?.modified().ok()?;
        time.duration_since(std::time::UNIX_EPOCH).ok()
    });
    time.map_or_else(|| "0".to_owned(), |time| time.as_secs().to_string())
}

async fn drawn(web: &Web, board: PathBuf, what: &str) -> Response {
    let width = if what == "thumbnail.png" { THUMBNAIL } else { SCREENSHOT };
    let picture = web.blocking(move |web| {
        let bundle = Bundle::read(&Disk, &board).ok()?;
        drawing::png(&bundle.graph, &web.plugins().table(), width).ok()
    });
    match picture.await.flatten() {
        Some(bytes) => ([(header::CONTENT_TYPE, "image/png")], bytes).into_response(),
        None => files::default_picture(),
    }
}
