//! Counting: histograms with 1 µs buckets, and what a count of rare events says about their rate.

use serde::{Deserialize, Serialize};

/// Microseconds that have a bucket of their own; longer ones are counted together, and kept singly as stalls.
pub const BUCKETS: usize = 20_000;

/// A histogram of latencies in microseconds. [`Histogram::add`] is real-time safe.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    counts: Vec<u32>,
    over: u64,
    total: u64,
    sum: u64,
    min: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], over: 0, total: 0, sum: 0, min: u64::MAX, max: 0 }
    }
}

impl Histogram {
    /// Counts one latency in microseconds.
    pub fn add(&mut self, us: u64) {
        match self.counts.get_mut(us as usize) {
            Some(count) => *count = count.saturating_add(1),
            None => self.over += 1,
        }
        self.total += 1;
        self.sum += us;
        self.min = self.min.min(us);
        self.max = self.max.max(us);
    }

    /// Everything that was counted, in numbers.
    pub fn summary(&self) -> Summary {
        let quantile = |q: f64| -> u64 {
            let rank = (q * self.total as f64).ceil() as u64;
            let mut seen = 0;
            for (us, count) in self.counts.iter().enumerate() {
                seen += u64::from(*count);
                if seen >= rank && seen > 0 {
                    return us as u64;
                }
            }
            self.max
        };
        Summary {
            count: self.total,
            min_us: if self.total > 0 { self.min } else { 0 },
            mean_us: if self.total > 0 { self.sum as f64 / self.total as f64 } else { 0.0 },
            p50_us: quantile(0.5),
            p99_us: quantile(0.99),
            p999_us: quantile(0.999),
            max_us: self.max,
            buckets: self
                .counts
                .iter()
                .enumerate()
                .filter(|(_, count)| **count > 0)
                .map(|(us, count)| (us as u32, *count))
                .collect(),
        }
    }
}

/// A histogram's numbers, and its filled buckets.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Summary {
    /// Samples.
    pub count: u64,
    /// Smallest, µs.
    pub min_us: u64,
    /// Mean, µs.
    pub mean_us: f64,
    /// Median, µs.
    pub p50_us: u64,
    /// 99th percentile, µs.
    pub p99_us: u64,
    /// 99.9th percentile, µs.
    pub p999_us: u64,
    /// Largest, µs.
    pub max_us: u64,
    /// Pairs of latency in µs and count, ascending, empty buckets left out; from 20,000 µs on only `max_us` tells.
    pub buckets: Vec<(u32, u32)>,
}

/// Upper bound, with 95 % confidence, of the mean number of events when `events` were counted (Poisson).
pub fn poisson_upper(events: u64) -> f64 {
    let below = |mean: f64| -> f64 {
        // P(count <= events), summed in logarithms so that large counts do not underflow.
        let mut log_term = -mean;
        let mut sum = log_term.exp();
        for k in 1..=events {
            log_term += mean.ln() - (k as f64).ln();
            sum += log_term.exp();
        }
        sum
    };
    let (mut low, mut high) = (events as f64, events as f64 + 10.0 + 6.0 * (events as f64 + 1.0).sqrt());
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if below(middle) > 0.05 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// What `events` in `seconds` say, in words: `30 clean minutes: at most 1 per 10 minutes, 95 %`.
pub fn poisson_words(events: u64, seconds: f64) -> String {
    let span = if seconds < 90.0 {
        format!("{seconds:.0} seconds")
    } else {
        format!("{:.0} minutes", seconds / 60.0)
    };
    let told = match events {
        0 => {
            format!("{} clean {}", span.split(' ').next().unwrap_or(""), span.split(' ').nth(1).unwrap_or(""))
        }
        1 => format!("1 event in {span}"),
        n => format!("{n} events in {span}"),
    };
    if seconds <= 0.0 {
        return told;
    }
    let per_second = poisson_upper(events) / seconds;
    // The longest of the usual spans that still holds no more than one event, else a plain rate.
    let spans = [
        (86_400.0, "day"),
        (3_600.0, "hour"),
        (600.0, "10 minutes"),
        (60.0, "minute"),
        (20.0, "20 seconds"),
        (5.0, "5 seconds"),
        (1.0, "second"),
    ];
    let bound = spans
        .iter()
        .find(|(length, _)| per_second * length <= 1.0 + 1e-9)
        .map(|(_, name)| format!("at most 1 per {name}"))
        .unwrap_or_else(|| format!("at most {:.0} per second", per_second.ceil()));
    format!("{told}: {bound}, 95 %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_to_the_bucket() {
        let mut h = Histogram::default();
        for us in 1..=1000 {
            h.add(us);
        }
        h.add(50_000);
        let s = h.summary();
        assert_eq!(
            (s.count, s.min_us, s.p50_us, s.p99_us, s.p999_us, s.max_us),
            (1001, 1, 501, 991, 1000, 50_000)
        );
        assert_eq!(s.buckets.len(), 1000);
        assert_eq!(Histogram::default().summary(), Summary::default());
    }

    #[test]
    fn poisson_bounds_match_the_tables() {
        for (events, bound) in [(0, 2.996), (1, 4.744), (2, 6.296), (10, 16.962), (100, 118.08)] {
            assert!((poisson_upper(events) - bound).abs() < 0.01, "{events}: {}", poisson_upper(events));
        }
    }

    #[test]
    fn words_say_what_was_seen_and_what_follows() {
        assert_eq!(poisson_words(0, 1800.0), "30 clean minutes: at most 1 per 10 minutes, 95 %");
        assert_eq!(poisson_words(0, 60.0), "60 clean seconds: at most 1 per 20 seconds, 95 %");
        assert_eq!(poisson_words(2, 600.0), "2 events in 10 minutes: at most 1 per minute, 95 %");
        assert_eq!(poisson_words(100, 10.0), "100 events in 10 seconds: at most 12 per second, 95 %");
        assert_eq!(poisson_words(1, 0.0), "1 event in 0 seconds");
    }
}
