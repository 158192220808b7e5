//! `cargo xtask demo`: a guitar phrase through a real pedalboard, in real time, with its costs.

mod guitar;
mod phrase;
mod report;
mod smf;

use std::path::PathBuf;
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
/// Sample rate of the guitar that we render, in Hz.
const RATE: u32 = 48_000;
/// How long the board rings on after the input, in seconds.
const TAIL: f64 = 1.0;

/// Options of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long to play, in seconds; the phrase is repeated or cut. Default: the phrase once, or the whole of --in
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    seconds: Option<f64>,
    /// Board to load (a JSON file of the engine's) [default: boards/lead.json]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
    /// WAV file to play instead of the rendered guitar; its sample rate becomes the server's
    #[arg(long = "in", value_name = "WAV")]
    input: Option<PathBuf>,
    /// WAV file to write [default: target/xtask/demo/wet.wav]
    #[arg(long = "out", value_name = "WAV")]
    output: Option<PathBuf>,
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
    let board = options.board.clone().unwrap_or_else(|| workspace.root().join("boards/lead.json"));
    let output = options.output.clone().unwrap_or_else(|| folder.join("wet.wav"));
    let input = match &options.input {
        Some(path) => shorten(workspace, path, options.seconds)?,
        None => guitar::render(workspace, RATE, options.seconds.unwrap_or_else(phrase::seconds))?,
    };
    let dry = wav::read(&input)?;
    ensure!(dry.seconds() > 0.0, "{} has no samples", input.display());

    let stats = if process::exists("jackd") {
        let server = Server::start(workspace, dry.rate, PERIOD)?;
        println!("jackd: dummy driver, {} Hz, {PERIOD} frames, server {}", dry.rate, server.name());
        let mut engine = Engine::start(workspace, &program, server.name(), &[])?;
        let report = engine.load(&board)?;
        println!("engine: {}", report::loaded(&report, &board));
        println!("play: {:.1} s in real time through the board", dry.seconds() + TAIL);
        let mut play = Command::new(&program);
        play.arg("play").arg(&input).args(["--server", server.name(), "--tail", &TAIL.to_string()]);
        play.args(["--to", engine::CAPTURE]);
        for port in engine::PLAYBACK {
            play.args(["--from", port]);
        }
        play.arg("--out").arg(&output);
        process::run(&mut play)?;
        engine.ask("x_stats")?
    } else {
        println!("jackd: not on this machine: the board is rendered offline, not in real time");
        let mut render = Command::new(&program);
        render.arg("render").arg(&board).args(["--json", "--tail", &TAIL.to_string()]);
        render.arg("--in").arg(&input).arg("--out").arg(&output);
        let text = process::output(&mut render)?;
        serde_json::from_str::<Value>(&text).context("the engine's report is not JSON")?
    };
    let wet = wav::read(&output)?;
    print!("{}", report::table(&stats, PERIOD, &dry, &wet)?);
    println!("\ndry  {}\nwet  {}", input.display(), output.display());
    ensure!(wet.level()?.peak.is_finite(), "the wet file is silent: no signal passed the board");
    Ok(())
}

/// The first `seconds` of a file, or the file itself.
fn shorten(workspace: &Workspace, path: &std::path::Path, seconds: Option<f64>) -> Result<PathBuf> {
    let Some(seconds) = seconds else { return Ok(path.to_path_buf()) };
    let mut sound = wav::read(path)?;
    let frames = (seconds * f64::from(sound.rate)) as usize;
    sound.channels.iter_mut().for_each(|channel| channel.truncate(frames));
    let copy = workspace.scratch("demo")?.join("in.wav");
    sound.write(&copy)?;
    Ok(copy)
}
