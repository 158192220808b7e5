//! Reading, storing and removing blobs.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio_util::io::ReaderStream;

use super::conditions::{self, Answer};
use super::range::{self, Wanted};
use super::reply::Failed;
use super::{Shared, blocking};
use crate::key::Key;
use crate::store::{Entry, Hash, Precondition, Store, StoreError};

/// Longest silence of a client that uploads.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pieces of an upload that wait for the disk.
const WAITING: usize = 8;

/// `GET` and `HEAD`.
pub(super) async fn get(
    State(shared): State<Shared>,
    method: Method,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    let key = Key::parse(&path)?;
    let (entry, file) = blocking(&shared, move |store| store.read(&key)).await?;
    match conditions::answer(&headers, &entry) {
        Answer::Failed => return Err(StoreError::Precondition.into()),
        Answer::NotModified => return Ok(with_tags(StatusCode::NOT_MODIFIED, &entry, Body::empty())),
        Answer::Content => {}
    }
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let range = range.filter(|_| method == Method::GET && conditions::range_allowed(&headers, &entry));
    let wanted = range.map_or(Wanted::Whole, |range| range::wanted(range, entry.size));
    let (status, first, count) = match wanted {
        Wanted::Whole => (StatusCode::OK, 0, entry.size),
        Wanted::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Wanted::Nothing => {
            let error = format!("the range is not in the blob's {} bytes", entry.size);
            let mut response = Failed::new(StatusCode::RANGE_NOT_SATISFIABLE, error).into_response();
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", entry.size));
            return Ok(response);
        }
    };
    let body = if method == Method::HEAD { Body::empty() } else { part(file, first, count)? };
    let mut response = with_tags(status, &entry, body);
    set(&mut response, header::CONTENT_LENGTH, &count.to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        let shown = format!("bytes {first}-{}/{}", first + count - 1, entry.size);
        set(&mut response, header::CONTENT_RANGE, &shown);
    }
    Ok(response)
}

/// `PUT`: streamed to the disk, named when it is whole.
pub(super) async fn put(
    State(shared): State<Shared>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let key = Key::parse(&path)?;
    let wanted = conditions::precondition(&headers);
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let Ok(_place) = shared.uploads.try_acquire() else {
        return Err(Failed::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many uploads at once: try again in a second",
        ));
    };
    let (pieces, from_network) = mpsc::channel(WAITING);
    let written = blocking(&shared, move |store| write(store, &key, &wanted, length, from_network));
    let read = read_body(body, pieces);
    let (read, written) = tokio::join!(read, written);
    // What the client did wrong explains why the blob is not there.
    let (entry, replaced) = match (read, written) {
        (Err(failed), _) | (Ok(()), Err(failed)) => return Err(failed),
        (Ok(()), Ok(done)) => done.ok_or_else(Failed::ended)?,
    };
    let status = if replaced { StatusCode::NO_CONTENT } else { StatusCode::CREATED };
    let mut response = status.into_response();
    set(&mut response, header::ETAG, &tag(entry.hash));
    Ok(response)
}

/// `DELETE`.
pub(super) async fn delete(
    State(shared): State<Shared>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Failed> {
    let key = Key::parse(&path)?;
    let wanted = conditions::precondition(&headers);
    blocking(&shared, move |store| store.delete(&key, &wanted)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A piece of a body, or its end.
enum Piece {
    Bytes(axum::body::Bytes),
    End,
}

/// Hands the body on piece by piece. The end is only told when all of it came.
async fn read_body(body: Body, pieces: mpsc::Sender<Piece>) -> Result<(), Failed> {
    let mut stream = body.into_data_stream();
    loop {
        let piece = match tokio::time::timeout(PATIENCE, stream.next()).await {
            Err(_) => {
                return Err(Failed::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "nothing came for 30 s; nothing was stored",
                ));
            }
            Ok(Some(Err(error))) => {
                return Err(Failed::new(StatusCode::BAD_REQUEST, format!("the upload broke off: {error}")));
            }
            Ok(Some(Ok(bytes))) => Piece::Bytes(bytes),
            Ok(None) => Piece::End,
        };
        let ends = matches!(piece, Piece::End);
        // The other side has refused: what it says is the answer.
        if pieces.send(piece).await.is_err() || ends {
            return Ok(());
        }
    }
}

/// Writes what comes. `None`: it broke off, and nothing is stored.
fn write(
    store: &Store,
    key: &Key,
    wanted: &Precondition,
    length: Option<u64>,
    mut pieces: mpsc::Receiver<Piece>,
) -> Result<Option<(Entry, bool)>, StoreError> {
    let mut incoming = store.begin(length)?;
    loop {
        match pieces.blocking_recv() {
            Some(Piece::Bytes(bytes)) => incoming.write(&bytes)?,
            Some(Piece::End) => return store.finish(incoming, key, wanted).map(Some),
            None => return Ok(None),
        }
    }
}

/// Some bytes of a file, from one on.
fn part(mut file: File, first: u64, count: u64) -> Result<Body, Failed> {
    let seek = file.seek(SeekFrom::Start(first));
    seek.map_err(|why| StoreError::Io { what: "reading a blob", why })?;
    let reader = tokio::fs::File::from_std(file).take(count);
    Ok(Body::from_stream(ReaderStream::with_capacity(reader, 64 << 10)))
}

/// What every answer about a blob carries. A browser must take it as bytes: what is stored is not a page of this service.
fn with_tags(status: StatusCode, entry: &Entry, body: Body) -> Response {
    let mut response = (status, body).into_response();
    set(&mut response, header::ETAG, &tag(entry.hash));
    set(&mut response, header::LAST_MODIFIED, &httpdate::fmt_http_date(entry.modified_at()));
    set(&mut response, header::CONTENT_TYPE, "application/octet-stream");
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, header::CACHE_CONTROL, "no-cache");
    response
}

fn tag(hash: Hash) -> String {
    format!("\"{hash}\"")
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
