//! Which ports to use, and whether somebody plays.

use super::{JackError, open};
use ::jack::{AudioIn, Client, Control, LatencyType, Port, PortFlags, ProcessHandler, ProcessScope};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

const AUDIO: &str = "32 bit float mono audio";

/// The two ends of the loop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Pair {
    /// Port that we feed.
    pub send: String,
    /// Port that feeds us.
    pub receive: String,
    /// Both are ends of hardware: the loop is a cable or the air, and cannot be faster than its buffers.
    pub physical: bool,
    /// Playback latency that the server reports for `send`, frames.
    pub playback_latency: u32,
    /// Capture latency that the server reports for `receive`, frames.
    pub capture_latency: u32,
}

/// Chooses the loop's ports: those named, else the first physical ones.
///
/// # Errors
/// [`JackError::NoPort`] or [`JackError::NoPhysical`].
pub fn pick_pair(client: &Client, send: Option<&str>, receive: Option<&str>) -> Result<Pair, JackError> {
    let choose = |named: Option<&str>, flag: PortFlags, direction, physical| -> Result<String, JackError> {
        match named {
            Some(name) => client
                .port_by_name(name)
                .filter(|port| port.flags().contains(flag) && port.port_type().is_ok_and(|t| t == AUDIO))
                .map(|_| name.to_owned())
                .ok_or_else(|| JackError::NoPort { name: name.to_owned(), direction }),
            None => client
                .ports(None, Some(AUDIO), flag | PortFlags::IS_PHYSICAL)
                .into_iter()
                .find(|name| !client.port_by_name(name).is_some_and(|p| client.is_mine(&p)))
                .ok_or(JackError::NoPhysical { direction: physical }),
        }
    };
    let send = choose(send, PortFlags::IS_INPUT, "destination", "playback")?;
    let receive = choose(receive, PortFlags::IS_OUTPUT, "source", "capture")?;
    let look = |name: &str, mode| {
        client.port_by_name(name).map_or((false, 0), |port| {
            (port.flags().contains(PortFlags::IS_PHYSICAL), port.get_latency_range(mode).1)
        })
    };
    let (hard_send, playback_latency) = look(&send, LatencyType::Playback);
    let (hard_receive, capture_latency) = look(&receive, LatencyType::Capture);
    Ok(Pair { send, receive, physical: hard_send && hard_receive, playback_latency, capture_latency })
}

/// When a graph counts as in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Busy {
    /// As soon as any audio ports of others are connected.
    Connected,
    /// When something louder than −60 dBFS runs over such a connection.
    Sounding,
}

/// Sources of audio connections between other clients.
fn connected_sources(client: &Client) -> Vec<String> {
    let mine = |name: &str| client.port_by_name(name).is_some_and(|port| client.is_mine(&port));
    client
        .ports(None, Some(AUDIO), PortFlags::IS_OUTPUT)
        .into_iter()
        .filter(|name| !mine(name))
        .filter(|name| {
            client.port_by_name(name).is_some_and(|port| port.get_connections().iter().any(|to| !mine(to)))
        })
        .collect()
}

/// Refuses with [`JackError::Busy`] when somebody plays, by the rule `when`.
///
/// # Errors
/// [`JackError`], also without a server.
pub fn refuse_when_busy(client: &Client, when: Busy) -> Result<(), JackError> {
    let sources = connected_sources(client);
    let Some(source_port) = sources.first().cloned() else { return Ok(()) };
    // Only listening needs a client of its own: opening one costs more than all the rest of the look.
    if when == Busy::Sounding && !sounding(client.name(), &sources)? {
        return Ok(());
    }
    Err(JackError::Busy { source_port, more: sources.len() - 1 })
}

/// Listens to `sources` for a while.
fn sounding(name: &str, sources: &[String]) -> Result<bool, JackError> {
    let client = open(&format!("{name}-look"))?;
    let port = client
        .register_port("in", AudioIn::default())
        .map_err(|e| JackError::call("registering a port", e))?;
    let me = port.name().map_err(|e| JackError::call("naming a port", e))?;
    let peak = Arc::new(AtomicU32::new(0));
    let listener = Listener { port, peak: peak.clone() };
    let client =
        client.activate_async((), listener).map_err(|e| JackError::call("activating the client", e))?;
    for source in sources {
        // A source that vanished meanwhile does not sound.
        let _ = client.as_client().connect_ports_by_name(source, &me);
    }
    std::thread::sleep(LISTEN);
    Ok(f32::from_bits(peak.load(Relaxed)) > 0.001)
}

/// Long enough to bridge the gap between two strokes of a slow tune only in part: a service that must be sure uses the
/// rule `connected`.
const LISTEN: Duration = Duration::from_secs(2);

/// Keeps the peak of a sum of ports.
struct Listener {
    port: Port<AudioIn>,
    peak: Arc<AtomicU32>,
}

impl ProcessHandler for Listener {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let peak = self.port.as_slice(scope).iter().fold(0f32, |a, v| a.max(v.abs()));
        // Magnitudes are positive, and positive floats sort like their bits.
        self.peak.fetch_max(peak.to_bits(), Relaxed);
        Control::Continue
    }
}
