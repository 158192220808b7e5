//! The guitar without the engine: captures connected straight to playbacks inside the JACK server.
//!
//! Such a connection lives in the server, so that it sounds while no process of ours is alive. The service manager makes it
//! when the engine ends; the engine removes it once its own output sounds. With the ALSA back end there is no server
//! that could do this: nothing sounds while the engine is down.

use crate::backend::StartError;
use crate::backend::jack::{DryThrough, connect};
use std::time::{Duration, Instant};

/// Name of the client that makes the connections; it is gone right after.
const CLIENT: &str = "archibald-dry";

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

/// Connects capture N to playback N on `server` (`None`: the default one), or, with `on == false`, removes those
/// connections. Waits up to `wait` for a server. Returns the number of connections made or removed; both ways may be
/// repeated.
pub fn switch(server: Option<&str>, on: bool, wait: Duration) -> Result<usize, DryThroughError> {
    let until = Instant::now() + wait;
    let client = loop {
        match connect(CLIENT, server) {
            Ok(client) => break client,
            Err(StartError::NoServer { .. }) if Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(error) => return Err(error.into()),
        }
    };
    let dry = DryThrough::new(&client);
    if !on {
        return Ok(dry.off());
    }
    match dry.on().map_err(DryThroughError::Refused)? {
        0 => Err(DryThroughError::NoPorts),
        count => Ok(count),
    }
}
