//! The command line: arguments, questions, and how results leave the program.

mod apply;
mod check;
mod doctor;
mod emit;
mod explain;
mod hold;
mod quantum;
mod revert;
mod watch;

use crate::root::Root;
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Explains and mends what keeps a machine from real-time audio.
#[derive(Debug, Parser)]
#[command(name = "rt-tune", version, about, max_term_width = 110, after_help = EXIT_CODES)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// Look at the machine below this folder instead of the running one
    #[arg(long, value_name = "DIR", global = true)]
    root: Option<PathBuf>,
    /// Folder of the journal and of results (default: /var/lib/rt-tune; for other users than root
    /// $XDG_STATE_HOME/rt-tune)
    #[arg(long, value_name = "DIR", global = true)]
    state: Option<PathBuf>,
    /// Print results as JSON
    #[arg(long, global = true)]
    json: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 good, 1 something is left to do or could not be done, 2 nothing could be \
found out, 64 wrong use.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge everything that matters for real-time audio; changes nothing
    Check(check::CheckArgs),
    /// Show the page of a check: what, why, risk, how to undo, source
    Explain(explain::ExplainArgs),
    /// Write what is applied as a NixOS module
    EmitNix(emit::EmitArgs),
    /// Print one page for a question in a forum, without names and serial numbers
    Doctor(doctor::DoctorArgs),
    /// Change settings of the running machine: plan, show, do, verify, note
    Apply(apply::ApplyArgs),
    /// Undo what apply, watch and quantum changed, byte for byte
    Revert(revert::RevertArgs),
    /// Keep settings as they should be: the service
    Watch(watch::WatchArgs),
    /// Find the smallest period without dropouts
    Quantum(quantum::QuantumArgs),
    /// Wait for the end of a search and put the period back
    #[command(name = crate::quantum::GUARD_COMMAND, hide = true)]
    Guard,
    /// Hold /dev/cpu_dma_latency (what `apply c-states` starts)
    #[command(name = crate::change::HOLD_COMMAND, hide = true)]
    Hold(hold::HoldArgs),
    /// Print or set the period of the JACK server
    #[command(name = crate::quantum::server::PERIOD_COMMAND, hide = true)]
    ServerPeriod {
        /// Frames to set
        frames: Option<u32>,
    },
}

/// Runs the program; returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { 0 };
            let _ = error.print();
            return code;
        }
    };
    let place =
        Common { root: args.root.map_or_else(Root::system, Root::below), state: args.state, json: args.json };
    let result = match args.command {
        Command::Check(args) => check::run(&args, &place),
        Command::Explain(args) => explain::run(&args, &place),
        Command::EmitNix(args) => emit::run(&args, &place),
        Command::Doctor(args) => doctor::run(&args, &place),
        Command::Apply(args) => apply::run(&args, &place),
        Command::Revert(args) => revert::run(&args, &place),
        Command::Watch(args) => watch::run(&args, &place),
        Command::Quantum(args) => quantum::run(&args, &place),
        Command::Guard => Ok(crate::quantum::guard_command(&place.state())),
        Command::Hold(args) => hold::run(&args),
        Command::ServerPeriod { frames } => Ok(crate::quantum::server::period_command(frames)),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("rt-tune: {}", failure.what);
        failure.code
    })
}

/// Exit code for wrong use, of sysexits.h.
const USAGE: u8 = 64;

/// Options of every command.
struct Common {
    root: Root,
    state: Option<PathBuf>,
    json: bool,
}

impl Common {
    /// The folder of the journal.
    fn state(&self) -> PathBuf {
        if let Some(folder) = &self.state {
            return folder.clone();
        }
        if !self.root.is_system() || nix::unistd::geteuid().is_root() {
            return self.root.path("/var/lib/rt-tune");
        }
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
        std::env::var_os("XDG_STATE_HOME")
            .map(PathBuf::from)
            .or_else(home)
            .unwrap_or_else(std::env::temp_dir)
            .join("rt-tune")
    }
}

/// A failure with the exit code it deserves.
struct Failure {
    what: String,
    code: u8,
}

impl Failure {
    /// The machine does not let us.
    fn machine(error: impl std::fmt::Display) -> Self {
        Self { what: error.to_string(), code: 2 }
    }

    /// Wrong use.
    fn usage(error: impl std::fmt::Display) -> Self {
        Self { what: error.to_string(), code: USAGE }
    }
}

/// The exit code.
type CommandResult = Result<u8, Failure>;

/// Prints a result for people or for programs.
fn print<T: serde::Serialize>(json: bool, document: &T, text: impl FnOnce() -> String) {
    use std::io::Write;
    let text = if json {
        serde_json::to_string_pretty(document).expect("a result has no map keys that are not strings") + "\n"
    } else {
        text()
    };
    // A closed pipe is the reader's choice, not a failure.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
