//! Ports to other programs, made on demand and pooled (`pool`): a port that nobody uses stays registered, unconnected and
//! without alias, for the next one. So the real-time thread only ever sees its lists grow.

mod pool;

use jack::{Client, Port, PortFlags};

use super::callback::NewPort;
use super::{JackBackend, Link, graph};
use crate::backend::{ExternalChannel, ExternalPorts, PortError, PortFlow, PortKind};
use pool::{Pool, Pooled, Use};

/// The control side of all on-demand ports of one active client.
pub(super) struct External {
    departures: rtrb::Producer<NewPort>,
    pools: [Pool; 4],
}

/// Gives a port a second name if JACK has room for it (two for each port); a failure costs nothing but the name.
pub(super) fn set_alias<S>(port: &mut Port<S>, alias: &str) {
    if !alias.is_empty() && !alias.contains('\0') && port.set_alias(alias).is_err() {
        tracing::debug!("JACK has no room for the alias {alias}");
    }
}

impl External {
    pub(super) fn new(departures: rtrb::Producer<NewPort>, captures: usize, playbacks: usize) -> Self {
        let pool = |kind, flow, base| Pool { kind, flow, base, ports: Vec::new() };
        // Our inputs are sinks and our outputs are sources.
        let pools = [
            pool(PortKind::Audio, PortFlow::Sink, captures),
            pool(PortKind::Audio, PortFlow::Source, playbacks),
            pool(PortKind::Midi, PortFlow::Sink, 1),
            pool(PortKind::Midi, PortFlow::Source, 1),
        ];
        Self { departures, pools }
    }

    fn ensure(
        &mut self,
        client: &Client,
        name: &str,
        alias: &str,
        own: PortFlow,
    ) -> Result<ExternalChannel, PortError> {
        let (kind, flow) = look_up(client, name).ok_or_else(|| PortError::Unknown(name.to_owned()))?;
        let wanted = if own == PortFlow::Sink { "source" } else { "sink" };
        let real = real_name(client, name);
        if flow == own || real.starts_with(&format!("{}:", client.name())) {
            return Err(PortError::WrongWay { name: name.to_owned(), wanted });
        }
        let pool = self
            .pools
            .iter_mut()
            .find(|pool| pool.kind == kind && pool.flow == own)
            .expect("there is a pool for each kind and direction");
        let position = match pool.position_of(name).or_else(|| pool.position_of(&real)) {
            Some(position) => position,
            None => {
                let position = pool.free(client, &mut self.departures, name)?;
                let names = [real.clone(), name.to_owned()];
                pool.ports[position].used = Some(Use { names, aliases: Vec::new(), count: 0 });
                position
            }
        };
        let Pooled { port, used } = &mut pool.ports[position];
        let entry = used.as_mut().expect("it was found or set above");
        let refused = |error: jack::Error| PortError::Refused {
            action: "connect",
            name: name.to_owned(),
            reason: error.to_string(),
        };
        let connected = port.name().map_err(refused).and_then(|ours| {
            let (source, sink) = if own == PortFlow::Sink { (&real, &ours) } else { (&ours, &real) };
            graph::connect(client, source, sink).map_err(refused)
        });
        if let Err(error) = connected {
            if entry.count == 0 {
                *used = None;
            }
            return Err(error);
        }
        entry.count += 1;
        if !entry.aliases.iter().any(|known| known == alias) {
            set_alias(port, alias);
            entry.aliases.push(alias.to_owned());
        }
        Ok(ExternalChannel { kind, index: pool.base + position })
    }

    fn find(&self, client: &Client, name: &str, own: PortFlow) -> Option<ExternalChannel> {
        let real = real_name(client, name);
        self.pools.iter().filter(|pool| pool.flow == own).find_map(|pool| {
            let position = pool.position_of(name).or_else(|| pool.position_of(&real))?;
            Some(ExternalChannel { kind: pool.kind, index: pool.base + position })
        })
    }

    fn release(&mut self, client: &Client, name: &str, own: PortFlow) -> Result<(), PortError> {
        let pools = self.pools.iter_mut().filter(|pool| pool.flow == own);
        let (pool, position) = pools
            .filter_map(|pool| pool.position_of(name).map(|position| (pool, position)))
            .next()
            .ok_or_else(|| PortError::NotConnected(name.to_owned()))?;
        let Pooled { port, used } = &mut pool.ports[position];
        let entry = used.as_mut().expect("position_of finds used ports only");
        entry.count -= 1;
        if entry.count == 0 {
            for alias in entry.aliases.iter().filter(|alias| !alias.is_empty() && !alias.contains('\0')) {
                let _ = port.unset_alias(alias);
            }
            *used = None;
            client.disconnect(port).map_err(|error| PortError::Refused {
                action: "disconnect",
                name: name.to_owned(),
                reason: error.to_string(),
            })?;
        }
        Ok(())
    }
}

