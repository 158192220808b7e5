//! The real engine, over its Unix sockets: commands with their replies in order, feedback with its flow control, and
//! a new connection whenever the old one is lost.

mod line;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mod_protocol::{Command, Decoder, Feedback, Reply};
use tokio::net::UnixStream;
use tokio::time::Instant;

use super::{EngineBoard, EngineEvent, EngineLink, Place, Ticket};
use line::{Line, ended, read};

/// The number of commands whose replies nobody waits for.
const NOBODY: Ticket = 0;

/// How long a batch of feedback is left alone before the next is asked for. The first one after a rest comes at once.
const BETWEEN_BATCHES: Duration = Duration::from_millis(25);

/// How soon a connection is tried again: the engine's service manager starts it anew within 200 ms.
const RETRY: Duration = Duration::from_millis(100);

/// After this many tries it is tried more seldom.
const EAGER_TRIES: u32 = 50;

/// How soon then.
const RETRY_SELDOM: Duration = Duration::from_secs(1);

/// A connection to `archibald-engine`.
#[derive(Debug)]
pub struct SocketEngine {
    path: PathBuf,
    /// Where boards are written for the engine to read.
    folder: PathBuf,
    connection: Option<Connection>,
    /// What is to be told before anything else is read.
    waiting: VecDeque<EngineEvent>,
    retry_at: Instant,
    tries: u32,
    /// Board files by the command that reads them.
    files: BTreeMap<Ticket, PathBuf>,
}

#[derive(Debug)]
struct Connection {
    commands: Line,
    /// Boards that are built beside the running one: that takes long, and commands are done one after the other on
    /// each line.
    builder: Line,
    feedback: UnixStream,
    lines: Decoder,
    /// When the next batch of feedback is asked for.
    ready_at: Option<Instant>,
    /// The engine's process.
    pid: Option<i32>,
}

impl SocketEngine {
    /// An engine that listens on `path` (and `path.feedback`). `folder` is a private folder that the engine can read;
    /// it is made when it is not there. Nothing is connected before [`EngineLink::next`] is called.
    pub fn new(path: &Path, folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            path: path.to_owned(),
            folder: folder.to_owned(),
            connection: None,
            waiting: VecDeque::new(),
            retry_at: Instant::now(),
            tries: 0,
            files: BTreeMap::new(),
        })
    }

    async fn connect(&mut self) {
        let feedback = {
            let mut name = self.path.clone().into_os_string();
            name.push(".feedback");
            PathBuf::from(name)
        };
        let connected = async {
            let commands = UnixStream::connect(&self.path).await?;
            let feedback = UnixStream::connect(&feedback).await?;
            let builder = UnixStream::connect(&self.path).await?;
            io::Result::Ok((commands, feedback, builder))
        };
        match connected.await {
            Ok((commands, feedback, builder)) => {
                self.tries = 0;
                let pid = commands.peer_cred().ok().and_then(|peer| peer.pid());
                self.connection = Some(Connection {
                    commands: Line::new(commands),
                    builder: Line::new(builder),
                    feedback,
                    lines: Decoder::default(),
                    ready_at: None,
                    pid,
                });
                self.waiting.push_back(EngineEvent::Up);
            }
            Err(error) => {
                self.tries += 1;
                if self.tries == 1 {
                    let path = self.path.display();
                    self.waiting.push_back(EngineEvent::Down(format!("cannot reach it on {path}: {error}")));
                }
                self.retry_at = Instant::now() + if self.tries < EAGER_TRIES { RETRY } else { RETRY_SELDOM };
            }
        }
    }

    fn lose(&mut self, reason: String) {
        self.connection = None;
        self.retry_at = Instant::now() + RETRY;
        self.tries = 1;
        for file in std::mem::take(&mut self.files).into_values() {
            let _ = std::fs::remove_file(file);
        }
        self.waiting.push_back(EngineEvent::Down(reason));
    }
}

