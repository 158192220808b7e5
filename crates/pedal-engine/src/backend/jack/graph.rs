//! The server's side of the graph: physical ports, our standing connections, and the dry way around us.

use jack::{Client, PortFlags};

/// Pattern of JACK's audio type.
pub(super) const AUDIO: &str = "audio";
/// Pattern of JACK's MIDI type.
pub(super) const MIDI: &str = "midi";

/// Full names of the physical ports of a type, in the server's order. `flow` is as seen from the server:
/// `IS_OUTPUT` for captures.
pub(super) fn physical(client: &Client, kind: &str, flow: PortFlags) -> Vec<String> {
    client.ports(None, Some(kind), PortFlags::IS_PHYSICAL | flow)
}

/// Makes a connection; one that exists is a success.
pub(super) fn connect(client: &Client, source: &str, sink: &str) -> Result<(), jack::Error> {
    match client.connect_ports_by_name(source, sink) {
        Err(jack::Error::PortAlreadyConnected(..)) => Ok(()),
        other => other,
    }
}

/// Our ports to the physical ones, N to N; a failure is logged and the rest goes on.
pub(super) fn connect_physical(client: &Client, captures: usize, playbacks: usize, audio: bool, midi: bool) {
    let own = |port: &str| format!("{}:{port}", client.name());
    let mut wanted = Vec::new();
    if audio {
        let sources = physical(client, AUDIO, PortFlags::IS_OUTPUT);
        wanted.extend(
            sources.into_iter().take(captures).zip(1..).map(|(port, n)| (port, own(&format!("capture_{n}")))),
        );
        let sinks = physical(client, AUDIO, PortFlags::IS_INPUT);
        wanted.extend(
            sinks.into_iter().take(playbacks).zip(1..).map(|(port, n)| (own(&format!("playback_{n}")), port)),
        );
    }
    if midi {
        let sources = physical(client, MIDI, PortFlags::IS_OUTPUT);
        wanted.extend(sources.into_iter().map(|port| (port, own("midi_in"))));
        let sinks = physical(client, MIDI, PortFlags::IS_INPUT);
        wanted.extend(sinks.into_iter().map(|port| (own("midi_out"), port)));
    }
    for (source, sink) in wanted {
        if let Err(error) = connect(client, &source, &sink) {
            tracing::warn!("cannot connect {source} to {sink}: {error}");
        }
    }
}

/// The connections from physical captures straight to physical playbacks, which live in the server and need no process
/// of ours.
pub(crate) struct DryThrough<'a> {
    client: &'a Client,
}

impl<'a> DryThrough<'a> {
    /// Through any client of the server.
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Capture N to playback N; a single capture goes to all playbacks.
    fn pairs(&self) -> Vec<(String, String)> {
        let captures = physical(self.client, AUDIO, PortFlags::IS_OUTPUT);
        let playbacks = physical(self.client, AUDIO, PortFlags::IS_INPUT);
        match &captures[..] {
            [only] => playbacks.into_iter().map(|playback| (only.clone(), playback)).collect(),
            _ => captures.into_iter().zip(playbacks).collect(),
        }
    }

    /// Whether a client called `engine` has its first playback port.
    pub(crate) fn engine_runs(&self, engine: &str) -> bool {
        !engine.contains('\0') && self.client.port_by_name(&format!("{engine}:playback_1")).is_some()
    }

    /// Makes the connections; returns how many there are. The error says which one failed.
    pub(crate) fn on(&self) -> Result<usize, String> {
        let pairs = self.pairs();
        for (source, sink) in &pairs {
            connect(self.client, source, sink).map_err(|error| format!("{source} to {sink}: {error}"))?;
        }
        Ok(pairs.len())
    }

    /// Removes whatever of them exists; returns how many did.
    pub(crate) fn off(&self) -> usize {
        // The server refuses to remove a connection that does not exist, which is no error here.
        let removed =
            |(source, sink): &&(String, String)| self.client.disconnect_ports_by_name(source, sink).is_ok();
        self.pairs().iter().filter(removed).count()
    }
}
