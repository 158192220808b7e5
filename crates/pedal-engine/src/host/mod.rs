//! The control side: keeps the board, takes commands, makes plans.
//!
//! A [`Host`] is used from one thread at a time, behind a lock. It never waits for the audio thread.

mod commit;
mod connections;
mod cost;
mod dispatch;
mod effects;
mod extensions;
mod foreign;
mod handler;
mod load;
mod mapping;
mod monitor;
mod names;
mod options;
mod pace;
mod peer;
mod period;
mod plugins;
mod save;
mod sharing;
mod slot;
mod state_folders;
mod states;
mod store;
mod tick;
mod transaction;
mod transport;

pub use load::{LoadReport, SlotError};
pub use names::PortName;
pub use options::HostOptions;
pub use pace::IDLE;
pub use plugins::{
    Made, MakeError, NoControl, PluginControl, PluginMessage, PluginSource, PortCurve, StateSaver,
};
pub use store::{Kept, Written};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mod_protocol::Feedback;

use crate::backend::Backend;
use crate::exec::{EngineShared, Handle, NodeCell, NodeTimes};
use crate::graph::{CompileOptions, NodeId, Sink, Source};
use crate::io::{MAX_CHANNELS, MAX_MIDI_PORTS};
use crate::live::{FadeSettings, Live, LiveSettings};
use monitor::Monitors;
use slot::Slot;
use transaction::Transaction;

/// Instance of the pseudo-effect that stands for the whole board (`:bpm`, `:bpb`, `:rolling`).
pub const GLOBAL_INSTANCE: i32 = 9995;

/// First instance that `remove -1` leaves alone.
pub const FIRST_TOOL: i32 = 9990;

/// One past the greatest instance.
pub const INSTANCE_LIMIT: i32 = 10_000;

/// Time since some fixed moment; the offline renderer counts samples, everybody else takes a monotonic clock.
pub type Clock = Box<dyn Fn() -> Duration + Send>;

/// A cable of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cable {
    source: Source,
    sink: Sink,
}

/// A board that was built beside the running one.
struct Preloaded {
    name: String,
    slots: BTreeMap<i32, Slot>,
    cables: Vec<Cable>,
    midi: Vec<crate::board::BoardMidi>,
    tempo: Option<crate::board::BoardTempo>,
    compensate: bool,
    /// Cables to other clients' ports that are not there yet.
    waiting: Vec<(String, String)>,
}

/// The control side of the engine.
pub struct Host {
    options: HostOptions,
    clock: Clock,
    handle: Handle,
    plugins: Box<dyn PluginSource>,
    backend: Option<Box<dyn Backend>>,
    live: Live,
    /// Cells of all nodes that may sound.
    cells: HashMap<NodeId, Arc<NodeCell>>,
    next_node: u64,
    /// The board as edited; what sounds follows by commits.
    name: String,
    slots: BTreeMap<i32, Slot>,
    cables: Vec<Cable>,
    /// Removed plugins that may still ring.
    leaving: Vec<Slot>,
    preloaded: BTreeMap<u32, Preloaded>,
    /// Boards that are on their way, with the slot for which they are (none: to run at once), by the client that asked.
    building: HashMap<crate::server::SessionId, (Option<u32>, load::Building)>,
    transaction: Transaction,
    /// Output level that `processing` asks for, 0 or 1.
    level: f32,
    /// Looks in a row that found a block nearly too slow.
    slow_blocks: u32,
    /// The block that was looked at last.
    judged_block: u64,
    /// Whether the output is silent whatever `processing` asks for (`x_mute`).
    muted: bool,
    global: NodeId,
    monitors: Monitors,
    peer: peer::PeerMonitor,
    foreign: foreign::Foreign,
    pace: pace::Pace,
    /// Frames from the inputs to the outputs of the board, on its slowest path.
    latency: u32,
    mappings: mapping::Mappings,
    transport: transport::TransportState,
    feedback: Vec<Feedback>,
    unsent: Vec<crate::exec::Command>,
    history: Vec<String>,
    quitting: Arc<AtomicBool>,
    dirty: bool,
    /// Folders that states were taken from: plugins may use the files in them as long as this program runs.
    states_in_use: BTreeSet<PathBuf>,
}

