//! The command `archibald-provision`: see `archibald-provision --help` and `docs/reference/provision.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(provision::cli::run(std::env::args_os()))
}
