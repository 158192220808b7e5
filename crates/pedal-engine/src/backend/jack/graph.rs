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

/// Physical captures to our ports, N to N, and MIDI both ways; a failure is logged and the rest goes on.
pub(super) fn connect_sources(client: &Client, captures: usize, midi: bool) {
    let own = |port: &str| format!("{}:{port}", client.name());
    let sources = physical(client, AUDIO, PortFlags::IS_OUTPUT);
    let captures = sources.into_iter().take(captures).zip(1..);
    let mut wanted: Vec<_> = captures.map(|(port, n)| (port, own(&format!("capture_{n}")))).collect();
    if midi {
        let sources = physical(client, MIDI, PortFlags::IS_OUTPUT);
        wanted.extend(sources.into_iter().map(|port| (port, own("midi_in"))));
        let sinks = physical(client, MIDI, PortFlags::IS_INPUT);
        wanted.extend(sinks.into_iter().map(|port| (own("midi_out"), port)));
    }
    for (source, sink) in wanted {
        connect_or_tell(client, &source, &sink);
    }
}

/// Our playback N to the physical one.
pub(super) fn connect_playbacks(client: &Client, playbacks: usize) {
    for (sink, n) in physical(client, AUDIO, PortFlags::IS_INPUT).iter().take(playbacks).zip(1..) {
        connect_or_tell(client, &format!("{}:playback_{n}", client.name()), sink);
    }
}

/// The same in place of the dry way: after each connection, what goes to the same place by the dry way is removed, so
/// that both sound for a period at most, and there is none without either. Returns how many dry connections there were.
pub(super) fn take_over(client: &Client, playbacks: usize) -> usize {
    let dry = DryThrough::new(client);
    let pairs = dry.pairs();
    let sinks = physical(client, AUDIO, PortFlags::IS_INPUT);
    let mut removed = 0;
    for (sink, n) in sinks.iter().take(playbacks).zip(1..) {
        connect_or_tell(client, &format!("{}:playback_{n}", client.name()), sink);
        removed += dry.remove(pairs.iter().filter(|(_, to)| to == sink));
    }
    // Beyond our own channels, too: half of the guitar would go on sounding dry.
    removed + dry.remove(pairs.iter().filter(|(_, to)| sinks.iter().skip(playbacks).any(|sink| sink == to)))
}

fn connect_or_tell(client: &Client, source: &str, sink: &str) {
    if let Err(error) = connect(client, source, sink) {
        tracing::warn!("cannot connect {source} to {sink}: {error}");
    }
}

/// What of an engine can be seen in the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineSeen {
    /// There is none.
    None,
    /// It is there, and nothing of it can be heard yet.
    Unconnected,
    /// Its output goes somewhere.
    Connected,
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

    /// How far a client called `engine` is, by its first playback port.
    pub(crate) fn engine(&self, engine: &str) -> EngineSeen {
        if engine.contains('\0') {
            return EngineSeen::None;
        }
        match self.client.port_by_name(&format!("{engine}:playback_1")) {
            None => EngineSeen::None,
            Some(port) if port.connected_count().unwrap_or(0) == 0 => EngineSeen::Unconnected,
            Some(_) => EngineSeen::Connected,
        }
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
        self.remove(self.pairs().iter())
    }

    fn remove<'b>(&self, pairs: impl Iterator<Item = &'b (String, String)>) -> usize {
        // The server refuses to remove a connection that does not exist, which is no error here.
        let removed =
            |(source, sink): &&(String, String)| self.client.disconnect_ports_by_name(source, sink).is_ok();
        pairs.filter(removed).count()
    }
}
