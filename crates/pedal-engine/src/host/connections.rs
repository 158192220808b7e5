//! Cables, by mod-host's port names.

use mod_protocol::ErrorCode;

use super::names::PortName;
use super::{Cable, Host};
use crate::backend::{PortFlow, PortKind};
use crate::graph::{NodeId, Signal, Sink, Source};

type Done = Result<(), ErrorCode>;

/// One end of a cable.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Source(Source),
    Sink(Sink),
    /// A port of another JACK client, which has no channel of ours yet.
    Foreign {
        name: String,
        kind: PortKind,
        flow: PortFlow,
    },
    /// Our MIDI input or output as JACK sees it: cables to it are JACK's own.
    Own {
        port: String,
        flow: PortFlow,
    },
}

impl Host {
    fn end(&mut self, name: &str) -> Option<End> {
        match PortName::parse(name, &self.options.client_name) {
            PortName::Effect { instance, symbol } => self.effect_end(instance, &symbol),
            PortName::Capture(channel) if usize::from(channel) < self.options.captures => {
                Some(End::Source(Source::Capture(channel)))
            }
            PortName::Playback(channel) if usize::from(channel) < self.options.playbacks => {
                Some(End::Sink(Sink::Playback(channel)))
            }
            PortName::Capture(_) | PortName::Playback(_) => None,
            PortName::MidiIn => Some(End::Own { port: "midi_in".into(), flow: PortFlow::Sink }),
            PortName::MidiOut => Some(End::Own { port: "midi_out".into(), flow: PortFlow::Source }),
            PortName::Other(name) => self.foreign_end(name),
        }
    }

    fn effect_end(&self, instance: i32, symbol: &str) -> Option<End> {
        let slot = self.slots.get(&instance)?;
        let info = slot.info();
        let at = |symbols: &[String]| symbols.iter().position(|other| other == symbol).map(|at| at as u16);
        let source = at(&info.output_symbols).map(|port| End::Source(Source::Node(slot.id(), port)));
        source.or_else(|| at(&info.input_symbols).map(|port| End::Sink(Sink::Node(slot.id(), port))))
    }

    fn foreign_end(&mut self, name: String) -> Option<End> {
        if let Some(ports) = self.backend.as_mut().and_then(|backend| backend.ports()) {
            // What is connected can be disconnected also when its client has gone.
            let (kind, flow) = ports.look_up(&name).or_else(|| self.known_port(&name))?;
            return Some(End::Foreign { name, kind, flow });
        }
        // without JACK there is one MIDI input, whatever the client calls the device behind it
        (name.starts_with("system:midi_capture") || name.starts_with("mod-midi-merger:out"))
            .then_some(End::Source(Source::Midi(0)))
            .or_else(|| name.starts_with("system:midi_playback").then_some(End::Sink(Sink::Midi(0))))
    }

    pub(super) fn connect(&mut self, a: &str, b: &str) -> Done {
        let (Some(first), Some(second)) = (self.end(a), self.end(b)) else { return Err(ErrorCode::Connect) };
        let (source, sink) = in_order(first, second).ok_or(ErrorCode::Connect)?;
        match (source, sink) {
            (End::Source(source), End::Sink(sink)) => self.add_cable(source, sink),
            (End::Foreign { name, .. }, End::Sink(sink)) => {
                let channel = self.channel_from(&name, b).ok_or(ErrorCode::Connect)?;
                self.add_cable(channel, sink)
            }
            (End::Source(source), End::Foreign { name, .. }) => {
                let channel = self.channel_to(&name, a).ok_or(ErrorCode::Connect)?;
                self.add_cable(source, channel)
            }
            (End::Source(source @ Source::Node(..)), End::Own { .. }) => {
                self.add_cable(source, Sink::Midi(0))
            }
            (End::Own { .. }, End::Sink(sink @ Sink::Node(..))) => self.add_cable(Source::Midi(0), sink),
            (End::Foreign { name, .. }, End::Own { port, .. }) => self.jack_cable(&name, &port, true),
            (End::Own { port, .. }, End::Foreign { name, .. }) => self.jack_cable(&port, &name, true),
            (End::Source(Source::Midi(0)), End::Own { .. }) => Ok(()),
            (End::Foreign { name, .. }, End::Foreign { name: to, .. }) => self.jack_cable(&name, &to, true),
            _ => Err(ErrorCode::Connect),
        }
    }

    pub(super) fn disconnect(&mut self, a: &str, b: &str) -> Done {
        // A cable that waits for the other client, or that went with it.
        let forgotten = self.foreign.forget(a, b);
        if forgotten {
            self.touched();
        }
        let (Some(first), Some(second)) = (self.end(a), self.end(b)) else {
            return if forgotten { Ok(()) } else { Err(ErrorCode::Disconnect) };
        };
        let (source, sink) = in_order(first, second).ok_or(ErrorCode::Disconnect)?;
        let cable = match (source, sink) {
            (End::Source(source), End::Sink(sink)) => Cable { source, sink },
            (End::Foreign { name, .. }, End::Sink(sink)) => {
                Cable { source: self.known_source(&name).ok_or(ErrorCode::Disconnect)?, sink }
            }
            (End::Source(source), End::Foreign { name, .. }) => {
                Cable { source, sink: self.known_sink(&name).ok_or(ErrorCode::Disconnect)? }
            }
            (End::Source(source), End::Own { .. }) => Cable { source, sink: Sink::Midi(0) },
            (End::Own { .. }, End::Sink(sink)) => Cable { source: Source::Midi(0), sink },
            (End::Foreign { name, .. }, End::Own { port, .. }) => {
                return self.jack_cable(&name, &port, false);
            }
            (End::Own { port, .. }, End::Foreign { name, .. }) => {
                return self.jack_cable(&port, &name, false);
            }
            (End::Foreign { name, .. }, End::Foreign { name: to, .. }) => {
                return self.jack_cable(&name, &to, false);
            }
            _ => return Err(ErrorCode::Disconnect),
        };
        let before = self.cables.len();
        self.cables.retain(|other| *other != cable);
        if self.cables.len() == before {
            return Err(ErrorCode::Disconnect);
        }
        self.changed();
        Ok(())
    }

