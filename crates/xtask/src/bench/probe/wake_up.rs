//! Wake-up latency: the probe and cyclictest, alternating.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{ProbeOptions, cpu_seconds};
use crate::bench::bars::Bar;
use crate::bench::{median, number};
use crate::process;

/// Minimum, p50 and p99 of the worst CPU in µs, and processor seconds.
#[derive(Clone, Copy)]
struct Wake {
    min: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

/// Lets both wake up in turn, and compares.
pub(super) fn run(probe: &Path, options: &ProbeOptions) -> Result<Vec<Bar>> {
    let mut sides: [Vec<Wake>; 2] = [Vec::new(), Vec::new()];
    println!("\nwake-up latency, SCHED_FIFO 95 every 1000 µs, {} s each, worst CPU", options.seconds);
    println!("{:>5} {:>22} {:>22}", "round", "ours min/p50/p99 µs", "cyclictest");
    for round in 0..options.rounds {
        let a = wake_ours(probe, options.seconds)?;
        let b = wake_cyclictest(options.seconds)?;
        println!(
            "{:5} {:>8.0} {:>6.0} {:>6.0} {:>8.0} {:>6.0} {:>6.0}",
            round + 1,
            a.min,
            a.p50,
            a.p99,
            b.min,
            b.p50,
            b.p99
        );
        sides[0].push(a);
        sides[1].push(b);
    }
    let middle = |side: usize, field: fn(&Wake) -> f64| median(sides[side].iter().map(field).collect());
    let (p50, peer50) = (middle(0, |w| w.p50), middle(1, |w| w.p50));
    let (p99, peer99) = (middle(0, |w| w.p99), middle(1, |w| w.p99));
    let (cpu, peer_cpu) = (middle(0, |w| w.cpu), middle(1, |w| w.cpu));
    println!("processor: ours {cpu:.2} s, cyclictest {peer_cpu:.2} s");
    Ok(vec![
        Bar::at_most(
            "wake-up, distance of p50 to cyclictest's, µs",
            (0.25 * peer50).max(3.0),
            (p50 - peer50).abs(),
        ),
        Bar::at_most("wake-up, distance of p99 to cyclictest's, µs", 0.5 * peer99, (p99 - peer99).abs()),
        Bar::at_most(
            "wake-up, our minimum below cyclictest's, µs",
            2.0,
            middle(1, |w| w.min) - middle(0, |w| w.min),
        ),
        Bar::at_most("wake-up, processor against cyclictest's", 1.2, cpu / peer_cpu),
    ])
}

fn wake_ours(probe: &Path, seconds: u64) -> Result<Wake> {
    let line = format!("{} sched --json --hold-dma --seconds {seconds}; times", probe.display());
    let text = process::output(Command::new("sh").args(["-c", &line]))?;
    let end = text.rfind('}').context("no report from latency-probe")?;
    let report: Value = serde_json::from_str(&text[..=end]).context("latency-probe printed no JSON")?;
    let cpus = report.get("cpus").and_then(Value::as_array).context("no CPUs in the report")?;
    let field = |name: &str| -> Result<Vec<f64>> {
        cpus.iter().map(|c| number(c.get("latency").context("no latency")?, name)).collect()
    };
    let worst = |values: Vec<f64>| values.into_iter().fold(0.0, f64::max);
    Ok(Wake {
        min: field("min_us")?.into_iter().fold(f64::MAX, f64::min),
        p50: worst(field("p50_us")?),
        p99: worst(field("p99_us")?),
        cpu: cpu_seconds(&text),
    })
}

fn wake_cyclictest(seconds: u64) -> Result<Wake> {
    let line = format!("cyclictest -q -m -S -p 95 -i 1000 -D {seconds} -h 20000; times");
    let text = process::output(Command::new("sh").args(["-c", &line]))?;
    let mut wake = histogram(&text);
    wake.cpu = cpu_seconds(&text);
    Ok(wake)
}

/// Quantiles of cyclictest's histogram: lines of a latency and one count for each CPU.
fn histogram(text: &str) -> Wake {
    let rows: Vec<(f64, Vec<u64>)> = text
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()) && !line.contains('m'))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.parse().ok()?, words.map_while(|w| w.parse().ok()).collect()))
        })
        .collect();
    let cpus = rows.first().map_or(0, |r| r.1.len());
    let quantile = |cpu: usize, share: f64| -> f64 {
        let total: u64 = rows.iter().filter_map(|r| r.1.get(cpu)).sum();
        let mut seen = 0;
        for (us, counts) in &rows {
            seen += counts.get(cpu).copied().unwrap_or(0);
            if seen > 0 && seen as f64 >= share * total as f64 {
                return *us;
            }
        }
        f64::NAN
    };
    let worst = |share: f64| (0..cpus).map(|cpu| quantile(cpu, share)).fold(0.0, f64::max);
    let min = (0..cpus).map(|cpu| quantile(cpu, 0.0)).fold(f64::MAX, f64::min);
    Wake { min, p50: worst(0.5), p99: worst(0.99), cpu: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_come_from_the_histogram() {
        let wake = histogram(
            "# Histogram\n000007 000001 000000\n000009 000098 000050\n000020 000001 000050\n0m0.1s 0m0.2s\n",
        );
        assert_eq!((wake.min, wake.p50, wake.p99), (7.0, 9.0, 20.0));
    }
}
