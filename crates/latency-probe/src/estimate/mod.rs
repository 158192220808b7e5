//! From a recording to a delay: the noise-weighted maximum-likelihood estimate, and the doubts about it.
//!
//! Pure: no clock, no threads, no files. The method is written down in `docs/explanation/latency-method.md`.

#[cfg(test)]
mod bars;
mod correlate;
mod find;
mod paths;

use crate::excitation::Excitation;
use correlate::Correlator;
use serde::{Deserialize, Serialize};

/// How the delay is defined, as written into every result.
pub const DEFINITION: &str = "position of the largest magnitude of the noise-weighted impulse response, \
     limited to 60 Hz – min(20 kHz, 0.42 × rate); phase_slope_frames is the slope over 500 Hz – 5 kHz";

/// Smallest ratio of peak to robust noise deviation that counts as a signal.
pub const MIN_Z: f64 = 8.0;
/// Smallest ratio of the main path to any other that is clear.
pub const MIN_PATH_RATIO: f64 = 1.15;

/// Whether the loop turns the signal over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Polarity {
    /// A positive input comes back positive.
    Normal,
    /// A positive input comes back negative.
    Inverted,
    /// The positive and the negative peak are nearly equal: the path turns the phase by about a quarter.
    Uncertain,
}

/// A path beside the main one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Path {
    /// Frames after the main path; negative is earlier.
    pub offset_frames: f64,
    /// Level against the main path in dB.
    pub relative_db: f64,
    /// Whether it is inverted against the main path.
    pub inverted: bool,
}

/// Why a result must not be trusted. Any doubt makes a run ambiguous: it is repeated, and never passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "doubt")]
#[non_exhaustive]
pub enum Doubt {
    /// Frames were lost or inserted while the test ran.
    Discontinuity {
        /// What was seen, in words.
        seen: String,
    },
    /// Two paths are about equally strong.
    EqualPaths {
        /// Main path over the other, linear.
        ratio: f64,
    },
    /// The delay is known only up to whole periods of the test signal.
    Period,
    /// The signal stands out from the noise, but not clearly enough for its place.
    Weak {
        /// One standard deviation in frames.
        sigma_frames: f64,
    },
}

/// What a run of shots says about the loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Measurement {
    /// Round trip in frames; with a drifting clock, at the middle of the shots.
    pub delay_frames: f64,
    /// One standard deviation of the delay in frames: the larger of theory at the measured SNR and the spread of the shots.
    pub sigma_frames: f64,
    /// Gain of the loop in dB, weighted towards the quiet parts of the spectrum.
    pub gain_db: f64,
    /// Power of the returned test signal over the noise before the test, in dB, over the full band.
    pub snr_db: f64,
    /// Polarity of the main path.
    pub polarity: Polarity,
    /// Peak over the robust deviation of the correlation.
    pub z: f64,
    /// Main path over the next strongest peak, linear.
    pub peak_ratio: f64,
    /// Further paths above −12 dB.
    pub second_paths: Vec<Path>,
    /// Rate of the receiving clock against the sending one in parts per million, when the shots show one.
    pub drift_ppm: f64,
    /// One standard deviation of the drift in parts per million.
    pub drift_sigma_ppm: f64,
    /// The delay of each shot in frames; empty when a shot alone is too weak.
    pub shot_frames: Vec<f64>,
    /// Delay by the slope of the phase over 500 Hz – 5 kHz, in frames.
    pub phase_slope_frames: f64,
    /// Noise before the test in dBFS rms.
    pub noise_dbfs: f64,
    /// Highest sample of the recording in dBFS.
    pub peak_dbfs: f64,
    /// The recording touches full scale, or is cut off flat below it.
    pub clipped: bool,
    /// Reasons not to trust the result; empty when there are none.
    pub doubts: Vec<Doubt>,
}

/// Outcome of an analysis.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The signal was found.
    Found(Box<Measurement>),
    /// The signal was found, but the recording ends before its last shot: record on.
    Incomplete {
        /// Frames of recording that are needed.
        need_frames: usize,
    },
    /// Nothing stands out.
    NoSignal {
        /// The best peak over the robust deviation: about 4 to 5 for pure noise.
        z: f64,
        /// Level of the recording in dBFS rms.
        level_dbfs: f64,
    },
}

/// A recording of one run.
#[derive(Debug, Clone, Copy)]
pub struct Take<'a> {
    /// The input before the test signal was played: at least 0.1 s, best a whole period of the signal.
    pub silence: &'a [f32],
    /// The input from the very frame in which the first frame of [`Excitation::playback`] was sent.
    pub record: &'a [f32],
}

/// Analyses recordings of one excitation.
pub struct Analyser {
    excitation: Excitation,
    shots: usize,
    correlator: Correlator,
}

impl Analyser {
    /// Plans the transforms for `shots` (1–64) shots of `excitation`.
    ///
    /// # Panics
    /// When `shots` is 0.
    pub fn new(excitation: Excitation, shots: usize) -> Self {
        assert!(shots > 0, "at least one shot is played");
        let correlator = Correlator::new(&excitation);
        Self { excitation, shots, correlator }
    }

    /// The excitation this analyser knows.
    pub fn excitation(&self) -> &Excitation {
        &self.excitation
    }

    /// Shots that are played after the settling period.
    pub fn shots(&self) -> usize {
        self.shots
    }

    /// Finds the delay in a recording. Values that are not finite count as silence.
    pub fn analyse(&self, take: Take<'_>) -> Outcome {
        find::analyse(self, take)
    }
}

/// Level of a signal in dBFS rms; −200 for silence.
pub fn level_dbfs(signal: &[f32]) -> f64 {
    let power = signal.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / signal.len().max(1) as f64;
    (10.0 * power.max(1e-20).log10()).max(-200.0)
}
