//! The guitar without the engine.
//!
//! With JACK, captures are connected straight to playbacks inside the server: such a connection lives there and sounds
//! while no process of ours is alive. A [`guard`] makes it when the engine ends; the engine removes it once its own
//! output sounds. With ALSA there is no server: [`Wire`] copies input to output for as long as it runs.

mod guard;

pub use guard::{Seen, guard};

use crate::backend::StartError;
use crate::backend::jack::{DryThrough, EngineSeen, connect};
use crate::io::{Block, Process};
use std::time::{Duration, Instant};

/// Name of the client that makes the connections; it is gone right after.
const CLIENT: &str = "archibald-dry";

/// How long an engine's ports may outlive it: the server takes a moment to notice that a process was killed.
const GHOST: Duration = Duration::from_secs(1);

/// Why the dry way could not be switched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DryThroughError {
    /// No server was there within the waiting time.
    #[error(transparent)]
    NoServer(#[from] StartError),
    /// The server has no physical capture or no physical playback.
    #[error("the JACK server has no pair of physical ports to connect: check its -C and -P options")]
    NoPorts,
    /// The server refused a connection.
    #[error("cannot connect {0}")]
    Refused(String),
}

/// What [`switch`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switched {
    /// This many connections exist now.
    On(usize),
    /// This many connections were removed.
    Off(usize),
    /// An engine is running, which carries the signal: no connection was made.
    EngineRuns,
}

/// A server, the engine to look for, and the time to wait.
#[derive(Debug, Clone)]
pub struct Where<'a> {
    /// Name of the server; `None` is the default one.
    pub server: Option<&'a str>,
    /// Client name of the engine: while it has a `playback_1`, nothing is connected.
    pub engine: &'a str,
    /// How long to wait for a server.
    pub wait: Duration,
}

/// Connects capture N to playback N (a single capture to all playbacks), or, with `on == false`, removes those connections.
/// Both may be repeated.
///
/// An engine that starts at the same moment connects its output first and removes dry connections afterwards; here they are
/// made first and the engine's output is looked at afterwards. Whichever order comes out, one of the two sees the other; and
/// an engine that cannot be heard yet leaves the dry signal alone.
pub fn switch(place: &Where<'_>, on: bool) -> Result<Switched, DryThroughError> {
    let until = Instant::now() + place.wait;
    let client = loop {
        match connect(CLIENT, place.server) {
            Ok(client) => break client,
            Err(StartError::NoServer { .. }) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(error) => return Err(error.into()),
        }
    };
    let dry = DryThrough::new(&client);
    if !on {
        return Ok(Switched::Off(dry.off()));
    }
    let ghost = Instant::now() + GHOST;
    while dry.engine(place.engine) != EngineSeen::None {
        if Instant::now() >= ghost {
            return Ok(Switched::EngineRuns);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let count = dry.on().map_err(DryThroughError::Refused)?;
    if dry.engine(place.engine) == EngineSeen::Connected {
        dry.off();
        return Ok(Switched::EngineRuns);
    }
    match count {
        0 => Err(DryThroughError::NoPorts),
        count => Ok(Switched::On(count)),
    }
}

/// Input n to output n; a single input to all outputs. Stands in for the engine where there is no server.
#[derive(Debug, Default)]
pub struct Wire;

impl Process for Wire {
    fn process(&mut self, block: &mut Block<'_, '_>) {
        for (n, output) in block.outputs.iter_mut().enumerate() {
            let source = if block.inputs.len() == 1 { block.inputs.first() } else { block.inputs.get(n) };
            match source {
                Some(input) => output.copy_from_slice(input),
                None => output.fill(0.0),
            }
        }
    }

    fn xrun(&mut self, _: u32) {}

    fn set_max_frames(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::offline::Render;

    #[test]
    fn the_wire_changes_nothing() {
        let (a, b) = (vec![0.1, 0.2, 0.3], vec![-0.1, -0.2, -0.3]);
        let run =
            |input: &[Vec<f32>], playbacks| Render::new(2).playbacks(playbacks).run(&mut Wire, input).audio;
        assert_eq!(run(&[a.clone(), b.clone()], 2), [a.clone(), b.clone()]);
        assert_eq!(run(std::slice::from_ref(&a), 2), [a.clone(), a.clone()]);
        assert_eq!(run(&[a.clone(), b.clone()], 3), [a, b, vec![0.0; 3]]);
    }
}
