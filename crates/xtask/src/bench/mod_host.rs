//! Somebody's mod-host as a black box: started, given a chain, measured. Nothing of it is part of this project.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::board;
use super::commands::free_port;
use super::host::Programs;
use crate::audio::child::Background;
use crate::audio::jackd::Server;

/// Longest wait for it to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running mod-host and the connection to it.
pub(super) struct ModHost {
    process: Background,
    stream: TcpStream,
}

impl ModHost {
    /// Starts it on `server` with a chain of `plugins` gains.
    pub(super) fn start(programs: &Programs, server: &Server, plugins: u32) -> Result<Self> {
        let program = programs.mod_host.as_ref().context("no --mod-host was given")?;
        let port = free_port()?;
        let mut command = Command::new(program);
        command.args(["-n", "-p", &port.to_string()]).env("JACK_DEFAULT_SERVER", server.name());
        let log = programs.workspace.scratch("logs")?.join("mod-host.log");
        let process = Background::start(&mut command, &log)?;
        let end = Instant::now() + PATIENCE;
        let stream = loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(stream) => break stream,
                Err(_) if Instant::now() < end => std::thread::sleep(Duration::from_millis(50)),
                Err(error) => bail!("{} does not listen on port {port}: {error}", program.display()),
            }
        };
        stream.set_nodelay(true).context("cannot switch off Nagle's algorithm")?;
        stream.set_read_timeout(Some(PATIENCE)).context("cannot set a time limit")?;
        let mut host = Self { process, stream };
        let mut from = "system:capture_1".to_owned();
        for instance in 0..plugins {
            host.ask(&format!("add {} {instance}", board::URI), &format!("resp {instance}"))?;
            host.ask(&format!("connect {from} effect_{instance}:in"), "resp 0")?;
            from = format!("effect_{instance}:out");
        }
        host.ask(&format!("connect {from} system:playback_1"), "resp 0")?;
        Ok(host)
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The connection for commands.
    pub(super) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    fn ask(&mut self, command: &str, expected: &str) -> Result<()> {
        self.stream.write_all(format!("{command}\0").as_bytes()).context("mod-host closed its port")?;
        let mut reply = Vec::new();
        while reply.last() != Some(&0) {
            let mut part = [0; 256];
            let count = self.stream.read(&mut part).with_context(|| format!("no reply to {command}"))?;
            ensure!(count > 0, "mod-host closed its port instead of a reply to {command}");
            reply.extend_from_slice(&part[..count]);
        }
        let text = String::from_utf8_lossy(&reply[..reply.len() - 1]);
        ensure!(text == expected, "mod-host answered {text:?} to {command}");
        Ok(())
    }
}
