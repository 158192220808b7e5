//! One request, one connection: assets are fetched by hand, not by the thousand.

use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request, Response, StatusCode, header};
use futures_util::StreamExt;
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tokio::net::TcpStream;

use super::{AssetError, AssetStore, PAGE, Page, Search, check_name, escaped};

/// How long connecting and the beginning of an answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How long nothing may come or go of a body.
const SILENCE: Duration = Duration::from_secs(30);
/// Greatest list or sentence that is read, in bytes.
const TEXT: u64 = 4 << 20;

/// A file that has come.
#[derive(Debug)]
pub struct Received {
    /// Its content, not yet under its name.
    pub file: NamedTempFile,
    /// Bytes.
    pub size: u64,
}

/// Length and hash of a body, as far as they are told.
fn promises(answer: &Response<Body>) -> (Option<u64>, Option<String>) {
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let length = header(header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    let tag = header(header::ETAG).map(|tag| tag.trim_matches('"').to_ascii_lowercase());
    (length, tag.filter(|tag| tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit())))
}

impl AssetStore {
    /// A page of assets.
    ///
    /// # Errors
    /// [`AssetError`].
    pub async fn search(&self, search: &Search) -> Result<Page, AssetError> {
        let mut query = format!("/search?limit={PAGE}");
        for (name, value) in
            [("prefix", &search.prefix), ("suffix", &search.suffix), ("after", &search.after)]
        {
            if !value.is_empty() {
                query += &format!("&{name}={}", escaped(value, false));
            }
        }
        let answer = self.ask(Method::GET, &query, Body::empty(), None).await?;
        if answer.status() != StatusCode::OK {
            return Err(self.refused(answer).await);
        }
        let text = self.text(answer).await?;
        serde_json::from_slice(&text)
            .map_err(|error| AssetError::Stranger(self.host.clone(), error.to_string()))
    }

    /// Fetches an asset into a new file in `folder`, of at most `limit` bytes.
    ///
    /// # Errors
    /// [`AssetError`]; nothing is left in the folder.
    pub async fn fetch(&self, name: &str, folder: &Path, limit: u64) -> Result<Received, AssetError> {
        check_name(name)?;
        let answer =
            self.ask(Method::GET, &format!("/blobs/{}", escaped(name, true)), Body::empty(), None).await?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(AssetError::Missing(name.to_owned())),
            _ => return Err(self.refused(answer).await),
        }
        let (length, promised) = promises(&answer);
        if length.is_some_and(|length| length > limit) {
            return Err(AssetError::TooLarge(limit >> 20));
        }
        let promised = promised.ok_or_else(|| {
            AssetError::Stranger(self.host.clone(), "it does not say the hash of what it sends".to_owned())
        })?;
        let local = |source| AssetError::Local { path: folder.to_owned(), source };
        pedalboard::make_folders(&pedalboard::Disk, folder).map_err(local)?;
        let mut file = tempfile::Builder::new().prefix(".asset-").tempfile_in(folder).map_err(local)?;
        let (mut hash, mut size) = (Sha256::new(), 0_u64);
        let mut body = answer.into_body().into_data_stream();
        while let Some(piece) = self.piece(&mut body).await? {
            size += piece.len() as u64;
            if size > limit {
                return Err(AssetError::TooLarge(limit >> 20));
            }
            hash.update(&piece);
            // a piece is a few kB: quicker than a hop to another thread
            file.write_all(&piece).map_err(local)?;
        }
        let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if found != promised {
            return Err(AssetError::Spoilt(name.to_owned()));
        }
        Ok(Received { file, size })
    }

    /// Stores a file under a name; answers whether the name is new. What the name had before is replaced.
    ///
    /// # Errors
    /// [`AssetError`]; the store then has what it had.
    pub async fn put(&self, name: &str, file: &Path) -> Result<bool, AssetError> {
        check_name(name)?;
        let local = |source| AssetError::Local { path: file.to_owned(), source };
        let opened = tokio::fs::File::open(file).await.map_err(local)?;
        let length = opened.metadata().await.map_err(local)?.len();
        let body = Body::from_stream(tokio_util::io::ReaderStream::new(opened));
        let target = format!("/blobs/{}", escaped(name, true));
        let answer = self.ask(Method::PUT, &target, body, Some(length)).await?;
        match answer.status() {
            StatusCode::CREATED => Ok(true),
            StatusCode::NO_CONTENT | StatusCode::OK => Ok(false),
            _ => Err(self.refused(answer).await),
        }
    }

    fn unreachable(&self, why: impl ToString) -> AssetError {
        AssetError::Unreachable { host: self.host.clone(), why: why.to_string() }
    }

    async fn within<T, E: ToString>(
        &self,
        time: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, AssetError> {
        match tokio::time::timeout(time, work).await {
            Ok(done) => done.map_err(|error| self.unreachable(error)),
            Err(_) => Err(self.unreachable(format!("nothing within {} s", time.as_secs()))),
        }
    }

    async fn ask(
        &self,
        method: Method,
        target: &str,
        body: Body,
        length: Option<u64>,
    ) -> Result<Response<Body>, AssetError> {
        let mut request = Request::builder().method(method).uri(target).header(header::HOST, &self.host);
        if let Some(token) = self.token()? {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(length) = length {
            request = request.header(header::CONTENT_LENGTH, length);
        }
        let request = request.body(body).map_err(|error| self.unreachable(error))?;
        let stream = self.within(ANSWER, TcpStream::connect(&self.host)).await?;
        let (mut sender, connection) =
            self.within(ANSWER, hyper::client::conn::http1::handshake(TokioIo::new(stream))).await?;
        // ends with the answer, or when the answer is dropped
        tokio::spawn(connection);
        // a file on its way out takes its time, as long as it moves: half a minute and a second for each 64 kB
        let patience = length.map_or(ANSWER, |length| SILENCE + Duration::from_secs(length >> 16));
        let answer = self.within(patience, sender.send_request(request)).await?;
        Ok(answer.map(Body::new))
    }

    async fn piece(&self, body: &mut BodyDataStream) -> Result<Option<axum::body::Bytes>, AssetError> {
        self.within(SILENCE, async { body.next().await.transpose() }).await
    }

    async fn text(&self, answer: Response<Body>) -> Result<Vec<u8>, AssetError> {
        let mut body = answer.into_body().into_data_stream();
        let mut text = Vec::new();
        while let Some(piece) = self.piece(&mut body).await? {
            text.extend_from_slice(&piece);
            if text.len() as u64 > TEXT {
                return Err(AssetError::TooLarge(TEXT >> 20));
            }
        }
        Ok(text)
    }

    /// The store's own sentence.
    async fn refused(&self, answer: Response<Body>) -> AssetError {
        #[derive(serde::Deserialize)]
        struct Told {
            error: String,
        }
        let status = answer.status();
        let text = self.text(answer).await.unwrap_or_default();
        let told = serde_json::from_slice::<Told>(&text).map(|told| told.error);
        let text = told.unwrap_or_else(|_| String::from_utf8_lossy(&text).chars().take(200).collect());
        AssetError::Refused { status, text }
    }
}
