//! A server of our own, and a client that can do what libraries refuse to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_streamdb");

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Server {
    pub(crate) fn start(folder: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder).args(more);
        Self::spawn(&mut command).expect("the server starts")
    }

    /// Starts a command that says where it listens; `None` when it ends instead.
    pub(crate) fn spawn(command: &mut Command) -> Option<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a program");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("text");
        match line.trim().strip_prefix("listening on http://") {
            Some(address) => Some(Self { child, address: address.to_owned() }),
            None => {
                let _ = child.wait();
                None
            }
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
        stream
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        try_ask(&self.address, method, path, headers, body).expect("an answer")
    }

    pub(crate) fn put(&self, key: &str, body: &[u8]) -> u16 {
        self.ask("PUT", &format!("/blobs/{key}"), &[], body).status
    }

    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        let answer = self.ask("GET", &format!("/blobs/{key}"), &[], b"");
        (answer.status == 200).then_some(answer.body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request; `None` when the connection breaks.
pub(crate) fn try_ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &[u8],
) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|line| line.starts_with("Host:")) {
        head += "Host: localhost\r\n";
    }
    if !headers.iter().any(|line| line.starts_with("Content-Length:")) {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    headers.iter().for_each(|line| head += &format!("{line}\r\n"));
    head += "\r\n";
    stream.write_all(head.as_bytes()).ok()?;
    // A refusal may come before all was sent.
    let _ = stream.write_all(body);
    read(stream)
}

/// Reads until the other side closes.
pub(crate) fn read(mut stream: TcpStream) -> Option<Answer> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = bytes[end + 4..].to_vec();
    // A connection that broke is no answer.
    let answer = Answer { status, head, body };
    let whole = answer.header("content-length").and_then(|length| length.parse().ok());
    (whole.is_none_or(|length: usize| length == answer.body.len()) || answer.body.is_empty())
        .then_some(answer)
}
