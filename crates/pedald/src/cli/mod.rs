//! What `pedald` understands, and its manual.

mod commands;
mod options;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use crate::run::RunError;
pub use commands::{Clients, Command};
pub use options::{Model, NetworkKind, Options};

/// Runs the program with `args` (its own name first) and returns its exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(error) if error.use_stderr() => {
            eprintln!("{}", error.render());
            return ExitCode::from(64);
        }
        Err(error) => {
            // help that nobody reads (a closed pipe) is no failure
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
    };
    // lines of the log would stand in the middle of the picture
    if !options.simulate_tui || !std::io::stderr().is_terminal() {
        crate::service::log::start(options.verbose, options.log_format);
    }
    if let Some(command) = options.command.clone() {
        return crate::offline::run(&command, options.data.clone());
    }
    match crate::run::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(match error {
                RunError::Config(_) => 78,
                _ => 1,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent_and_takes_what_the_unit_passes() {
        Options::command().debug_assert();
        let line = "pedald --engine /run/e.sock --listen 127.0.0.1:80 --html-dir /x --legacy-pi-stomp";
        let options = Options::try_parse_from(line.split(' ')).expect("understood");
        assert_eq!(options.listen, ["127.0.0.1:80"]);
        assert!(options.legacy_pi_stomp && options.simulate.is_none());
        assert!(Options::try_parse_from(["pedald", "--simulate", "v9"]).is_err());
        assert!(options.command.is_none());
        let line = "pedald import-data /media/usb0 --dry-run --data /tmp/pedal";
        let options = Options::try_parse_from(line.split(' ')).expect("understood");
        assert_eq!(options.data, Some("/tmp/pedal".into()));
        assert!(matches!(options.command, Some(Command::ImportData { dry_run: true, .. })));
    }
}