/// Kind and direction of a port, by name or alias.
fn look_up(client: &Client, name: &str) -> Option<(PortKind, PortFlow)> {
    if name.contains('\0') {
        return None;
    }
    let port = client.port_by_name(name)?;
    let kind = match port.port_type().ok()?.as_str() {
        kind if kind == jack::jack_sys::FLOAT_MONO_AUDIO => PortKind::Audio,
        kind if kind == jack::jack_sys::RAW_MIDI_TYPE => PortKind::Midi,
        _ => return None,
    };
    let flow = if port.flags().contains(PortFlags::IS_OUTPUT) { PortFlow::Source } else { PortFlow::Sink };
    Some((kind, flow))
}

/// The full name of a port that may have been asked for by an alias.
fn real_name(client: &Client, name: &str) -> String {
    if name.contains('\0') {
        return name.to_owned();
    }
    client.port_by_name(name).and_then(|port| port.name().ok()).unwrap_or_else(|| name.to_owned())
}

impl JackBackend {
    fn with_external<R>(
        &mut self,
        job: impl FnOnce(&mut External, &Client) -> Result<R, PortError>,
    ) -> Result<R, PortError> {
        match (&mut self.external, &self.link) {
            (Some(external), Link::Active(active)) if !self.shared.is_lost() => {
                job(external, active.as_client())
            }
            _ => Err(PortError::Stopped),
        }
    }

    fn between(
        &mut self,
        action: &'static str,
        source: &str,
        sink: &str,
        job: impl FnOnce(&Client, &str, &str) -> Result<(), jack::Error>,
    ) -> Result<(), PortError> {
        self.with_external(|_, client| {
            for (name, wanted, word) in [(source, PortFlow::Source, "source"), (sink, PortFlow::Sink, "sink")]
            {
                let (_, flow) = look_up(client, name).ok_or_else(|| PortError::Unknown(name.to_owned()))?;
                if flow != wanted {
                    return Err(PortError::WrongWay { name: name.to_owned(), wanted: word });
                }
            }
            let refused = |error: jack::Error| PortError::Refused {
                action,
                name: format!("{source} and {sink}"),
                reason: error.to_string(),
            };
            job(client, &real_name(client, source), &real_name(client, sink)).map_err(refused)
        })
    }
}

impl ExternalPorts for JackBackend {
    fn look_up(&self, name: &str) -> Option<(PortKind, PortFlow)> {
        if self.shared.is_lost() {
            return None;
        }
        look_up(self.client()?, name)
    }

    fn find(&self, name: &str, flow: PortFlow) -> Option<ExternalChannel> {
        // Our inputs stand for sources, our outputs for sinks.
        let own = match flow {
            PortFlow::Source => PortFlow::Sink,
            PortFlow::Sink => PortFlow::Source,
        };
        let (external, client) = (self.external.as_ref()?, self.client()?);
        external.find(client, name, own)
    }

    fn ensure_input(&mut self, source: &str, alias: &str) -> Result<ExternalChannel, PortError> {
        self.with_external(|external, client| external.ensure(client, source, alias, PortFlow::Sink))
    }

    fn ensure_output(&mut self, sink: &str, alias: &str) -> Result<ExternalChannel, PortError> {
        self.with_external(|external, client| external.ensure(client, sink, alias, PortFlow::Source))
    }

    fn release_input(&mut self, source: &str) -> Result<(), PortError> {
        self.with_external(|external, client| external.release(client, source, PortFlow::Sink))
    }

    fn release_output(&mut self, sink: &str) -> Result<(), PortError> {
        self.with_external(|external, client| external.release(client, sink, PortFlow::Source))
    }

    fn connect(&mut self, source: &str, sink: &str) -> Result<(), PortError> {
        self.between("connect", source, sink, graph::connect)
    }

    fn disconnect(&mut self, source: &str, sink: &str) -> Result<(), PortError> {
        self.between("disconnect", source, sink, |client, source, sink| {
            client.disconnect_ports_by_name(source, sink)
        })
    }

    fn take_over(&mut self) -> usize {
        let playbacks = if self.options.connect_audio { self.playbacks } else { 0 };
        self.with_external(|_, client| Ok(graph::take_over(client, playbacks))).unwrap_or(0)
    }
}
