//! Round trip of a command on TCP loopback.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::bars::Bar;
use super::host::{Programs, RATE};
use super::{board, median};
use crate::audio::engine::Engine;
use crate::audio::jackd::Server;

/// Commands of one round.
const COMMANDS: usize = 10_000;

/// Sends `param_set` and waits for each reply.
pub(super) fn run(programs: &Programs, rounds: u32) -> Result<Vec<Bar>> {
    let server = Server::start(programs.workspace, RATE, 128)?;
    let (command, feedback) = (free_port()?, free_port()?);
    let ports = [command.to_string(), feedback.to_string()];
    let more = ["--tcp", &ports[0], "--feedback", &ports[1]];
    let mut engine = Engine::start(programs.workspace, &programs.engine, server.name(), &more)?;
    engine.load(&board::write(&programs.workspace.scratch("bench")?, "one", 0, 1, 0.0)?)?;
    let mut stream = connect(command)?;
    let _feedback = connect(feedback)?;
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut times = (0..COMMANDS)
            .map(|n| {
                round_trip(&mut stream, &format!("param_set 0 gain {}\0", if n % 2 == 0 { -3 } else { 0 }))
            })
            .collect::<Result<Vec<f64>>>()?;
        times.sort_by(f64::total_cmp);
        p50.push(times[COMMANDS / 2]);
        p99.push(times[COMMANDS * 99 / 100]);
    }
    let (p50, p99) = (median(p50), median(p99));
    println!(
        "param_set: {COMMANDS} round trips on TCP loopback, {rounds} rounds: p50 {p50:.1} µs, p99 {p99:.1} µs"
    );
    Ok(vec![
        Bar::at_most("param_set round trip on TCP loopback, p50 µs", 45.0, p50),
        Bar::at_most("param_set round trip on TCP loopback, p99 µs", 90.0, p99),
    ])
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
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
