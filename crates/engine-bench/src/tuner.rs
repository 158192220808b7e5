//! The tuner on plucked strings with noise: how far it is off, and what a reading costs.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use pedald::tuner::{Heard, Pluck, Tracker};
use serde_json::{Value, json};

const RATE: f64 = 48_000.0;

/// Options of `engine-bench tuner`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Strings of each kind
    #[arg(long, default_value_t = 1000)]
    count: u32,
}

/// Prints one object.
pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(options.count > 0, "at least one string");
    let guitar = strings(options.count, (82.0, 1300.0), 1.5e-4, |_| 0.06);
    let bass = strings(options.count, (30.5, 82.0), 2.5e-4, |hz| 4.0 / hz);
    println!("{}", json!({ "guitar": guitar, "bass": bass }));
    Ok(())
}

/// Strings with frequencies between two ends, evenly in pitch, with noise at −40 dB; `heard` says how many seconds of each
/// are heard.
fn strings(count: u32, ends: (f64, f64), stiffest: f64, heard: impl Fn(f64) -> f64) -> Value {
    let mut off = Vec::new();
    let mut missed = 0;
    let mut taken = Duration::ZERO;
    for number in 0..count {
        // two numbers that run through their ranges without a common step
        let share = |factor: f64| (f64::from(number) * factor).fract();
        let hz = ends.0 * (ends.1 / ends.0).powf((f64::from(number) + 0.5) / f64::from(count));
        let pluck = Pluck {
            hz,
            inharmonicity: stiffest * share(0.618_034),
            place: 0.08 + 0.36 * share(0.414_214),
            tilt: 0.7 + 1.0 * share(0.732_051),
            decay: 1.5 + 6.0 * share(0.236_068),
            noise_db: -40.0,
            seed: u64::from(number) * 7919 + 1,
        };
        let sound = pluck.render(RATE, (heard(hz) * RATE) as usize);
        let mut tracker = Tracker::new(RATE);
        tracker.push(&sound);
        let start = Instant::now();
        let reading = tracker.reading();
        taken += start.elapsed();
        match reading {
            Heard::Tone { pitch, .. } => off.push((1200.0 * (pitch.hz / hz).log2()).abs()),
            _ => missed += 1,
        }
    }
    off.sort_by(f64::total_cmp);
    let at = |share: f64| off.get(((off.len() as f64 * share) as usize).min(off.len().max(1) - 1)).copied();
    json!({
        "count": count,
        "missed": missed,
        "median_cents": at(0.5),
        "p99_cents": at(0.99),
        "worst_cents": at(1.0),
        "reading_us": taken.as_secs_f64() * 1e6 / f64::from(count),
    })
}
