//! Faults that are put in on purpose, and a quiet soak: whether the probe counts what happened, and nothing else.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::bars::Bar;
use super::{median, number};
use crate::audio::jackd::Server;
use crate::workspace::Workspace;

/// Stalls of a run, each of 3 ms.
const STALLS: f64 = 12.0;

/// Callbacks of a soak that sleep for two periods.
const OVERRUNS: f64 = 7.0;

/// Frames of a period: long enough that the machine's own stalls do not count.
const PERIOD: u32 = 1024;

pub(super) fn run(workspace: &Workspace, probe: &Path, soak_seconds: u64) -> Result<Vec<Bar>> {
    let mut bars = stalls(probe)?;
    bars.extend(policies(probe)?);
    bars.extend(soaks(workspace, probe, soak_seconds)?);
    Ok(bars)
}

/// Stalls of 3 ms by a SCHED_FIFO 99 spinner on the same CPU, in turns with runs without.
fn stalls(probe: &Path) -> Result<Vec<Bar>> {
    let (mut extra, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let common = ["sched", "--seconds", "4", "--interval", "200", "--cpus", "0"];
        let control = stall_sizes(&report(probe, None, &common)?)?;
        let count = STALLS.to_string();
        let args = [&common[..], &["--inject-stalls", &count]].concat();
        let injected = stall_sizes(&report(probe, None, &args)?)?;
        extra.push(injected.len() as f64 - control.len() as f64);
        sizes.extend(injected);
    }
    println!("\nstalls beyond the control run's, {STALLS} put in: {extra:?}");
    let size = median(sizes);
    Ok(vec![
        Bar::at_most("stalls counted, distance to those put in", 1.0, (median(extra) - STALLS).abs()),
        Bar::at_most("stalls of 3 ms, error of the median size, ms", 0.3, (size / 1000.0 - 3.0).abs()),
    ])
}

/// Sizes in µs of the first CPU's stalls that may be ours: 3 ms, less what passed of an interval of 0.2 ms, and a little for a
/// busy machine. A wider window would count more of the machine's own.
fn stall_sizes(document: &Value) -> Result<Vec<f64>> {
    let list =
        document.pointer("/cpus/0/stalls").and_then(Value::as_array).context("no stalls in the report")?;
    let sizes = list.iter().map(|stall| number(stall, "us")).collect::<Result<Vec<f64>>>()?;
    Ok(sizes.into_iter().filter(|us| (2_750.0..=3_400.0).contains(us)).collect())
}

/// SCHED_FIFO against SCHED_OTHER beside stressors of the probe's own.
fn policies(probe: &Path) -> Result<Vec<Bar>> {
    let (mut shares, mut faults) = (Vec::new(), 0.0);
    for _ in 0..3 {
        let load = ["sched", "--seconds", "4", "--load", "cpu,fork"];
        let fifo = report(probe, None, &load)?;
        let other = report(probe, None, &[&load[..], &["--other"]].concat())?;
        let (fifo, fifo_faults) = worst(&fifo)?;
        shares.push(fifo / worst(&other)?.0);
        faults += fifo_faults;
    }
    println!("p99 under load, SCHED_FIFO / SCHED_OTHER: {shares:.3?}");
    Ok(vec![
        Bar::at_most("wake-up under load, p99 of SCHED_FIFO / of SCHED_OTHER", 0.2, median(shares)),
        Bar::at_most("wake-up, page faults in the loop", 0.0, faults),
    ])
}

/// The worst CPU's p99 in µs, and the page faults of all.
fn worst(document: &Value) -> Result<(f64, f64)> {
    let cpus = document.get("cpus").and_then(Value::as_array).context("no CPUs in the report")?;
    let (mut p99, mut faults) = (0.0f64, 0.0);
    for cpu in cpus {
        p99 = p99.max(number(cpu.get("latency").context("no latency")?, "p99_us")?);
        faults += number(cpu, "page_faults")?;
    }
    Ok((p99, faults))
}

