//! Back ends: who owns the clock and the samples.
//!
//! All of them drive one [`Process`] over the border of [`crate::io`]:
//!
//! | back end | clock | samples |
//! |---|---|---|
//! | [`jack`] | a JACK server (jackd, or PipeWire's libjack) | ports `capture_N`, `playback_N`, `midi_in`, `midi_out` |
//! | [`alsa`] | a sound card | the card's channels, two periods, memory mapped |
//! | [`dummy`] | a timer | silence or a test signal in, nothing out |
//! | [`offline`] | none: as fast as it goes | whole takes in memory |

#[cfg(feature = "alsa")]
pub mod alsa;
pub mod dummy;
pub mod jack;
pub mod offline;
mod own_thread;
mod slot;

pub use slot::ProcessSlot;

use crate::io::{Process, StreamFormat};

/// A running or stopped source of periods. All methods belong to one control thread.
pub trait Backend: Send {
    /// `jack`, `alsa`, `dummy` or `offline`.
    fn name(&self) -> &'static str;

    /// Our name among other programs, where the back end has such a thing (JACK); the server may have changed the one that was
    /// asked for.
    fn client_name(&self) -> Option<&str> {
        None
    }

    /// Rate, longest block and channels. Known before [`Backend::start`]; `max_frames` follows the server's period.
    fn format(&self) -> StreamFormat;

    /// Calls [`Process::set_max_frames`] once with the present period and begins to call
    /// [`Process::process`] on the real-time thread. After an error other than
    /// [`StartError::Running`] the process can be had back by [`Backend::stop`].
    fn start(&mut self, process: Box<dyn Process>) -> Result<(), StartError>;

    /// Ends the real-time calls and returns the process, which no other thread uses any more. `None` when nothing was
    /// started, or when the process panicked.
    fn stop(&mut self) -> Option<Box<dyn Process>>;

    /// Counters since the start. Cheap; call it as often as wanted.
    fn stats(&self) -> BackendStats;

    /// Whether periods are coming, or why not.
    fn state(&self) -> BackendState;

    /// `SCHED_FIFO` priority (1–99) of the thread that calls [`Process::process`]; `None` for an ordinary thread. Known before
    /// [`Backend::start`].
    fn real_time_priority(&self) -> Option<u8> {
        None
    }

    /// Frames by which the board is late from input to output; told to the server where there is one (JACK), so that
    /// recorders can shift what they take. Cheap when nothing changed.
    fn set_latency(&mut self, _frames: u32) {}

    /// Runs as fast as it goes (`true`) or by the clock again.
    ///
    /// # Errors
    ///
    /// The back end has no such mode, is not running, or the server refused; everything is as before.
    fn set_freewheel(&mut self, _enabled: bool) -> Result<(), FreewheelError> {
        Err(FreewheelError::NotOffered(self.name()))
    }

    /// Ports to other programs, where the back end has such a thing (JACK).
    fn ports(&mut self) -> Option<&mut dyn ExternalPorts> {
        None
    }
}

/// What a back end counted since its start.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BackendStats {
    /// Blocks that were processed.
    pub periods: u64,
    /// Periods that were lost, as far as the server or driver tells.
    pub xruns: u64,
    /// DSP load of the whole server in percent (0–100), where there is a server.
    pub server_load: Option<f32>,
}

/// Whether periods are coming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendState {
    /// Not started, or stopped.
    Stopped,
    /// Periods are coming.
    Running,
    /// An offline back end reached the end of its input.
    Finished,
    /// No period will come any more, for the reason given (the server died, the card went away, the process panicked).
    /// Stop the back end; it may be started again.
    Lost(String),
}

/// Why a back end could not be opened or started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// No JACK library, or no server of that name.
    #[error(
        "cannot reach JACK server `{server}`: {reason}; start it (jackd -n {server} ...) or choose --backend alsa or dummy"
    )]
    NoServer {
        /// Name of the server.
        server: String,
        /// What the library said.
        reason: String,
    },
    /// The client name equals the server's, which makes the server delete its own socket at the client's end.
    #[error("client name `{0}` is also the JACK server's name: choose another --client-name")]
    NameClash(String),
    /// The server refused a port, a callback or the activation.
    #[error("JACK server `{server}` refused to {action}: {reason}")]
    Jack {
        /// Name of the server.
        server: String,
        /// What was tried.
        action: &'static str,
        /// What the library said.
        reason: String,
    },
    /// A sound card is missing, busy or cannot do the format.
    #[error(
        "cannot {action} sound card `{device}`: {reason}; `aplay -l` lists the cards, `fuser -v /dev/snd/*` who holds them"
    )]
    Card {
        /// ALSA name of the card.
        device: String,
        /// What was tried.
        action: &'static str,
        /// What ALSA said.
        reason: String,
    },
    /// A number is out of its range.
    #[error("{what} {value} is out of range: give {range}")]
    OutOfRange {
        /// Name of the number.
        what: &'static str,
        /// What was given.
        value: u64,
        /// What is allowed.
        range: &'static str,
    },
    /// This build lacks the back end.
    #[error("this build has no {0} back end: build with the feature `{0}`, or choose another --backend")]
    NotBuilt(&'static str),
    /// The operating system refused a thread.
    #[error("cannot start the audio thread: {0}")]
    Thread(#[source] std::io::Error),
    /// [`Backend::start`] was called twice.
    #[error("the back end is running already: stop it first")]
    Running,
}

/// Why the clock cannot be left or taken up again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FreewheelError {
    /// There is no server that could do it.
    #[error(
        "the {0} back end keeps its clock: freewheeling needs --backend jack, or `archibald-engine render`"
    )]
    NotOffered(&'static str),
    /// No period comes at present.
    #[error("the JACK back end is not running")]
    Stopped,
    /// The server said no.
    #[error("the JACK server refused to change its freewheel mode (code {0})")]
    Refused(i32),
}

