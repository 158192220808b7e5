//! Accepts connections and has them answered. Nobody keeps one by doing nothing.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use super::doors::Doors;
use super::tls::Tls;
use crate::web::Arrival;

/// How long the head of a request may take.
const HEAD: Duration = Duration::from_secs(10);
/// How long somebody may stay whom we do not know. A page for pairing is a few kB.
const STRANGER: Duration = Duration::from_secs(30);
/// How long an answer that is on its way to such a one may still take.
const REST: Duration = Duration::from_secs(5);
/// How long we rest when the system has no descriptor left.
const NO_DESCRIPTOR: Duration = Duration::from_millis(200);
/// Longest head of a request, in bytes.
const LONGEST_HEAD: usize = 32 << 10;

/// How long things may take; shorter in tests.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of a request.
    pub head: Duration,
    /// For somebody whom we do not know.
    pub stranger: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: HEAD, stranger: STRANGER }
    }
}

/// Answers on a listener until it is dropped.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    routes: Router,
    doors: Doors,
    patience: Patience,
) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // a connection that was given up is nothing; no descriptors is something that passes
                if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
                {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(NO_DESCRIPTOR).await;
                }
                continue;
            }
        };
        let Some(place) = doors.enter(peer.ip()) else { continue };
        let (routes, tls) = (routes.clone(), tls.clone());
        tokio::spawn(async move {
            let _place = place;
            if let Ok(local) = stream.local_addr() {
                let _ = stream.set_nodelay(true);
                connection(stream, tls, peer, local, routes, patience).await;
            }
        });
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<Arc<Tls>>,
    peer: SocketAddr,
    local: SocketAddr,
    routes: Router,
    patience: Patience,
) {
    let arrival = Arrival { local, tls: tls.is_some(), known: Arc::new(AtomicBool::new(false)) };
    let Some(tls) = tls else { return answer(stream, peer, arrival, routes, patience).await };
    let acceptor = match tls.acceptor(local.ip()) {
        Ok(acceptor) => acceptor,
        Err(error) => return tracing::error!("{error}"),
    };
    match tokio::time::timeout(patience.head, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => answer(stream, peer, arrival, routes, patience).await,
        // browsers that do not trust us yet end it here: nothing to tell
        Ok(Err(error)) => tracing::debug!(%error, "no encryption was agreed on"),
        Err(_) => {}
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    arrival: Arrival,
    routes: Router,
    patience: Patience,
) {
    let known = arrival.known.clone();
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(arrival.clone());
        let routes = routes.clone();
        async move { Ok::<_, Infallible>(routes.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = tokio::time::sleep(patience.stranger) => {}
    }
    if known.load(Ordering::Relaxed) {
        let _ = connection.await;
        return;
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(REST, connection).await;
}
