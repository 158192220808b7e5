//! The command `midi-bridge`: see `midi-bridge --help` and `docs/reference/midi-bridge.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(midi_bridge::cli::run(std::env::args_os()))
}
