//! `cargo xtask bench`: measurements with bars. Only ratios of runs that alternate within minutes, counts and sample
//! positions are compared: absolute times of a shared machine drift.

mod bars;
mod board;
mod browser;
mod chains;
mod commands;
mod compare;
mod faults;
mod host;
mod midi;
mod mod_host;
mod pedal;
mod probe;
mod swap;
mod tune;
mod usage;
mod web;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::audio::engine;
use crate::workspace::Workspace;
use crate::{packages, process};

use bars::Bar;
use host::Programs;

/// Options of `cargo xtask bench`.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The engine against one JACK client per plugin, and its other bars
    Engine(EngineOptions),
    /// The probe beside jack_iodelay and cyclictest
    Probe(probe::ProbeOptions),
    /// What the MIDI bridge adds to a message's way
    Midi(midi::MidiOptions),
    /// From a press to the change in the audio, and what the control service takes at rest
    Pedal(pedal::PedalOptions),
    /// The tuning program's check beside rtcqs, and its service at rest
    Tune(tune::TuneOptions),
    /// The web editor's script of a frame, and how soon it can be used
    Web(web::WebOptions),
}

/// Options of `cargo xtask bench engine`.
#[derive(clap::Args)]
struct EngineOptions {
    /// Seconds of one measurement
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Measurements of each kind, alternating
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// Lengths of the chains
    #[arg(long, value_delimiter = ',', default_values_t = [1, 5, 10, 20, 40])]
    plugins: Vec<u32>,
    /// Frames of a period
    #[arg(long, value_delimiter = ',', default_values_t = [64, 128])]
    periods: Vec<u32>,
    /// A mod-host program of yours to measure in the same run, as the judge of our one-client-per-plugin program. It
    /// listens on all network interfaces while it runs
    #[arg(long, value_name = "PROGRAM")]
    mod_host: Option<std::path::PathBuf>,
}

/// Runs a bench; an error when a bar is missed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    match &options.what {
        What::Engine(options) => run_engine(workspace, options),
        What::Probe(options) => run_probe(workspace, options),
        What::Midi(options) => run_midi(workspace, options),
        What::Pedal(options) => run_pedal(workspace, options),
        What::Tune(options) => run_tune(workspace, options),
        What::Web(options) => run_web(workspace, options),
    }
}

fn run_probe(workspace: &Workspace, options: &probe::ProbeOptions) -> Result<()> {
    packages::install(workspace, "bench the probe", &[packages::BUILD, packages::TEST, &["rt-tests"]])?;
    println!("machine: {}", machine());
    judge(&probe::run(workspace, options)?)
}

fn run_pedal(workspace: &Workspace, options: &pedal::PedalOptions) -> Result<()> {
    packages::install(workspace, "bench the pedal", &[packages::BUILD, packages::TEST])?;
    println!("machine: {}", machine());
    judge(&pedal::run(workspace, options)?)
}

fn run_tune(workspace: &Workspace, options: &tune::TuneOptions) -> Result<()> {
    packages::install(workspace, "bench the tuning program", &[packages::BUILD, &["python3-venv"]])?;
    println!("machine: {}", machine());
    judge(&tune::run(workspace, options)?)
}

fn run_web(workspace: &Workspace, options: &web::WebOptions) -> Result<()> {
    packages::install(workspace, "bench the web editor", &[packages::BUILD, packages::TEST])?;
    println!("machine: {}", machine());
    judge(&web::run(workspace, options)?)
}

fn run_midi(workspace: &Workspace, options: &midi::MidiOptions) -> Result<()> {
    packages::install(workspace, "bench the MIDI bridge", &[packages::BUILD, packages::TEST])?;
    println!("machine: {}", machine());
    judge(&midi::run(workspace, options)?)
}

fn run_engine(workspace: &Workspace, options: &EngineOptions) -> Result<()> {
    packages::install(workspace, "bench the engine", &[packages::BUILD, packages::TEST])?;
    let engine = engine::build(workspace)?;
    println!("build: engine-bench, release");
    process::run(workspace.cargo().args(["build", "--release", "--locked", "--package", "engine-bench"]))?;
    let programs = Programs {
        workspace,
        engine,
        bench: workspace.release("engine-bench"),
        mod_host: options.mod_host.clone(),
    };
    println!("machine: {}", machine());

    let mut bars = chains::run(&programs, options)?;
    bars.extend(chains::xruns(&programs, options)?);
    bars.push(metering(&programs)?);
    bars.push(compilation(&programs)?);
    bars.extend(commands::run(&programs, options.rounds)?);
    bars.push(swap::run(&programs)?);
    judge(&bars)
}

/// Prints the bars; an error when one is missed.
fn judge(bars: &[Bar]) -> Result<()> {
    print!("{}", bars::table(bars));
    match bars.iter().filter(|bar| !bar.met()).count() {
        0 => Ok(()),
        missed => bail!("{missed} of {} bars missed", bars.len()),
    }
}

/// Always-on metering against the period, for 20 plugins at 64 frames.
fn metering(programs: &Programs) -> Result<Bar> {
    let nanoseconds = number(&programs.ask_bench(&["metering"])?, "ns_per_plugin")?;
    // Twenty plugins and the callback as a whole.
    let share = 21.0 * nanoseconds / (64.0 / 48_000.0 * 1e9) * 100.0;
    println!("\nmetering: {nanoseconds:.1} ns per plugin and block");
    Ok(Bar::at_most("metering, 20 plugins at 64 frames, % of the period", 1.0, share))
}

/// From graph to plan.
fn compilation(programs: &Programs) -> Result<Bar> {
    let report = programs.ask_bench(&["compile", "--plugins", "40"])?;
    println!(
        "compile: 40 plugins, median {:.3} ms, worst {:.3} ms",
        number(&report, "median_ms")?,
        number(&report, "max_ms")?
    );
    Ok(Bar::at_most("plan of 40 plugins compiled, median ms", 5.0, number(&report, "median_ms")?))
}

/// A number of a report.
fn number(report: &Value, name: &str) -> Result<f64> {
    report.get(name).and_then(Value::as_f64).with_context(|| format!("no number {name} in {report}"))
}

/// The middle of `values`; not a number when there are none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[odd / 2],
        even => (values[even / 2 - 1] + values[even / 2]) / 2.0,
    }
}

/// Processor, cores and kernel, for the record.
fn machine() -> String {
    let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?.to_owned();
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{}, {cores} cores, Linux {}", model.as_deref().unwrap_or("unknown processor"), kernel.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_two_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 100.0]), 3.0);
        assert!(median(Vec::new()).is_nan());
    }
}
