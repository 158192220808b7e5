//! The port to whatever rules the radio, and what is told through it.

use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;

use super::Mode;

/// An address with the length of its network's prefix in bits, 0–32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Net {
    /// The pedal's own address in it.
    pub address: Ipv4Addr,
    /// Length of the prefix in bits, 0–32.
    pub prefix: u8,
}

impl Net {
    /// From `10.42.0.1/24`.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.trim().split_once('/')?;
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
        Some(Self { address: address.parse().ok()?, prefix })
    }

    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let IpAddr::V4(address) = address else { return false };
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        u32::from(address) & mask == u32::from(self.address) & mask
    }
}

/// What the radio does at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Seen {
    /// Whether it is on.
    pub radio: bool,
    /// Name of the network that it is in.
    pub connected: Option<String>,
    /// The hotspot's name while it is up.
    pub hotspot: Option<String>,
    /// The hotspot's addresses while it is up.
    pub hotspot_net: Option<Net>,
}

/// A network of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nearby {
    /// Its name.
    pub ssid: String,
    /// Its signal, 0–100; `None`: it is not heard now.
    pub signal: Option<u8>,
    /// Whether it wants a password.
    pub secured: bool,
    /// Whether its password is known.
    pub saved: bool,
}

/// Why a mode could not be reached: a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NetworkError(pub String);

/// Whatever rules the radio. Calls block; they come on a thread for that, one at a time.
pub trait Radio: Send + 'static {
    /// Goes to a mode.
    ///
    /// # Errors
    /// A sentence; the network should then be as it was.
    fn go(&mut self, mode: Mode) -> Result<(), NetworkError>;

    /// What the radio does.
    ///
    /// # Errors
    /// A sentence.
    fn look(&mut self) -> Result<Seen, NetworkError>;

    /// Networks that are heard or known. `rescan`: listen anew, which takes seconds.
    ///
    /// # Errors
    /// A sentence.
    fn networks(&mut self, rescan: bool) -> Result<Vec<Nearby>, NetworkError>;

    /// Joins a network, with a password when one was typed.
    ///
    /// # Errors
    /// A sentence; it does not contain the password.
    fn join(&mut self, ssid: &str, password: Option<&str>) -> Result<(), NetworkError>;

    /// Leaves the present network.
    ///
    /// # Errors
    /// A sentence.
    fn leave(&mut self) -> Result<(), NetworkError>;

    /// Forgets a network and its password.
    ///
    /// # Errors
    /// A sentence.
    fn forget(&mut self, ssid: &str) -> Result<(), NetworkError>;

    /// The hotspot's key, for the display; `None` before the hotspot was up for the first time.
    fn hotspot_key(&self) -> Option<String>;

    /// Whether there is no real radio behind it.
    fn is_simulated(&self) -> bool {
        false
    }
}
