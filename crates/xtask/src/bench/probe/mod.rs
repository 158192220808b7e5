//! `cargo xtask bench probe`: the probe beside the usual tools, on the same channels, alternating.
//!
//! jack_iodelay hears the very channel client that the probe hears; cyclictest runs with the probe's priority and interval.

mod round_trip;
mod wake_up;

use anyhow::Result;

use super::bars::Bar;
use super::faults;
use crate::process;
use crate::workspace::Workspace;

/// Options of `cargo xtask bench probe`.
#[derive(clap::Args)]
pub(super) struct ProbeOptions {
    /// Alternating rounds of the scheduler's comparison
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Seconds of one scheduling run
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Seconds that jack_iodelay listens to each channel
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(2..=60))]
    listen: u64,
    /// Seconds of the soak that must see nothing
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(5..=3600))]
    soak: u64,
}

/// Runs both comparisons; the bars are ours alone.
pub(super) fn run(workspace: &Workspace, options: &ProbeOptions) -> Result<Vec<Bar>> {
    println!("build: latency-probe, release");
    process::run(workspace.cargo().args(["build", "--release", "--locked", "--package", "latency-probe"]))?;
    let probe = workspace.release("latency-probe");
    let mut bars = round_trip::run(workspace, &probe, options)?;
    bars.extend(wake_up::run(&probe, options)?);
    bars.extend(faults::run(workspace, &probe, options.soak)?);
    Ok(bars)
}

/// The children's time in what the shell's `times` prints last: `0m0.070s 0m0.020s`.
fn cpu_seconds(text: &str) -> f64 {
    let time = |word: &str| -> Option<f64> {
        let (minutes, seconds) = word.strip_suffix('s')?.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("");
    last.split_whitespace().filter_map(time).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_childrens_time_is_added_up() {
        assert!((cpu_seconds("x\n0m0.000s 0m0.000s\n1m0.070s 0m0.020s\n") - 60.09).abs() < 1e-9);
    }
}
