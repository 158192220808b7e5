//! The socket server: mod-host's protocol for any number of clients at once.
//!
//! ```text
//! command connection ──▶ own thread: decode, lock the handler, reply      (no hop to another thread)
//! feedback connection ◀── one thread for all of them, and for accepting: batches from their queues
//! host ──▶ FeedbackHub::send ──▶ one queue per feedback connection        (never waits for a client)
//! ```
//!
//! **Pairing.** Flow control needs to know which feedback connection an `output_data_ready` means. Nothing is
//! paired on connect, so that a port probe cannot take part. A command connection gets its feedback connection
//! with the first command that needs one (`output_data_ready`, `feature_enable processing 2`, `x_events`): out of
//! the feedback connections of the same transport that belong to no other, on a Unix socket one of the same
//! process if there is one, else the one that was accepted nearest in time, before or after. When the command
//! connection ends, its feedback connection is closed, as mod-host does.

mod feedback_loop;
mod hub;
mod listen;
mod session;

pub use hub::FeedbackHub;
pub use listen::ListenError;

use mod_protocol::{Command, Reply};
use rustix::net::Shutdown;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// One command connection, from its accept to its end. Numbers are not used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// What a command leads to.
pub enum Outcome {
    /// The answer.
    Reply(Reply),
    /// Work that takes its time and makes the answer: run on the connection's thread *without* the host's lock, so
    /// that other clients are served meanwhile (`wait_audio_cycle`). It must end by itself within a bounded time.
    Deferred(Box<dyn FnOnce() -> Reply + Send>),
    /// The command is not done: [`CommandHandler::go_on`] is called until it is, without the lock in between, so that
    /// other clients are served meanwhile (`x_preload`).
    Unfinished,
    /// The answer, and what to do once it is on the wire (`quit`). Runs without the host's lock.
    Then(Reply, Box<dyn FnOnce() + Send>),
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// Executes commands.
pub trait CommandHandler: Send {
    /// Executes one command; called with the handler's lock held, on the connection's thread.
    ///
    /// The server has done what belongs to connections: `output_data_ready` and `x_events` never come here, and
    /// after `feature_enable processing 2`, `remove` and `monitor_output_off` it lets the session's feedback flow.
    fn handle(&mut self, command: &Command, session: SessionId) -> Outcome;

    /// Does the next part of a session's command that was left [`Outcome::Unfinished`]; called as [`Self::handle`] is.
    fn go_on(&mut self, _session: SessionId) -> Outcome {
        Reply::from(mod_protocol::ErrorCode::InvalidOperation).into()
    }
}

/// Where to listen, and how patient to be.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Path of the command socket; the feedback socket is `<path>.feedback`. Mode 0600, or 0660
    /// where the umask lets the group write.
    pub unix: Option<PathBuf>,
    /// Command port on 127.0.0.1; 0 lets the system choose.
    pub tcp: Option<u16>,
    /// Feedback port on 127.0.0.1; 0 lets the system choose (mod-host's `-f 0`, no feedback, is `None`).
    pub tcp_feedback: Option<u16>,
    /// How long to look for the next command without sleeping, after one that came quickly. Saves a wake-up of
    /// some 10 µs per command; zero switches it off.
    pub spin: Duration,
    /// A client that takes nothing for so long while something waits for it is cut off.
    pub stall: Duration,
    /// Most command connections, and most feedback connections; further ones are closed at once.
    pub max_connections: usize,
}

impl Default for ServerConfig {
    /// Nothing to listen on; 50 µs of spin, 2 s of patience, 32 connections of each kind.
    fn default() -> Self {
        Self {
            unix: None,
            tcp: None,
            tcp_feedback: None,
            spin: Duration::from_micros(50),
            stall: Duration::from_secs(2),
            max_connections: 32,
        }
    }
}

/// A running server. Dropping it stops it as [`Server::stop`] does with 100 ms.
pub struct Server {
    sessions: Arc<Sessions>,
    hub: FeedbackHub,
    thread: Option<JoinHandle<()>>,
    command_address: Option<SocketAddr>,
    feedback_address: Option<SocketAddr>,
}

impl Server {
    /// Opens the listeners and starts to serve.
    ///
    /// # Errors
    /// When a listener cannot be opened, or no thread can be started.
    pub fn start(
        config: &ServerConfig,
        handler: Arc<Mutex<dyn CommandHandler>>,
        hub: FeedbackHub,
    ) -> Result<Self, ListenError> {
        let listeners = listen::open(config)?;
        let command_address = listeners.tcp_address(listen::Role::Command);
        let feedback_address = listeners.tcp_address(listen::Role::Feedback);
        hub.reopen();
        let sessions = Arc::new(Sessions {
            handler,
            hub: hub.clone(),
            spin: config.spin,
            stall: config.stall,
            limit: config.max_connections,
            live: Mutex::default(),
            ended: Condvar::new(),
        });
        let serve = feedback_loop::FeedbackLoop::new(listeners, Arc::clone(&sessions));
        let thread = std::thread::Builder::new()
            .name("mod-server".into())
            .spawn(move || serve.run())
            .map_err(ListenError::Thread)?;
        Ok(Self { sessions, hub, thread: Some(thread), command_address, feedback_address })
    }

    /// The TCP address for commands, if there is one.
    pub fn command_address(&self) -> Option<SocketAddr> {
        self.command_address
    }

    /// The TCP address for feedback, if there is one.
    pub fn feedback_address(&self) -> Option<SocketAddr> {
        self.feedback_address
    }

    /// Command connections now.
    pub fn sessions(&self) -> usize {
        lock(&self.sessions.live).connections.len()
    }

    /// Closes listeners and connections and waits for their threads, at most `patience`. Returns whether all ended;
    /// a thread that is still inside the handler then ends by itself after the handler returns. Do not call it
    /// from the handler.
    pub fn stop(mut self, patience: Duration) -> bool {
        self.shut_down(patience)
    }

    fn shut_down(&mut self, patience: Duration) -> bool {
        let Some(thread) = self.thread.take() else { return true };
        let deadline = Instant::now() + patience;
        self.hub.stop();
        let joined = thread.join().is_ok();
        let mut live = lock(&self.sessions.live);
        live.closed = true;
        for socket in live.connections.values() {
            // The peer may have closed it already.
            let _ = rustix::net::shutdown(socket, Shutdown::Both);
        }
        while !live.connections.is_empty() {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                tracing::warn!("{} command connections still busy at the end", live.connections.len());
                return false;
            };
            live = self.sessions.ended.wait_timeout(live, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        joined
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shut_down(Duration::from_millis(100));
    }
}

/// What the command connections share.
struct Sessions {
    handler: Arc<Mutex<dyn CommandHandler>>,
    hub: FeedbackHub,
    spin: Duration,
    stall: Duration,
    limit: usize,
    live: Mutex<Live>,
    ended: Condvar,
}

#[derive(Default)]
struct Live {
    connections: HashMap<SessionId, Arc<OwnedFd>>,
    closed: bool,
}

/// Locks although a thread may have panicked with the lock: the connection is lost then, not the server.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
