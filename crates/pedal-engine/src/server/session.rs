//! One command connection: its thread reads, executes and answers.

use super::hub::Origin;
use super::{Outcome, SessionId, Sessions, lock};
use mod_protocol::{Command, Decoder, Feature, Processing, Reply};
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{RecvFlags, SendFlags};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Replies are written when they have grown to so many bytes, else when the commands that came together are done.
const FLUSH: usize = 64 * 1024;

/// Pause between two parts of a long command.
const LET_OTHERS: Duration = Duration::from_micros(200);

/// A command that comes within this time after the last one's answer makes it worth to look for the next without
/// sleeping.
const QUICK: Duration = Duration::from_micros(150);

impl Sessions {
    /// Starts a thread for a new command connection; drops the connection when there are too many.
    pub(super) fn serve(self: &Arc<Self>, id: SessionId, socket: OwnedFd, origin: Origin) {
        // A client that does not take its replies blocks its own thread only, and not for ever.
        if let Err(error) = set_socket_timeout(&socket, Timeout::Send, Some(self.stall)) {
            tracing::warn!("command connection refused: {error}");
            return;
        }
        let socket = Arc::new(socket);
        {
            let mut live = lock(&self.live);
            if live.closed || live.connections.len() >= self.limit {
                tracing::warn!("command connection refused: {} are open", live.connections.len());
                return;
            }
            live.connections.insert(id, Arc::clone(&socket));
        }
        self.hub.open_session(id, origin);
        let guard = Guard { sessions: Arc::clone(self), id };
        let connection = Connection { socket, id, replies: Vec::new() };
        let spawned = std::thread::Builder::new()
            .name(format!("mod-client-{}", id.0))
            .spawn(move || connection.run(&guard.sessions));
        if let Err(error) = spawned {
            tracing::warn!("command connection refused: {error}");
        }
    }
}

/// Takes the connection off the books, also when its thread panics or never starts.
struct Guard {
    sessions: Arc<Sessions>,
    id: SessionId,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.sessions.hub.close_session(self.id);
        lock(&self.sessions.live).connections.remove(&self.id);
        self.sessions.ended.notify_all();
    }
}

struct Connection {
    socket: Arc<OwnedFd>,
    id: SessionId,
    replies: Vec<u8>,
}

/// The connection is over.
struct Closed;

impl Connection {
    fn run(mut self, sessions: &Sessions) {
        let mut decoder = Decoder::default();
        let mut chunk = vec![0u8; 16 * 1024];
        let mut spin = Duration::ZERO;
        loop {
            let asked = Instant::now();
            let count = match self.receive(&mut chunk, spin) {
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            spin = if asked.elapsed() < QUICK { sessions.spin } else { Duration::ZERO };
            decoder.extend(&chunk[..count]);
            while let Some(message) = decoder.next_message() {
                let step = match message {
                    Ok(message) => self.execute(&message, sessions),
                    Err(oversize) => self.answer(&oversize.into()),
                };
                if step.is_err() {
                    return;
                }
            }
            if self.flush().is_err() {
                return;
            }
        }
    }

    /// The next bytes. For the time of `spin` it looks for them without sleeping, but lets others run.
    fn receive(&self, chunk: &mut [u8], spin: Duration) -> rustix::io::Result<usize> {
        let start = Instant::now();
        while start.elapsed() < spin {
            match rustix::net::recv(&self.socket, &mut *chunk, RecvFlags::DONTWAIT) {
                Ok((count, _)) => return Ok(count),
                Err(Errno::AGAIN) => std::thread::yield_now(),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
        rustix::io::retry_on_intr(|| rustix::net::recv(&self.socket, &mut *chunk, RecvFlags::empty()))
            .map(|(count, _)| count)
    }

    fn execute(&mut self, message: &[u8], sessions: &Sessions) -> Result<(), Closed> {
        let command = match Command::parse(message) {
            Ok(command) => command,
            Err(error) => return self.answer(&error.into()),
        };
        match command {
            Command::OutputDataReady {} => {
                sessions.hub.ready(self.id);
                return self.answer(&Reply::ok());
            }
            Command::XEvents { enable } => {
                sessions.hub.subscribe(self.id, enable);
                return self.answer(&Reply::ok());
            }
            _ => {}
        }
        let mut outcome = lock(&sessions.handler).handle(&command, self.id);
        while matches!(outcome, Outcome::Unfinished) {
            // The lock goes to whoever takes it first: a client that waits needs time to wake up.
            std::thread::sleep(LET_OTHERS);
            outcome = lock(&sessions.handler).go_on(self.id);
        }
        let answered = match outcome {
            Outcome::Reply(reply) => self.answer(&reply),
            Outcome::Unfinished => unreachable!("it was gone on with until it was finished"),
            Outcome::Deferred(work) => {
                self.flush()?;
                self.answer(&work())
            }
            Outcome::Then(reply, work) => {
                let written = self.answer(&reply).and_then(|()| self.flush());
                work();
                written
            }
        };
        match command {
            Command::FeatureEnable { feature: Feature::Processing, value }
                if Processing::from_value(value) == Some(Processing::OnDataReady) =>
            {
                sessions.hub.ready(self.id);
            }
            Command::Remove { instance } if instance >= 0 => sessions.hub.force(self.id),
            Command::MonitorOutputOff { .. } => sessions.hub.force(self.id),
            _ => {}
        }
        answered
    }

    fn answer(&mut self, reply: &Reply) -> Result<(), Closed> {
        reply.encode(&mut self.replies);
        if self.replies.len() >= FLUSH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Closed> {
        let mut rest = &self.replies[..];
        while !rest.is_empty() {
            match rustix::net::send(&self.socket, rest, SendFlags::NOSIGNAL) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::INTR) => {}
                Err(error) => {
                    if error == Errno::AGAIN {
                        tracing::warn!("client {} does not take its replies: cut off", self.id.0);
                    }
                    return Err(Closed);
                }
            }
        }
        self.replies.clear();
        Ok(())
    }
}
