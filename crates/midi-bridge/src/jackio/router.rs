//! Many MIDI sources to one port, inside the callback: no thread, no added period, and what a lost source held is ended.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jack::{
    Client, Control, MidiIn, MidiOut, Port, PortFlags, PortId, ProcessHandler, ProcessScope, RawMidi,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{MIDI, open};
use crate::error::BridgeError;
use crate::held::HeldNotes;
use crate::message;
use crate::sys::{self, Graph, Notifications};
use crate::wake::{Stop, Wake};

/// Most inputs of a router.
pub const MAX_INPUTS: usize = 16;

/// How often a socket that refuses a cable is tried, [`AGAIN`] apart. A client registers its ports before it is active, and an
/// inactive client's ports take no cable; nothing tells us when it becomes active.
const TRIES: u32 = 50;

/// Time between two tries: 100 ms.
const AGAIN: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// What a router connects by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Automatic {
    /// Nothing.
    None,
    /// Every socket that sends MIDI, to an input of its own.
    Sources,
    /// The output, to every socket that receives MIDI.
    Destinations,
}

/// A router.
#[derive(Debug, Clone)]
pub struct Router<'a> {
    /// Name of the JACK client.
    pub name: &'a str,
    /// Inputs: `in`, `in_2`, … (1–[`MAX_INPUTS`]).
    pub inputs: usize,
    /// What is connected without being asked.
    pub automatic: Automatic,
    /// Names of further ports that count as sockets: regular expressions as JACK understands them.
    pub also: &'a [String],
}

struct State {
    wake: Wake,
    server_gone: AtomicBool,
    /// Per input: a cable was pulled since the callback last looked.
    lost: [AtomicBool; MAX_INPUTS],
    /// Short names of the inputs, to find the index of a port in the notification thread.
    names: Vec<String>,
    dropped: AtomicU64,
}

impl Graph for State {
    fn port_registered(&self) {
        self.wake.wake();
    }

    fn disconnected(&self, client: &Client, to: PortId) {
        let Some(port) = client.port_by_id(to).filter(|port| client.is_mine(port)) else { return };
        let index = port.short_name().ok().and_then(|name| self.names.iter().position(|n| *n == name));
        if let Some(index) = index {
            self.lost[index].store(true, Ordering::Release);
        }
    }

    fn server_gone(&self) {
        self.server_gone.store(true, Ordering::Release);
        self.wake.wake();
    }
}

impl Router<'_> {
    /// Runs until `stop` is asked or the server goes away; `ready` is called with the client's name once it runs.
    ///
    /// # Errors
    /// When no server answers, a port cannot be registered, or the server goes away.
    pub fn run(&self, stop: &Stop, ready: impl FnOnce(&str)) -> Result<(), BridgeError> {
        let client = open(self.name)?;
        let life = Arc::new(());
        let names: Vec<String> = (1..=self.inputs.clamp(1, MAX_INPUTS))
            .map(|number| if number == 1 { "in".to_owned() } else { format!("in_{number}") })
            .collect();
        let register = |error| BridgeError::jack("registering a port", &error);
        let inputs: Vec<_> = names
            .iter()
            .map(|name| {
                Ok(Input {
                    port: sys::destination(&client, name, false, &life).map_err(register)?,
                    held: HeldNotes::default(),
                })
            })
            .collect::<Result<_, BridgeError>>()?;
        let output = sys::source(&client, "out", false, &life).map_err(register)?;
        let own_name = client.name().to_owned();
        let state = Arc::new(State {
            wake: stop.wake().clone(),
            server_gone: AtomicBool::new(false),
            lost: Default::default(),
            names,
            dropped: AtomicU64::new(0),
        });
        let process =
            Process { inputs, output, owed: HeldNotes::default(), state: state.clone(), _life: life };
        let client = client
            .activate_async(Notifications(state.clone()), process)
            .map_err(|error| BridgeError::jack("activating the client", &error))?;
        ready(&own_name);

        let (known, refused) = (BTreeSet::new(), BTreeMap::new());
        let mut patch = Patch { router: self, own_name, known, refused, inputs: state.names.clone() };
        let mut dropped = 0;
        while !stop.asked() {
            if state.server_gone.load(Ordering::Acquire) {
                // libjack would wait for a server that is no more.
                std::mem::forget(client);
                return Err(BridgeError::ServerGone);
            }
            let again = patch.connect(client.as_client()).then_some(&AGAIN);
            let now = state.dropped.load(Ordering::Relaxed);
            if now > dropped {
                eprintln!("<4>{} messages did not fit into the period's buffer", now - dropped);
                dropped = now;
            }
            let woken = poll(&mut [PollFd::new(stop.wake(), PollFlags::IN)], again);
            if let Err(error) = woken
                && error != rustix::io::Errno::INTR
            {
                return Err(BridgeError::System { what: "waiting for events", why: error.into() });
            }
            stop.wake().clear();
        }
        let _ = client.deactivate();
        Ok(())
    }
}

