//! Wake-up latency: how late a thread runs that asked to be woken at a given time.
//!
//! One thread on each CPU sleeps to absolute times and counts how late it is, in 1 µs buckets (`threads`). The loop allocates
//! nothing and touches no new page.

mod load;
mod threads;
pub mod timerlat;

pub use load::{Load, Stress};

use crate::result::{Origin, Verdict};
use crate::stats::Summary;
use crate::sys;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use threads::{stall, wake_up};

/// A latency from here on is kept singly, with its time.
pub const STALL_US: u64 = 1_000;

/// How to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct SchedConfig {
    /// CPUs; empty means all that this process may use.
    pub cpus: Vec<usize>,
    /// SCHED_FIFO priority 1–98; `None` measures SCHED_OTHER.
    pub priority: Option<u8>,
    /// Microseconds between wake-ups, 50–1,000,000.
    pub interval_us: u32,
    /// How long.
    pub seconds: f64,
    /// Stressors that run meanwhile.
    pub load: Vec<Load>,
    /// Hold /dev/cpu_dma_latency at 0, which forbids deep sleep states.
    pub hold_dma: bool,
    /// Stall each CPU on purpose, to prove that stalls are counted.
    pub inject: Option<Inject>,
}

impl Default for SchedConfig {
    fn default() -> Self {
        Self {
            cpus: Vec::new(),
            priority: Some(95),
            interval_us: 1_000,
            seconds: 10.0,
            load: Vec::new(),
            hold_dma: false,
            inject: None,
        }
    }
}

/// Stalls made on purpose by a thread of priority 99 on the first measured CPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inject {
    /// How many, evenly over the run.
    pub count: u32,
    /// How long each, in µs.
    pub us: u32,
}

/// One late wake-up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Stall {
    /// When, in ms after the start.
    pub at_ms: f64,
    /// How late, in µs.
    pub us: u64,
}

/// What one CPU showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CpuReport {
    /// CPU number.
    pub cpu: usize,
    /// Whether the thread really ran with SCHED_FIFO.
    pub real_time: bool,
    /// Latencies.
    pub latency: Summary,
    /// Page faults inside the measuring loop: 0, or the result is doubtful.
    pub page_faults: u64,
    /// Wake-ups of 1 ms and more, at most 4,096.
    pub stalls: Vec<Stall>,
}

/// A scheduling run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SchedReport {
    /// Where and when.
    #[serde(flatten)]
    pub origin: Origin,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in words.
    pub reason: String,
    /// Whether all threads had real-time scheduling.
    pub real_time: bool,
    /// SCHED_FIFO priority that was asked for.
    pub priority: Option<u8>,
    /// Microseconds between wake-ups.
    pub interval_us: u32,
    /// How long, in seconds.
    pub seconds: f64,
    /// Stressors that ran.
    pub load: Vec<Load>,
    /// Whether /dev/cpu_dma_latency was held at 0.
    pub dma_latency_held: bool,
    /// What could not be done as asked, in words.
    pub notes: Vec<String>,
    /// Each CPU.
    pub cpus: Vec<CpuReport>,
    /// What the kernel's timerlat tracer names, where it exists.
    pub timerlat: Option<timerlat::Culprit>,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchedError {
    /// A CPU that does not exist or is not ours.
    #[error("CPU {cpu} is not available to this process (available: {available:?})")]
    Cpu {
        /// What was asked for.
        cpu: usize,
        /// What there is.
        available: Vec<usize>,
    },
    /// A setting out of range.
    #[error("{what} is out of range: {range}")]
    Range {
        /// Which setting.
        what: &'static str,
        /// What is allowed.
        range: &'static str,
    },
    /// A thread could not be started.
    #[error("a measuring thread could not be started: {0}")]
    Thread(std::io::Error),
}

