//! `cargo xtask bench probe`: the probe beside the usual tools, on the same channels, alternating.
//!
//! jack_iodelay hears the very channel client that the probe hears; cyclictest runs with the probe's priority and interval.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use super::bars::Bar;
use super::{faults, median, number};
use crate::audio::child::Background;
use crate::audio::jackd::Server;
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

/// Frames of a period of the round-trip comparison; the loop through a client takes one more.
const PERIOD: u32 = 1024;

/// A channel: name, true delay without the period, arguments, and the error that we promise, in frames.
const CHANNELS: &[(&str, f64, &[&str], f64)] = &[
    ("clean, 512", 512.0, &[], 0.001),
    ("clean, 4801.37", 4801.37, &[], 0.001),
    ("inverted, gain 0.5", 512.0, &["--gain=-0.5"], 0.001),
    ("gain -70 dB", 512.0, &["--gain", "0.000316", "--noise=-110"], 0.005),
    ("SNR 20 dB", 512.0, &["--snr", "20"], 0.002),
    ("SNR 0 dB", 512.0, &["--snr", "0"], 0.015),
    ("SNR -10 dB", 512.0, &["--snr=-10"], 0.045),
    ("SNR -20 dB", 512.0, &["--snr=-20"], 0.15),
    ("1500 Hz tone, -20 dBFS", 1500.37, &["--tone", "1500,-20"], 0.005),
    ("hum 0 dBFS, loop -40 dB", 1500.37, &["--gain", "0.01", "--hum", "50,0", "--noise=-90"], 0.01),
    ("path +3 frames at -6 dB", 1500.37, &["--echo", "3,0.5"], 0.005),
    ("feedback -0.4 at 100", 1500.37, &["--feedback", "100,-0.4"], 0.005),
];

/// Runs both comparisons; the bars are ours alone.
pub(super) fn run(workspace: &Workspace, options: &ProbeOptions) -> Result<Vec<Bar>> {
    println!("build: latency-probe, release");
    process::run(workspace.cargo().args(["build", "--release", "--locked", "--package", "latency-probe"]))?;
    let probe = workspace.release("latency-probe");
    let mut bars = round_trip(workspace, &probe, options)?;
    bars.extend(scheduler(&probe, options)?);
    bars.extend(faults::run(workspace, &probe, options.soak)?);
    Ok(bars)
}

fn round_trip(workspace: &Workspace, probe: &Path, options: &ProbeOptions) -> Result<Vec<Bar>> {
    let server = Server::start(workspace, 48_000, PERIOD)?;
    let logs = workspace.scratch("logs")?;
    let mut bars = Vec::new();
    let (mut longest, mut share) = (0.0f64, 0.0f64);
    println!("\nround trip over jackd, dummy driver, {PERIOD} frames at 48 kHz; errors in frames");
    println!(
        "{:26} {:>10} {:>8} | {:>10} {:>6} {:>6}",
        "channel", "ours", "seconds", "iodelay", "lines", "wrong"
    );
    for (name, delay, arguments, bar) in CHANNELS {
        let truth = delay + f64::from(PERIOD);
        let mut command = Command::new(probe);
        command.args(["channel", "--name", "bench", "--delay", &delay.to_string()]).args(*arguments);
        command.env("JACK_DEFAULT_SERVER", server.name());
        let mut channel = Background::start(&mut command, &logs.join("channel.log"))?;
        channel.wait_for(Duration::from_secs(10), || {
            let ports = process::output(&mut tool("jack_lsp", &server)).unwrap_or_default();
            ports.lines().any(|port| port == "bench:out").then_some(())
        })?;
        let ours = ours(probe, &server)?;
        let peer = iodelay(&server, &logs, truth, options.listen)?;
        let error = ours.delay.map_or(f64::NAN, |d| (d - truth).abs());
        println!(
            "{name:26} {error:10.5} {:8.2} | {:10.4} {:6} {:6}",
            ours.seconds, peer.rms, peer.lines, peer.wrong
        );
        bars.push(Bar::at_most(format!("round trip, {name}: error in frames"), *bar, error));
        if ours.attempts == 1 {
            longest = longest.max(ours.seconds);
            share = share.max(ours.cpu / ours.seconds * 100.0);
        }
    }
    println!(
        "iodelay: root mean square error of the lines within 1 frame, lines printed, lines further off or flagged"
    );
    bars.push(Bar::at_most("round trip, longest undisturbed run, seconds", 2.5, longest));
    bars.push(Bar::at_most("round trip, processor, % of a core", 5.0, share));
    Ok(bars)
}