    /// Gives `port` the cables that `like` has.
    pub(super) fn connect_matching(&mut self, like: &str, port: &str) -> Done {
        let (like, port) = match (self.end(like), self.end(port)) {
            (Some(like), Some(port)) => (like, port),
            _ => return Err(ErrorCode::Connect),
        };
        let copies: Vec<Cable> = self
            .cables
            .iter()
            .filter_map(|cable| match (&like, &port) {
                (End::Source(like), End::Source(port)) if cable.source == *like => {
                    Some(Cable { source: *port, sink: cable.sink })
                }
                (End::Sink(like), End::Sink(port)) if cable.sink == *like => {
                    Some(Cable { source: cable.source, sink: *port })
                }
                _ => None,
            })
            .collect();
        for cable in copies {
            self.push_cable(cable.source, cable.sink)?;
        }
        self.changed();
        Ok(())
    }

    pub(super) fn disconnect_all(&mut self, port: &str) -> Done {
        let end = match self.end(port).ok_or(ErrorCode::Disconnect)? {
            End::Foreign { name, flow: PortFlow::Source, .. } => {
                End::Source(self.known_source(&name).ok_or(ErrorCode::Disconnect)?)
            }
            End::Foreign { name, flow: PortFlow::Sink, .. } => {
                End::Sink(self.known_sink(&name).ok_or(ErrorCode::Disconnect)?)
            }
            other => other,
        };
        let is_it = |cable: &Cable| match &end {
            End::Source(source) => cable.source == *source,
            End::Sink(sink) => cable.sink == *sink,
            _ => false,
        };
        self.cables.retain(|cable| !is_it(cable));
        self.changed();
        Ok(())
    }

    fn add_cable(&mut self, source: Source, sink: Sink) -> Done {
        if self.push_cable(source, sink)? {
            self.changed();
        }
        Ok(())
    }

    /// False when the cable is there already.
    pub(super) fn push_cable(&mut self, source: Source, sink: Sink) -> Result<bool, ErrorCode> {
        let fits = match (self.source_signal(source), self.sink_signal(sink)) {
            (Some(from), Some(to)) => from.fits(to),
            _ => false,
        };
        if !fits {
            return Err(ErrorCode::Connect);
        }
        let cable = Cable { source, sink };
        let new = !self.cables.contains(&cable);
        if new {
            self.cables.push(cable);
        }
        Ok(new)
    }

    fn source_signal(&self, source: Source) -> Option<Signal> {
        match source {
            Source::Capture(_) => Some(Signal::Audio),
            Source::Midi(_) => Some(Signal::Atom),
            Source::Node(id, port) => self.node_signals(id)?.1.get(usize::from(port)).copied(),
        }
    }

    fn sink_signal(&self, sink: Sink) -> Option<Signal> {
        match sink {
            Sink::Playback(_) => Some(Signal::Audio),
            Sink::Midi(_) => Some(Signal::Atom),
            Sink::Node(id, port) => self.node_signals(id)?.0.get(usize::from(port)).copied(),
        }
    }

    fn node_signals(&self, id: NodeId) -> Option<(&[Signal], &[Signal])> {
        let slot = self.slots.values().find(|slot| slot.id() == id)?;
        Some((&slot.info().inputs, &slot.info().outputs))
    }

    /// Name of a cable's start, as `connect` takes it.
    pub(super) fn source_name(&self, source: Source) -> Option<String> {
        if let Some(foreign) = self.foreign.source_name(source) {
            return Some(foreign.to_owned());
        }
        match source {
            Source::Capture(channel) => Some(format!("system:capture_{}", channel + 1)),
            Source::Midi(0) => Some("mod-host:midi_in".to_owned()),
            Source::Midi(_) => None,
            Source::Node(id, port) => {
                let slot = self.slots.values().find(|slot| slot.id() == id)?;
                Some(format!("effect_{}:{}", slot.instance, slot.info().output_symbols[usize::from(port)]))
            }
        }
    }

    /// Name of a cable's end, as `connect` takes it.
    pub(super) fn sink_name(&self, sink: Sink) -> Option<String> {
        if let Some(foreign) = self.foreign.sink_name(sink) {
            return Some(foreign.to_owned());
        }
        match sink {
            Sink::Playback(channel) => Some(format!("system:playback_{}", channel + 1)),
            Sink::Midi(0) => Some("mod-host:midi_out".to_owned()),
            Sink::Midi(_) => None,
            Sink::Node(id, port) => {
                let slot = self.slots.values().find(|slot| slot.id() == id)?;
                Some(format!("effect_{}:{}", slot.instance, slot.info().input_symbols[usize::from(port)]))
            }
        }
    }
}

/// Source first; mod-host takes both orders.
fn in_order(first: End, second: End) -> Option<(End, End)> {
    let gives = |end: &End| match end {
        End::Source(_) => true,
        End::Sink(_) => false,
        End::Foreign { flow, .. } | End::Own { flow, .. } => *flow == PortFlow::Source,
    };
    match (gives(&first), gives(&second)) {
        (true, false) => Some((first, second)),
        (false, true) => Some((second, first)),
        // mod-host:midi_in as a source: the MIDI that the engine receives
        (false, false) if matches!(first, End::Own { .. }) => Some((first, second)),
        _ => None,
    }
}
