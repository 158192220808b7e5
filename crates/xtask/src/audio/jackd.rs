//! A JACK server of our own, with the dummy driver: real periods from a timer, no sound card.

use std::path::Path;
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
    realtime: bool,
}

/// Where libjack lists the servers of this machine.
const REGISTRY: &str = "/dev/shm/jack-shm-registry";

impl Server {
    /// Starts `jackd` under a name that nobody else has, with `period` frames at `rate` Hz.
    pub(crate) fn start(workspace: &Workspace, rate: u32, period: u32) -> Result<Self> {
        Self::start_with(workspace, rate, period, &[])
    }

    /// The same, synchronous: a period ends when its clients have ended. A late client then delays the others, where an
    /// asynchronous server would give them silence; so what is silent is the clients' doing.
    pub(crate) fn start_synchronous(workspace: &Workspace, rate: u32, period: u32) -> Result<Self> {
        Self::start_with(workspace, rate, period, &["-S"])
    }

    fn start_with(workspace: &Workspace, rate: u32, period: u32, more: &[&str]) -> Result<Self> {
        reclaim(workspace)?;
        let name = format!("xtask{}", std::process::id());
        let mut command = Command::new("jackd");
        // Real-time where the system lets us; without the right to it jackd says so in its log and goes on.
        command.args(["-n", &name, "-R", "-P", "70"]).args(more).args(["-d", "dummy"]);
        command.args(["-r", &rate.to_string(), "-p", &period.to_string()]);
        let log = workspace.scratch("logs")?.join("jackd.log");
        let mut process = Background::start(&mut command, &log)?;
        wait(&mut process, &name)?;
        let realtime = !process::tail(&log).contains("Cannot use real-time scheduling");
        Ok(Self { name, process, realtime })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether its threads got the real-time priority that it asked for.
    pub(crate) fn is_realtime(&self) -> bool {
        self.realtime
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

fn wait(process: &mut Background, name: &str) -> Result<()> {
    process
        .wait_for(Duration::from_secs(10), || {
            process::output(Command::new("jack_lsp").args(["-s", name])).ok()
        })
        .map(|_| ())
}

/// Frees the places of servers that were killed. There are eight on a machine, a killed server keeps its own, and the
/// ninth server is refused; only a server of the same name takes a dead one's place, and leaves it free when it ends.
pub(crate) fn reclaim(workspace: &Workspace) -> Result<()> {
    let Ok(registry) = std::fs::read(REGISTRY) else { return Ok(()) };
    for (process, name) in servers(&registry) {
        if Path::new(&format!("/proc/{process}")).exists() {
            continue;
        }
        let mut command = Command::new("jackd");
        command.args(["-n", &name, "-r", "-d", "dummy"]);
        let log = workspace.scratch("logs")?.join("jackd-reclaim.log");
        let mut server = Background::start(&mut command, &log)?;
        // It may be another user's, or a server of that name was just started: that is for them to mend.
        let _ = wait(&mut server, &name);
    }
    Ok(())
}

/// Process and name of each server in the registry of JACK 1.9: 24 bytes of header, then eight entries of a 32-bit process
/// number and a name "jack-USER:NAME:" of 260 bytes. Nothing when it looks otherwise.
fn servers(registry: &[u8]) -> Vec<(u32, String)> {
    if !registry.starts_with(b"KCAJ") {
        return Vec::new();
    }
    let entries = registry.get(24..).unwrap_or_default().chunks_exact(264).take(8);
    entries
        .filter_map(|entry| {
            let (process, name) = entry.split_first_chunk::<4>()?;
            let name = std::str::from_utf8(name.split(|byte| *byte == 0).next()?).ok()?;
            let (_, name) = name.strip_prefix("jack-")?.split_once(':')?;
            let name = name.strip_suffix(':')?;
            match u32::from_ne_bytes(*process) {
                0 => None,
                process => Some((process, name.to_owned())),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_read_and_another_format_ignored() {
        let mut registry = b"KCAJ\0\0\0\0\x01\0\0\0X\x14\x01\0X\x08\0\0\x0c\x01\0\0".to_vec();
        registry.resize(24 + 8 * 264, 0);
        for (place, process, name) in [(0, 1279_u32, "jack-0:pe1277-0:"), (2, 17, "jack-1000:default:")] {
            let at = 24 + place * 264;
            registry[at..at + 4].copy_from_slice(&process.to_ne_bytes());
            registry[at + 4..at + 4 + name.len()].copy_from_slice(name.as_bytes());
        }
        assert_eq!(servers(&registry), [(1279, "pe1277-0".to_owned()), (17, "default".to_owned())]);
        assert!(servers(b"something else").is_empty());
        assert!(servers(b"KCAJ").is_empty());
    }
}