/// What a port carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortKind {
    /// 32-bit float samples: an index into [`Block::inputs`](crate::io::Block::inputs) or
    /// [`Block::outputs`](crate::io::Block::outputs).
    Audio,
    /// MIDI: an index into [`Block::midi_in`](crate::io::Block::midi_in) or
    /// [`Block::midi_out`](crate::io::Block::midi_out).
    Midi,
}

/// The way of a port as seen from its own client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortFlow {
    /// Gives a signal (`system:capture_1`).
    Source,
    /// Takes a signal (`system:playback_1`).
    Sink,
}

/// A channel of the engine that is connected to another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExternalChannel {
    /// What it carries.
    pub kind: PortKind,
    /// Index into the block's list of that kind.
    pub index: usize,
}

/// Why a port to another program could not be made or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// Nobody has a port of that name.
    #[error("no JACK port is called `{0}`: `jack_lsp` lists them")]
    Unknown(String),
    /// The port flows the other way.
    #[error("JACK port `{name}` is no {wanted}")]
    WrongWay {
        /// Name of the port.
        name: String,
        /// `source` or `sink`.
        wanted: &'static str,
    },
    /// All channels are taken.
    #[error("no channel is left for `{name}`: at most {limit} of its kind; disconnect another one")]
    Full {
        /// Name of the other program's port.
        name: String,
        /// Most channels of the kind.
        limit: usize,
    },
    /// No connection was made on demand under that name.
    #[error("`{0}` is not connected to a channel of the engine")]
    NotConnected(String),
    /// The server refused.
    #[error("JACK refused to {action} `{name}`: {reason}")]
    Refused {
        /// What was tried.
        action: &'static str,
        /// Name of the port.
        name: String,
        /// What the library said.
        reason: String,
    },
    /// The back end is not running.
    #[error("the JACK back end is not running")]
    Stopped,
}

/// Ports to other programs, made on demand. Names are JACK's full names (`client:port`) or aliases.
///
/// The channels of one foreign name are counted: `ensure` twice, release twice.
pub trait ExternalPorts {
    /// What the port of that name carries and which way it flows; `None` when nobody has it.
    fn look_up(&self, name: &str) -> Option<(PortKind, PortFlow)>;

    /// The channel that stands for a foreign port of that name, which flows as told, if there is one. Counts as no use.
    fn find(&self, name: &str, flow: PortFlow) -> Option<ExternalChannel>;

    /// Connects the foreign `source` to a channel of ours and returns it; the one that exists already, if there is one.
    /// `alias` is a second name for our port (`effect_3:in`), set where JACK still has room for it (two for each port).
    fn ensure_input(&mut self, source: &str, alias: &str) -> Result<ExternalChannel, PortError>;

    /// Connects a channel of ours to the foreign `sink` and returns it, as [`ExternalPorts::ensure_input`] does.
    fn ensure_output(&mut self, sink: &str, alias: &str) -> Result<ExternalChannel, PortError>;

    /// Gives back one use of the channel from `source`; the last one disconnects it.
    fn release_input(&mut self, source: &str) -> Result<(), PortError>;

    /// Gives back one use of the channel to `sink`; the last one disconnects it.
    fn release_output(&mut self, sink: &str) -> Result<(), PortError>;

    /// Connects two ports of other programs directly. A connection that exists is a success.
    fn connect(&mut self, source: &str, sink: &str) -> Result<(), PortError>;

    /// Removes a direct connection between two ports of other programs.
    fn disconnect(&mut self, source: &str, sink: &str) -> Result<(), PortError>;

    /// Connects our playbacks to the physical ones where the start left that to this call, and removes, each right afterwards, the direct
    /// connections from capture to playback that `dry-through` made while no engine was there. Call it once the process's own
    /// output carries the signal. Returns how many direct connections there were.
    fn take_over(&mut self) -> usize;
}
