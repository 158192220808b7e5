//! The command `streamdb`: see `streamdb --help` and `docs/reference/streamdb.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(streamdb::cli::run(std::env::args_os()))
}
