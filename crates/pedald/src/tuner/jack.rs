//! The instrument's input of the JACK server, as a client of its own beside the engine.

use std::time::{Duration, Instant};

use jack::{AsyncClient, AudioIn, Client, ClientOptions, Control, Port, PortFlags, ProcessScope};

use super::source::{SourceError, TunerSource};

/// A server that gives no samples for so long has gone.
const GONE: Duration = Duration::from_secs(2);

/// A client that listens to one capture port. It is gone when this is dropped.
pub struct JackInput {
    client: Option<AsyncClient<(), Capture>>,
    ring: rtrb::Consumer<f32>,
    rate: f64,
    heard: Instant,
}

impl std::fmt::Debug for JackInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JackInput").field("rate", &self.rate).finish_non_exhaustive()
    }
}

struct Capture {
    port: Port<AudioIn>,
    ring: rtrb::Producer<f32>,
}

impl jack::ProcessHandler for Capture {
    /// Real-time: copies into the ring; what finds no room is left out.
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        for sample in self.port.as_slice(scope) {
            if self.ring.push(*sample).is_err() {
                break;
            }
        }
        Control::Continue
    }
}

impl JackInput {
    /// Listens to the server's input with this number, from 1.
    ///
    /// # Errors
    /// There is no server, or it has no such input.
    pub fn open(input: u8) -> Result<Box<dyn TunerSource>, SourceError> {
        jack::set_logger(jack::LoggerType::None);
        let failed = |what: &str, error: &dyn std::fmt::Display| SourceError(format!("{what}: {error}"));
        let (client, _) = Client::new("pedald-tuner", ClientOptions::NO_START_SERVER)
            .map_err(|error| failed("there is no JACK server", &error))?;
        let sources = client.ports(
            None,
            Some("32 bit float mono audio"),
            PortFlags::IS_OUTPUT | PortFlags::IS_PHYSICAL,
        );
        let at = usize::from(input.max(1)) - 1;
        let source = sources.get(at).cloned().ok_or_else(|| {
            SourceError(format!("the JACK server has {} inputs, and no input {input}", sources.len()))
        })?;
        let rate = f64::from(client.sample_rate());
        let port = client
            .register_port("in", AudioIn::default())
            .map_err(|error| failed("JACK gives no port", &error))?;
        let (producer, ring) = rtrb::RingBuffer::new(rate as usize);
        let client = client
            .activate_async((), Capture { port, ring: producer })
            .map_err(|error| failed("JACK does not start the tuner", &error))?;
        let target = format!("{}:in", client.as_client().name());
        client
            .as_client()
            .connect_ports_by_name(&source, &target)
            .map_err(|error| failed("JACK does not connect the tuner", &error))?;
        Ok(Box::new(Self { client: Some(client), ring, rate, heard: Instant::now() }))
    }
}

impl TunerSource for JackInput {
    fn rate(&self) -> f64 {
        self.rate
    }

    fn read(&mut self, into: &mut Vec<f32>) -> bool {
        if let Ok(chunk) = self.ring.read_chunk(self.ring.slots()) {
            let (first, second) = chunk.as_slices();
            into.extend_from_slice(first);
            into.extend_from_slice(second);
            if !chunk.is_empty() {
                self.heard = Instant::now();
            }
            chunk.commit_all();
        }
        self.heard.elapsed() < GONE
    }
}

impl Drop for JackInput {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            let _ = client.deactivate();
        }
    }
}
