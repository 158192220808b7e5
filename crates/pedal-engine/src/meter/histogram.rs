//! A histogram of durations that one real-time thread fills and any thread reads.
//!
//! Buckets are log-linear: 0–63 exactly, then 32 buckets per octave up to 2³⁴. A quantile is the middle of its
//! bucket, so it errs by 1.6 % at most. Values are ticks of a [`Counter`](super::Counter): nothing is converted on the
//! real-time side.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// log₂ of the buckets per octave.
const SUB_BITS: u32 = 5;
const SUB: usize = 1 << SUB_BITS;
/// Values from 2^TOP_BITS on share the last bucket; at 4 GHz that is 4 s.
const TOP_BITS: u32 = 34;
const BUCKETS: usize = (TOP_BITS - SUB_BITS + 1) as usize * SUB;

/// Counts of durations in ticks. One thread records, any thread reads.
#[derive(Debug)]
pub struct Histogram {
    buckets: Box<[AtomicU32]>,
    max: AtomicU64,
    sum: AtomicU64,
    last: AtomicU64,
    reset: AtomicBool,
}

fn bucket_of(value: u64) -> usize {
    let bits = u64::BITS - value.leading_zeros();
    if bits > TOP_BITS {
        return BUCKETS - 1;
    }
    let shift = bits.saturating_sub(SUB_BITS + 1);
    shift as usize * SUB + (value >> shift) as usize
}

/// The middle of a bucket; the inverse of [`bucket_of`].
fn value_of(bucket: usize) -> u64 {
    let shift = (bucket / SUB).saturating_sub(1);
    let low = (bucket - shift * SUB) as u64;
    (low << shift) + ((1u64 << shift) >> 1)
}

impl Histogram {
    /// An empty histogram, 4 KiB. Allocates; not for the real-time thread.
    pub fn new() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| AtomicU32::new(0)).collect(),
            max: AtomicU64::new(0),
            sum: AtomicU64::new(0),
            last: AtomicU64::new(0),
            reset: AtomicBool::new(false),
        }
    }

    /// Counts one duration in ticks. Real-time safe: a handful of plain loads and stores, no read-modify-write.
    ///
    /// Only one thread at a time may record; with more, counts are lost (and nothing worse).
    pub fn record(&self, ticks: u64) {
        if self.reset.load(Relaxed) {
            self.clear();
        }
        let bucket = &self.buckets[bucket_of(ticks)];
        bucket.store(bucket.load(Relaxed).saturating_add(1), Relaxed);
        self.sum.store(self.sum.load(Relaxed).saturating_add(ticks), Relaxed);
        self.last.store(ticks, Relaxed);
        if ticks > self.max.load(Relaxed) {
            self.max.store(ticks, Relaxed);
        }
    }

    fn clear(&self) {
        self.reset.store(false, Relaxed);
        for bucket in &self.buckets {
            bucket.store(0, Relaxed);
        }
        for cell in [&self.max, &self.sum, &self.last] {
            cell.store(0, Relaxed);
        }
    }

    /// Asks the recording thread to begin again with its next record. Any thread.
    pub fn request_reset(&self) {
        self.reset.store(true, Relaxed);
    }

    /// The duration that was recorded last, in ticks; 0 before the first. Any thread, real-time safe.
    pub fn last(&self) -> u64 {
        self.last.load(Relaxed)
    }

    /// A copy to compute quantiles from. Any thread; allocates. A record that is made meanwhile may be half in
    /// it. Empty while a reset is pending.
    pub fn snapshot(&self) -> Snapshot {
        if self.reset.load(Relaxed) {
            return Snapshot { buckets: vec![0; BUCKETS], count: 0, sum: 0, max: 0 };
        }
        let buckets: Vec<u32> = self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect();
        let count = buckets.iter().map(|&n| u64::from(n)).sum();
        Snapshot { buckets, count, sum: self.sum.load(Relaxed), max: self.max.load(Relaxed) }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

/// What a [`Histogram`] held at one moment. All values are ticks.
#[derive(Debug, Clone)]
pub struct Snapshot {
    buckets: Vec<u32>,
    count: u64,
    sum: u64,
    max: u64,
}

/// The figures that are shown, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// Number of records.
    pub count: u64,
    /// Arithmetic mean in ns.
    pub mean_ns: f64,
    /// Median in ns.
    pub p50_ns: f64,
    /// 99th percentile in ns.
    pub p99_ns: f64,
    /// Largest record in ns, exactly.
    pub max_ns: f64,
}

