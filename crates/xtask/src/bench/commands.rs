//! Round trip of a command on TCP loopback.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::bars::Bar;
use super::host::{Programs, RATE};
use super::mod_host::ModHost;
use super::{board, median};
use crate::audio::engine::Engine;
use crate::audio::jackd::Server;

/// Commands of one round.
const COMMANDS: usize = 10_000;

/// Bars as ratios to an immediate answer, because a machine's wake-up time is in both. A host that works each period keeps
/// the machine awake and beats a thread that sleeps (measured 0.24–0.37 and 0.61–0.69): as slow as that thread is a defect.
const P50_RATIO: f64 = 1.0;
const P99_RATIO: f64 = 1.0;

/// Sends `param_set` and waits for each reply, in turns with a thread that answers at once: what that one takes is the
/// machine's share, and the bars are ratios to it.
pub(super) fn run(programs: &Programs, rounds: u32) -> Result<Vec<Bar>> {
    println!("param_set: {COMMANDS} round trips on TCP loopback, medians of {rounds} rounds in turns");
    let server = Server::start(programs.workspace, RATE, 128)?;
    let (command, feedback) = (free_port()?, free_port()?);
    let ports = [command.to_string(), feedback.to_string()];
    let more = ["--tcp", &ports[0], "--feedback", &ports[1]];
    let mut engine = Engine::start(programs.workspace, &programs.engine, server.name(), &more)?;
    engine.load(&board::write(&programs.workspace.scratch("bench")?, "one", 0, 1, 0.0)?)?;
    let mut stream = connect(command)?;
    let feedback = connect(feedback)?;
    let ours = beside_an_echo("engine", &mut stream, rounds)?;
    drop((stream, feedback, engine, server));

    let mut bars = vec![
        Bar::at_most("param_set round trip / that of an immediate answer, p50", P50_RATIO, ours[0]),
        Bar::at_most("param_set round trip / that of an immediate answer, p99", P99_RATIO, ours[1]),
    ];
    if programs.mod_host.is_some() {
        // On a server of its own: the engine answers to mod-host's names, so that both do not fit on one.
        let server = Server::start(programs.workspace, RATE, 128)?;
        let mut judge = ModHost::start(programs, &server, 1)?;
        let theirs = beside_an_echo("mod-host", judge.stream(), rounds)?;
        bars.push(Bar::at_most("param_set round trip / mod-host's, p50", 0.9, ours[0] / theirs[0]));
        bars.push(Bar::at_most("param_set round trip / mod-host's, p99", 1.0, ours[1] / theirs[1]));
    }
    Ok(bars)
}

/// Round trips of a host and of a thread that answers at once, in turns: the ratios of their medians and 99th percentiles.
fn beside_an_echo(name: &str, host: &mut TcpStream, rounds: u32) -> Result<[f64; 2]> {
    let mut echo = connect(echo()?)?;
    let (mut hosts, mut echoes) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        hosts.push(quantiles(host)?);
        echoes.push(quantiles(&mut echo)?);
    }
    for (name, rounds) in [(name, &hosts), ("an immediate answer", &echoes)] {
        let of = |n: usize| median(rounds.iter().map(|round| round[n]).collect());
        println!("  {name:20} p50 {:6.1} µs  p99 {:6.1} µs", of(0), of(1));
    }
    Ok([0, 1].map(|n| median(hosts.iter().zip(&echoes).map(|(a, b)| a[n] / b[n]).collect())))
}

/// Median and 99th percentile of the round trips of one round, in µs.
fn quantiles(stream: &mut TcpStream) -> Result<[f64; 2]> {
    let mut times = (0..COMMANDS)
        .map(|n| round_trip(stream, &format!("param_set 0 gain {}\0", if n % 2 == 0 { -3 } else { 0 })))
        .collect::<Result<Vec<f64>>>()?;
    times.sort_by(f64::total_cmp);
    Ok([times[COMMANDS / 2], times[COMMANDS * 99 / 100]])
}

/// Answers one connection's commands at once, on a thread of its own; the port.
fn echo() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free TCP port")?;
    let port = listener.local_addr().context("no free TCP port")?.port();
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let _ = stream.set_nodelay(true);
        let mut part = [0; 256];
        while let Ok(count) = stream.read(&mut part) {
            // The commands are short, and one is under way at a time.
            if count == 0 || part[count - 1] == 0 && stream.write_all(b"resp 0\0").is_err() {
                return;
            }
        }
    });
    Ok(port)
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free TCP port")?;
    Ok(listener.local_addr().context("no free TCP port")?.port())
}

fn connect(port: u16) -> Result<TcpStream> {
    let stream =
        TcpStream::connect(("127.0.0.1", port)).with_context(|| format!("no engine on port {port}"))?;
    stream.set_nodelay(true).context("cannot switch off Nagle's algorithm")?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).context("cannot set a time limit")?;
    Ok(stream)
}

/// Microseconds from the send to the last byte of the reply.
fn round_trip(stream: &mut TcpStream, command: &str) -> Result<f64> {
    let mut reply = [0; 64];
    let mut filled = 0;
    let begin = Instant::now();
    stream.write_all(command.as_bytes()).context("the engine closed its port")?;
    while filled == 0 || reply[filled - 1] != 0 {
        let count = stream.read(&mut reply[filled..]).context("no reply to param_set")?;
        ensure!(count > 0, "the engine closed its port instead of a reply");
        filled += count;
    }
    let time = begin.elapsed().as_secs_f64() * 1e6;
    let text = String::from_utf8_lossy(&reply[..filled - 1]);
    ensure!(text == "resp 0", "param_set answered {text:?}");
    Ok(time)
}