/// Connects sockets as they appear, each once: a cable that somebody pulled by hand stays pulled.
struct Patch<'a> {
    router: &'a Router<'a>,
    own_name: String,
    known: BTreeSet<String>,
    /// How often these have refused.
    refused: BTreeMap<String, u32>,
    inputs: Vec<String>,
}

impl Patch<'_> {
    /// Returns whether a socket has to be tried again in a while.
    fn connect(&mut self, client: &Client) -> bool {
        let direction = match self.router.automatic {
            Automatic::None => return false,
            Automatic::Sources => PortFlags::IS_OUTPUT,
            Automatic::Destinations => PortFlags::IS_INPUT,
        };
        let mut sockets = client.ports(None, Some(MIDI), direction | PortFlags::IS_PHYSICAL);
        for pattern in self.router.also {
            sockets.extend(client.ports(Some(pattern), Some(MIDI), direction));
        }
        let ours = format!("{}:", self.own_name);
        sockets.retain(|name| !name.starts_with(&ours));
        let present: BTreeSet<String> = sockets.iter().cloned().collect();
        self.known.retain(|name| present.contains(name));
        self.refused.retain(|name, _| present.contains(name));
        for socket in sockets {
            if !self.known.insert(socket.clone()) {
                continue;
            }
            let (from, to) = match self.router.automatic {
                Automatic::Sources => (socket.clone(), format!("{ours}{}", self.free_input(client))),
                _ => (format!("{ours}out"), socket.clone()),
            };
            match client.connect_ports_by_name(&from, &to) {
                Ok(()) | Err(jack::Error::PortAlreadyConnected(..)) => {
                    self.refused.remove(&socket);
                    eprintln!("<6>connected {from} to {to}");
                }
                Err(error) => {
                    let tries = self.refused.entry(socket.clone()).or_default();
                    *tries += 1;
                    if *tries < TRIES {
                        self.known.remove(&socket);
                    } else {
                        self.refused.remove(&socket);
                        eprintln!("<4>cannot connect {from} to {to}: {error}; connect them by hand");
                    }
                }
            }
        }
        !self.refused.is_empty()
    }

    /// An input that nobody uses, `in` last because people connect to it by hand; `in` when all are taken.
    fn free_input(&self, client: &Client) -> &str {
        let unused = |name: &&String| {
            client
                .port_by_name(&format!("{}:{name}", self.own_name))
                .and_then(|port| port.connected_count().ok())
                == Some(0)
        };
        self.inputs.iter().skip(1).find(unused).map_or("in", String::as_str)
    }
}

struct Input {
    port: Port<MidiIn>,
    held: HeldNotes,
}

struct Process {
    inputs: Vec<Input>,
    output: Port<MidiOut>,
    /// Ends that did not fit into their period.
    owed: HeldNotes,
    state: Arc<State>,
    _life: Arc<()>,
}

impl ProcessHandler for Process {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let mut writer = self.output.writer(scope);
        let mut write = |time: u32, bytes: &[u8]| writer.write(&RawMidi { time, bytes }).is_ok();

        for (input, lost) in self.inputs.iter_mut().zip(&self.state.lost) {
            if lost.swap(false, Ordering::AcqRel) {
                self.owed.merge(&input.held);
                input.held = HeldNotes::default();
            }
        }
        let mut rest = self.owed.clone();
        while let Some(release) = rest.take_release() {
            if !write(0, &release) {
                break;
            }
            self.owed.observe(&release);
        }

        let mut events: [Option<jack::MidiIter<'_>>; MAX_INPUTS] = [const { None }; MAX_INPUTS];
        let mut held: [Option<&mut HeldNotes>; MAX_INPUTS] = [const { None }; MAX_INPUTS];
        for ((place, notes), input) in events.iter_mut().zip(&mut held).zip(&mut self.inputs) {
            *place = Some(input.port.iter(scope));
            *notes = Some(&mut input.held);
        }
        loop {
            // The earliest event of all inputs; JACK wants them in order of time.
            let next = events
                .iter()
                .enumerate()
                .filter_map(|(index, events)| Some((events.as_ref()?.peek()?.time, index)))
                .min();
            let Some((time, index)) = next else { break };
            let Some(event) = events[index].as_mut().and_then(Iterator::next) else { break };
            if !message::is_whole(event.bytes) {
                continue;
            }
            let Some(held) = held[index].as_mut() else { break };
            if write(time, event.bytes) {
                held.observe(event.bytes);
            } else {
                self.state.dropped.fetch_add(1, Ordering::Relaxed);
                if held.ends_something(event.bytes) {
                    self.owed.merge(held);
                    **held = HeldNotes::default();
                }
            }
        }
        Control::Continue
    }
}
