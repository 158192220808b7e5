//! `cargo xtask bench midi`: what the serial bridge adds to a message's way, beside a control that does nothing but block.

use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::bars::Bar;
use super::number;
use crate::audio::jackd::Server;
use crate::process;
use crate::workspace::Workspace;

/// Options of `cargo xtask bench midi`.
#[derive(clap::Args)]
pub(super) struct MidiOptions {
    /// Messages of each kind
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    count: u32,
}

/// Frames of a period: the grain of the way in, 0.33 ms.
const PERIOD: u32 = 16;

/// Runs it. The bars are on what the bridge adds to the control of the same run.
pub(super) fn run(workspace: &Workspace, options: &MidiOptions) -> Result<Vec<Bar>> {
    println!("build: midi-bridge, release");
    process::run(workspace.cargo().args(["build", "--release", "--locked", "--package", "midi-bridge"]))?;
    let server = Server::start_synchronous(workspace, 48_000, PERIOD)?;
    if !server.is_realtime() {
        println!("jackd runs without real-time priority: bridge and control are late alike");
    }
    let mut command = Command::new(workspace.release("midi-bridge"));
    command.args(["latency", "--json", "--count", &options.count.to_string()]);
    let printed = process::output(command.env("JACK_DEFAULT_SERVER", server.name()))?;
    let report = process::first_json(&printed)?;
    println!("\n{:32} {:>10} {:>10} {:>10}", "µs", "median", "p99", "worst");
    let mut bars = Vec::new();
    for (way, name) in [("cable_to_jack", "cable to JACK"), ("jack_to_cable", "JACK to cable")] {
        let (bridge, control) = (&report[way]["bridge"], &report[way]["control"]);
        line(&format!("{name}, bridge"), bridge)?;
        line(&format!("{name}, control"), control)?;
        for figure in ["p99_us", "worst_us"] {
            let added = (number(bridge, figure)? - number(control, figure)?) / 1000.0;
            let figure = figure.trim_end_matches("_us");
            bars.push(Bar::at_most(format!("MIDI, {name}, {figure} added to the control's, ms"), 1.0, added));
        }
    }
    let clock = &report["clock_in_backlog"];
    line("clock inside system exclusive", clock)?;
    bars.push(Bar::at_most(
        "MIDI, a clock behind 62 bytes that wait, median ms",
        1.0,
        number(clock, "median_us")? / 1000.0,
    ));
    Ok(bars)
}

fn line(name: &str, delays: &Value) -> Result<()> {
    let [median, p99, worst] = ["median_us", "p99_us", "worst_us"].map(|figure| number(delays, figure));
    println!("{name:32} {:10.0} {:10.0} {:10.0}", median?, p99?, worst?);
    Ok(())
}
