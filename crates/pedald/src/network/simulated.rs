//! A network for a machine that is no pedal: it says what a pedal would say, and touches nothing.

use super::{Mode, Net, NetworkError, Radio, Seen};
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
}

impl Default for Simulated {
    fn default() -> Self {
        let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
        Self { fails: false, mode: Mode::Home, key: random::<12>().iter().map(letter).collect() }
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
            connected: (self.mode == Mode::Home).then(|| "home (simulated)".to_owned()),
            hotspot: stage.then(|| "pistomp (simulated)".to_owned()),
            hotspot_net: if stage { Net::parse("10.42.0.1/24") } else { None },
        })
    }

    fn hotspot_key(&self) -> Option<String> {
        Some(self.key.clone())
    }

    fn is_simulated(&self) -> bool {
        true
    }
}
