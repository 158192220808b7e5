//! The kernel's own tracer, where it is built in: it splits a late wake-up into interrupt and thread, and names what ran.

use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::time::Duration;

/// Where tracefs is usually mounted.
pub const TRACEFS: &str = "/sys/kernel/tracing";

/// The worst wake-up that timerlat saw, and what lay in its way.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Culprit {
    /// CPU of the worst wake-up.
    pub cpu: usize,
    /// From the timer's time to its interrupt handler, µs.
    pub irq_us: f64,
    /// From the timer's time to the thread, µs.
    pub thread_us: f64,
    /// What ran in between: name and µs, the longest first.
    pub noise: Vec<(String, f64)>,
}

/// Whether the tracer exists under `tracefs`.
pub fn available(tracefs: &Path) -> bool {
    std::fs::read_to_string(tracefs.join("available_tracers"))
        .is_ok_and(|tracers| tracers.split_whitespace().any(|t| t == "timerlat"))
}

/// Runs the tracer for a time and restores what was set before.
///
/// # Errors
/// When tracefs cannot be written.
pub fn run(tracefs: &Path, time: Duration) -> io::Result<Option<Culprit>> {
    let tracer = tracefs.join("current_tracer");
    let events = tracefs.join("events/osnoise/enable");
    let before = std::fs::read_to_string(&tracer)?;
    let result = (|| {
        std::fs::write(&tracer, "timerlat")?;
        // Without the events there is a number, but no name.
        let _ = std::fs::write(&events, "1");
        std::thread::sleep(time);
        std::fs::read_to_string(tracefs.join("trace"))
    })();
    let _ = std::fs::write(&events, "0");
    std::fs::write(&tracer, before.trim())?;
    Ok(worst(&result?))
}

/// The worst wake-up in a trace.
pub fn worst(trace: &str) -> Option<Culprit> {
    let mut pending: Vec<(usize, Culprit)> = Vec::new();
    let mut worst: Option<Culprit> = None;
    for line in trace.lines() {
        let Some((cpu, text)) = parse_cpu(line) else { continue };
        if let Some(rest) = text.split_once("context").map(|(_, rest)| rest.trim_start()) {
            let Some(us) = number_before(rest, "timer_latency", " ns") else { continue };
            if rest.starts_with("irq") {
                pending.retain(|(c, _)| *c != cpu);
                pending.push((cpu, Culprit { cpu, irq_us: us, ..Default::default() }));
            } else if rest.starts_with("thread") {
                let at = pending.iter().position(|(c, _)| *c == cpu);
                let mut this =
                    at.map(|i| pending.swap_remove(i).1).unwrap_or(Culprit { cpu, ..Default::default() });
                this.thread_us = us;
                this.noise.sort_by(|a, b| b.1.total_cmp(&a.1));
                if worst.as_ref().is_none_or(|w| us > w.thread_us) {
                    worst = Some(this);
                }
            }
        } else if let Some((kind, rest)) = text.split_once("_noise:") {
            let kind = kind.rsplit(' ').next().unwrap_or(kind);
            let name = rest.trim_start().split(" start ").next().unwrap_or("").trim();
            let Some(us) = number_before(rest, "duration", " ns") else { continue };
            if let Some((_, this)) = pending.iter_mut().find(|(c, _)| *c == cpu) {
                this.noise.push((format!("{kind} {name}"), us));
            }
        }
    }
    worst
}

/// CPU number in brackets, and the text after the time stamp.
fn parse_cpu(line: &str) -> Option<(usize, &str)> {
    let (_, rest) = line.split_once('[')?;
    let (cpu, rest) = rest.split_once(']')?;
    let (_, text) = rest.split_once(": ")?;
    Some((cpu.trim().parse().ok()?, text))
}

/// The nanoseconds after `word`, in µs.
fn number_before(text: &str, word: &str, unit: &str) -> Option<f64> {
    let (_, rest) = text.split_once(word)?;
    let (number, _) = rest.split_once(unit)?;
    number.trim().parse::<f64>().ok().map(|ns| ns / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Written in the format of the kernel's documentation of the tracer.
    const TRACE: &str = "\
# tracer: timerlat
          <idle>-0       [000] d.h1.   54.029328: #1     context    irq timer_latency       932 ns
           <...>-867     [000] .....   54.029339: #1     context thread timer_latency     11700 ns
       compiler-87882    [005] d..h..  548.771078: #402268 context    irq timer_latency     13585 ns
       compiler-87882    [005] dNLh1.  548.771082: irq_noise: local_timer:236 start 548.771077442 duration 7597 ns
       compiler-87882    [005] dNLh2.  548.771099: irq_noise: gpu:21 start 548.771085017 duration 7139 ns
       compiler-87882    [005] d...3.  548.771102: thread_noise: compiler:87882 start 548.771078243 duration 9909 ns
     timerlat/5-1035     [005] ......  548.771104: #402268 context thread timer_latency     39960 ns
";

    #[test]
    fn the_worst_wake_up_is_found_with_its_culprits() {
        let c = worst(TRACE).unwrap();
        assert_eq!((c.cpu, c.irq_us, c.thread_us), (5, 13.585, 39.96));
        let names: Vec<&str> = c.noise.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["thread compiler:87882", "irq local_timer:236", "irq gpu:21"]);
        assert_eq!(worst("nonsense [ ] : context irq\n[x] y"), None);
    }

    #[test]
    fn the_tracer_is_set_and_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("available_tracers", "osnoise timerlat nop\n");
        write("current_tracer", "nop\n");
        write("trace", TRACE);
        assert!(available(dir.path()));
        assert_eq!(run(dir.path(), Duration::ZERO).unwrap().unwrap().cpu, 5);
        assert_eq!(std::fs::read_to_string(dir.path().join("current_tracer")).unwrap(), "nop");
        assert!(!available(Path::new("/nonexistent")));
    }
}
