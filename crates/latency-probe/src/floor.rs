//! What physics and the server's bookkeeping say beside a measured number.

use serde::{Deserialize, Serialize};

/// Smallest round trip of a physical loop in frames: the capture period and `periods` − 1 playback periods, and one more
/// when the server runs asynchronously.
pub fn floor_frames(period: u32, periods: u32, asynchronous: bool) -> u32 {
    period * (periods.max(2) + u32::from(asynchronous))
}

/// What a server believes about a loop, and what the measurement adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Extra {
    /// Capture latency of the port that feeds us, frames.
    pub reported_capture: u32,
    /// Playback latency of the port that we feed, frames.
    pub reported_playback: u32,
    /// Measured less reported, signed, unrounded.
    pub extra_frames: f64,
    /// The same to the nearest frame.
    pub extra_rounded: i64,
    /// `jackd` backend options that make the server report what is true; absent when the extra is negative.
    pub jack_options: Option<String>,
    /// PipeWire node parameter that does the same for one node; absent when the extra is negative.
    pub pipewire_param: Option<String>,
}

impl Extra {
    /// Compares a measured round trip (frames) with the two latencies (frames) that the server reports.
    pub fn new(measured: f64, reported_capture: u32, reported_playback: u32) -> Self {
        let extra_frames = measured - f64::from(reported_capture) - f64::from(reported_playback);
        let extra_rounded = extra_frames.round() as i64;
        let usable = extra_rounded >= 0;
        Self {
            reported_capture,
            reported_playback,
            extra_frames,
            extra_rounded,
            jack_options: usable
                .then(|| format!("-I {} -O {}", extra_rounded / 2, extra_rounded - extra_rounded / 2)),
            pipewire_param: usable.then(|| {
                format!("Props '{{ params = [ \"latency.internal.rate\", {} ] }}'", extra_rounded / 2)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_counts_periods() {
        assert_eq!(floor_frames(32, 2, false), 64);
        assert_eq!(floor_frames(32, 2, true), 96);
        assert_eq!(floor_frames(32, 3, true), 128);
    }

    #[test]
    fn the_extra_is_rounded_to_nearest_and_stable() {
        for i in 0..100 {
            let wobble = (f64::from(i) - 50.0) * 1e-5;
            let e = Extra::new(1024.0 + wobble, 0, 0);
            assert_eq!(e.extra_rounded, 1024);
            assert_eq!(e.jack_options.as_deref(), Some("-I 512 -O 512"));
        }
        assert_eq!(Extra::new(3149.4, 1024, 2048).jack_options.as_deref(), Some("-I 38 -O 39"));
    }

    #[test]
    fn a_negative_extra_is_said_and_not_offered() {
        let e = Extra::new(1000.2, 1024, 2048);
        assert_eq!((e.extra_rounded, e.jack_options, e.pipewire_param), (-2072, None, None));
    }
}
