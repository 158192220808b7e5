//! Whether audio passes: the engine answers, is alive from one look to the next, and has an output.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// What is asked about the sound.
pub trait Health {
    /// Looks once; `Err` says what is missing.
    ///
    /// # Errors
    ///
    /// No audio passes; the text says why.
    fn passes(&mut self) -> Result<(), String>;

    /// Whether somebody plays right now: the input is louder than the noise of a cable.
    fn playing(&mut self) -> bool;

    /// Waits a moment between two looks.
    fn pause(&mut self);
}

/// How long the engine may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// An input above this is played on, in dBFS.
const PLAYING: f64 = -60.0;

/// The running engine, asked over its socket.
pub struct Engine {
    socket: PathBuf,
    blocks: Option<f64>,
}

impl Engine {
    /// The engine that listens on `socket`.
    pub fn new(socket: PathBuf) -> Self {
        Self { socket, blocks: None }
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
        let Ok(meters) = self.ask("x_meters") else { return false };
        let inputs = meters["capture"].as_array().into_iter().flatten();
        inputs.filter_map(Value::as_f64).any(|level| level > PLAYING)
    }

    fn pause(&mut self) {
        std::thread::sleep(Duration::from_secs(1));
    }
}
