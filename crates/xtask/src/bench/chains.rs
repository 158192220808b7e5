//! Chains of light plugins: the engine against one JACK client per plugin, alternating.

use std::time::Duration;

use anyhow::Result;

use super::bars::Bar;
use super::compare::chance_that_not_higher;
use super::host::{Kind, Programs, Sample, measure};
use super::{EngineOptions, median};

/// Where the bars are set.
const BAR_PLUGINS: u32 = 20;
const BAR_PERIOD: u32 = 64;
/// The xrun comparison.
const XRUN_PLUGINS: u32 = 40;
const XRUN_PERIOD: u32 = 32;

/// Medians of both ways at all lengths and periods; the bars at 20 plugins and 64 frames.
pub(super) fn run(programs: &Programs, options: &EngineOptions) -> Result<Vec<Bar>> {
    let length = Duration::from_secs(options.seconds);
    println!(
        "\nchains: medians of {} alternating runs of {} s; cpu = host and jackd, csw = voluntary context switches of the host,\n\
         span = from the first plugin's start to the last one's end",
        options.rounds, options.seconds
    );
    println!(
        "{:>6} {:>7}  {:>12} {:>12} {:>6}  {:>10} {:>10}  {:>10} {:>10}",
        "frames",
        "plugins",
        "engine µs/p",
        "clients µs/p",
        "ratio",
        "engine csw",
        "client csw",
        "engine µs",
        "clients µs"
    );
    let mut bars = Vec::new();
    for &period in &options.periods {
        for &plugins in &options.plugins {
            let [engine, clients] = alternate(
                programs,
                options.rounds,
                length,
                [(Kind::Engine, plugins, period), (Kind::Clients, plugins, period)],
            )?;
            let of =
                |samples: &[Sample], figure: fn(&Sample) -> f64| median(samples.iter().map(figure).collect());
            // Each pair was measured within seconds: its ratio is what the machine's mood leaves alone.
            let ratio = median(engine.iter().zip(&clients).map(|(a, b)| a.cpu / b.cpu).collect());
            println!(
                "{period:6} {plugins:7}  {:12.1} {:12.1} {ratio:6.3}  {:10.2} {:10.2}  {:10.1} {:10.1}",
                of(&engine, |s| s.cpu),
                of(&clients, |s| s.cpu),
                of(&engine, |s| s.switches),
                of(&clients, |s| s.switches),
                of(&engine, |s| s.span),
                of(&clients, |s| s.span),
            );
            if (plugins, period) == (BAR_PLUGINS, BAR_PERIOD) {
                let at = format!("{plugins} plugins at {period} frames");
                bars.push(Bar::at_most(format!("{at}: CPU of the engine / of the clients"), 0.2, ratio));
                let switches = of(&engine, |s| s.switches);
                // Threads that have nothing to do with periods (server, control) wake up now and then.
                bars.push(Bar::at_most(format!("{at}: context switches per period"), 2.0, switches));
                if programs.mod_host.is_some() {
                    bars.extend(judged_by_mod_host(programs, options, &at)?);
                }
            }
        }
    }
    Ok(bars)
}

/// The engine and our one-client-per-plugin program against mod-host itself: the second must be no straw man.
fn judged_by_mod_host(programs: &Programs, options: &EngineOptions, at: &str) -> Result<Vec<Bar>> {
    let length = Duration::from_secs(options.seconds);
    let ratio = |kind| -> Result<f64> {
        let [ours, judge] = alternate(
            programs,
            options.rounds,
            length,
            [(kind, BAR_PLUGINS, BAR_PERIOD), (Kind::ModHost, BAR_PLUGINS, BAR_PERIOD)],
        )?;
        Ok(median(ours.iter().zip(&judge).map(|(a, b)| a.cpu / b.cpu).collect()))
    };
    Ok(vec![
        Bar::at_most(format!("{at}: CPU of the clients / of mod-host"), 1.5, ratio(Kind::Clients)?),
        Bar::at_most(format!("{at}: CPU of the engine / of mod-host"), 0.2, ratio(Kind::Engine)?),
    ])
}

/// Forty plugins at 32 frames against one client that only copies.
pub(super) fn xruns(programs: &Programs, options: &EngineOptions) -> Result<Vec<Bar>> {
    let length = Duration::from_secs(options.seconds);
    let [engine, copy] = alternate(
        programs,
        2 * options.rounds,
        length,
        [(Kind::Engine, XRUN_PLUGINS, XRUN_PERIOD), (Kind::Clients, 0, XRUN_PERIOD)],
    )?;
    let list =
        |samples: &[Sample]| samples.iter().map(|s| format!("{:.0}", s.xruns)).collect::<Vec<_>>().join(" ");
    println!(
        "\nxruns at {XRUN_PERIOD} frames in {} s, run by run: engine with {XRUN_PLUGINS} plugins {}; pass-through client {}",
        length.as_secs(),
        list(&engine),
        list(&copy)
    );
    let counts = |samples: &[Sample]| samples.iter().map(|s| s.xruns).collect::<Vec<f64>>();
    let chance = chance_that_not_higher(&counts(&engine), &counts(&copy));
    let name = format!(
        "{XRUN_PLUGINS} plugins at {XRUN_PERIOD} frames: certainty of more xruns than a pass-through"
    );
    Ok(vec![Bar::at_most(name, 0.95, 1.0 - chance)])
}

/// Measures both settings `rounds` times, in turns.
fn alternate(
    programs: &Programs,
    rounds: u32,
    length: Duration,
    settings: [(Kind, u32, u32); 2],
) -> Result<[Vec<Sample>; 2]> {
    let mut samples = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (list, (kind, plugins, period)) in samples.iter_mut().zip(settings) {
            list.push(measure(programs, kind, plugins, period, length)?);
        }
    }
    Ok(samples)
}
