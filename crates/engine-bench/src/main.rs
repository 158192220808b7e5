//! What `cargo xtask bench engine` compares the engine with, and what it measures inside a process.
//!
//! Not for musicians: `chain` is the other way to host a pedalboard, one JACK client per plugin, made as well as we can.

mod chain;
mod compile;
mod metering;
mod pedal;
#[allow(unsafe_code)]
mod sys;
mod tuner;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "engine-bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run plugins in series, one JACK client each, between the physical ports; `report` on standard input prints JSON
    Chain(chain::Options),
    /// Print how long the compilation of a board to a plan takes, as JSON
    Compile {
        /// Number of plugins
        #[arg(long, default_value_t = 40)]
        plugins: u64,
    },
    /// Print how long a press takes to be heard, with the pedal's session and without, as JSON
    Pedal(pedal::Options),
    /// Print how far the tuner is off on strings with noise, and what a reading costs, as JSON
    Tuner(tuner::Options),
    /// Print what measuring one plugin for one block costs, as JSON
    Metering,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Chain(options) => chain::run(&options),
        Command::Compile { plugins } => compile::run(plugins),
        Command::Pedal(options) => pedal::run(&options),
        Command::Tuner(options) => tuner::run(&options),
        Command::Metering => metering::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("engine-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
