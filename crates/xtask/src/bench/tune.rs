//! `cargo xtask bench tune`: rt-tune's check beside rtcqs, alternating, and how often the service wakes when nothing happens.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::bars::Bar;
use super::median;
use crate::audio::child::Background;
use crate::process;
use crate::workspace::Workspace;

/// Options of `cargo xtask bench tune`.
#[derive(clap::Args)]
pub(super) struct TuneOptions {
    /// Alternating rounds
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(3..=200))]
    rounds: u32,
    /// Seconds for which the idle service is watched
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(20..=3600))]
    idle: u64,
}

/// The release of rtcqs that is compared with.
const RTCQS: &str = "rtcqs==0.6.7";

/// Runs both; the bars are ours alone.
pub(super) fn run(workspace: &Workspace, options: &TuneOptions) -> Result<Vec<Bar>> {
    println!("build: rt-tune, release");
    process::run(workspace.cargo().args(["build", "--release", "--locked", "--package", "rt-tune"]))?;
    let program = workspace.release("rt-tune");
    let mut bars = beside_rtcqs(workspace, &program, options)?;
    bars.push(idle(workspace, &program, options)?);
    Ok(bars)
}

fn beside_rtcqs(workspace: &Workspace, program: &Path, options: &TuneOptions) -> Result<Vec<Bar>> {
    let mut times = [Vec::new(), Vec::new()];
    let peer = match rtcqs(workspace) {
        Ok(peer) => Some(peer),
        Err(error) => {
            println!("rtcqs: left out: {error:#}");
            None
        }
    };
    // The first run of each fills caches.
    for round in 0..=options.rounds {
        for (side, command) in [Some(program), peer.as_deref()].into_iter().enumerate() {
            let Some(command) = command else { continue };
            let milliseconds = timed(command, if side == 0 { &["check", "--json"] } else { &[] })?;
            if round > 0 {
                times[side].push(milliseconds);
            }
        }
    }
    let [ours, theirs] = times.map(median);
    let rounds = options.rounds;
    println!("\ncheck: median of {rounds} alternating runs: rt-tune {ours:.1} ms, rtcqs {theirs:.1} ms");
    let mut bars = vec![Bar::at_most("rt-tune check, median ms", 100.0, ours)];
    if peer.is_some() {
        bars.push(Bar::at_most("rt-tune check against rtcqs, ratio of medians", 1.0, ours / theirs));
    }
    Ok(bars)
}

/// rtcqs in a folder of its own; installed once.
fn rtcqs(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.scratch("tools")?.join("rtcqs");
    let program = folder.join("bin/rtcqs");
    if !program.is_file() {
        let log = workspace.scratch("logs")?.join("rtcqs.log");
        process::run_logged(Command::new("python3").args(["-m", "venv"]).arg(&folder), &log)?;
        process::run_logged(Command::new(folder.join("bin/pip")).args(["install", "--quiet", RTCQS]), &log)?;
    }
    Ok(program)
}

/// Milliseconds of one run; findings are no failure, but silence is.
fn timed(program: &Path, arguments: &[&str]) -> Result<f64> {
    let begin = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let took = begin.elapsed().as_secs_f64() * 1e3;
    ensure!(
        output.status.code().is_some_and(|code| code < 2) && output.stdout.len() > 200,
        "{} {} ended with {} and said: {}",
        program.display(),
        arguments.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(took)
}

/// Wake-ups of the service in a minute, counted by the kernel over all its threads.
fn idle(workspace: &Workspace, program: &Path, options: &TuneOptions) -> Result<Bar> {
    let state = workspace.scratch("tune-state")?;
    let log = workspace.scratch("logs")?.join("watch.log");
    // A setting that is as wanted nearly everywhere: the service looks at it and writes nothing.
    let mut command = Command::new(program);
    command.args(["watch", "ksm", "--state"]).arg(&state);
    let service = Background::start(&mut command, &log)?;
    // What belongs to the start ends with the second look, three seconds after it.
    std::thread::sleep(Duration::from_secs(6));
    let before = switches(service.id())?;
    std::thread::sleep(Duration::from_secs(options.idle));
    let after = switches(service.id())?;
    drop(service);
    // Where the setting was changed all the same, it goes back.
    process::run_logged(Command::new(program).args(["revert", "--all", "--state"]).arg(&state), &log)?;
    let each_minute = (after - before) as f64 * 60.0 / options.idle as f64;
    println!("idle: {} wake-ups in {} s", after - before, options.idle);
    Ok(Bar::at_most("rt-tune watch when idle, wake-ups in a minute", 6.0, each_minute))
}

/// How often the threads of a process have gone to sleep of their own will.
fn switches(process: u32) -> Result<u64> {
    let mut count = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task")).context("the service has ended")? {
        let status = std::fs::read_to_string(task?.path().join("status")).context("a thread has ended")?;
        count += of_thread(&status).context("no count of context switches")?;
    }
    Ok(count)
}

fn of_thread(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_that_of_the_threads_own_will() {
        let status = "Threads:\t1\nvoluntary_ctxt_switches:\t42\nnonvoluntary_ctxt_switches:\t7\n";
        assert_eq!(of_thread(status), Some(42));
        assert_eq!(of_thread("Threads:\t1\n"), None);
    }
}
