//! The gap of a swap between two preloaded boards: a constant goes in, and must not cease to come out.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::bars::Bar;
use super::host::{Programs, RATE};
use super::{board, number};
use crate::audio::engine::{self, Engine};
use crate::audio::jackd::Server;
use crate::audio::wav::{self, Sound};
use crate::process;

/// Level of the constant.
const LEVEL: f32 = 0.5;
/// Below this a sample counts as silence.
const SILENCE: f32 = 1e-4;
/// Seconds of the recording.
const SECONDS: u32 = 8;

/// Swaps to and fro while a constant passes, and counts silent frames.
pub(super) fn run(programs: &Programs) -> Result<Bar> {
    let folder = programs.workspace.scratch("bench")?;
    // Different gains, so that no plugin is shared; a thousandth of a decibel is no change of level.
    let boards = [board::write(&folder, "a", 0, 10, 0.0)?, board::write(&folder, "b", 10, 10, 0.001)?];
    let (input, output) = (folder.join("constant.wav"), folder.join("swapped.wav"));
    let frames = (SECONDS * RATE) as usize;
    Sound { rate: RATE, channels: vec![vec![LEVEL; frames]] }.write(&input)?;

    let server = Server::start_synchronous(programs.workspace, RATE, 128)?;
    let mut engine = Engine::start(programs.workspace, &programs.engine, server.name(), &[])?;
    engine.load(&boards[0])?;
    let mut play = Command::new(&programs.engine);
    play.arg("play").arg(&input).args([
        "--json",
        "--server",
        server.name(),
        "--to",
        engine::CAPTURE,
        "--from",
        engine::PLAYBACK[0],
    ]);
    play.arg("--out").arg(&output);
    let (swaps, played) = std::thread::scope(|scope| {
        let player = scope.spawn(|| process::output(&mut play));
        std::thread::sleep(Duration::from_secs(1));
        let mut swaps = 0;
        while !player.is_finished() {
            let next = &boards[(swaps + 1) % 2];
            engine.ask(&format!("x_preload 1 \"{}\"", next.display()))?;
            engine.ask("x_swap 1")?;
            swaps += 1;
            std::thread::sleep(Duration::from_millis(350));
        }
        let played = player.join().map_err(|_| anyhow::anyhow!("the player panicked"))??;
        Ok::<_, anyhow::Error>((swaps, process::first_json(&played)?))
    })?;
    ensure!(swaps >= 4, "only {swaps} swaps in {SECONDS} s");

    let sound = wav::read(&output)?;
    let track = sound.channels.first().context("the recording has no channel")?;
    let first =
        track.iter().position(|sample| sample.abs() > 0.9 * LEVEL).context("the constant never came out")?;
    // What the player itself begins and ends with is no matter of the boards.
    let heard = &track[first..frames - 4 * 128];
    let silent = heard.iter().filter(|sample| sample.abs() < SILENCE).count();
    let lowest = heard.iter().fold(f32::INFINITY, |low, sample| low.min(sample.abs()));
    // Periods that the server never ran are silent in the recording whatever the engine does.
    let lost = number(&played, "lost_frames")? as usize;
    let silent = silent.saturating_sub(lost);
    println!(
        "swap: {swaps} swaps of 10 plugins, {silent} silent frames beside {lost} that the machine lost, lowest level {:.3} of the input",
        lowest / LEVEL
    );
    Ok(Bar::at_most("swap of two preloaded boards of 10 plugins, silent frames", 0.0, silent as f64))
}
