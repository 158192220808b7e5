//! The JACK side: clients, ports, and the callback that plays and records.
//!
//! libjack is loaded when the first client is opened, so the program starts, simulates and reports without it, and runs
//! unchanged under PipeWire's JACK.

mod channel;
mod graph;
mod player;
mod soak;

pub use channel::{ChannelClient, start_channel};
pub use graph::{Busy, Pair, pick_pair, refuse_when_busy};
pub use player::JackLoop;
pub use soak::{SoakConfig, soak};

use ::jack::{Client, ClientOptions, ClientStatus};

/// Why a JACK client could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JackError {
    /// No server, or no libjack.
    #[error(
        "no JACK server answers ({why}): start one (`jackd -d alsa …`), or run under PipeWire with `pw-jack latency-probe …`; \
         a server with a name is chosen by JACK_DEFAULT_SERVER"
    )]
    NoServer {
        /// What libjack said.
        why: String,
    },
    /// A port is not there.
    #[error("there is no audio {direction} port `{name}`: `jack_lsp` lists what there is")]
    NoPort {
        /// Name that was asked for.
        name: String,
        /// `source` or `destination`.
        direction: &'static str,
    },
    /// There is no physical pair to choose.
    #[error("the server has no physical {direction} port: name one with --send and --receive")]
    NoPhysical {
        /// `playback` or `capture`.
        direction: &'static str,
    },
    /// Somebody plays.
    #[error(
        "somebody plays ({source_port} is connected, {more} more); nothing was measured. --force measures all the same"
    )]
    Busy {
        /// The first port over which somebody plays.
        source_port: String,
        /// How many others there are.
        more: usize,
    },
    /// Any other call.
    #[error("JACK: {what} failed ({why})")]
    Call {
        /// What was tried.
        what: String,
        /// What libjack said.
        why: String,
    },
}

impl JackError {
    pub(crate) fn call(what: impl Into<String>, error: ::jack::Error) -> Self {
        Self::Call { what: what.into(), why: error.to_string() }
    }
}

/// Opens a client that never starts a server. The name is changed when it is the server's: a JACK2 server loses its socket
/// when a client of its own name closes.
pub(crate) fn open(name: &str) -> Result<Client, JackError> {
    ::jack::set_logger(::jack::LoggerType::None);
    let server = std::env::var("JACK_DEFAULT_SERVER").unwrap_or_else(|_| "default".to_owned());
    let name = if name == server { format!("{name}-client") } else { name.to_owned() };
    let (client, status) = Client::new(&name, ClientOptions::NO_START_SERVER)
        .map_err(|error| JackError::NoServer { why: error.to_string() })?;
    if status.contains(ClientStatus::FAILURE) {
        return Err(JackError::NoServer { why: format!("{status:?}") });
    }
    Ok(client)
}
