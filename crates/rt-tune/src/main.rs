//! `rt-tune`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(rt_tune::cli::run(std::env::args_os()))
}
