//! The period of a running server, for a search that sets it and for putting it back.
//!
//! libjack finds its server by the environment alone, so a server that a journal names is asked by a program of its own.

use jack::{Client, ClientOptions, ClientStatus};
use std::io;
use std::process::{Command, Stdio};

/// The hidden command that prints the period, or sets it to its argument.
pub const PERIOD_COMMAND: &str = "server-period";

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

/// Period of a server in frames.
pub(crate) fn period(server: &str) -> io::Result<u32> {
    let text = ask(server, &[])?;
    text.trim().parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, text))
}

/// Sets the period of a server.
pub(crate) fn set_period(server: &str, frames: u32) -> io::Result<()> {
    ask(server, &[&frames.to_string()]).map(drop)
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
