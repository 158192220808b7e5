//! The cheapest clock there is, for timing single plugins: the CPU's own cycle counter where it runs at a fixed rate,
//! otherwise the monotonic clock.

use crate::sys;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Cycles,
    Monotonic,
}

/// A counter of ticks and their length. `Copy`: give one to each thread.
#[derive(Debug, Clone, Copy)]
pub struct Counter {
    source: Source,
    ns_per_tick: f64,
}

impl Counter {
    /// The machine's best counter. The first call of a process measures it for 20 ms where the CPU does not tell
    /// its rate (x86); later calls are free. Not for the real-time thread.
    pub fn get() -> Self {
        static COUNTER: OnceLock<Counter> = OnceLock::new();
        *COUNTER.get_or_init(|| match sys::counter::cycles_are_steady() {
            true => Self { source: Source::Cycles, ns_per_tick: cycle_length() },
            false => Self { source: Source::Monotonic, ns_per_tick: 1.0 },
        })
    }

    /// Ticks since an arbitrary moment. Real-time safe; about 10 ns with a cycle counter, 30 ns without.
    #[inline]
    pub fn now(&self) -> u64 {
        match self.source {
            Source::Cycles => sys::counter::cycles(),
            Source::Monotonic => sys::counter::monotonic_ns(),
        }
    }

    /// Length of one tick in nanoseconds.
    pub fn ns_per_tick(&self) -> f64 {
        self.ns_per_tick
    }

    /// A difference of two readings, in nanoseconds. Real-time safe.
    pub fn ns(&self, ticks: u64) -> f64 {
        ticks as f64 * self.ns_per_tick
    }

    /// How many ticks a duration is. Real-time safe.
    pub fn ticks(&self, duration: Duration) -> u64 {
        (duration.as_nanos() as f64 / self.ns_per_tick) as u64
    }
}

/// The length in ns of one cycle: what the CPU says, or else the best of several short measurements. Each end is
/// read until both clocks were seen close together, so that being descheduled in between does not count.
fn cycle_length() -> f64 {
    if let Some(hz) = sys::counter::cycle_rate_hz() {
        return 1e9 / hz;
    }
    let pair = || {
        (0..50)
            .map(|_| {
                let before = sys::counter::cycles();
                let at = Instant::now();
                let after = sys::counter::cycles();
                (after.wrapping_sub(before), before.wrapping_add(after.wrapping_sub(before) / 2), at)
            })
            .min_by_key(|&(spread, _, _)| spread)
            .expect("the range is not empty")
    };
    let (_, from, start) = pair();
    std::thread::sleep(Duration::from_millis(20));
    let (_, to, end) = pair();
    (end - start).as_nanos() as f64 / to.wrapping_sub(from).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_monotonic_clock() {
        let counter = Counter::get();
        let (ticks, clock) = (counter.now(), Instant::now());
        std::thread::sleep(Duration::from_millis(20));
        let (ticks, clock) = (counter.now() - ticks, clock.elapsed());
        let ratio = counter.ns(ticks) / clock.as_nanos() as f64;
        assert!((0.9..1.1).contains(&ratio), "the counter is off by a factor of {ratio}");
    }

    #[test]
    fn converts_both_ways() {
        let counter = Counter::get();
        let ticks = counter.ticks(Duration::from_millis(1));
        assert!((counter.ns(ticks) - 1e6).abs() <= counter.ns_per_tick());
    }

    #[test]
    fn never_runs_backwards() {
        let counter = Counter::get();
        let mut last = counter.now();
        for _ in 0..10_000 {
            let now = counter.now();
            assert!(now >= last);
            last = now;
        }
    }
}
