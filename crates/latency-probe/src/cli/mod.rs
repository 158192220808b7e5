//! The command line: arguments, progress, and how results leave the program.

mod report;
mod roundtrip;
mod sched;
mod simulate;
mod soak;

use crate::history::{History, Run, Stored, write_atomically};
use crate::jackio::JackError;
use crate::report::prometheus;
use crate::result::Verdict;
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

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
    /// Wake-up latency of the scheduler, for each CPU
    Sched(sched::SchedArgs),
    /// Xruns over time, also those that the server does not tell
    Soak(soak::SoakArgs),
    /// History as HTML, SVG, PNG, JSON or Prometheus metrics
    Report(report::ReportArgs),
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
        Command::Sched(args) => sched::run(args),
        Command::Soak(args) => soak::run(args),
        Command::Report(args) => report::run(args),
        Command::Channel(args) => simulate::run_channel(args),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("latency-probe: {}", failure.what);
        failure.code
    })
}

/// A failure with the exit code it deserves.
#[derive(Debug)]
struct Failure {
    what: String,
    code: u8,
}

impl Failure {
    fn server(error: impl std::fmt::Display) -> Self {
        Self { what: error.to_string(), code: Verdict::Server.exit_code() }
    }

    /// A JACK error: everything is the server's, but for somebody who plays.
    fn jack(error: JackError) -> Self {
        let verdict = if matches!(error, JackError::Busy { .. }) { Verdict::Busy } else { Verdict::Server };
        Self { what: error.to_string(), code: verdict.exit_code() }
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
    /// Keep the result in the history of this folder
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
    /// Write the result as Prometheus metrics into this file (for node_exporter's textfile collector)
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
}

impl OutputArgs {
    /// Stores a result where the arguments say. The result was printed before, so a full disk loses nothing.
    fn keep(&self, run: &Run) -> Result<(), Failure> {
        if let Some(folder) = &self.history {
            History::open(folder).and_then(|history| history.append(run)).map_err(Failure::server)?;
            if let Some(report) = last_loop(run) {
                let file = folder.join(LAST_LOOP);
                write_atomically(&file, report.as_bytes())
                    .map_err(|e| Failure::server(format!("{} could not be written: {e}", file.display())))?;
            }
        }
        if let Some(file) = &self.metrics {
            let text = match &self.history {
                Some(folder) => {
                    prometheus(&History::open(folder).and_then(|h| h.all()).map_err(Failure::server)?)
                }
                None => prometheus(&[Stored { id: 1, run: run.clone() }]),
            };
            write_atomically(file, text.as_bytes())
                .map_err(|e| Failure::server(format!("{} could not be written: {e}", file.display())))?;
        }
        Ok(())
    }
}

/// On standard output. A closed pipe (`| head`) is the reader's choice, not a failure of the measurement.
fn say(text: &str) {
    use std::io::Write;
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// The last round trip that was measured, beside the history: for programs that want one number and no database.
const LAST_LOOP: &str = "last-loop.json";

/// What is kept there of a run: a loop through a server that gave a number. Nothing that failed replaces it.
fn last_loop(run: &Run) -> Option<String> {
    let Run::Loop(report) = run else { return None };
    let measured = matches!(report.verdict, Verdict::Pass | Verdict::OverTarget) && report.delay_ms.is_some();
    let text = serde_json::to_string_pretty(report).expect("a report has no map keys that are not strings");
    (measured && report.period > 0).then_some(text + "\n")
}

/// Prints a result for people or for programs.
fn print<T: serde::Serialize>(document: &T, output: &OutputArgs, text: impl FnOnce() -> String) {
    let text = if output.json {
        serde_json::to_string_pretty(document).expect("a report has no map keys that are not strings") + "\n"
    } else {
        text()
    };
    say(&text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tests::loop_run;

    #[test]
    fn only_a_loop_with_a_number_is_the_last_one() {
        let folder = tempfile::tempdir().unwrap();
        let history = Some(folder.path().to_owned());
        let output = OutputArgs { json: false, quiet: true, history, metrics: None };
        let last = || {
            let text = std::fs::read_to_string(folder.path().join(LAST_LOOP)).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).unwrap()
        };
        output.keep(&loop_run(480.0, None)).unwrap();
        assert_eq!(
            (last()["delay_ms"].as_f64().unwrap().round(), last()["period"].as_u64()),
            (10.0, Some(128))
        );
        let Run::Loop(mut failed) = loop_run(960.0, None) else { panic!("a loop") };
        failed.verdict = Verdict::NoSignal;
        output.keep(&Run::Loop(failed.clone())).unwrap();
        assert_eq!(last()["delay_ms"].as_f64().unwrap().round(), 10.0);
        (failed.verdict, failed.period) = (Verdict::Pass, 0);
        output.keep(&Run::Loop(failed)).unwrap();
        assert_eq!(last()["delay_ms"].as_f64().unwrap().round(), 10.0, "a simulated channel is no pedal");
        output.keep(&loop_run(960.0, Some(1.0))).unwrap();
        assert_eq!(last()["delay_ms"].as_f64().unwrap().round(), 20.0, "over the target is measured too");
    }
}
