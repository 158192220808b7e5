//! The socket server with a handler that only records.

#![allow(clippy::unwrap_used)] // the helpers of tests

mod commands;
mod feedback;
mod life;
mod robustness;

use mod_protocol::{Command, Reply, ReplyStyle};
use pedal_engine::server::{CommandHandler, FeedbackHub, Outcome, Server, ServerConfig, SessionId};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Answers what a host would, and remembers.
struct Recorder {
    seen: Vec<(SessionId, Command)>,
    /// A deferred `wait_audio_cycle` waits for a message here.
    cycles: Arc<Mutex<Receiver<()>>>,
    /// `quit` sends here once its answer is on the wire.
    quits: Sender<()>,
    /// While this is held, `x_board` does not return.
    gate: Arc<Mutex<()>>,
}

impl CommandHandler for Recorder {
    fn handle(&mut self, command: &Command, session: SessionId) -> Outcome {
        self.seen.push((session, command.clone()));
        match command {
            Command::WaitAudioCycle {} => {
                let cycles = Arc::clone(&self.cycles);
                return Outcome::Deferred(Box::new(move || {
                    let passed = cycles.lock().unwrap().recv_timeout(Duration::from_secs(10));
                    Reply::Status(if passed.is_ok() { 0 } else { -902 })
                }));
            }
            Command::Quit {} => {
                let quits = self.quits.clone();
                return Outcome::Then(Reply::ok(), Box::new(move || quits.send(()).unwrap()));
            }
            Command::XBoard {} => drop(self.gate.lock()),
            Command::XCost { .. } => panic!("a handler that panics"),
            Command::XStats {} => return Reply::Text("s".repeat(50_000)).into(),
            _ => {}
        }
        match (command.reply_style(), command) {
            (ReplyStyle::Instance, Command::Add { instance, .. }) => Reply::Status(*instance),
            (ReplyStyle::Inverted, _) => Reply::inverted(true),
            (ReplyStyle::Float, Command::ParamGet { instance, .. }) => Reply::Float(*instance as f32),
            (ReplyStyle::Text, _) => Reply::Text(command.to_string()),
            (ReplyStyle::Silent, _) => Reply::Silent,
            _ => Reply::ok(),
        }
        .into()
    }
}

/// A server with all listeners in a directory of its own.
struct Rig {
    server: Server,
    hub: FeedbackHub,
    handler: Arc<Mutex<Recorder>>,
    cycle: Sender<()>,
    quit: Receiver<()>,
    gate: Arc<Mutex<()>>,
    socket: PathBuf,
    _directory: tempfile::TempDir,
}

impl Rig {
    fn start() -> Self {
        Self::with(|_| {})
    }

    fn with(adjust: impl FnOnce(&mut ServerConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("engine.sock");
        let mut config = ServerConfig {
            unix: Some(socket.clone()),
            tcp: Some(0),
            tcp_feedback: Some(0),
            ..ServerConfig::default()
        };
        adjust(&mut config);
        let (cycle, cycles) = channel();
        let (quits, quit) = channel();
        let gate = Arc::new(Mutex::new(()));
        let handler = Arc::new(Mutex::new(Recorder {
            seen: Vec::new(),
            cycles: Arc::new(Mutex::new(cycles)),
            quits,
            gate: Arc::clone(&gate),
        }));
        let hub = FeedbackHub::new().unwrap();
        let server = Server::start(&config, handler.clone(), hub.clone()).unwrap();
        Self { server, hub, handler, cycle, quit, gate, socket, _directory: directory }
    }

    fn tcp(&self) -> Client {
        Client::tcp(self.server.command_address().unwrap())
    }

    fn tcp_feedback(&self) -> Client {
        self.feedback(|| Client::tcp(self.server.feedback_address().unwrap()))
    }

    fn unix(&self) -> Client {
        Client::unix(&self.socket)
    }

    fn unix_feedback(&self) -> Client {
        let mut path = self.socket.clone().into_os_string();
        path.push(".feedback");
        self.feedback(|| Client::unix(Path::new(&path)))
    }

    /// Connects, and waits until the server has seen it.
    fn feedback(&self, connect: impl FnOnce() -> Client) -> Client {
        let before = self.hub.connections();
        let client = connect();
        eventually("feedback connection", || self.hub.connections() == before + 1);
        client
    }

    fn seen(&self) -> Vec<String> {
        self.handler.lock().unwrap().seen.iter().map(|(_, command)| command.to_string()).collect()
    }
}

trait Socket: Read + Write + Send {}
impl<T: Read + Write + Send> Socket for T {}

/// A client that reads and writes one message at a time.
struct Client {
    socket: Box<dyn Socket>,
    pending: Vec<u8>,
}

const PATIENCE: Duration = Duration::from_secs(10);

impl Client {
    fn tcp(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        Self { socket: Box::new(socket), pending: Vec::new() }
    }

    fn unix(path: &Path) -> Self {
        let socket = UnixStream::connect(path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket: Box::new(socket), pending: Vec::new() }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).unwrap();
    }

    /// The next message without its NUL.
    fn read(&mut self) -> String {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == 0) {
                let mut message: Vec<u8> = self.pending.drain(..=end).collect();
                message.pop();
                return String::from_utf8(message).unwrap();
            }
            let mut chunk = [0u8; 65536];
            let count = self.socket.read(&mut chunk).expect("a message");
            assert!(count > 0, "closed; incomplete: {:?}", String::from_utf8_lossy(&self.pending));
            self.pending.extend_from_slice(&chunk[..count]);
        }
    }

    fn ask(&mut self, command: &str) -> String {
        self.write(format!("{command}\0").as_bytes());
        self.read()
    }

    /// A batch of feedback up to its `data_finish`, which is left out.
    fn batch(&mut self) -> Vec<String> {
        std::iter::from_fn(|| Some(self.read()).filter(|line| line != "data_finish")).collect()
    }

    /// Whether the server closes the connection, whatever it sends before.
    fn is_closed(&mut self) -> bool {
        let mut chunk = [0u8; 65536];
        loop {
            match self.socket.read(&mut chunk) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
            }
        }
    }
}

/// Waits for something that other threads bring about.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
