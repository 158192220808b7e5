//! A network for a machine that is no pedal: it says what a pedal would say, and touches nothing.

use super::{Mode, Nearby, Net, NetworkError, Radio, Seen};
use crate::access::random;

/// Letters of hotspot keys: none that look alike on a small display.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// A network without a radio.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// Whether every wish fails.
    fails: bool,
    mode: Mode,
    key: String,
    /// The network that was joined; `None`: none.
    joined: Option<String>,
    /// Networks whose password is known.
    saved: Vec<String>,
}

impl Default for Simulated {
    fn default() -> Self {
        let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
        Self {
            fails: false,
            mode: Mode::Home,
            key: random::<12>().iter().map(letter).collect(),
            joined: Some("home (simulated)".into()),
            saved: vec!["home (simulated)".into()],
        }
    }
}

impl Simulated {
    /// One that fulfils no wish.
    pub fn failing() -> Self {
        Self { fails: true, ..Self::default() }
    }
}

impl Radio for Simulated {
    fn go(&mut self, mode: Mode) -> Result<(), NetworkError> {
        if self.fails {
            return Err(NetworkError("the simulated network fails, as it was told to".into()));
        }
        self.mode = mode;
        Ok(())
    }

    fn look(&mut self) -> Result<Seen, NetworkError> {
        let stage = self.mode == Mode::Stage;
        Ok(Seen {
            radio: self.mode != Mode::Off,
            connected: self.joined.clone().filter(|_| self.mode == Mode::Home),
            hotspot: stage.then(|| "pistomp (simulated)".to_owned()),
            hotspot_net: if stage { Net::parse("10.42.0.1/24") } else { None },
        })
    }

    fn networks(&mut self, _rescan: bool) -> Result<Vec<Nearby>, NetworkError> {
        let network = |(ssid, signal, secured): (&str, u8, bool)| Nearby {
            ssid: ssid.into(),
            signal: Some(signal),
            secured,
            saved: self.saved.iter().any(|name| name == ssid),
        };
        Ok([("home (simulated)", 82, true), ("venue (simulated)", 61, true), ("cafe (simulated)", 44, false)]
            .map(network)
            .to_vec())
    }

    fn join(&mut self, ssid: &str, password: Option<&str>) -> Result<(), NetworkError> {
        if self.fails || password.is_some_and(|password| password.len() < 8) {
            return Err(NetworkError(format!("{ssid} could not be joined: was the password right?")));
        }
        self.joined = Some(ssid.to_owned());
        if !self.saved.iter().any(|name| name == ssid) {
            self.saved.push(ssid.to_owned());
        }
        Ok(())
    }

    fn leave(&mut self) -> Result<(), NetworkError> {
        self.joined = None;
        Ok(())
    }

    fn forget(&mut self, ssid: &str) -> Result<(), NetworkError> {
        self.saved.retain(|name| name != ssid);
        if self.joined.as_deref() == Some(ssid) {
            self.joined = None;
        }
        Ok(())
    }

    fn hotspot_key(&self) -> Option<String> {
        Some(self.key.clone())
    }

    fn is_simulated(&self) -> bool {
        true
    }
}
