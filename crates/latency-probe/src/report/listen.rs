//! The metrics over HTTP: one page, read only, on the loopback unless somebody asks for more.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

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

/// How long a client may take for its request: there is one at a time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Longest request that is read, in bytes.
const LONGEST: usize = 8_192;

/// The request with its header, in one second for all of it: a client that sends a byte now and then must not keep the others
/// waiting.
fn request(stream: &mut TcpStream) -> std::io::Result<String> {
    let until = Instant::now() + PATIENCE;
    let mut request = Vec::new();
    let mut part = [0; 1024];
    let whole = |request: &[u8]| request.ends_with(b"\n\r\n") || request.ends_with(b"\n\n");
    while !whole(&request) && request.len() < LONGEST {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut part)? {
            0 => break,
            count => request.extend_from_slice(&part[..count]),
        }
    }
    Ok(String::from_utf8_lossy(&request).into_owned())
}

fn answer(mut stream: TcpStream, metrics: &mut dyn FnMut() -> String) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    let request = request(&mut stream)?;
    let mut words = request.split_whitespace();
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (status, body) = match (method, path) {
        ("GET" | "HEAD", "/metrics") => ("200 OK", metrics()),
        ("GET" | "HEAD", _) => ("404 Not Found", "the metrics are at /metrics\n".to_owned()),
        _ => ("405 Method Not Allowed", String::new()),
    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    use std::sync::mpsc::channel;

    #[test]
    fn a_client_that_takes_its_time_does_not_keep_the_others_waiting() {
        let over = AtomicBool::new(false);
        let (tell, told) = channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let address = "127.0.0.1:0".parse().unwrap();
                let bound = &mut |at| tell.send(at).unwrap();
                serve(address, false, &|| over.load(SeqCst), bound, &mut || "m 1\n".to_owned()).unwrap();
            });
            let address: SocketAddr = told.recv().unwrap();
            let mut slow = TcpStream::connect(address).unwrap();
            slow.write_all(b"G").unwrap();
            let dripping = scope.spawn({
                let over = &over;
                move || {
                    // Cut off in the end; each byte alone would be in time.
                    while !over.load(SeqCst) && slow.write_all(b"x").is_ok() {
                        std::thread::sleep(Duration::from_millis(50));
                    }
                }
            });
            let mut quick = TcpStream::connect(address).unwrap();
            quick.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            quick.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut text = String::new();
            let answered = quick.read_to_string(&mut text);
            over.store(true, SeqCst);
            dripping.join().unwrap();
            assert!(answered.is_ok() && text.ends_with("m 1\n"), "{answered:?} {text}");
        });
    }
}
