//! What the board has to do with other JACK clients: channels of ours that stand for their ports, cables to our own MIDI
//! ports that JACK keeps, and cables of a kept board whose other end is not there yet.

use std::time::Duration;

use mod_protocol::ErrorCode;

use super::{Cable, Host, PortName};
use crate::backend::{BackendState, ExternalChannel, PortError, PortFlow, PortKind};
use crate::graph::{Sink, Source};

/// Time between two looks for the other end of a cable that waits.
const LOOK: Duration = Duration::from_millis(500);

/// A channel of ours that carries what a port of another client gives or takes.
#[derive(Debug)]
struct Channel {
    /// The other port, as it was asked for.
    name: String,
    /// Gives us its signal, or takes ours.
    flow: PortFlow,
    channel: ExternalChannel,
    /// How often it was asked for; it must be given back as often.
    uses: usize,
}

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    channels: Vec<Channel>,
    /// Cables between another client's port and `mod-host:midi_in` or `mod-host:midi_out`, source first.
    own: Vec<(String, String)>,
    /// Cables of the board that came from a file and could not be made yet, source first.
    waiting: Vec<(String, String)>,
    looked: Duration,
}

impl Foreign {
    fn name_of(&self, flow: PortFlow, kind: PortKind, index: u16) -> Option<&str> {
        let wanted = ExternalChannel { kind, index: usize::from(index) };
        let found = self.channels.iter().find(|known| known.flow == flow && known.channel == wanted);
        found.map(|known| known.name.as_str())
    }

    /// The other client's port behind a source of ours.
    pub(super) fn source_name(&self, source: Source) -> Option<&str> {
        match source {
            Source::Capture(channel) => self.name_of(PortFlow::Source, PortKind::Audio, channel),
            Source::Midi(port) => self.name_of(PortFlow::Source, PortKind::Midi, port),
            Source::Node(..) => None,
        }
    }

    /// The other client's port behind a sink of ours.
    pub(super) fn sink_name(&self, sink: Sink) -> Option<&str> {
        match sink {
            Sink::Playback(channel) => self.name_of(PortFlow::Sink, PortKind::Audio, channel),
            Sink::Midi(port) => self.name_of(PortFlow::Sink, PortKind::Midi, port),
            Sink::Node(..) => None,
        }
    }

    /// Notes that JACK has, or no longer has, a cable between one of our MIDI ports and another client. False when nothing
    /// was known of it.
    pub(super) fn note_own(&mut self, from: &str, to: &str, there: bool) -> bool {
        let forgotten = self.forget(from, to);
        if there {
            self.own.push((from.to_owned(), to.to_owned()));
        }
        forgotten
    }

    /// Forgets a cable by its names, in either order. False when nothing was known of it.
    pub(super) fn forget(&mut self, a: &str, b: &str) -> bool {
        let is_it = |(from, to): &(String, String)| (from == a && to == b) || (from == b && to == a);
        let before = self.own.len() + self.waiting.len();
        self.own.retain(|cable| !is_it(cable));
        self.waiting.retain(|cable| !is_it(cable));
        before != self.own.len() + self.waiting.len()
    }

    /// A plugin was taken off: what waits for it would find another one in its place.
    pub(super) fn forget_instance(&mut self, instance: i32) {
        let ours = format!("effect_{instance}:");
        self.waiting.retain(|(from, to)| !from.starts_with(&ours) && !to.starts_with(&ours));
    }

    /// Cables that the state file keeps beside those of the board.
    pub(super) fn kept(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.own.iter().chain(&self.waiting).cloned()
    }
}

impl Host {
    /// A channel of ours that carries what a foreign port puts out.
    pub(super) fn channel_from(&mut self, name: &str, alias: &str) -> Option<Source> {
        let channel = self.channel(name, alias, PortFlow::Source)?;
        Some(source_of(channel))
    }

    /// A channel of ours that feeds a foreign port.
    pub(super) fn channel_to(&mut self, name: &str, alias: &str) -> Option<Sink> {
        let channel = self.channel(name, alias, PortFlow::Sink)?;
        Some(sink_of(channel))
    }

    fn channel(&mut self, name: &str, alias: &str, flow: PortFlow) -> Option<ExternalChannel> {
        let ports = self.backend.as_mut()?.ports()?;
        let made = match flow {
            PortFlow::Source => ports.ensure_input(name, alias),
            PortFlow::Sink => ports.ensure_output(name, alias),
        };
        let channel = made.map_err(complain).ok()?;
        let channels = &mut self.foreign.channels;
        // One port may go by several names; what is given back must be what was asked for.
        match channels.iter_mut().find(|known| known.name == name && known.flow == flow) {
            Some(known) => known.uses += 1,
            None => channels.push(Channel { name: name.to_owned(), flow, channel, uses: 1 }),
        }
        Some(channel)
    }

    /// The source that stands for a foreign port, if a channel was made for it.
    pub(super) fn known_source(&mut self, name: &str) -> Option<Source> {
        self.known_channel(name, PortFlow::Source).map(source_of)
    }

    /// The sink that stands for a foreign port, if a channel was made for it.
    pub(super) fn known_sink(&mut self, name: &str) -> Option<Sink> {
        self.known_channel(name, PortFlow::Sink).map(sink_of)
    }

    fn known_channel(&mut self, name: &str, flow: PortFlow) -> Option<ExternalChannel> {
        let known = self.foreign.channels.iter().find(|known| known.name == name && known.flow == flow);
        known.map(|known| known.channel).or_else(|| self.backend.as_mut()?.ports()?.find(name, flow))
    }

