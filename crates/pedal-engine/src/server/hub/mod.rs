//! Feedback on its way from the host to every feedback connection, and who is paired with whom.

use super::listen::Transport;
use super::{SessionId, lock};
use mod_protocol::{Feedback, FeedbackQueue};
use rustix::event::EventfdFlags;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The way for the host to say something to all clients. Clones are the same hub.
///
/// Every feedback connection has a queue of its own with mod-host's flow control; sending puts into the queues and
/// returns, whatever the clients do. Call it on any thread but an audio callback: it locks and allocates.
#[derive(Clone)]
pub struct FeedbackHub(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Wakes the server's thread.
    wake: OwnedFd,
}

#[derive(Default)]
struct State {
    connections: Vec<Connection>,
    sessions: Vec<Session>,
    stopping: bool,
}

/// A feedback connection.
struct Connection {
    id: u64,
    origin: Origin,
    queue: FeedbackQueue,
    session: Option<SessionId>,
    /// Wants the extension lines too.
    events: bool,
    /// The next batch goes out whether the client is ready or not.
    forced: bool,
    /// Its command connection has ended.
    closing: bool,
}

/// A command connection.
struct Session {
    id: SessionId,
    origin: Origin,
    events: bool,
}

/// What pairing goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) transport: Transport,
    /// The client's process, where the transport tells it.
    pub(super) process: Option<i32>,
    pub(super) accepted: Instant,
}

/// What the server's thread has to do for a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing waits.
    Idle,
    /// A batch was appended.
    Batch,
    /// Close it.
    Close,
}

impl FeedbackHub {
    /// A hub without connections.
    ///
    /// # Errors
    /// When the system gives no event descriptor.
    pub fn new() -> io::Result<Self> {
        let wake = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self(Arc::new(Shared { state: Mutex::default(), wake })))
    }

    /// Puts one event into the queue of every feedback connection; extension lines only where a client asked for
    /// them.
    pub fn send(&self, feedback: &Feedback) {
        self.send_all(std::slice::from_ref(feedback));
    }

    /// As [`Self::send`], for several events in their order.
    pub fn send_all(&self, feedback: &[Feedback]) {
        let mut state = lock(&self.0.state);
        let mut deliverable = false;
        for connection in &mut state.connections {
            for event in feedback.iter().filter(|event| connection.events || !event.is_extension()) {
                connection.queue.push(event.clone());
            }
            deliverable |= connection.queue.is_ready() && !connection.queue.is_empty();
        }
        drop(state);
        if deliverable {
            self.wake();
        }
    }

    /// Number of feedback connections; with none the host may spare itself the work.
    pub fn connections(&self) -> usize {
        lock(&self.0.state).connections.len()
    }

    /// Events that were dropped because a client's queue was full, over all present connections.
    pub fn dropped(&self) -> u64 {
        lock(&self.0.state).connections.iter().map(|connection| connection.queue.dropped()).sum()
    }

    /// The session's client wants its next batch.
    pub(super) fn ready(&self, session: SessionId) {
        if let Some(connection) = lock(&self.0.state).paired(session) {
            connection.queue.set_ready();
        }
        self.wake();
    }

    /// Sends the session's client what waits, ready or not. Pairs nothing: `remove` may come from a client that
    /// has no feedback connection of its own.
    pub(super) fn force(&self, session: SessionId) {
        let mut state = lock(&self.0.state);
        if let Some(connection) = state.connections.iter_mut().find(|c| c.session == Some(session)) {
            connection.forced = !connection.queue.is_empty();
        }
        drop(state);
        self.wake();
    }

    /// Switches the extension lines for the session's client, now and for a feedback connection paired later.
    pub(super) fn subscribe(&self, session: SessionId, enable: bool) {
        let mut state = lock(&self.0.state);
        if let Some(found) = state.sessions.iter_mut().find(|found| found.id == session) {
            found.events = enable;
        }
        if let Some(connection) = state.paired(session) {
            connection.events = enable;
        }
    }

    pub(super) fn open_session(&self, id: SessionId, origin: Origin) {
        lock(&self.0.state).sessions.push(Session { id, origin, events: false });
    }

    pub(super) fn close_session(&self, id: SessionId) {
        let mut state = lock(&self.0.state);
        state.sessions.retain(|session| session.id != id);
        for connection in state.connections.iter_mut().filter(|c| c.session == Some(id)) {
            connection.closing = true;
        }
        drop(state);
        self.wake();
    }

    pub(super) fn open_connection(&self, id: u64, origin: Origin) {
        lock(&self.0.state).connections.push(Connection {
            id,
            origin,
            queue: FeedbackQueue::default(),
            session: None,
            events: false,
            forced: false,
            closing: false,
        });
    }

    pub(super) fn close_connection(&self, id: u64) {
        lock(&self.0.state).connections.retain(|connection| connection.id != id);
    }

    /// Appends the next batch for a connection, if there is one to send.
    pub(super) fn next(&self, id: u64, out: &mut Vec<u8>) -> Next {
        let mut state = lock(&self.0.state);
        let Some(connection) = state.connections.iter_mut().find(|connection| connection.id == id) else {
            return Next::Close;
        };
        if connection.closing {
            return Next::Close;
        }
        let queue = &mut connection.queue;
        let sent = if std::mem::take(&mut connection.forced) {
            queue.force_batch(out)
        } else {
            queue.take_batch(out)
        };
        if sent { Next::Batch } else { Next::Idle }
    }

    pub(super) fn stop(&self) {
        lock(&self.0.state).stopping = true;
        self.wake();
    }

    pub(super) fn reopen(&self) {
        lock(&self.0.state).stopping = false;
    }

    pub(super) fn is_stopping(&self) -> bool {
        lock(&self.0.state).stopping
    }

    pub(super) fn wake_descriptor(&self) -> BorrowedFd<'_> {
        self.0.wake.as_fd()
    }

    /// Takes the wake-up back, so that the next one is seen.
    pub(super) fn acknowledge(&self) {
        // It fails when there was no wake-up, which is as good.
        let _ = rustix::io::read(&self.0.wake, &mut [0u8; 8]);
    }

    fn wake(&self) {
        // It fails only when the counter is full, and then the thread is awake already.
        let _ = rustix::io::write(&self.0.wake, &1u64.to_ne_bytes());
    }
}

impl State {
    /// The session's feedback connection, found now if it has none yet.
    fn paired(&mut self, session: SessionId) -> Option<&mut Connection> {
        let index = self.connections.iter().position(|c| c.session == Some(session)).or_else(|| {
            let found = self.sessions.iter().find(|found| found.id == session)?;
            let index = nearest(&found.origin, self.connections.iter().map(|c| (&c.origin, c.session)))?;
            let connection = &mut self.connections[index];
            connection.session = Some(session);
            connection.events = found.events;
            Some(index)
        })?;
        Some(&mut self.connections[index])
    }
}

/// Which of the connections, with their owners, belongs to a command connection of this origin.
fn nearest<'a>(
    command: &Origin,
    connections: impl Iterator<Item = (&'a Origin, Option<SessionId>)>,
) -> Option<usize> {
    connections
        .enumerate()
        .filter(|(_, (origin, owner))| owner.is_none() && origin.transport == command.transport)
        .min_by_key(|(_, (origin, _))| {
            let same_process = command.process.is_some() && origin.process == command.process;
            let (early, late) =
                (origin.accepted.min(command.accepted), origin.accepted.max(command.accepted));
            (!same_process, late.duration_since(early))
        })
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests;
