//! The round trip: the probe and jack_iodelay on the same channels.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use super::{ProbeOptions, cpu_seconds};
use crate::audio::child::Background;
use crate::audio::jackd::Server;
use crate::bench::bars::Bar;
use crate::process;
use crate::workspace::Workspace;

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

/// Measures every channel with both; the bars are ours alone.
pub(super) fn run(workspace: &Workspace, probe: &Path, options: &ProbeOptions) -> Result<Vec<Bar>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_peer_are_understood() {
        let text = "new capture latency: [0, 0]\n  1536.000 frames     32.000 ms total roundtrip latency\n"
            .repeat(3)
            + "  1536.100 frames     32.002 ms total roundtrip latency\n\
               16200.000 frames    337.500 ms total roundtrip latency\n  1536.000 frames     32.000 ms ??\n";
        let peer = judge(&text, 1536.0);
        assert_eq!((peer.lines, peer.wrong), (4, 2));
        assert!((peer.rms - (0.01f64 / 2.0).sqrt()).abs() < 1e-9);
    }
}
