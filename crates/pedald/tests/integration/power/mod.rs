//! Power cuts and kills: everything that the program writes is there as it was before or as it was to be, never in between.

mod cuts;
mod kills;
mod trace;
mod writer;

use std::process::{Command, Stdio};

/// Small numbers from a seed; the sequence is the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }
}

/// This binary, to run one of its tests as a program of its own.
fn this_program(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", test, "--nocapture"]).stdin(Stdio::null());
    command
}

/// A number from the environment, for longer runs than the usual one.
fn number(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a number, and not {text:?}")),
        Err(_) => usual,
    }
}
