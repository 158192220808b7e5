//! `pedald`: see `pedald --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    pedald::cli::main(std::env::args_os())
}
