//! The command `latency-probe`: see `latency-probe --help` and `docs/reference/latency-probe.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(latency_probe::cli::run(std::env::args_os()))
}
