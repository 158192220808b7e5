//! A running server and its period, for a search that sets it and for putting it back.
//!
//! libjack finds its server by the environment alone, so a server that a journal names is asked by a program of its own. The
//! period of PipeWire is set in its metadata; 0 there means that programs decide.

use jack::{Client, ClientOptions, ClientStatus};
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The hidden command that prints the period, or sets it to its argument.
pub const PERIOD_COMMAND: &str = "server-period";

/// What kind of server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// JACK 1 or 2.
    Jack,
    /// PipeWire, spoken to by its own libjack.
    PipeWire,
}

/// A server, by the name under which the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its kind.
    pub kind: Kind,
    /// A JACK server's own name, or `pipewire:` and the folder of its socket.
    pub name: String,
}

/// What stands before the folder of PipeWire's socket.
const PIPEWIRE: &str = "pipewire:";

impl Server {
    /// The server that the environment chooses; that of PipeWire when its libjack is loaded.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when none answers.
    pub fn find() -> io::Result<Self> {
        drop(open()?);
        // Both libraries have the same name and other folders; only the loaded one tells.
        let loaded = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let is_pipewire = loaded.lines().any(|line| line.contains("pipewire") && line.contains("libjack.so"));
        if !is_pipewire {
            return Ok(Self { kind: Kind::Jack, name: name() });
        }
        let folder = std::env::var("PIPEWIRE_RUNTIME_DIR").or_else(|_| std::env::var("XDG_RUNTIME_DIR"));
        Ok(Self { kind: Kind::PipeWire, name: format!("{PIPEWIRE}{}", folder.unwrap_or_default()) })
    }
}

/// Whether a PipeWire of this user answers, although another libjack is loaded.
pub fn pipewire_answers() -> bool {
    let folder = std::env::var("PIPEWIRE_RUNTIME_DIR").or_else(|_| std::env::var("XDG_RUNTIME_DIR"));
    folder.is_ok_and(|folder| metadata(&folder, &[]).is_ok())
}

/// Opens a client of the server that the environment names.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] when none answers.
pub fn open() -> io::Result<Client> {
    // What a server logs does not belong into the output of this program.
    jack::set_logger(jack::LoggerType::None);
    let missing =
        |why: String| io::Error::new(io::ErrorKind::NotFound, format!("no JACK server answers ({why})"));
    let name = format!("rt-tune-{}", std::process::id());
    let (client, status) =
        Client::new(&name, ClientOptions::NO_START_SERVER).map_err(|e| missing(e.to_string()))?;
    if status.contains(ClientStatus::FAILURE) {
        return Err(missing(format!("{status:?}")));
    }
    Ok(client)
}

/// The name of the server that the environment chooses.
pub fn name() -> String {
    std::env::var("JACK_DEFAULT_SERVER").ok().filter(|name| !name.is_empty()).unwrap_or("default".into())
}

/// Period of a server in frames; for PipeWire the one that is forced, 0 for none.
pub(crate) fn period(server: &str) -> io::Result<u32> {
    let text = match server.strip_prefix(PIPEWIRE) {
        Some(folder) => forced_quantum(&metadata(folder, &[])?),
        None => ask(server, &[])?,
    };
    text.trim().parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, text))
}

/// Sets the period of a server.
pub(crate) fn set_period(server: &str, frames: u32) -> io::Result<()> {
    let frames = frames.to_string();
    match server.strip_prefix(PIPEWIRE) {
        Some(folder) => metadata(folder, &["0", FORCED, &frames]).map(drop),
        None => ask(server, &[&frames]).map(drop),
    }
}

const FORCED: &str = "clock.force-quantum";

/// The value in lines such as `update: id:0 key:'clock.force-quantum' value:'0' type:''`.
fn forced_quantum(text: &str) -> String {
    let line = text.lines().find(|line| line.contains(&format!("key:'{FORCED}'")));
    let value = line.and_then(|line| line.split_once("value:'")?.1.split_once('\''));
    value.map_or("0", |(value, _)| value).to_owned()
}

/// Longest time that PipeWire's tool gets; it waits for ever for a server that hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the settings of the PipeWire whose socket lies in a folder, or sets one.
fn metadata(folder: &str, arguments: &[&str]) -> io::Result<String> {
    let missing = |why: &str| io::Error::new(io::ErrorKind::NotFound, format!("no PipeWire answers ({why})"));
    if !std::path::Path::new(folder).join("pipewire-0").exists()
        && std::env::var_os("PIPEWIRE_REMOTE").is_none()
    {
        return Err(missing("there is no socket"));
    }
    let mut child = Command::new("pw-metadata")
        .args(["-n", "settings"])
        .args(arguments)
        .env("PIPEWIRE_RUNTIME_DIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => missing("the program pw-metadata is not installed"),
            _ => error,
        })?;
    let mut pipe = child.stdout.take().expect("it is piped");
    // The output is short, so it fits into the pipe while nobody reads.
    let end = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() < end => std::thread::sleep(Duration::from_millis(5)),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(missing("it does not reply"));
            }
        }
    };
    let mut text = String::new();
    pipe.read_to_string(&mut text)?;
    if status.success() { Ok(text) } else { Err(missing("it refuses")) }
}

fn ask(server: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(std::env::current_exe()?)
        .arg(PERIOD_COMMAND)
        .args(arguments)
        .env("JACK_DEFAULT_SERVER", server)
        .stdin(Stdio::null())
        .output()?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(said(&output.stdout)),
        Some(4) => Err(io::Error::new(io::ErrorKind::NotFound, said(&output.stderr))),
        _ => Err(io::Error::other(said(&output.stderr))),
    }
}

/// What the hidden command does: 0 and the period, 4 when no server answers, 1 when it refuses.
pub fn period_command(frames: Option<u32>) -> u8 {
    let client = match open() {
        Ok(client) => client,
        Err(error) => {
            eprintln!("{error}");
            return 4;
        }
    };
    if let Some(frames) = frames
        && let Err(error) = client.set_buffer_size(frames)
    {
        eprintln!("the server refuses {frames} frames: {error}");
        return 1;
    }
    println!("{}", client.buffer_size());
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forced_period_is_read_from_the_settings() {
        let text = "Found \"settings\" metadata 33\nupdate: id:0 key:'clock.rate' value:'48000' type:''\n\
            update: id:0 key:'clock.force-quantum' value:'64' type:''\n";
        assert_eq!(forced_quantum(text), "64");
        assert_eq!(forced_quantum("update: id:0 key:'clock.quantum' value:'1024' type:''\n"), "0");
    }
}
