//! `cargo xtask bench pedal`: how long a press takes to be heard, beside a control without a session, and what the control
//! service takes while nothing happens.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::bars::Bar;
use super::number;
use super::usage::Usage;
use crate::audio::child::Background;
use crate::audio::engine;
use crate::process;
use crate::workspace::Workspace;

/// Options of `cargo xtask bench pedal`.
#[derive(clap::Args)]
pub(super) struct PedalOptions {
    /// Presses of each kind
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    count: u32,
    /// Switches of boards
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1000))]
    switches: u32,
    /// Frames of a period
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(16..=1024))]
    period: u32,
    /// Seconds of rest that are measured
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(5..=600))]
    rest: u64,
}

/// What a press may take beyond a period, in µs.
const BEYOND_PERIOD: f64 = 5000.0;

/// Runs it. The first bar is the issue's; the control of the same run tells how much of it is the machine's.
pub(super) fn run(workspace: &Workspace, options: &PedalOptions) -> Result<Vec<Bar>> {
    let engine = engine::build(workspace)?;
    println!("build: pedald and engine-bench, release");
    let packages = ["--package", "pedald", "--package", "engine-bench"];
    process::run(workspace.cargo().args(["build", "--release", "--locked"]).args(packages))?;

    let mut bench = Command::new(workspace.release("engine-bench"));
    bench.args(["pedal", "--count", &options.count.to_string(), "--switches", &options.switches.to_string()]);
    let printed = process::output(bench.args(["--period", &options.period.to_string()]))?;
    let report = process::first_json(&printed)?;
    let period = number(&report, "period_us")?;
    println!("\n{:32} {:>10} {:>10} {:>10}", "µs", "median", "p99", "worst");
    for (kind, name) in [
        ("foot", "press of a footswitch"),
        ("press", "the same asked of the session"),
        ("control", "control without a session"),
        ("switch", "switch of boards"),
    ] {
        line(name, &report[kind])?;
    }
    let beyond = |kind: &str| Ok::<_, anyhow::Error>((number(&report[kind], "p99_us")? - period) / 1000.0);
    let added = number(&report["foot"], "median_us")? - number(&report["control"], "median_us")?;
    let mut bars = vec![
        Bar::at_most("press to sound, p99 beyond a period, ms", BEYOND_PERIOD / 1000.0, beyond("foot")?),
        Bar::at_most(
            "switch of boards to sound, p99 beyond a period, ms",
            BEYOND_PERIOD / 1000.0,
            beyond("switch")?,
        ),
        Bar::at_most("press, median added to the control's, ms", 1.0, added / 1000.0),
    ];
    bars.extend(tuner(workspace)?);
    bars.extend(at_rest(workspace, &engine, options.rest)?);
    Ok(bars)
}

/// The tuner on strings with noise at −40 dB, in the time that it has.
fn tuner(workspace: &Workspace) -> Result<Vec<Bar>> {
    let printed = process::output(Command::new(workspace.release("engine-bench")).arg("tuner"))?;
    let report = process::first_json(&printed)?;
    println!("\n{:32} {:>10} {:>10} {:>10} {:>10}", "tuner, cents off", "median", "p99", "worst", "µs each");
    let mut bars = Vec::new();
    for (kind, name) in [("guitar", "82-1300 Hz in 60 ms"), ("bass", "30-82 Hz in four periods")] {
        let figures = &report[kind];
        let [median, p99, worst, cost] =
            ["median_cents", "p99_cents", "worst_cents", "reading_us"].map(|figure| number(figures, figure));
        println!("{name:32} {:10.3} {:10.3} {:10.3} {:10.0}", median?, p99?, worst?, cost?);
        bars.push(Bar::at_most(format!("tuner, {name}: worst, cents"), 1.0, number(figures, "worst_cents")?));
        bars.push(Bar::at_most(format!("tuner, {name}: not heard"), 0.0, number(figures, "missed")?));
    }
    Ok(bars)
}

fn line(name: &str, delays: &Value) -> Result<()> {
    let [median, p99, worst] = ["median_us", "p99_us", "worst_us"].map(|figure| number(delays, figure));
    println!("{name:32} {:10.0} {:10.0} {:10.0}", median?, p99?, worst?);
    Ok(())
}

/// The service with its simulated pedal, an engine, and nobody who does anything.
fn at_rest(workspace: &Workspace, engine: &std::path::Path, seconds: u64) -> Result<[Bar; 2]> {
    let socket = std::env::temp_dir().join(format!("archibald-xtask-pedal-{}.sock", std::process::id()));
    let (data, logs) = (workspace.scratch("pedal-data")?, workspace.scratch("logs")?);
    let mut command = Command::new(engine);
    command.args(["run", "--backend", "dummy", "--socket"]).arg(&socket).env("XDG_STATE_HOME", &data);
    let _engine = Background::start(&mut command, &logs.join("pedal-engine.log"))?;
    let mut command = Command::new(workspace.release("pedald"));
    command
        .args(["--simulate", "v3", "--dev", "--listen", "127.0.0.1:0", "--engine"])
        .arg(&socket)
        .arg("--data")
        .arg(&data);
    let pedald = Background::start(&mut command, &logs.join("pedald.log"))?;
    // Threads that read the plugins end after ten seconds, and would take their share out of the sum.
    std::thread::sleep(Duration::from_secs(15));
    let before = Usage::of(&[pedald.id()])?;
    std::thread::sleep(Duration::from_secs(seconds));
    let used = Usage::of(&[pedald.id()])?.since(before);
    let dirty = private_dirty(pedald.id())?;
    let share = used.cpu as f64 / (seconds as f64 * 1e9) * 100.0;
    println!(
        "\nat rest: {share:.3} % of a core, {} switches a second, {dirty} KiB of memory of its own",
        used.switches / seconds
    );
    Ok([
        Bar::at_most("control service at rest, % of a core", 0.5, share),
        Bar::at_most("control service, Private_Dirty in MiB", 40.0, dirty as f64 / 1024.0),
    ])
}

/// In KiB.
fn private_dirty(process: u32) -> Result<u64> {
    let path = format!("/proc/{process}/smaps_rollup");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Private_Dirty:")).context("no such field")?;
    line.trim().trim_end_matches("kB").trim().parse().context("not a number")
}
