//! Accepts connections and has them answered. Nobody keeps one by doing nothing.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

/// How long we rest when the system has no descriptor left.
const NO_DESCRIPTOR: Duration = Duration::from_millis(200);
/// Longest head of a request, in bytes.
const LONGEST_HEAD: usize = 32 << 10;

/// What a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of a request, from the connection or from the last answer on.
    pub head: Duration,
    /// Connections at a time, 1 to 65536; more wait until one ends.
    pub connections: u32,
}

impl Default for Patience {
    /// 20 s and 256 connections.
    fn default() -> Self {
        Self { head: Duration::from_secs(20), connections: 256 }
    }
}

/// Answers until `end` comes, and then until every request that has begun is answered.
pub async fn serve(listener: TcpListener, routes: Router, patience: Patience, end: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(patience.connections as usize));
    let (ending, ended) = watch::channel(false);
    let mut end = std::pin::pin!(end);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = end.as_mut() => break,
            next = next => next,
        };
        match accepted {
            Ok((stream, _)) => {
                let (routes, ended) = (routes.clone(), ended.clone());
                tokio::spawn(async move {
                    answer(stream, routes, patience.head, ended).await;
                    drop(place);
                });
            }
            // A connection that was given up is nothing; no descriptors is something that passes.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                eprintln!("a connection cannot be accepted: {error}");
                tokio::time::sleep(NO_DESCRIPTOR).await;
            }
        }
    }
    drop(listener);
    let _ = ending.send(true);
    let _ = places.acquire_many(patience.connections).await;
}

async fn answer(stream: TcpStream, routes: Router, head: Duration, mut ended: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let routes = routes.clone();
        async move {
            let answer = routes.oneshot(request.map(Body::new)).await;
            Ok::<_, Infallible>(answer.unwrap_or_else(|never| match never {}))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = ended.wait_for(|ended| *ended) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    fn read(mut stream: std::net::TcpStream) -> String {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut text = Vec::new();
        stream.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }

    #[test]
    fn who_does_not_come_to_the_point_makes_room_for_the_next() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/", axum::routing::get(|| async { "here" }));
        let patience = Patience { head: Duration::from_millis(300), connections: 1 };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = runtime.spawn(serve(listener, routes, patience, async {
            let _ = stopped.await;
        }));
        // The only place is taken by somebody who never ends the head, then by somebody who says nothing at all.
        let mut slow = std::net::TcpStream::connect(address).unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
        let silent = std::net::TcpStream::connect(address).unwrap();
        let mut good = std::net::TcpStream::connect(address).unwrap();
        good.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        assert!(read(good).ends_with("here"), "it is answered once the others were sent away");
        let told = read(slow);
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 408"), "{told}");
        assert_eq!(read(silent), "");
        // Somebody who keeps a connection without asking does not hold up the end.
        let mut kept = std::net::TcpStream::connect(address).unwrap();
        kept.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut first = [0; 12];
        kept.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        stop.send(()).unwrap();
        runtime.block_on(serving).unwrap();
    }
}
