//! How long a program ran and how much memory it had at most.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::process;

/// How often the memory of the program is looked at. Its peak counter only rises, so the last look is short of the true
/// peak by what was added in this time.
const INTERVAL: Duration = Duration::from_millis(10);

/// A program that has ended.
pub(super) struct Run {
    pub(super) success: bool,
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// Wall time from start to end.
    pub(super) took: Duration,
    /// Highest resident memory that was seen, in KiB; 0 where the kernel does not tell.
    pub(super) peak_kib: u64,
}

/// Runs `command` to its end.
pub(super) fn run(command: &mut Command) -> Result<Run> {
    let line = process::describe(command);
    let begin = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{line}`"))?;
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let mut peak_kib = 0;
    let status = loop {
        peak_kib = peak_kib.max(peak_of(&child));
        match child.try_wait().with_context(|| format!("lost `{line}`"))? {
            Some(status) => break status,
            None => thread::sleep(INTERVAL),
        }
    };
    let text = |reader: thread::JoinHandle<String>| reader.join().unwrap_or_default();
    Ok(Run {
        success: status.success(),
        stdout: text(stdout),
        stderr: text(stderr),
        took: begin.elapsed(),
        peak_kib,
    })
}

/// Reads a pipe to its end on a thread of its own, so that the program never waits for us.
fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is still worth showing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn peak_of(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    peak_in(&status)
}

fn peak_in(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_and_failure_are_kept() {
        let run = run(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 2"])).unwrap();
        assert!(!run.success);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("out\n", "err\n"));
    }

    #[test]
    fn the_peak_is_read_from_the_kernels_text() {
        assert_eq!(peak_in("Name:\tnix\nVmHWM:\t  534044 kB\nVmRSS:\t 1 kB\n"), 534_044);
        assert_eq!(peak_in("Name:\tnix\n"), 0);
    }
}
