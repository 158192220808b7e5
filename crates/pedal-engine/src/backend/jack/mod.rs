//! JACK: one client for the whole board, on jackd or on PipeWire's libjack (`pw-jack`, or `LD_LIBRARY_PATH`).
//!
//! The library is loaded when the first client is opened, so that the program starts on a machine without JACK.
//! When the server dies, the back end says [`BackendState::Lost`] and stays silent. It does not reconnect behind its
//! owner's back, because a new server may have another rate: stop, check [`Backend::format`], start.

mod callback;
mod door;
mod external;
mod graph;
mod server;

use super::{Backend, BackendState, BackendStats, ExternalPorts, FreewheelError, StartError};
use crate::io::{MAX_CHANNELS, Process, StreamFormat};
use crate::sys::jack::Notifications;
use crate::sys::jack_latency::Latency;
use callback::{Callback, Shared};
use external::External;
use jack::{AudioIn, AudioOut, MidiIn, MidiOut};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

pub(crate) use door::{Door, door};
pub(crate) use graph::{DryThrough, EngineSeen};
pub(crate) use server::connect;
use server::server_name;

/// How long [`Backend::stop`] waits for a block that is being processed.
const PATIENCE: Duration = Duration::from_secs(2);

/// What to open, and what to connect.
#[derive(Debug, Clone)]
pub struct JackOptions {
    /// Name of our client; JACK appends a number when it is taken. Must differ from the server's name.
    pub client_name: String,
    /// Name of the server; `None` is `$JACK_DEFAULT_SERVER`, or else `default`.
    pub server: Option<String>,
    /// Number of capture ports, 1–32; `None` is the number of physical ones (2 when there is none).
    pub captures: Option<usize>,
    /// Number of playback ports, 1–32; `None` is the number of physical ones (2 when there is none).
    pub playbacks: Option<usize>,
    /// Whether the audio ports are connected to the physical ones at the start.
    pub connect_audio: bool,
    /// Whether the playbacks wait with that for [`ExternalPorts::take_over`], so that nothing is heard of a process that is not
    /// ready yet.
    pub playbacks_wait: bool,
    /// Whether all physical MIDI ports are connected to `midi_in` and `midi_out` at the start.
    pub connect_midi: bool,
    /// Whether our ports also have the names of mod-host's ones (`mod-host:midi_in`, `mod-host:midi_out`,
    /// `mod-monitor:out_N`), so that programs which look for those find them. For one client on a server.
    pub mod_host_names: bool,
}

impl Default for JackOptions {
    /// Client `archibald-engine` on the default server, as many ports as physical ones, audio connected at once, MIDI not
    /// (mod-ui and the control service connect the MIDI devices that the user chose).
    fn default() -> Self {
        Self {
            client_name: "archibald-engine".to_owned(),
            server: None,
            captures: None,
            playbacks: None,
            connect_audio: true,
            playbacks_wait: false,
            connect_midi: false,
            mod_host_names: true,
        }
    }
}

type ActiveClient = jack::AsyncClient<Notifications<Shared>, Callback>;

enum Link {
    Closed,
    Open(jack::Client),
    Active(Box<ActiveClient>),
}

/// The JACK back end.
pub struct JackBackend {
    options: JackOptions,
    shared: Arc<Shared>,
    captures: usize,
    playbacks: usize,
    sample_rate: u32,
    // Before `link`: ports must be gone when the client closes.
    external: Option<External>,
    link: Link,
    // After `link`: the server may ask until the client is closed.
    latency: Option<Latency>,
    latency_frames: u32,
}

impl JackBackend {
    /// Opens the client, without ports and without periods yet.
    pub fn open(options: JackOptions) -> Result<Self, StartError> {
        for (what, count) in
            [("number of capture ports", options.captures), ("number of playback ports", options.playbacks)]
        {
            if let Some(value) = count.filter(|count| !(1..=MAX_CHANNELS / 2).contains(count)) {
                return Err(StartError::OutOfRange { what, value: value as u64, range: "1-32" });
            }
        }
        let mut backend = Self {
            options,
            shared: Arc::new(Shared::default()),
            captures: 0,
            playbacks: 0,
            sample_rate: 0,
            external: None,
            link: Link::Closed,
            latency: None,
            latency_frames: 0,
        };
        let client = backend.open_client()?;
        backend.link = Link::Open(client);
        Ok(backend)
    }

    fn server_name(&self) -> String {
        server_name(self.options.server.as_deref())
    }

    fn client(&self) -> Option<&jack::Client> {
        match &self.link {
            Link::Closed => None,
            Link::Open(client) => Some(client),
            Link::Active(active) => Some(active.as_client()),
        }
    }

    fn open_client(&mut self) -> Result<jack::Client, StartError> {
        let client = connect(&self.options.client_name, self.options.server.as_deref())?;
        let count = |flow| match graph::physical(&client, graph::AUDIO, flow).len() {
            0 => 2,
            n => n.min(MAX_CHANNELS / 2),
        };
        self.captures = self.options.captures.unwrap_or_else(|| count(jack::PortFlags::IS_OUTPUT));
        self.playbacks = self.options.playbacks.unwrap_or_else(|| count(jack::PortFlags::IS_INPUT));
        self.sample_rate = client.sample_rate();
        self.shared.begin(client.sample_rate(), client.buffer_size());
        Ok(client)
    }