impl Snapshot {
    /// Number of records.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Largest record, exactly; 0 without records.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// Smallest value that at least the share `q` (0–1) of the records does not exceed, within 1.6 %; 0 without
    /// records. Never above [`Snapshot::max`].
    pub fn quantile(&self, q: f64) -> u64 {
        let rank = ((self.count as f64 * q.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, &n) in self.buckets.iter().enumerate() {
            seen += u64::from(n);
            if seen >= rank {
                return value_of(bucket).min(self.max);
            }
        }
        self.max
    }

    /// Mean, median, 99th percentile and maximum, with `ns_per_tick` of the counter that was recorded.
    pub fn summary(&self, ns_per_tick: f64) -> Summary {
        let ns = |ticks: u64| ticks as f64 * ns_per_tick;
        Summary {
            count: self.count,
            mean_ns: if self.count == 0 { 0.0 } else { ns(self.sum) / self.count as f64 },
            p50_ns: ns(self.quantile(0.50)),
            p99_ns: ns(self.quantile(0.99)),
            max_ns: ns(self.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_tile_the_range_without_gap_or_overlap() {
        let mut last = 0;
        for value in
            (0..4096u64).chain((12..40).flat_map(|bits| [(1 << bits) - 1, 1 << bits, (1 << bits) + 1]))
        {
            let bucket = bucket_of(value);
            assert!(
                bucket == last || bucket == last + 1 || value > 4096,
                "{value} jumps to {bucket} from {last}"
            );
            assert!(bucket >= last && bucket < BUCKETS);
            last = bucket;
        }
        assert_eq!(last, BUCKETS - 1);
    }

    proptest! {
        #[test]
        fn a_bucket_stands_for_its_values_within_1_6_percent(value in 0u64..(1 << TOP_BITS)) {
            let back = value_of(bucket_of(value));
            prop_assert!(back.abs_diff(value) as f64 <= value as f64 * 0.016, "{value} became {back}");
        }

        #[test]
        fn quantiles_agree_with_sorting(mut values in prop::collection::vec(20u64..3_000_000_000, 1..500), q in 0.0f64..1.0) {
            let histogram = Histogram::new();
            values.iter().for_each(|&value| histogram.record(value));
            values.sort_unstable();
            let rank = ((values.len() as f64 * q).ceil() as usize).max(1);
            let (exact, got) = (values[rank - 1], histogram.snapshot().quantile(q));
            prop_assert!(got.abs_diff(exact) as f64 <= exact as f64 * 0.016, "{exact} became {got}");
        }
    }

    #[test]
    fn summary_scales_to_nanoseconds() {
        let histogram = Histogram::new();
        for value in 1..=100 {
            histogram.record(value);
        }
        assert_eq!(histogram.last(), 100);
        let summary = histogram.snapshot().summary(0.5);
        assert_eq!(summary.count, 100);
        assert_eq!((summary.p50_ns, summary.max_ns, summary.mean_ns), (25.0, 50.0, 25.25));
        assert!((summary.p99_ns - 49.5).abs() <= 0.5);
    }

    #[test]
    fn a_reset_takes_effect_with_the_next_record() {
        let histogram = Histogram::new();
        histogram.record(1000);
        histogram.request_reset();
        assert_eq!(histogram.snapshot().count(), 0);
        assert_eq!(histogram.snapshot().summary(1.0), Summary::default());
        histogram.record(10);
        let snapshot = histogram.snapshot();
        assert_eq!((snapshot.count(), snapshot.max(), snapshot.quantile(1.0)), (1, 10, 10));
    }

    #[test]
    fn absurd_values_land_in_the_last_bucket() {
        let histogram = Histogram::new();
        histogram.record(u64::MAX);
        histogram.record(u64::MAX);
        let snapshot = histogram.snapshot();
        assert_eq!((snapshot.count(), snapshot.max()), (2, u64::MAX));
    }

    #[test]
    fn recording_does_not_allocate() {
        let histogram = Histogram::new();
        assert_no_alloc::assert_no_alloc(|| {
            (0..10_000).for_each(|value| histogram.record(value * 977));
            histogram.request_reset();
            histogram.record(1);
        });
        assert_eq!(histogram.snapshot().count(), 1);
    }
}
