//! The threads of a run: the measuring loop of each CPU, and the one that stalls on purpose.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use super::{CpuReport, Inject, STALL_US, SchedConfig, SchedError, Stall};
use crate::stats::Histogram;
use crate::sys;

/// Stalls that are kept singly.
const MOST_STALLS: usize = 4_096;

/// The measuring loop of one CPU.
pub(super) fn wake_up(
    cpu: usize,
    config: &SchedConfig,
    offset: i64,
    stop: &AtomicBool,
    begun: &AtomicU64,
) -> Result<(CpuReport, Option<String>), SchedError> {
    let mut histogram = Histogram::default();
    // Written through once, so that no page of it is new inside the loop.
    let mut stalls = vec![Stall { at_ms: 0.0, us: 0 }; MOST_STALLS];
    stalls.clear();
    let mut note = None;
    if let Err(error) = sys::pin(cpu) {
        note = Some(format!("CPU {cpu} could not be pinned ({error})"));
    }
    sys::tighten_timers();
    let real_time = match config.priority.map(|p| sys::set_scheduler(Some(p))) {
        Some(Ok(())) => true,
        Some(Err(error)) => {
            note = Some(format!(
                "not real-time: SCHED_FIFO was refused ({error}); the numbers are those of an ordinary program \
                 (raise LimitRTPRIO or join the audio group; under RT_GROUP_SCHED the cgroup may forbid it)"
            ));
            false
        }
        None => false,
    };
    let interval = i64::from(config.interval_us) * 1000;
    let start = sys::now_ns() + 10_000_000 + offset;
    begun.fetch_add(1, SeqCst);
    let mut next = start;
    sys::sleep_until_ns(next);
    let faults = sys::page_faults();
    while !stop.load(SeqCst) {
        next += interval;
        sys::sleep_until_ns(next);
        let now = sys::now_ns();
        let late_us = ((now - next).max(0) / 1000) as u64;
        histogram.add(late_us);
        if late_us >= STALL_US && stalls.len() < MOST_STALLS {
            stalls.push(Stall { at_ms: (next - start) as f64 / 1e6, us: late_us });
        }
        // Wake-ups that were slept through are one event, not a burst.
        while next + interval <= now {
            next += interval;
        }
    }
    let page_faults = sys::page_faults() - faults;
    if real_time {
        let _ = sys::set_scheduler(None);
    }
    Ok((CpuReport { cpu, real_time, latency: histogram.summary(), page_faults, stalls }, note))
}

/// Spins at the highest priority, evenly over the run.
pub(super) fn stall(inject: Inject, cpu: usize, seconds: f64, stop: &AtomicBool) {
    // Without the right to stall the CPU there is nothing to inject; the count will say so.
    if sys::pin(cpu).is_err() || sys::set_scheduler(Some(99)).is_err() {
        return;
    }
    let start = sys::now_ns() + 50_000_000;
    let step = ((seconds - 0.2).max(0.1) * 1e9 / f64::from(inject.count.max(1))) as i64;
    for i in 0..inject.count {
        sys::sleep_until_ns(start + i64::from(i) * step);
        if stop.load(SeqCst) {
            return;
        }
        let end = sys::now_ns() + i64::from(inject.us) * 1000;
        while sys::now_ns() < end {
            std::hint::spin_loop();
        }
    }
}
