//! The engine, started on a JACK server and spoken to over its Unix socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::child::Background;
use crate::process;
use crate::workspace::Workspace;

/// Ports of the engine's JACK client.
pub(crate) const CAPTURE: &str = "archibald-engine:capture_1";
pub(crate) const PLAYBACK: [&str; 2] = ["archibald-engine:playback_1", "archibald-engine:playback_2"];

/// Compiles the engine in release mode and gives its path.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    println!("build: archibald-engine, release");
    process::run(workspace.cargo().args(["build", "--release", "--locked", "--package", "pedal-engine"]))?;
    Ok(workspace.release("archibald-engine"))
}

/// A running engine.
pub(crate) struct Engine {
    process: Background,
    socket: PathBuf,
    stream: UnixStream,
}

impl Engine {
    /// Starts `program` on the server called `server` and waits until it answers. `more` goes to its command line.
    pub(crate) fn start(workspace: &Workspace, program: &Path, server: &str, more: &[&str]) -> Result<Self> {
        // A socket's path is limited to 107 bytes, which a target folder may exceed.
        let socket = std::env::temp_dir().join(format!("archibald-xtask-{}.sock", std::process::id()));
        let state = workspace.scratch("engine")?;
        let mut command = Command::new(program);
        command.args(["run", "--backend", "jack", "--server", server, "--socket"]).arg(&socket).args(more);
        // What an earlier run left behind is not what we want to hear.
        command.env("XDG_STATE_HOME", &state).env("XDG_RUNTIME_DIR", &state);
        let mut process = Background::start(&mut command, &workspace.scratch("logs")?.join("engine.log"))?;
        let stream = process.wait_for(Duration::from_secs(20), || UnixStream::connect(&socket).ok())?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).context("cannot set a time limit")?;
        let mut engine = Self { process, socket, stream };
        engine.ask("x_version").context("the engine does not answer")?;
        Ok(engine)
    }

    /// Process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its socket.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Sends one command and returns the reply, both without their NUL.
    pub(crate) fn command(&mut self, command: &str) -> Result<String> {
        self.stream.write_all(format!("{command}\0").as_bytes()).context("the engine closed its socket")?;
        let mut reply = Vec::new();
        let mut buffer = [0; 4096];
        while reply.last() != Some(&0) {
            match self.stream.read(&mut buffer).with_context(|| format!("no reply to `{command}`"))? {
                0 => bail!("the engine closed its socket instead of a reply to `{command}`"),
                count => reply.extend_from_slice(&buffer[..count]),
            }
        }
        reply.pop();
        String::from_utf8(reply).with_context(|| format!("the reply to `{command}` is not UTF-8"))
    }

    /// Sends an extension command and parses its reply, JSON; `{"error": …}` is an error.
    pub(crate) fn ask(&mut self, command: &str) -> Result<Value> {
        let reply = self.command(command)?;
        let value: Value = serde_json::from_str(&reply).with_context(|| format!("`{command}`: {reply}"))?;
        match value.get("error") {
            Some(error) => bail!("`{command}`: {error}"),
            None => Ok(value),
        }
    }

    /// Loads a board file and returns the engine's report on it.
    pub(crate) fn load(&mut self, board: &Path) -> Result<Value> {
        let board =
            board.canonicalize().with_context(|| format!("cannot find the board {}", board.display()))?;
        self.ask(&format!("x_load \"{}\"", board.display()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The engine removes it itself when it ends in good order.
        let _ = std::fs::remove_file(&self.socket);
    }
}
