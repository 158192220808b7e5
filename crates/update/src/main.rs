//! The command `archibald-update`: see `archibald-update --help` and `docs/reference/update.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(update::cli::run(std::env::args_os()))
}