/// Overruns put in, and a soak that must see nothing.
fn soaks(workspace: &Workspace, probe: &Path, seconds: u64) -> Result<Vec<Bar>> {
    let server = Server::start(workspace, 48_000, PERIOD)?;
    let count = OVERRUNS.to_string();
    let injected = ["soak", "--seconds", "8", "--dsp-load", "5", "--inject-overruns", &count];
    let injected = report(probe, Some(&server), &injected)?;
    let seconds = seconds.to_string();
    // A machine that shares its processors stops by itself now and then. Timer threads that know nothing of JACK see that too.
    let (quiet, beside) = std::thread::scope(|scope| {
        let timers = scope.spawn(|| report(probe, None, &["sched", "--seconds", &seconds]));
        let quiet = report(probe, Some(&server), &["soak", "--seconds", &seconds]);
        (quiet, timers.join().expect("the thread does not panic"))
    });
    let (events, stops) = (number(&quiet?, "events")?, stops(&beside?)?);
    println!("soak of {seconds} s at {PERIOD} frames: {events} events; the machine stopped {stops} times");
    Ok(vec![
        Bar::at_most(
            "overruns counted, distance to those put in",
            0.0,
            (overruns(&injected) - OVERRUNS).abs(),
        ),
        Bar::at_most(
            format!("soak of {seconds} s at {PERIOD} frames, events beyond the machine's stops"),
            0.0,
            (events - stops).max(0.0),
        ),
    ])
}

/// How often a processor stopped for half a period or longer; processors that stop within 50 ms of each other count once.
fn stops(document: &Value) -> Result<f64> {
    let half = f64::from(PERIOD) / 48_000.0 * 0.5e6;
    let cpus = document.get("cpus").and_then(Value::as_array).context("no CPUs in the report")?;
    let mut times = Vec::new();
    for stall in cpus.iter().filter_map(|cpu| cpu.get("stalls")?.as_array()).flatten() {
        if number(stall, "us")? >= half {
            times.push(number(stall, "at_ms")?);
        }
    }
    times.sort_by(f64::total_cmp);
    times.dedup_by(|later, earlier| *later - *earlier < 50.0);
    Ok(times.len() as f64)
}

/// Incidents in which the callback overran and the server skipped frames for it.
fn overruns(document: &Value) -> f64 {
    let incidents = document.get("incidents").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let has = |incident: &Value, kind: &str| {
        let kinds = incident.get("kinds").and_then(Value::as_array);
        kinds.is_some_and(|kinds| kinds.iter().any(|k| k == kind))
    };
    incidents.iter().filter(|i| has(i, "overrun") && has(i, "gap")).count() as f64
}

/// A run's report. A verdict other than "pass" is no failure of the run.
fn report(probe: &Path, server: Option<&Server>, args: &[&str]) -> Result<Value> {
    let mut command = Command::new(probe);
    command.args(args).arg("--json");
    if let Some(server) = server {
        command.env("JACK_DEFAULT_SERVER", server.name());
    }
    let output = command.output().with_context(|| format!("cannot start {}", probe.display()))?;
    serde_json::from_slice(&output.stdout).with_context(|| {
        format!(
            "latency-probe {} printed no JSON: {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reports_are_read() {
        let sched = json!({"cpus": [{"stalls": [{"us": 1200}, {"us": 2950}, {"us": 3010}, {"us": 9000}],
            "latency": {"p99_us": 40}, "page_faults": 0}, {"latency": {"p99_us": 70}, "page_faults": 2}]});
        assert_eq!(stall_sizes(&sched).unwrap(), [2950.0, 3010.0]);
        assert_eq!(worst(&sched).unwrap(), (70.0, 2.0));
        let beside = json!({"cpus": [{"stalls": [{"at_ms": 90.0, "us": 21_000}, {"at_ms": 300.0, "us": 3_000}]},
            {"stalls": [{"at_ms": 95.0, "us": 20_000}, {"at_ms": 400.0, "us": 11_000}]}]});
        assert_eq!(stops(&beside).unwrap(), 2.0);
        let soak =
            json!({"incidents": [{"kinds": ["overrun", "gap"]}, {"kinds": ["gap"]}, {"kinds": ["xrun"]}]});
        assert_eq!(overruns(&soak), 1.0);
    }
}
