//! `archibald-engine`: see `archibald-engine --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    pedal_engine::cli::main(std::env::args_os())
}