    fn refused(&self, action: &'static str) -> impl Fn(jack::Error) -> StartError + '_ {
        move |error| StartError::Jack { server: self.server_name(), action, reason: error.to_string() }
    }

    /// Registers our standing ports.
    fn register(&self, client: &jack::Client) -> Result<(Callback, External), StartError> {
        let refused = self.refused("register a port");
        let old_name = |name: &str| if self.options.mod_host_names { name.to_owned() } else { String::new() };
        let (mut callback, external) =
            callback::pair(Arc::clone(&self.shared), self.captures, self.playbacks);
        for n in 1..=self.captures {
            let port = client.register_port(&format!("capture_{n}"), AudioIn::default()).map_err(&refused)?;
            callback.inputs.push(port);
        }
        for n in 1..=self.playbacks {
            let mut port =
                client.register_port(&format!("playback_{n}"), AudioOut::default()).map_err(&refused)?;
            external::set_alias(&mut port, &old_name(&format!("mod-monitor:out_{n}")));
            callback.outputs.push(port);
        }
        let mut midi_in = client.register_port("midi_in", MidiIn::default()).map_err(&refused)?;
        external::set_alias(&mut midi_in, &old_name("mod-host:midi_in"));
        let mut midi_out = client.register_port("midi_out", MidiOut::default()).map_err(&refused)?;
        external::set_alias(&mut midi_out, &old_name("mod-host:midi_out"));
        callback.midi_in.push(midi_in);
        callback.midi_out.push(midi_out);
        Ok((callback, external))
    }

    fn try_start(&mut self) -> Result<(), StartError> {
        let client = match std::mem::replace(&mut self.link, Link::Closed) {
            Link::Open(client) if !self.shared.is_lost() => client,
            _ => self.open_client()?,
        };
        let (callback, external) = self.register(&client)?;
        let frames = client.buffer_size() as usize;
        self.shared.slot.with_patience(PATIENCE, |process| process.set_max_frames(frames));
        let notes = Notifications(Arc::clone(&self.shared));
        // Without it a recorder places what it takes as if the board were never late: worth a word, not a failure.
        let latency = Latency::register(&client)
            .inspect_err(|reason| tracing::warn!(reason, "JACK will not hear of the board's latency"))
            .ok();
        let active = client.activate_async(notes, callback).map_err(self.refused("activate the client"))?;
        self.external = Some(external);
        let captures = if self.options.connect_audio { self.captures } else { 0 };
        graph::connect_sources(active.as_client(), captures, self.options.connect_midi);
        if self.options.connect_audio && !self.options.playbacks_wait {
            graph::connect_playbacks(active.as_client(), self.playbacks);
        }
        self.link = Link::Active(Box::new(active));
        self.latency = latency;
        if let Some(latency) = &self.latency {
            latency.set(self.latency_frames);
        }
        Ok(())
    }
}

impl Backend for JackBackend {
    fn name(&self) -> &'static str {
        "jack"
    }

    fn client_name(&self) -> Option<&str> {
        self.client().map(jack::Client::name)
    }

    fn format(&self) -> StreamFormat {
        StreamFormat {
            sample_rate: self.sample_rate,
            max_frames: self.shared.max_frames.load(Relaxed),
            captures: self.captures,
            playbacks: self.playbacks,
        }
    }

    fn start(&mut self, process: Box<dyn Process>) -> Result<(), StartError> {
        if matches!(self.link, Link::Active(_)) {
            return Err(StartError::Running);
        }
        self.shared.slot.put(process);
        self.try_start()
    }

    fn stop(&mut self) -> Option<Box<dyn Process>> {
        // Closing the client ends JACK's threads; only then nobody lends the process any more.
        self.external = None;
        self.link = Link::Closed;
        self.latency = None;
        self.shared.slot.take(if self.shared.has_panicked() { Duration::ZERO } else { PATIENCE })
    }

    fn stats(&self) -> BackendStats {
        let alive = !self.shared.is_lost();
        BackendStats {
            periods: self.shared.periods.load(Relaxed),
            xruns: self.shared.xruns.load(Relaxed),
            server_load: self.client().filter(|_| alive).map(jack::Client::cpu_load),
        }
    }

    fn state(&self) -> BackendState {
        match (&self.link, self.shared.why_lost()) {
            (_, Some(why)) => BackendState::Lost(format!("JACK server `{}`: {why}", self.server_name())),
            (Link::Active(_), None) => BackendState::Running,
            _ => BackendState::Stopped,
        }
    }

    fn real_time_priority(&self) -> Option<u8> {
        self.client().filter(|_| !self.shared.is_lost()).and_then(crate::sys::jack::real_time_priority)
    }

    fn set_latency(&mut self, frames: u32) {
        self.latency_frames = frames;
        let alive = matches!(self.link, Link::Active(_)) && !self.shared.is_lost();
        if let Some(latency) = self.latency.as_ref().filter(|_| alive) {
            latency.set(frames);
        }
    }

    fn set_freewheel(&mut self, enabled: bool) -> Result<(), FreewheelError> {
        let client = self.client().filter(|_| !self.shared.is_lost()).ok_or(FreewheelError::Stopped)?;
        crate::sys::jack_latency::set_freewheel(client, enabled).map_err(FreewheelError::Refused)
    }

    fn ports(&mut self) -> Option<&mut dyn ExternalPorts> {
        Some(self)
    }
}

impl Drop for JackBackend {
    fn drop(&mut self) {
        self.external = None;
        self.link = Link::Closed;
        self.latency = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_counts_are_bounded() {
        let options = JackOptions { captures: Some(33), ..JackOptions::default() };
        assert!(matches!(JackBackend::open(options), Err(StartError::OutOfRange { value: 33, .. })));
    }
}