    /// Kind and direction of a foreign port that a channel was made for, even when its client has gone.
    pub(super) fn known_port(&self, name: &str) -> Option<(PortKind, PortFlow)> {
        let known = self.foreign.channels.iter().find(|known| known.name == name)?;
        Some((known.channel.kind, known.flow))
    }

    /// Gives back channels that no cable needs any more, once the last fade over them has ended.
    pub(super) fn release_channels(&mut self) {
        if self.foreign.channels.is_empty() || self.live.is_changing() || self.transaction.is_pending() {
            return;
        }
        let cables: Vec<Cable> = self
            .cables
            .iter()
            .chain(self.preloaded.values().flat_map(|board| &board.cables))
            .copied()
            .collect();
        let needed = |known: &Channel| {
            cables.iter().any(|cable| match known.flow {
                PortFlow::Source => cable.source == source_of(known.channel),
                PortFlow::Sink => cable.sink == sink_of(known.channel),
            })
        };
        let all = std::mem::take(&mut self.foreign.channels);
        let (kept, unused) = all.into_iter().partition(needed);
        self.foreign.channels = kept;
        let Some(ports) = self.backend.as_mut().and_then(|backend| backend.ports()) else { return };
        for Channel { name, flow, uses, .. } in unused {
            for _ in 0..uses {
                let released = match flow {
                    PortFlow::Source => ports.release_input(&name),
                    PortFlow::Sink => ports.release_output(&name),
                };
                match released {
                    // Its client, or the whole server, is gone: so is the cable.
                    Ok(()) | Err(PortError::Stopped | PortError::Refused { .. }) => {}
                    Err(error) => tracing::warn!(%error, "disconnect"),
                }
            }
        }
    }

    /// Whether a cable that cannot be made now may be made later: one end is another client's, and there is a server.
    pub(super) fn may_wait(&mut self, from: &str, to: &str) -> bool {
        let own = &self.options.client_name;
        let foreign = |name: &str| matches!(PortName::parse(name, own), PortName::Other(_));
        foreign(from) != foreign(to) && self.backend.as_mut().is_some_and(|backend| backend.ports().is_some())
    }

    /// Cables of a board that was just taken up, to be made as soon as their other end is there.
    pub(super) fn set_waiting(&mut self, cables: Vec<(String, String)>) -> Vec<(String, String)> {
        self.foreign.looked = Duration::ZERO;
        std::mem::replace(&mut self.foreign.waiting, cables)
    }

    /// Makes the cables whose other end has come. Those whose plugin has gone are forgotten.
    pub(super) fn make_waiting(&mut self) {
        let now = self.now();
        let due = now.saturating_sub(self.foreign.looked) >= LOOK || self.foreign.looked.is_zero();
        let runs = self.backend.as_ref().is_some_and(|backend| backend.state() == BackendState::Running);
        if self.foreign.waiting.is_empty() || !due || !runs {
            return;
        }
        self.foreign.looked = now;
        for (from, to) in std::mem::take(&mut self.foreign.waiting) {
            if !self.has_instance(&from) || !self.has_instance(&to) {
                continue;
            }
            if !self.is_there(&from) || !self.is_there(&to) {
                self.foreign.waiting.push((from, to));
            } else if let Err(error) = self.connect(&from, &to) {
                tracing::warn!(%error, from, to, "a cable of the kept board cannot be made");
            }
        }
    }

    fn has_instance(&self, name: &str) -> bool {
        match PortName::parse(name, &self.options.client_name) {
            PortName::Effect { instance, .. } => self.slots.contains_key(&instance),
            _ => true,
        }
    }

    fn is_there(&mut self, name: &str) -> bool {
        match PortName::parse(name, &self.options.client_name) {
            PortName::Other(name) => {
                let ports = self.backend.as_mut().and_then(|backend| backend.ports());
                ports.is_some_and(|ports| ports.look_up(&name).is_some())
            }
            _ => true,
        }
    }

    pub(super) fn jack_cable(&mut self, from: &str, to: &str, connect: bool) -> Result<(), ErrorCode> {
        let failure = if connect { ErrorCode::Connect } else { ErrorCode::Disconnect };
        let own = |name: &str| match name {
            "midi_in" | "midi_out" => format!("{}:{name}", self.options.client_name),
            other => other.to_owned(),
        };
        let (real_from, real_to) = (own(from), own(to));
        let ports = self.backend.as_mut().and_then(|backend| backend.ports()).ok_or(failure)?;
        let done = if connect {
            ports.connect(&real_from, &real_to)
        } else {
            ports.disconnect(&real_from, &real_to)
        };
        let ours = |name: &str| matches!(name, "midi_in" | "midi_out");
        let mut known = false;
        if (ours(from) || ours(to)) && (done.is_ok() || !connect) {
            let told = |name: &str| if ours(name) { format!("mod-host:{name}") } else { name.to_owned() };
            known = self.foreign.note_own(&told(from), &told(to), connect);
            self.touched();
        }
        match done {
            // The other client is gone, and the cable with it.
            Err(PortError::Unknown(_)) if known => Ok(()),
            done => done.map_err(|error| {
                complain(error);
                failure
            }),
        }
    }
}

/// Before the start no cable can be made; a board that is loaded by then waits for it.
fn complain(error: PortError) {
    match error {
        PortError::Stopped => tracing::debug!(%error, "connect"),
        error => tracing::warn!(%error, "connect"),
    }
}

fn source_of(channel: ExternalChannel) -> Source {
    match channel.kind {
        PortKind::Audio => Source::Capture(channel.index as u16),
        PortKind::Midi => Source::Midi(channel.index as u16),
    }
}

fn sink_of(channel: ExternalChannel) -> Sink {
    match channel.kind {
        PortKind::Audio => Sink::Playback(channel.index as u16),
        PortKind::Midi => Sink::Midi(channel.index as u16),
    }
}
