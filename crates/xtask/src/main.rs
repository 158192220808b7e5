//! `cargo xtask`: everything a developer or a CI machine runs, on a machine that has only Rust.

mod audio;
mod bench;
mod ci;
mod deb;
mod demo;
mod fuzz;
mod nix;
mod packages;
mod process;
mod tools;
mod vm;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Development commands of ArchibaldOS.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Play a guitar phrase through a pedalboard of real plugins and print what each costs
    Demo(demo::Options),
    /// Run every check that a change must pass; the test runner's summary comes last
    Ci(ci::Options),
    /// Measure, alternating with an alternative, and compare with the bars
    Bench(bench::Options),
    /// Look for inputs that break the readers of what comes from outside
    Fuzz(fuzz::Options),
    /// Evaluate every variant of the flake and write what is in it to checks/manifests
    Eval(nix::eval::Options),
    /// Make a package for Debian and Raspberry Pi OS of the programs and the generated units
    Deb(deb::Options),
    /// Boot the generated units on a real-time Debian in qemu, and try what a stage does to them
    Vm(vm::Options),
    /// Boot a real-time kernel with two sound cards in qemu, and let rt-tune set and put back real interrupt threads
    VmTune,
}

fn main() -> ExitCode {
    let result = Workspace::find().and_then(|workspace| match Arguments::parse().command {
        Command::Demo(options) => demo::run(&workspace, &options),
        Command::Ci(options) => ci::run(&workspace, &options),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Fuzz(options) => fuzz::run(&workspace, &options),
        Command::Eval(options) => nix::eval::run(&workspace, &options),
        Command::Deb(options) => deb::run(&workspace, &options),
        Command::Vm(options) => vm::run(&workspace, &options),
        Command::VmTune => vm::tune::run(&workspace),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