impl Host {
    /// A host without a board, for the engine behind `handle`. `backend` lends its ports to `connect`.
    pub fn new(
        options: HostOptions,
        handle: Handle,
        plugins: Box<dyn PluginSource>,
        mut backend: Option<Box<dyn Backend>>,
        clock: Clock,
    ) -> Self {
        let fades = FadeSettings::at(options.sample_rate);
        // A back end with ports to other programs may bring further channels at any time.
        let grows = backend.as_mut().is_some_and(|backend| backend.ports().is_some());
        let most = |count: usize, limit: usize| if grows { limit } else { count };
        let live = Live::new(LiveSettings {
            period: options.period,
            captures: most(options.captures, MAX_CHANNELS),
            midi_inputs: most(options.midi_inputs, MAX_MIDI_PORTS),
            compile: CompileOptions { threads: options.workers + 1, in_place: options.in_place },
            fades: FadeSettings { fade: options.frames(options.fade_ms), ..fades },
            compensate: true,
            policy: crate::exec::Policy::default(),
        });
        let mut host = Self {
            options,
            clock,
            handle,
            plugins,
            backend,
            live,
            cells: HashMap::new(),
            next_node: 1,
            name: String::new(),
            slots: BTreeMap::new(),
            cables: Vec::new(),
            leaving: Vec::new(),
            preloaded: BTreeMap::new(),
            building: HashMap::new(),
            transaction: Transaction::default(),
            level: 1.0,
            slow_blocks: 0,
            judged_block: 0,
            muted: false,
            global: NodeId(0),
            monitors: Monitors::default(),
            peer: peer::PeerMonitor::default(),
            foreign: foreign::Foreign::default(),
            pace: pace::Pace::default(),
            latency: 0,
            mappings: mapping::Mappings::default(),
            transport: transport::TransportState::default(),
            feedback: Vec::new(),
            unsent: Vec::new(),
            history: Vec::new(),
            quitting: Arc::default(),
            dirty: false,
            states_in_use: BTreeSet::new(),
        };
        host.add_global();
        host
    }

    /// What was to be told since the last call, oldest first.
    pub fn take_feedback(&mut self) -> Vec<Feedback> {
        std::mem::take(&mut self.feedback)
    }

    /// Whether `quit` was asked for.
    pub fn is_quitting(&self) -> bool {
        self.quitting.load(Ordering::Acquire)
    }

    /// Counters and levels of the callback.
    pub fn shared(&self) -> &Arc<EngineShared> {
        &self.handle.shared
    }

    /// The back end, to start and to stop it.
    pub fn backend(&mut self) -> Option<&mut (dyn Backend + 'static)> {
        self.backend.as_deref_mut()
    }

    /// Options in force.
    pub fn options(&self) -> &HostOptions {
        &self.options
    }

    /// Whether old and new boards sound together at present.
    pub fn is_changing(&self) -> bool {
        self.live.is_changing() || self.transaction.is_pending()
    }

    fn now(&self) -> Duration {
        (self.clock)()
    }

    fn times(&self) -> NodeTimes {
        NodeTimes {
            smoothing: self.options.frames(self.options.smoothing_ms),
            bypass: self.options.frames(self.options.bypass_ms),
        }
    }

    fn new_id(&mut self) -> NodeId {
        let id = NodeId(self.next_node);
        self.next_node += 1;
        id
    }

    /// Sends to the callback; what does not fit is sent later, in order.
    fn send(&mut self, command: crate::exec::Command) {
        self.pace.happened();
        if !self.unsent.is_empty() {
            self.unsent.push(command);
            self.flush_unsent();
            return;
        }
        if let Err(crate::exec::NotTaken(command)) = self.handle.send(command) {
            self.unsent.push(command);
        }
    }

    fn flush_unsent(&mut self) {
        let mut waiting = std::mem::take(&mut self.unsent).into_iter();
        for command in waiting.by_ref() {
            if let Err(crate::exec::NotTaken(command)) = self.handle.send(command) {
                self.unsent.push(command);
                break;
            }
        }
        self.unsent.extend(waiting);
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("name", &self.name)
            .field("slots", &self.slots.len())
            .finish_non_exhaustive()
    }
}