/// Measures. Blocks for the whole time; ends early when SIGINT was caught.
///
/// # Errors
/// [`SchedError`]. Missing privileges are no error: the report says what could not be had.
pub fn measure(config: &SchedConfig) -> Result<SchedReport, SchedError> {
    let available = sys::allowed_cpus();
    let cpus = if config.cpus.is_empty() { available.clone() } else { config.cpus.clone() };
    if let Some(cpu) = cpus.iter().find(|cpu| !available.contains(cpu)) {
        return Err(SchedError::Cpu { cpu: *cpu, available });
    }
    let range = |what, range| Err(SchedError::Range { what, range });
    if !(50..=1_000_000).contains(&config.interval_us) {
        return range("the interval", "50 to 1000000 µs");
    }
    if !(0.01..=604_800.0).contains(&config.seconds) {
        return range("the time", "0.01 s to a week");
    }
    if config.priority.is_some_and(|p| !(1..=98).contains(&p)) {
        return range("the priority", "1 to 98");
    }
    let mut notes = Vec::new();
    let dma = hold_dma(config.hold_dma, &mut notes);
    if let Err(error) = sys::lock_memory() {
        notes
            .push(format!("memory could not be locked ({error}): page faults may show (raise LimitMEMLOCK)"));
    }
    let stress = Stress::start(&config.load);
    let stop = AtomicBool::new(false);
    let begun = AtomicU64::new(0);
    let results: Vec<Result<(CpuReport, Option<String>), SchedError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = cpus
            .iter()
            .enumerate()
            .map(|(i, cpu)| {
                let (stop, begun) = (&stop, &begun);
                // Cyclictest's spacing: threads of different CPUs do not wake at the same moment.
                let offset = i as i64 * 500_000 % (i64::from(config.interval_us) * 1000);
                std::thread::Builder::new()
                    .name(format!("probe-cpu{cpu}"))
                    .spawn_scoped(scope, move || wake_up(*cpu, config, offset, stop, begun))
                    .map_err(SchedError::Thread)
            })
            .collect();
        let injector = config.inject.zip(cpus.first()).map(|(inject, cpu)| {
            let stop = &stop;
            scope.spawn(move || stall(inject, *cpu, config.seconds, stop))
        });
        let end = sys::now_ns() + (config.seconds * 1e9) as i64;
        while sys::now_ns() < end && !sys::stopping() {
            std::thread::sleep(Duration::from_millis(20));
        }
        stop.store(true, SeqCst);
        let results =
            threads.into_iter().map(|t| t.and_then(|t| t.join().expect("the loop does not panic"))).collect();
        if let Some(injector) = injector {
            let _ = injector.join();
        }
        results
    });
    drop(stress);
    drop(dma.1);
    sys::unlock_memory();
    let mut reports = Vec::new();
    for result in results {
        let (report, note) = result?;
        notes.extend(note.filter(|n| !notes.contains(n)));
        reports.push(report);
    }
    let real_time = reports.iter().all(|r| r.real_time);
    Ok(SchedReport {
        origin: Origin::here(),
        verdict: Verdict::Pass,
        reason: "measured; no target was set".into(),
        real_time,
        priority: config.priority,
        interval_us: config.interval_us,
        seconds: config.seconds,
        load: config.load.clone(),
        dma_latency_held: dma.0,
        notes,
        cpus: reports,
        timerlat: None,
    })
}

impl SchedReport {
    /// Decides against a target for the 99.9th percentile in µs. The maximum is never a criterion: one event of the host decides it.
    pub fn judge(&mut self, target_us: u64) {
        let worst = self.cpus.iter().map(|c| c.latency.p999_us).max().unwrap_or(0);
        let over = worst > target_us;
        self.verdict = if over { Verdict::OverTarget } else { Verdict::Pass };
        let relation = if over { "over" } else { "within" };
        self.reason = format!("p99.9 {worst} µs is {relation} the target of {target_us} µs");
    }
}

/// Holds /dev/cpu_dma_latency at 0 for as long as the file lives.
fn hold_dma(wanted: bool, notes: &mut Vec<String>) -> (bool, Option<File>) {
    if !wanted {
        return (false, None);
    }
    let held = File::options().write(true).open("/dev/cpu_dma_latency").and_then(|mut file| {
        file.write_all(&0i32.to_ne_bytes())?;
        Ok(file)
    });
    match held {
        Ok(file) => (true, Some(file)),
        Err(error) => {
            notes.push(format!(
                "/dev/cpu_dma_latency could not be held ({error}): deep sleep states stay allowed"
            ));
            (false, None)
        }
    }
}
