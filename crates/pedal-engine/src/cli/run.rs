//! `run`: the engine as a service.

use super::backend::BackendArgs;
use super::failure::Failure;
use super::notify::Notify;
use super::session::Session;
use super::signals::Ending;
use crate::backend::{Backend, StartError};
use crate::server::ServerConfig;
use clap::{Args, ValueEnum};
use mod_protocol::FaultPolicy;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The service manager starts us anew at once, so that a crash is hardly heard. A start that cannot work must not go round in a
/// circle as fast as the processor can.
const AGAIN: Duration = Duration::from_millis(500);

/// What happens to a plugin that takes too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Overrun {
    /// It is named
    Report,
    /// It is named and bypassed
    Bypass,
}

impl From<Overrun> for FaultPolicy {
    fn from(overrun: Overrun) -> Self {
        match overrun {
            Overrun::Report => Self::Report,
            Overrun::Bypass => Self::Bypass,
        }
    }
}

/// `run`
#[derive(Debug, Clone, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) backend: BackendArgs,

    /// JACK: seconds to wait for the server, up to a day
    #[arg(long, value_name = "SECONDS", default_value_t = 0, num_args = 0..=1, default_missing_value = "30")]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=86_400), help_heading = "Back end")]
    wait: u64,

    /// Unix socket for commands; feedback is on PATH.feedback [default: $RUNTIME_DIRECTORY/engine.sock, or
    /// $XDG_RUNTIME_DIR/archibald-engine.sock]
    #[arg(long, value_name = "PATH", help_heading = "Clients")]
    socket: Option<PathBuf>,

    /// No Unix socket
    #[arg(long, conflicts_with = "socket", help_heading = "Clients")]
    no_socket: bool,

    /// TCP port for commands on 127.0.0.1, 0 for any; mod-ui expects 5555
    #[arg(long, value_name = "PORT", help_heading = "Clients")]
    tcp: Option<u16>,

    /// TCP port for feedback on 127.0.0.1, 0 for any; mod-ui expects 5556
    #[arg(long, value_name = "PORT", requires = "tcp", help_heading = "Clients")]
    feedback: Option<u16>,

    /// Worker threads beside the callback for independent branches of the board (0-15)
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=15))]
    #[arg(help_heading = "Audio threads")]
    pub(super) workers: u8,

    /// CPUs of the workers, one after the other, e.g. 2,3
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Audio threads")]
    pub(super) cpus: Vec<usize>,

    /// SCHED_FIFO priority of the workers (1-99), 0 for ordinary scheduling; keep it at or below the callback's [default: the
    /// callback's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=99))]
    #[arg(help_heading = "Audio threads")]
    pub(super) worker_priority: Option<u8>,

    /// Board to start with, instead of that of the state file
    #[arg(long, value_name = "FILE", help_heading = "Board")]
    pub(super) board: Option<PathBuf>,

    /// File that keeps the board for the next start [default: $STATE_DIRECTORY/board.json, otherwise none]
    #[arg(long, value_name = "FILE", help_heading = "Board")]
    state_file: Option<PathBuf>,

    /// Length of cross-fades between boards in ms (0-500)
    #[arg(long, value_name = "MS", default_value_t = 20.0, value_parser = within(0.0, 500.0), help_heading = "Board")]
    pub(super) fade_ms: f32,

    /// Silence between `processing 0` and `processing 1`, as mod-host has it, in place of a transaction that goes on sounding
    #[arg(long, help_heading = "Board")]
    pub(super) strict_processing: bool,

    /// Output limiter with this ceiling in dBFS (-60 to 20) [default: off; without a value -0.3]
    #[arg(long, value_name = "DBFS", num_args = 0..=1, default_missing_value = "-0.3", allow_negative_numbers = true)]
    #[arg(value_parser = within(-60.0, 20.0), help_heading = "Safety")]
    pub(super) limiter: Option<f32>,

    /// What happens to a plugin that takes more than its share of several periods in a row
    #[arg(long, value_enum, help_heading = "Safety")]
    pub(super) overrun: Option<Overrun>,

    /// Share of the period that one plugin may take (0-1)
    #[arg(long, value_name = "SHARE", default_value_t = 0.8, value_parser = within(0.0, 1.0), help_heading = "Safety")]
    pub(super) overrun_share: f32,

    /// Periods in a row that it must take more
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    #[arg(help_heading = "Safety")]
    pub(super) overrun_periods: u32,

    /// File with measured costs of plugins [default: $CACHE_DIRECTORY, $XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "FILE", help_heading = "Board")]
    pub(super) cost_cache: Option<PathBuf>,
}

/// A parser for numbers from `low` to `high`.
pub(super) fn within(low: f32, high: f32) -> impl Fn(&str) -> Result<f32, String> + Clone + Send + Sync {
    move |text| match text.parse() {
        Ok(value) if (low..=high).contains(&value) => Ok(value),
        _ => Err(format!("give a number from {low} to {high}")),
    }
}

/// A file in the folder that systemd made for us.
pub(super) fn managed(variable: &str, file: &str) -> Option<PathBuf> {
    let folders = std::env::var_os(variable)?;
    // systemd separates several folders by colons; ours is the first.
    let first = std::env::split_paths(&folders).next().filter(|folder| folder.is_absolute())?;
    Some(first.join(file))
}

/// Where the engine's socket is unless one is given.
pub(super) fn default_socket() -> Option<PathBuf> {
    let of_user = || Some(PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?).join("archibald-engine.sock"));
    managed("RUNTIME_DIRECTORY", "engine.sock").or_else(of_user)
}

impl RunArgs {
    pub(super) fn state_file(&self) -> Option<PathBuf> {
        self.state_file.clone().or_else(|| managed("STATE_DIRECTORY", "board.json"))
    }

    pub(super) fn server(&self) -> ServerConfig {
        let unix = if self.no_socket { None } else { self.socket.clone().or_else(default_socket) };
        ServerConfig { unix, tcp: self.tcp, tcp_feedback: self.feedback, ..ServerConfig::default() }
    }

    /// Opens the back end; with `--wait` tries again while there is no server.
    fn open(&self, ending: &Ending) -> Result<Option<Box<dyn Backend>>, Failure> {
        let until = Instant::now() + Duration::from_secs(self.wait);
        loop {
            match self.backend.try_open() {
                Err(StartError::NoServer { .. }) if Instant::now() < until => {
                    if ending.within(Duration::from_millis(50)) {
                        return Ok(None);
                    }
                }
                other => return Ok(Some(other?)),
            }
        }
    }
}

/// Runs until the end is asked for; calls `ready` once sound comes out and clients are served.
pub(super) fn run(args: &RunArgs, ready: impl FnOnce()) -> Result<(), Failure> {
    let config = args.server();
    if config.unix.is_none() && config.tcp.is_none() {
        return Err(Failure::usage("nobody could reach the engine: give --socket PATH or --tcp PORT"));
    }
    let ending = Ending::watch()?;
    let notify = Notify::from_environment();
    let started = args
        .open(&ending)
        .and_then(|backend| backend.map(|backend| Session::start(args, backend)).transpose());
    if started.is_err() && notify.is_heard() {
        ending.within(AGAIN);
    }
    let Some(session) = started? else { return Ok(()) };
    ready();
    session.serve(&ending, &notify)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_refused() {
        let parse = within(-60.0, 20.0);
        assert_eq!(parse("-0.3"), Ok(-0.3));
        for bad in ["21", "nan", "inf", "loud", ""] {
            assert_eq!(parse(bad), Err("give a number from -60 to 20".to_owned()), "{bad}");
        }
    }
}