impl Connection {
    fn send(&mut self, ticket: Ticket, command: &Command) -> io::Result<()> {
        match command {
            Command::XPreload { .. } => self.builder.send(ticket, command),
            _ => self.commands.send(ticket, command),
        }
    }

    fn take_lines(&mut self, waiting: &mut VecDeque<EngineEvent>) {
        while let Some(message) = self.lines.next_message() {
            match message.map(|message| Feedback::parse(&message)) {
                Ok(Ok(Feedback::DataFinish)) => self.ready_at = Some(Instant::now() + BETWEEN_BATCHES),
                Ok(Ok(feedback)) => waiting.push_back(EngineEvent::Feedback(feedback)),
                Ok(Err(error)) => tracing::debug!(%error, "feedback"),
                Err(error) => tracing::debug!(%error, "feedback"),
            }
        }
    }

    /// Waits for something to happen, and deals with it.
    async fn turn(&mut self, waiting: &mut VecDeque<EngineEvent>) -> Result<(), String> {
        let ready_at = self.ready_at;
        let pause = async move {
            match ready_at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let lost = |error: io::Error| error.to_string();
        tokio::select! {
            done = self.commands.ready() => {
                done.map_err(lost)?;
                self.commands.work(waiting)?;
            }
            done = self.builder.ready() => {
                done.map_err(lost)?;
                self.builder.work(waiting)?;
            }
            done = self.feedback.readable() => {
                done.map_err(lost)?;
                if !read(&self.feedback, &mut self.lines).map_err(lost)? {
                    return Err(ended());
                }
                self.take_lines(waiting);
            }
            () = pause => {
                self.ready_at = None;
                self.send(NOBODY, &Command::OutputDataReady {}).map_err(lost)?;
            }
        }
        Ok(())
    }
}

impl EngineLink for SocketEngine {
    fn send(&mut self, ticket: Ticket, command: Command) {
        let Some(connection) = &mut self.connection else { return };
        if let Err(error) = connection.send(ticket, &command) {
            self.lose(format!("a command could not be sent: {error}"));
        }
    }

    fn load(&mut self, ticket: Ticket, board: &EngineBoard, place: Place) {
        if self.connection.is_none() {
            return;
        }
        let file = self.folder.join(format!("board-{ticket}.json"));
        let mut board = board.clone();
        // a board that was saved names a folder for each plugin; those without a state have none
        for plugin in &mut board.plugins {
            plugin.state.take_if(|folder| !folder.is_dir());
        }
        let written =
            serde_json::to_vec(&board).map_err(io::Error::other).and_then(|text| std::fs::write(&file, text));
        if let Err(error) = written {
            let sentence = format!("cannot write {} for the engine: {error}", file.display());
            let reply = Reply::Text(serde_json::json!({ "error": sentence }).to_string());
            self.waiting.push_back(EngineEvent::Reply { ticket, reply });
            return;
        }
        let path = file.display().to_string();
        self.files.insert(ticket, file);
        self.send(
            ticket,
            match place {
                Place::Running => Command::XLoad { path },
                Place::Slot(slot) => Command::XPreload { slot, path },
            },
        );
    }

    fn give_up(&mut self, reason: &str) {
        if self.connection.is_some() {
            self.lose(reason.to_owned());
        }
    }

    async fn next(&mut self) -> EngineEvent {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                if let EngineEvent::Reply { ticket, .. } = &event
                    && let Some(file) = self.files.remove(ticket)
                {
                    let _ = std::fs::remove_file(file);
                }
                return event;
            }
            let Some(connection) = &mut self.connection else {
                tokio::time::sleep_until(self.retry_at).await;
                self.connect().await;
                continue;
            };
            if let Err(reason) = connection.turn(&mut self.waiting).await {
                self.lose(reason);
            }
        }
    }

    fn memory(&self) -> Option<u64> {
        let pid = self.connection.as_ref()?.pid?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = resident.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kib * 1024)
    }
}
