//! The command `lcd-splash`: see `lcd-splash --help` and `docs/reference/lcd.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lcd_splash::run(std::env::args_os())
}
