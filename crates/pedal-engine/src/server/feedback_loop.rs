//! The server's own thread: accepts connections and writes feedback, and never waits for one client.

use super::hub::{Next, Origin};
use super::listen::{Listener, Listeners, Role, Transport};
use super::{SessionId, Sessions};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketFlags, sockopt};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) struct FeedbackLoop {
    listeners: Listeners,
    sessions: Arc<Sessions>,
    clients: Vec<Client>,
    next_id: u64,
}

/// A feedback connection.
struct Client {
    id: u64,
    socket: OwnedFd,
    /// What is not written yet of the batch that was begun.
    out: Vec<u8>,
    written: usize,
    /// When it last took something, or when the batch began.
    progress: Instant,
}

/// What came of a look at a client.
#[derive(PartialEq)]
enum Life {
    Goes,
    Ends,
}

impl FeedbackLoop {
    pub(super) fn new(listeners: Listeners, sessions: Arc<Sessions>) -> Self {
        Self { listeners, sessions, clients: Vec::new(), next_id: 1 }
    }

    pub(super) fn run(mut self) {
        let mut ready = Vec::new();
        while !self.sessions.hub.is_stopping() {
            self.wait(&mut ready);
            self.sessions.hub.acknowledge();
            let accepting = self.listeners.0.len();
            for index in (0..accepting).filter(|index| ready[1 + index]) {
                self.accept(index);
            }
            // Those accepted just now have not been polled.
            let polled = &ready[1 + accepting..];
            let mut index = 0;
            let (sessions, stall) = (&self.sessions, self.sessions.stall);
            self.clients.retain_mut(|client| {
                let readable = polled.get(index).copied().unwrap_or(false);
                index += 1;
                let life = client.serve(sessions, readable, stall);
                if life == Life::Ends {
                    sessions.hub.close_connection(client.id);
                }
                life == Life::Goes
            });
        }
        for client in &self.clients {
            self.sessions.hub.close_connection(client.id);
        }
    }

    /// Sleeps until there is something to do. `ready` then tells for the wake-up, the listeners and the clients,
    /// in this order, whether something came.
    fn wait(&self, ready: &mut Vec<bool>) {
        let mut polled = vec![PollFd::from_borrowed_fd(self.sessions.hub.wake_descriptor(), PollFlags::IN)];
        polled.extend(self.listeners.0.iter().map(|listener| PollFd::new(listener, PollFlags::IN)));
        polled.extend(self.clients.iter().map(|client| {
            let out = if client.is_writing() { PollFlags::OUT } else { PollFlags::empty() };
            PollFd::new(&client.socket, PollFlags::IN | out)
        }));
        let patience = self
            .clients
            .iter()
            .filter(|client| client.is_writing())
            .map(|client| (client.progress + self.sessions.stall).saturating_duration_since(Instant::now()))
            .min()
            .and_then(|left| Timespec::try_from(left).ok());
        if let Err(error) = poll(&mut polled, patience.as_ref())
            && error != Errno::INTR
        {
            tracing::error!("the server cannot wait for its clients: {error}");
            pause();
        }
        ready.clear();
        ready.extend(polled.iter().map(|fd| !fd.revents().difference(PollFlags::OUT).is_empty()));
    }

    /// Accepts what has come to a listener.
    fn accept(&mut self, index: usize) {
        let Listener { role, transport, .. } = self.listeners.0[index];
        loop {
            let socket = match rustix::net::accept_with(&self.listeners.0[index], SocketFlags::CLOEXEC) {
                Ok(socket) => socket,
                Err(Errno::AGAIN) => return,
                // The client has gone again.
                Err(Errno::INTR | Errno::CONNABORTED) => continue,
                Err(error) => {
                    // Out of descriptors, most likely: the connection stays in the queue.
                    tracing::error!("cannot accept a client: {error}");
                    pause();
                    return;
                }
            };
            let process = match transport {
                Transport::Unix => {
                    sockopt::socket_peercred(&socket).ok().map(|peer| peer.pid.as_raw_nonzero().get())
                }
                Transport::Tcp => {
                    // Costs latency only when it fails.
                    let _ = sockopt::set_tcp_nodelay(&socket, true);
                    None
                }
            };
            let origin = Origin { transport, process, accepted: Instant::now() };
            let id = self.next_id;
            self.next_id += 1;
            match role {
                Role::Command => self.sessions.serve(SessionId(id), socket, origin),
                Role::Feedback if self.clients.len() >= self.sessions.limit => {
                    tracing::warn!("feedback connection refused: {} are open", self.clients.len());
                }
                Role::Feedback => {
                    self.sessions.hub.open_connection(id, origin);
                    self.clients.push(Client {
                        id,
                        socket,
                        out: Vec::new(),
                        written: 0,
                        progress: Instant::now(),
                    });
                }
            }
        }
    }
}

/// Keeps an error that will not go away by itself from eating the processor.
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

impl Client {
    fn is_writing(&self) -> bool {
        self.written < self.out.len()
    }

    fn serve(&mut self, sessions: &Sessions, readable: bool, stall: Duration) -> Life {
        if readable && self.discard() == Life::Ends {
            return Life::Ends;
        }
        loop {
            if !self.is_writing() {
                self.out.clear();
                self.written = 0;
                match sessions.hub.next(self.id, &mut self.out) {
                    Next::Close => return Life::Ends,
                    Next::Idle => return Life::Goes,
                    Next::Batch => self.progress = Instant::now(),
                }
            }
            let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
            match rustix::net::send(&self.socket, &self.out[self.written..], flags) {
                Ok(count) => {
                    self.written += count;
                    self.progress = Instant::now();
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if self.progress.elapsed() < stall => return Life::Goes,
                Err(Errno::AGAIN) => {
                    tracing::warn!("a client does not take its feedback: cut off");
                    return Life::Ends;
                }
                Err(_) => return Life::Ends,
            }
        }
    }

    /// Nothing is expected from a feedback client but its end; what it sends is thrown away.
    fn discard(&self) -> Life {
        let mut junk = [0u8; 4096];
        // Bounded, so that a client that floods cannot hold the thread.
        for _ in 0..16 {
            match rustix::net::recv(&self.socket, &mut junk, RecvFlags::DONTWAIT) {
                Ok((0, _)) => return Life::Ends,
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Life::Goes,
                Err(_) => return Life::Ends,
            }
        }
        Life::Goes
    }
}