/// One of JACK's small tools, for this server.
fn tool(name: &str, server: &Server) -> Command {
    let mut command = Command::new(name);
    command.env("JACK_DEFAULT_SERVER", server.name());
    command
}

struct Ours {
    delay: Option<f64>,
    seconds: f64,
    cpu: f64,
    attempts: u64,
}

fn ours(probe: &Path, server: &Server) -> Result<Ours> {
    let begin = Instant::now();
    let line = format!("{} loop --json --send bench:in --receive bench:out; times", probe.display());
    let text =
        process::output(Command::new("sh").args(["-c", &line]).env("JACK_DEFAULT_SERVER", server.name()))?;
    let seconds = begin.elapsed().as_secs_f64();
    let end = text.rfind('}').context("no report from latency-probe")?;
    let report: Value = serde_json::from_str(&text[..=end]).context("latency-probe printed no JSON")?;
    let passed = report.get("verdict").and_then(Value::as_str) == Some("pass");
    Ok(Ours {
        delay: report.get("delay_frames").and_then(Value::as_f64).filter(|_| passed),
        seconds,
        cpu: cpu_seconds(&text),
        attempts: report.get("attempts").and_then(Value::as_u64).unwrap_or(0),
    })
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

struct Peer {
    rms: f64,
    lines: usize,
    wrong: usize,
}

/// Lets jack_iodelay listen to the channel. Its first second is not counted: it is still settling.
fn iodelay(server: &Server, logs: &Path, truth: f64, seconds: u64) -> Result<Peer> {
    let log: PathBuf = logs.join("iodelay.log");
    let mut command = Command::new("stdbuf");
    command.args(["-oL", "jack_iodelay"]).env("JACK_DEFAULT_SERVER", server.name());
    let mut peer = Background::start(&mut command, &log)?;
    peer.wait_for(Duration::from_secs(10), || {
        let connected =
            |from: &str, to: &str| process::output(tool("jack_connect", server).args([from, to])).is_ok();
        (connected("jack_delay:out", "bench:in") && connected("bench:out", "jack_delay:in")).then_some(())
    })?;
    std::thread::sleep(Duration::from_secs(seconds));
    drop(peer);
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    Ok(judge(&text, truth))
}

/// Counts jack_iodelay's lines; those before its second line are still settling.
fn judge(text: &str, truth: f64) -> Peer {
    let lines: Vec<(f64, bool)> = text
        .lines()
        .filter_map(|line| {
            let (frames, rest) = line.trim_start().split_once(" frames")?;
            Some((frames.trim().parse().ok()?, rest.contains("??")))
        })
        .skip(2)
        .collect();
    let good: Vec<f64> = lines
        .iter()
        .filter(|(frames, flagged)| !flagged && (frames - truth).abs() <= 1.0)
        .map(|l| l.0 - truth)
        .collect();
    let rms = (good.iter().map(|e| e * e).sum::<f64>() / good.len() as f64).sqrt();
    Peer { rms, lines: lines.len(), wrong: lines.len() - good.len() }
}

/// Minimum, p50 and p99 of the worst CPU in µs, and processor seconds.
#[derive(Clone, Copy)]
struct Wake {
    min: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
}

fn scheduler(probe: &Path, options: &ProbeOptions) -> Result<Vec<Bar>> {
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
    fn lines_of_the_peers_are_understood() {
        let text = "new capture latency: [0, 0]\n  1536.000 frames     32.000 ms total roundtrip latency\n"
            .repeat(3)
            + "  1536.100 frames     32.002 ms total roundtrip latency\n\
               16200.000 frames    337.500 ms total roundtrip latency\n  1536.000 frames     32.000 ms ??\n";
        let peer = judge(&text, 1536.0);
        assert_eq!((peer.lines, peer.wrong), (4, 2));
        assert!((peer.rms - (0.01f64 / 2.0).sqrt()).abs() < 1e-9);
        let wake = histogram(
            "# Histogram\n000007 000001 000000\n000009 000098 000050\n000020 000001 000050\n0m0.1s 0m0.2s\n",
        );
        assert_eq!((wake.min, wake.p50, wake.p99), (7.0, 9.0, 20.0));
        assert!((cpu_seconds("x\n0m0.000s 0m0.000s\n1m0.070s 0m0.020s\n") - 60.09).abs() < 1e-9);
    }
}
