//! Why a bridge does not start, or ends.

use std::path::PathBuf;

/// Why a bridge ended by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BridgeError {
    /// No server, or no libjack.
    #[error(
        "no JACK server answers ({why}): start one; a server with a name is chosen by JACK_DEFAULT_SERVER"
    )]
    NoServer {
        /// What libjack said.
        why: String,
    },
    /// The server went away while the bridge ran. The supervisor starts the bridge anew together with it.
    #[error("the JACK server went away: start the bridge again when it is back")]
    ServerGone,
    /// Another JACK call.
    #[error("JACK: {what} failed ({why})")]
    Jack {
        /// What was tried.
        what: String,
        /// What libjack said.
        why: String,
    },
    /// The ALSA sequencer refused.
    #[error(
        "ALSA sequencer: {what} failed ({why}); is the module snd-seq loaded and /dev/snd/seq readable for you?"
    )]
    Alsa {
        /// What was tried.
        what: &'static str,
        /// What ALSA said.
        why: String,
    },
    /// The device is there and cannot be used for MIDI.
    #[error("{}: {why}", device.display())]
    Device {
        /// The serial port.
        device: PathBuf,
        /// What is wrong with it and what to try.
        why: String,
    },
    /// The UDP socket.
    #[error(
        "cannot listen for OSC on {address} ({why}): is another bridge running, or the address not this machine's?"
    )]
    Socket {
        /// Address and port.
        address: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// The map file.
    #[error("{}: {why}", file.display())]
    Map {
        /// The file.
        file: PathBuf,
        /// What is wrong, with the line where there is one.
        why: String,
    },
    /// The system refused something else.
    #[error("{what}: {why}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        why: std::io::Error,
    },
}

impl BridgeError {
    pub(crate) fn jack(what: impl Into<String>, error: &jack::Error) -> Self {
        Self::Jack { what: what.into(), why: error.to_string() }
    }

    pub(crate) fn system(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |why| Self::System { what, why }
    }

    /// Whether a new start cannot help before somebody changed the configuration.
    pub fn is_configuration(&self) -> bool {
        matches!(self, Self::Map { .. })
    }
}
