//! `cargo xtask demo`: a guitar phrase through a real pedalboard, in real time, with its costs, and the pedal on a page.

mod guitar;
mod pedal;
mod phrase;
mod report;
mod smf;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::audio::engine::{self, Engine};
use crate::audio::jackd::Server;
use crate::audio::wav;
use crate::workspace::Workspace;
use crate::{packages, process};

/// Frames of a period: 2.7 ms at 48 kHz.
const PERIOD: u32 = 128;
/// The same without real-time priority: 10.7 ms.
const RELAXED: u32 = 512;
/// Sample rate of the guitar that we render, in Hz.
const RATE: u32 = 48_000;
/// How long the board rings on after the input, in seconds.
const TAIL: f64 = 1.0;

/// Options of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long to play, in seconds; the phrase is repeated or cut. Without it the phrase is played, or the whole of --in;
    /// then, in a terminal, it goes on until Ctrl-C
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    seconds: Option<f64>,
    /// Board to begin with: a bundle (.pedalboard); or a JSON file of the engine's, which is played without a pedal
    /// [default: British Crunch of boards/factory, else boards/lead.json]
    #[arg(long, value_name = "BOARD")]
    board: Option<PathBuf>,
    /// Play without the pedal and its page
    #[arg(long)]
    no_pedal: bool,
    /// Where the pedal's page listens [default: 127.0.0.1:8080, or a free port]
    #[arg(long, value_name = "ADDR")]
    listen: Option<std::net::SocketAddr>,
    /// WAV file to play instead of the rendered guitar; its sample rate becomes the server's
    #[arg(long = "in", value_name = "WAV")]
    input: Option<PathBuf>,
    /// WAV file to write [default: target/xtask/demo/wet.wav]
    #[arg(long = "out", value_name = "WAV")]
    output: Option<PathBuf>,
    /// Frames of a period [default: 128, or 512 where the system grants no real-time priority]
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(16..=4096))]
    period: Option<u32>,
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.5..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("give a number of seconds from 0.5 to 3600".to_owned()),
    }
}

/// Installs, builds, plays, measures and reports.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    packages::install(workspace, "play the demo", &[packages::BUILD, packages::TEST, packages::DEMO])?;
    let program = engine::build(workspace)?;
    let folder = workspace.scratch("demo")?;
    let pedal = pedal::Wanted::of(workspace, options)?;
    let board = options.board.clone().unwrap_or_else(|| workspace.root().join("boards/lead.json"));
    let output = options.output.clone().unwrap_or_else(|| folder.join("wet.wav"));
    let input = match &options.input {
        Some(path) => shorten(workspace, path, options.seconds)?,
        None => guitar::render(workspace, RATE, options.seconds.unwrap_or_else(phrase::seconds))?,
    };
    let dry = wav::read(&input)?;
    ensure!(dry.seconds() > 0.0, "{} has no samples", input.display());

    if let Some(wanted) = pedal.filter(|_| process::exists("jackd")) {
        return pedal::run(workspace, options, &wanted, &program, [&input, &output]);
    }
    let stats = if process::exists("jackd") {
        let (stats, lost) = live(workspace, options, &program, &board, [&input, &output])?;
        if lost > 0.0 {
            let whole = folder.join("wet-offline.wav");
            offline(&program, &board, [&input, &whole])?;
            println!(
                "\nThis machine lost {:.2} % of the periods to other programs: the recording has holes there. \
                 The same without them, rendered offline: {}",
                lost * 100.0,
                whole.display()
            );
        }
        stats
    } else {
        println!("jackd: not on this machine: the board is rendered offline, not in real time");
        offline(&program, &board, [&input, &output])?
    };
    tell(&stats, [&input, &output])
}

/// Prints the tables of a take (dry and wet file).
fn tell(stats: &Value, files: [&Path; 2]) -> Result<()> {
    let (dry, wet) = (wav::read(files[0])?, wav::read(files[1])?);
    print!("{}", report::table(stats, &dry, &wet)?);
    println!("\ndry  {}\nwet  {}", files[0].display(), files[1].display());
    ensure!(wet.level()?.peak.is_finite(), "the wet file is silent: no signal passed the board");
    Ok(())
}

/// Plays `files[0]` through the board in real time and records `files[1]`: the engine's statistics, and the share of frames
/// that the machine lost.
fn live(
    workspace: &Workspace,
    options: &Options,
    program: &Path,
    board: &Path,
    files: [&Path; 2],
) -> Result<(Value, f64)> {
    let dry = wav::read(files[0])?;
    let server = server(workspace, dry.rate, options)?;
    let mut engine = Engine::start(workspace, program, server.name(), &[])?;
    let report = engine.load(board)?;
    println!("engine: {}", report::loaded(&report, board));
    println!("play: {:.1} s in real time through the board", dry.seconds() + TAIL);
    let played: Value = serde_json::from_str(&process::output(&mut player(program, &server, TAIL, files))?)
        .context("the player's report is not JSON")?;
    Ok((engine.ask("x_stats")?, lost(&played)))
}

/// A server with the period that the options or the machine ask for.
fn server(workspace: &Workspace, rate: u32, options: &Options) -> Result<Server> {
    let mut period = options.period.unwrap_or(PERIOD);
    let mut server = Server::start(workspace, rate, period)?;
    if !server.is_realtime() && options.period.is_none() {
        println!("jackd: no real-time priority for us here: {RELAXED} frames instead of {PERIOD}");
        drop(server);
        period = RELAXED;
        server = Server::start(workspace, rate, period)?;
    }
    println!("jackd: dummy driver, {rate} Hz, {period} frames, server {}", server.name());
    Ok(server)
}

/// Plays `files[0]` into the engine and records `files[1]` from it.
fn player(program: &Path, server: &Server, tail: f64, files: [&Path; 2]) -> Command {
    let mut play = Command::new(program);
    play.arg("play").arg(files[0]).args(["--json", "--server", server.name(), "--tail", &tail.to_string()]);
    play.args(["--to", engine::CAPTURE]);
    for port in engine::PLAYBACK {
        play.args(["--from", port]);
    }
    play.arg("--out").arg(files[1]);
    play
}

/// The share of a take that the machine lost.
fn lost(played: &Value) -> f64 {
    let frames = |name: &str| played.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    frames("lost_frames") / frames("frames")
}

/// Renders `files[0]` through the board to `files[1]` as fast as the machine can: the engine's statistics.
fn offline(program: &Path, board: &Path, files: [&Path; 2]) -> Result<Value> {
    let mut render = Command::new(program);
    render.arg("render").arg(board).args(["--json", "--tail", &TAIL.to_string()]);
    render.arg("--in").arg(files[0]).arg("--out").arg(files[1]);
    let report = process::first_json(&process::output(&mut render)?).context("from the renderer")?;
    report.get("stats").cloned().context("the engine's report has no statistics")
}

/// The first `seconds` of a file, or the file itself.
fn shorten(workspace: &Workspace, path: &Path, seconds: Option<f64>) -> Result<PathBuf> {
    let Some(seconds) = seconds else { return Ok(path.to_path_buf()) };
    let mut sound = wav::read(path)?;
    let frames = (seconds * f64::from(sound.rate)) as usize;
    sound.channels.iter_mut().for_each(|channel| channel.truncate(frames));
    let copy = workspace.scratch("demo")?.join("in.wav");
    sound.write(&copy)?;
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_bounds() {
        assert_eq!(parse_seconds("2.5"), Ok(2.5));
        for text in ["0", "-1", "NaN", "inf", "4000", "x"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }
}
