//! The command line of `archibald-engine`, and of `mod-host` when called by that name.

mod args;
mod backend;
mod board;
mod cost;
mod dry;
mod failure;
mod logging;
mod mod_host;
mod notify;
mod play;
mod plugins;
mod run;
mod session;
mod signals;
mod stats;

use args::{Cli, Command};
use clap::Parser;
use failure::Failure;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// Runs the program with `args` (its own name first) and returns its exit code: 0 success, 1 failure while running,
/// 64 wrong usage, 78 a configuration that cannot work. Messages go to stderr, results to stdout.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let name = args.first().and_then(|name| Path::new(name).file_name()).unwrap_or_default();
    let result = if name == "mod-host" {
        parse::<mod_host::Arguments>(&args).and_then(|parsed| parsed.map_or(Ok(()), mod_host::run))
    } else {
        parse::<Cli>(&args).and_then(|parsed| parsed.map_or(Ok(()), run))
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// `None` when help or the version was asked for and printed.
fn parse<P: Parser>(args: &[OsString]) -> Result<Option<P>, Failure> {
    match P::try_parse_from(args) {
        Ok(parsed) => Ok(Some(parsed)),
        Err(error) if error.use_stderr() => Err(Failure::usage(error.render().to_string())),
        Err(error) => {
            // Help that nobody reads (a closed pipe) is no failure.
            let _ = error.print();
            Ok(None)
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    logging::start(cli.verbose);
    match cli.command {
        Command::Run(args) => run::run(&args, || {}),
        Command::Render(args) => board::render(&args),
        Command::Check(args) => board::check(&args),
        Command::Cost(args) => cost::run(&args),
        Command::Stats(args) => stats::run(&args),
        Command::Play(args) => play::run(args),
        Command::List(args) => plugins::list(&args),
        Command::Info(args) => plugins::info(&args),
        Command::DryThrough(args) => dry::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn definitions_are_consistent() {
        Cli::command().debug_assert();
        mod_host::Arguments::command().debug_assert();
    }
}
