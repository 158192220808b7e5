//! The ports of one kind and direction, used and free.

use jack::{AudioIn, AudioOut, Client, MidiIn, MidiOut, Port, Unowned};

use crate::backend::jack::callback::NewPort;
use crate::backend::{PortError, PortFlow, PortKind};
use crate::io::{MAX_CHANNELS, MAX_MIDI_PORTS};

/// One use of a pooled port.
pub(super) struct Use {
    /// The other program's port: its real name, and what it was asked for by.
    pub(super) names: [String; 2],
    pub(super) aliases: Vec<String>,
    pub(super) count: usize,
}

pub(super) struct Pooled {
    pub(super) port: Port<Unowned>,
    pub(super) used: Option<Use>,
}

/// The pooled ports of one kind and direction; `base` channels come before them.
pub(super) struct Pool {
    pub(super) kind: PortKind,
    pub(super) flow: PortFlow,
    pub(super) base: usize,
    pub(super) ports: Vec<Pooled>,
}

impl Pool {
    fn limit(&self) -> usize {
        match self.kind {
            PortKind::Audio => MAX_CHANNELS,
            PortKind::Midi => MAX_MIDI_PORTS,
        }
    }

    pub(super) fn position_of(&self, name: &str) -> Option<usize> {
        let is_it = |used: &Use| used.names.iter().any(|known| known == name);
        self.ports.iter().position(|pooled| pooled.used.as_ref().is_some_and(is_it))
    }

    /// The position of a port that nobody uses; registers one and sends it to the real-time thread if need be.
    pub(super) fn free(
        &mut self,
        client: &Client,
        departures: &mut rtrb::Producer<NewPort>,
        name: &str,
    ) -> Result<usize, PortError> {
        if let Some(position) = self.ports.iter().position(|pooled| pooled.used.is_none()) {
            return Ok(position);
        }
        if self.base + self.ports.len() >= self.limit() || departures.is_full() {
            return Err(PortError::Full { name: name.to_owned(), limit: self.limit() });
        }
        let n = self.ports.len() + 1;
        let refused = |error: jack::Error| PortError::Refused {
            action: "register a port for",
            name: name.to_owned(),
            reason: error.to_string(),
        };
        let (port, departing) = match (self.kind, self.flow) {
            (PortKind::Audio, PortFlow::Sink) => {
                let port = client.register_port(&format!("in_{n}"), AudioIn::default()).map_err(refused)?;
                (port.clone_unowned(), NewPort::AudioIn(port))
            }
            (PortKind::Audio, PortFlow::Source) => {
                let port = client.register_port(&format!("out_{n}"), AudioOut::default()).map_err(refused)?;
                (port.clone_unowned(), NewPort::AudioOut(port))
            }
            (PortKind::Midi, PortFlow::Sink) => {
                let name = format!("midi_in_{}", n + 1);
                let port = client.register_port(&name, MidiIn::default()).map_err(refused)?;
                (port.clone_unowned(), NewPort::MidiIn(port))
            }
            (PortKind::Midi, PortFlow::Source) => {
                let name = format!("midi_out_{}", n + 1);
                let port = client.register_port(&name, MidiOut::default()).map_err(refused)?;
                (port.clone_unowned(), NewPort::MidiOut(port))
            }
        };
        let sent = departures.push(departing);
        debug_assert!(sent.is_ok(), "room was checked above");
        self.ports.push(Pooled { port, used: None });
        Ok(self.ports.len() - 1)
    }
}
