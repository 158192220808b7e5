//! A JACK client with one MIDI source and one destination, whose other ends are a worker's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jack::{
    AsyncClient, Client, Control, MidiIn, MidiOut, Port, PortId, ProcessHandler, ProcessScope, RawMidi,
};

use super::open;
use crate::error::BridgeError;
use crate::held::HeldNotes;
use crate::message::{self, MAX_MESSAGE};
use crate::ring::{Reader, Writer, ring};
use crate::sys::{self, Graph, Notifications};
use crate::wake::Wake;

/// Names of a link's client and ports.
#[derive(Debug, Clone)]
pub struct Names<'a> {
    /// The client.
    pub client: &'a str,
    /// The port that others read.
    pub source: &'a str,
    /// The port that others write.
    pub destination: &'a str,
    /// Whether both stand for sockets on the case.
    pub physical: bool,
}

/// The worker's side of a running client. Dropped, the client closes.
pub struct Link {
    client: Option<AsyncClient<Notifications, Process>>,
    to_jack: Writer,
    from_jack: Reader,
    /// What other clients heard begin.
    held: HeldNotes,
    state: Arc<State>,
    name: String,
}

struct State {
    wake: Wake,
    server_gone: AtomicBool,
    source_lost: AtomicBool,
}

impl Graph for State {
    fn port_registered(&self) {}

    fn disconnected(&self, client: &Client, to: PortId) {
        if client.port_by_id(to).is_some_and(|port| client.is_mine(&port)) {
            self.source_lost.store(true, Ordering::Release);
            self.wake.wake();
        }
    }

    fn server_gone(&self) {
        self.server_gone.store(true, Ordering::Release);
        self.wake.wake();
    }
}

impl Link {
    /// Opens the client; `wake` is woken when there is something to do.
    ///
    /// # Errors
    /// When no server answers or the ports cannot be registered.
    pub fn open(names: &Names<'_>, wake: Wake) -> Result<Self, BridgeError> {
        let client = open(names.client)?;
        let life = Arc::new(());
        let source = sys::source(&client, names.source, names.physical, &life)
            .map_err(|error| BridgeError::jack(format!("registering port {}", names.source), &error))?;
        let destination = sys::destination(&client, names.destination, names.physical, &life)
            .map_err(|error| BridgeError::jack(format!("registering port {}", names.destination), &error))?;
        let name = client.name().to_owned();
        let (to_jack, from_worker) = ring();
        let (to_worker, from_jack) = ring();
        let state = Arc::new(State {
            wake: wake.clone(),
            server_gone: AtomicBool::new(false),
            source_lost: AtomicBool::new(false),
        });
        let process = Process {
            source,
            destination,
            from_worker,
            to_worker,
            wake,
            waiting: [0; MAX_MESSAGE],
            waiting_length: 0,
            _life: life,
        };
        let client = client
            .activate_async(Notifications(state.clone()), process)
            .map_err(|error| BridgeError::jack("activating the client", &error))?;
        Ok(Self { client: Some(client), to_jack, from_jack, held: HeldNotes::default(), state, name })
    }

    /// Name that the server gave the client.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hands a whole message to the next period. A flood is cut before the ends of notes are.
    pub fn send(&mut self, message: &[u8]) {
        let keep_free = if self.held.ends_something(message) { 0 } else { Writer::RESERVE };
        if self.to_jack.push(message, keep_free) {
            self.held.observe(message);
        }
    }

    /// Ends everything that other clients heard begin. Returns how many messages that took.
    pub fn release_all(&mut self) -> u32 {
        let mut count = 0;
        while let Some(release) = self.held.take_release() {
            self.to_jack.push(&release, 0);
            count += 1;
        }
        count
    }

    /// Waits until the callback took everything, at most 200 ms: a server that stopped takes nothing.
    pub fn flush(&self) {
        let start = std::time::Instant::now();
        while !self.to_jack.is_empty() && start.elapsed().as_millis() < 200 && self.check().is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    /// What other clients heard begin and not end.
    pub fn held(&self) -> &HeldNotes {
        &self.held
    }

    /// The next message from other clients.
    pub fn receive(&mut self) -> Option<&[u8]> {
        self.from_jack.pop()
    }

    /// Messages from other clients that came too fast for the worker, since the last call.
    pub fn take_dropped(&self) -> u64 {
        self.from_jack.take_dropped()
    }

    /// Whether a client that wrote to us was disconnected since the last call.
    pub fn take_source_lost(&self) -> bool {
        self.state.source_lost.swap(false, Ordering::AcqRel)
    }

    /// Whether the server is still there.
    ///
    /// # Errors
    /// [`BridgeError::ServerGone`] when it is not.
    pub fn check(&self) -> Result<(), BridgeError> {
        if self.state.server_gone.load(Ordering::Acquire) { Err(BridgeError::ServerGone) } else { Ok(()) }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.state.server_gone.load(Ordering::Acquire) {
            // libjack would wait for a server that is no more.
            std::mem::forget(self.client.take());
        }
    }
}

struct Process {
    source: Port<MidiOut>,
    destination: Port<MidiIn>,
    from_worker: Reader,
    to_worker: Writer,
    wake: Wake,
    /// A message for which the last period had no room.
    waiting: [u8; MAX_MESSAGE],
    waiting_length: usize,
    _life: Arc<()>,
}

impl ProcessHandler for Process {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let mut writer = self.source.writer(scope);
        let mut write = |bytes: &[u8]| writer.write(&RawMidi { time: 0, bytes }).is_ok();
        // What does not fit into an empty buffer will never fit; a worker's message is shorter than any JACK buffer of 64
        // frames and more, so this is a message that is given up.
        let first_fits = self.waiting_length == 0 || write(&self.waiting[..self.waiting_length]);
        self.waiting_length = 0;
        if first_fits {
            while let Some(message) = self.from_worker.pop() {
                if !write(message) {
                    self.waiting[..message.len()].copy_from_slice(message);
                    self.waiting_length = message.len();
                    break;
                }
            }
        }

        let mut came = false;
        for event in self.destination.iter(scope) {
            if message::is_whole(event.bytes) {
                let keep_free = if message::is_release(event.bytes) { 0 } else { Writer::RESERVE };
                self.to_worker.push(event.bytes, keep_free);
                came = true;
            }
        }
        if came {
            self.wake.wake();
        }
        Control::Continue
    }
}
