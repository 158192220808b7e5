//! A JACK server of our own, with the dummy driver: real periods from a timer, no sound card.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::child::Background;
use crate::process;
use crate::workspace::Workspace;

/// A running server.
pub(crate) struct Server {
    name: String,
    process: Background,
}

impl Server {
    /// Starts `jackd` under a name that nobody else has, with `period` frames at `rate` Hz.
    pub(crate) fn start(workspace: &Workspace, rate: u32, period: u32) -> Result<Self> {
        let name = format!("xtask{}", std::process::id());
        let mut command = Command::new("jackd");
        // Real-time where the system lets us; without the right to it jackd says so in its log and goes on.
        command.args(["-n", &name, "-R", "-P", "70", "-d", "dummy"]);
        command.args(["-r", &rate.to_string(), "-p", &period.to_string()]);
        let mut process = Background::start(&mut command, &workspace.scratch("logs")?.join("jackd.log"))?;
        process.wait_for(Duration::from_secs(10), || {
            process::output(Command::new("jack_lsp").args(["-s", &name])).ok()
        })?;
        Ok(Self { name, process })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}
