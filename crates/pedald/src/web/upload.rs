//! Files that a browser sends: streamed to a file of limited size, never to memory.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use futures_util::{Stream, StreamExt};
use pedalboard::{ArchiveError, Disk, make_folders};

use super::arguments::Failure;

/// Greatest body of a request that is no file, in bytes: the banks of a large collection.
pub(super) const SMALL_BODY: usize = 4 << 20;
/// Greatest packed board or plugin that is taken, in bytes.
pub(super) const PACKED: u64 = 256 << 20;

/// How long nothing of a file may arrive.
const CHUNK: Duration = Duration::from_secs(30);

fn stopped() -> Failure {
    Failure(StatusCode::REQUEST_TIMEOUT, "the file stopped arriving: send it again".to_owned())
}

fn too_large(limit: u64) -> Failure {
    let text = format!("refused: the file is larger than the {} MB that are taken here", limit >> 20);
    Failure(StatusCode::PAYLOAD_TOO_LARGE, text)
}

/// Receives the one file of a request, as a form's part or as the body, into `folder`. It goes with the result.
pub(super) async fn receive(
    request: Request,
    folder: &Path,
    limit: u64,
) -> Result<tempfile::NamedTempFile, Failure> {
    let (length, form) = about(&request);
    // A form adds a little around the file.
    if length.is_some_and(|length| length > limit + 64 * 1024) {
        return Err(too_large(limit));
    }
    let failed = |error: std::io::Error| Failure::internal(format!("the file cannot be stored: {error}"));
    make_folders(&Disk, folder).map_err(failed)?;
    let file = tempfile::Builder::new().prefix(".upload-").tempfile_in(folder).map_err(failed)?;
    if !form {
        return store(request.into_body().into_data_stream(), file, limit).await;
    }
    let unreadable =
        |error: &dyn std::fmt::Display| Failure::bad(format!("the form cannot be read: {error}"));
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| unreadable(&error))?;
    loop {
        let part = tokio::time::timeout(CHUNK, form.next_field()).await.map_err(|_| stopped())?;
        let part = part.map_err(|error| unreadable(&error))?;
        let Some(part) = part else { return Err(Failure::bad("the form has no file")) };
        if part.file_name().is_some() {
            return store(part, file, limit).await;
        }
    }
}

/// Length of the body, where it is told, and whether it is a form.
fn about(request: &Request) -> (Option<u64>, bool) {
    let header = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let length = header(header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    let form = header(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("multipart/form-data"));
    (length, form)
}

async fn store<E: std::fmt::Display>(
    mut stream: impl Stream<Item = Result<axum::body::Bytes, E>> + Unpin,
    mut file: tempfile::NamedTempFile,
    limit: u64,
) -> Result<tempfile::NamedTempFile, Failure> {
    let mut received = 0_u64;
    loop {
        let chunk = tokio::time::timeout(CHUNK, stream.next()).await.map_err(|_| stopped())?;
        let Some(chunk) = chunk else { break };
        let chunk = chunk.map_err(|error| Failure::bad(format!("the file did not arrive whole: {error}")))?;
        received += chunk.len() as u64;
        if received > limit {
            return Err(too_large(limit));
        }
        // A chunk is a few kB: quicker than a hop to another thread.
        file.write_all(&chunk)
            .map_err(|error| Failure::internal(format!("the file cannot be stored: {error}")))?;
    }
    if received == 0 {
        return Err(Failure::bad("refused: the file is empty"));
    }
    Ok(file)
}

/// Unpacks a received tar.gz into a new folder below `folder`, which goes with the result.
pub(super) fn unpack(packed: &Path, folder: &Path) -> Result<tempfile::TempDir, Failure> {
    let failed = |error: std::io::Error| Failure::internal(format!("the file cannot be unpacked: {error}"));
    let place = tempfile::Builder::new().prefix(".unpack-").tempdir_in(folder).map_err(failed)?;
    let file = std::fs::File::open(packed).map_err(failed)?;
    pedalboard::unpack_tar_gz(file, place.path(), pedalboard::Limits::default()).map_err(|error| {
        let status = match error {
            ArchiveError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            ArchiveError::Io(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            _ => StatusCode::BAD_REQUEST,
        };
        Failure(status, error.to_string())
    })?;
    Ok(place)
}

/// Folders with a manifest directly below `place`.
pub(super) fn bundles_in(place: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found = entries.filter(|path| path.join("manifest.ttl").is_file()).collect::<Vec<_>>();
    found.sort();
    found
}
