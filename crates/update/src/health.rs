//! Whether audio passes: the engine answers, is alive from one look to the next, and has an output.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What is asked about the sound.
pub trait Health {
    /// Looks once; `Err` says what is missing.
    ///
    /// # Errors
    ///
    /// No audio passes; the text says why.
    fn passes(&mut self) -> Result<(), String>;

    /// Whether somebody plays: the input is louder than the noise of a cable, now or within the next seconds.
    fn playing(&mut self) -> bool;

    /// Waits until the next look is due, one a second.
    fn pause(&mut self);
}

/// How long the engine may take to answer; less than [`LOOK`].
const PATIENCE: Duration = Duration::from_millis(800);
/// From one look to the next.
const LOOK: Duration = Duration::from_secs(1);
/// How long nothing may be played before the pedal counts as quiet: longer than a rest within a song.
const QUIET: Duration = Duration::from_secs(10);
/// An input above this is played on, in dBFS.
const PLAYING: f64 = -60.0;

/// The running engine, asked over its socket.
pub struct Engine {
    socket: PathBuf,
    blocks: Option<f64>,
    looked: Instant,
}

impl Engine {
    /// The engine that listens on `socket`.
    pub fn new(socket: PathBuf) -> Self {
        Self { socket, blocks: None, looked: Instant::now() }
    }

    fn ask(&self, command: &str) -> Result<Value, String> {
        let silent = |error: std::io::Error| format!("the engine does not answer: {error}");
        let mut stream = UnixStream::connect(&self.socket)
            .map_err(|error| format!("no engine on {}: {error}", self.socket.display()))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(silent)?;
        stream.write_all(format!("{command}\0").as_bytes()).map_err(silent)?;
        let mut answer = Vec::new();
        BufReader::new(stream.take(16 << 20)).read_until(0, &mut answer).map_err(silent)?;
        answer.pop();
        serde_json::from_slice(&answer).map_err(|_| "the engine's answer is not understood".to_owned())
    }
}

impl Health for Engine {
    fn passes(&mut self) -> Result<(), String> {
        self.looked = Instant::now();
        let stats = self.ask("x_stats")?;
        let blocks = stats["blocks"].as_f64().ok_or("the engine does not say how many periods it ran")?;
        let before = self.blocks.replace(blocks);
        match before {
            None => Err("seen once: it must also go on".to_owned()),
            Some(before) if blocks > before => Ok(()),
            Some(_) => Err("the engine runs no periods".to_owned()),
        }
    }

    fn playing(&mut self) -> bool {
        let until = Instant::now() + QUIET;
        while Instant::now() < until {
            // Without an engine nobody can be heard, and an update may be what brings it back.
            let Ok(meters) = self.ask("x_meters") else { return false };
            let inputs = meters["capture"].as_array().into_iter().flatten();
            if inputs.filter_map(Value::as_f64).any(|level| level > PLAYING) {
                return true;
            }
            std::thread::sleep(LOOK / 5);
        }
        false
    }

    fn pause(&mut self) {
        // An engine that answers late takes no more of the time than one that answers at once.
        std::thread::sleep(LOOK.saturating_sub(self.looked.elapsed()));
    }
}
