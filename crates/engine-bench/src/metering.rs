//! What the always-on metering costs: per plugin and block two readings of the counter and one record.

use std::hint::black_box;

use anyhow::Result;
use pedal_engine::meter::{Counter, Histogram};

/// Blocks that one round measures.
const BLOCKS: u32 = 200_000;
/// Rounds; the median counts.
const ROUNDS: usize = 21;

/// Prints `{"ns_per_plugin": …}`.
pub(crate) fn run() -> Result<()> {
    let counter = Counter::get();
    let histograms: Vec<Histogram> = (0..40).map(|_| Histogram::new()).collect();
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let begin = counter.now();
            for block in 0..BLOCKS {
                // As in a plan of 40 plugins: another histogram each time, so that the caches see what they would see.
                let histogram = &histograms[block as usize % histograms.len()];
                let before = black_box(counter.now());
                let after = black_box(counter.now());
                histogram.record(after.wrapping_sub(before));
            }
            counter.ns(counter.now() - begin) / f64::from(BLOCKS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!("{}", serde_json::json!({ "ns_per_plugin": rounds[ROUNDS / 2] }));
    Ok(())
}
