//! The command line: arguments, progress, and how results leave the program.

mod roundtrip;
mod simulate;

use crate::result::Verdict;
use clap::{Parser, Subcommand};
use std::ffi::OsString;

/// Measures the audio round trip, the scheduler and xruns.
#[derive(Debug, Parser)]
#[command(name = "latency-probe", version, about, max_term_width = 110, after_help = EXIT_CODES)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 pass, 1 over the target, 2 no signal, 3 ambiguous, 4 server or system problem, \
5 busy (somebody plays; nothing was measured), 64 wrong use.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Round-trip latency between two ports of a JACK or PipeWire server
    Loop(roundtrip::LoopArgs),
    /// The same on a simulated channel: no server, no sound
    Simulate(simulate::SimulateArgs),
    /// The simulated channel as a JACK client with the ports `in` and `out`
    Channel(simulate::ChannelArgs),
}

/// Runs the program; returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            // clap's own code for wrong use is 2, which here means "no signal".
            let code = if error.use_stderr() { 64 } else { 0 };
            let _ = error.print();
            return code;
        }
    };
    let result = match &args.command {
        Command::Loop(args) => roundtrip::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Channel(args) => simulate::run_channel(args),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("latency-probe: {}", failure.what);
        failure.code
    })
}

/// A failure with the exit code it deserves.
struct Failure {
    what: String,
    code: u8,
}

impl Failure {
    fn server(error: impl std::fmt::Display) -> Self {
        Self { what: error.to_string(), code: Verdict::Server.exit_code() }
    }

    fn usage(error: impl std::fmt::Display) -> Self {
        Self { what: error.to_string(), code: 64 }
    }
}

type Outcome = Result<u8, Failure>;

/// Options that every measurement has.
#[derive(Debug, clap::Args)]
struct OutputArgs {
    /// Print the result as JSON (schema: `latency-probe report --schema`)
    #[arg(long)]
    json: bool,
    /// Print nothing but the result
    #[arg(long, short)]
    quiet: bool,
}

/// Prints a result for people or for programs.
fn print<T: serde::Serialize>(document: &T, output: &OutputArgs, text: impl FnOnce() -> String) {
    use std::io::Write;
    let text = if output.json {
        serde_json::to_string_pretty(document).expect("a report has no map keys that are not strings") + "\n"
    } else {
        text()
    };
    // A closed pipe is the reader's choice, not a failure of the measurement.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
