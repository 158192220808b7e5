//! Notes to a board: a text beside it in its bundle, so that it travels with the board.

use std::path::{Path, PathBuf};

use axum::extract::State;
use pedalboard::{Disk, write_atomic};
use serde::Deserialize;
use serde_json::json;

use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};

/// The file in the bundle.
const FILE: &str = "notes.txt";
/// Longest text, in bytes.
const LONGEST: usize = 64 << 10;

/// The bundle of a board that is known, and whether it came with the system. The board that plays counts from the moment it
/// was saved; the list of boards follows a little later.
fn known(web: &Web, bundle: &str) -> Result<(PathBuf, bool), Failure> {
    let state = web.session().state();
    let path = Path::new(bundle);
    match state.library.entry(path) {
        Some(entry) => Ok((entry.bundle.clone(), entry.factory)),
        None if state.board.bundle.as_deref() == Some(path) => Ok((path.to_owned(), false)),
        None => Err(Failure::not_found("save the board first: notes are kept beside it")),
    }
}

pub(super) async fn read(State(web): State<Web>, arguments: Arguments) -> Reply {
    let (bundle, _) = known(&web, arguments.need("bundle")?)?;
    let text = match tokio::fs::read(bundle.join(FILE)).await {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::internal(format!("the notes cannot be read: {error}"))),
    };
    Ok(answer(&json!({"text": text})))
}

#[derive(Deserialize)]
struct Written {
    bundle: String,
    text: String,
}

pub(super) async fn write(State(web): State<Web>, arguments: Arguments) -> Reply {
    let written: Written = arguments.json()?;
    let (bundle, factory) = known(&web, &written.bundle)?;
    if factory {
        return Err(Failure::bad("this board came with the system; save a copy and note there"));
    }
    if written.text.len() > LONGEST {
        return Err(Failure::bad(format!("the notes are longer than {} kB", LONGEST >> 10)));
    }
    let path = bundle.join(FILE);
    let done = web.blocking(move |_| write_atomic(&Disk, &path, written.text.as_bytes()));
    match done.await {
        Some(Ok(())) => {
            web.0.editor.tell("notes");
            Ok(answer(&true))
        }
        Some(Err(error)) => Err(Failure::internal(format!("the notes cannot be written: {error}"))),
        None => Err(Failure::internal("the notes cannot be written")),
    }
}
