//! The metrics over HTTP: one page, read only, on the loopback unless somebody asks for more.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Why the endpoint cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// An address that others can reach.
    #[error(
        "{address} can be reached from outside, and the metrics ask for no password: use 127.0.0.1, or add --listen-public"
    )]
    Public {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The address cannot be used.
    #[error("cannot listen on {address}: {why}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        why: std::io::Error,
    },
}

/// Serves `metrics` at /metrics until `stopping`; tells the address that was really bound.
///
/// # Errors
/// [`ListenError`] before the first request; later failures only end one connection.
pub fn serve(
    address: SocketAddr,
    public: bool,
    stopping: &dyn Fn() -> bool,
    bound: &mut dyn FnMut(SocketAddr),
    metrics: &mut dyn FnMut() -> String,
) -> Result<(), ListenError> {
    if !public && !address.ip().is_loopback() {
        return Err(ListenError::Public { address });
    }
    let bind = |why| ListenError::Bind { address, why };
    let listener = TcpListener::bind(address).map_err(bind)?;
    listener.set_nonblocking(true).map_err(bind)?;
    bound(listener.local_addr().map_err(bind)?);
    while !stopping() {
        match listener.accept() {
            // A client that goes away is its own affair.
            Ok((stream, _)) => drop(answer(stream, metrics)),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    Ok(())
}

fn answer(stream: TcpStream, metrics: &mut dyn FnMut() -> String) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    let mut reader = BufReader::new(stream.take(8_192));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split_whitespace();
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (status, body) = match (method, path) {
        ("GET" | "HEAD", "/metrics") => ("200 OK", metrics()),
        ("GET" | "HEAD", _) => ("404 Not Found", "the metrics are at /metrics\n".to_owned()),
        _ => ("405 Method Not Allowed", String::new()),
    };
    let mut stream = reader.into_inner().into_inner();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if method != "HEAD" {
        stream.write_all(body.as_bytes())?;
    }
    Ok(())
}
