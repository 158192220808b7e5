//! A round-trip measurement over any loop: plays, listens (`attempt`), repeats what was disturbed, and decides.

mod attempt;
mod simulated;

use serde::{Deserialize, Serialize};

use crate::channel::ChannelError;
use crate::estimate::{Analyser, Doubt, Measurement};
use crate::excitation::{Excitation, ExcitationError};
use crate::mtdm::ToneResult;
use attempt::{shot, tones};
pub use simulated::SimulatedLoop;

/// Something that plays and records in the same frames: JACK, or the simulator.
pub trait Loop {
    /// Sample rate in Hz.
    fn rate(&self) -> u32;
    /// Frames of a period; 0 when there are none.
    fn period(&self) -> u32;
    /// Plays `silence` zeros and then `playback`, and records from the first zero on, for at most `limit` frames or until
    /// `enough` says so. Called from an ordinary thread; blocks.
    ///
    /// # Errors
    /// [`LoopError::Disturbed`] when frames may be missing: the caller repeats. Others end the run.
    fn play(
        &mut self,
        silence: usize,
        playback: &[f32],
        limit: usize,
        enough: &mut dyn FnMut(&[f32]) -> bool,
    ) -> Result<Vec<f32>, LoopError>;
}

/// Why a loop did not deliver.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoopError {
    /// Frames may be missing; worth a repetition.
    #[error("the measurement was disturbed: {what}")]
    Disturbed {
        /// What happened, in words.
        what: String,
    },
    /// The audio server is gone or does not answer.
    #[error("{what}; start the server (or check that it still runs) and try again")]
    Server {
        /// What happened, in words.
        what: String,
    },
    /// A setting is out of range.
    #[error(transparent)]
    Excitation(#[from] ExcitationError),
    /// A simulated channel is out of range.
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

/// Which estimator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Maximum-length sequence and maximum likelihood.
    Mls,
    /// The classical tones, as a cross-check.
    Mtdm,
}

/// How to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopConfig {
    /// Estimator.
    pub method: Method,
    /// Order of the sequence, 10–17.
    pub order: u32,
    /// Shots, at least 3 for a spread.
    pub shots: usize,
    /// Playing level in dBFS rms.
    pub level_dbfs: f64,
    /// Longest delay that is waited for, in frames.
    pub max_delay: usize,
    /// Repetitions after a disturbance.
    pub retries: u32,
}

impl Default for LoopConfig {
    fn default() -> Self {
        Self { method: Method::Mls, order: 14, shots: 3, level_dbfs: -17.0, max_delay: 65_535, retries: 5 }
    }
}

/// What the person in front of the terminal may want to see meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// An attempt begins.
    Attempt {
        /// Counted from 1.
        number: u32,
        /// Playing level in dBFS rms.
        level_dbfs: f64,
    },
    /// Recording goes on.
    Level {
        /// Level of the last stretch in dBFS rms.
        dbfs: f64,
        /// Share of the expected recording, 0–1.
        share: f64,
    },
    /// An attempt is thrown away.
    Again {
        /// Why, in words.
        why: String,
    },
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// The delay, by the main method. Its doubts may be many: then it is no result.
    Delay(Box<Measurement>),
    /// The delay, by tones.
    Tones(ToneResult),
    /// Nothing came back.
    NoSignal {
        /// Level of what was recorded, in dBFS rms.
        level_dbfs: f64,
    },
    /// No attempt stayed undisturbed.
    Restless {
        /// The last disturbance, in words.
        what: String,
    },
}

/// A finding and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempted {
    /// The result.
    pub finding: Finding,
    /// Attempts, the good one included.
    pub attempts: u32,
    /// Why attempts were thrown away.
    pub discarded: Vec<String>,
    /// Level of the last attempt in dBFS rms.
    pub level_dbfs: f64,
}

/// Shortest sequence that disturbances drive us to: 4,095 frames a shot.
const SHORTEST: u32 = 12;
/// A peak between chance and detection: worth a longer sequence.
const HINT_Z: f64 = 5.8;

/// Measures `target`, telling `progress` on the way.
///
/// # Errors
/// [`LoopError`] when the server is gone or a setting is out of range; disturbances are repeated, not returned.
pub fn measure(
    target: &mut dyn Loop,
    config: &LoopConfig,
    progress: &mut dyn FnMut(Progress),
) -> Result<Attempted, LoopError> {
    let rate = target.rate();
    let mut level = config.level_dbfs;
    let mut order = config.order;
    let mut discarded = Vec::new();
    let mut analyser = Analyser::new(Excitation::new(order, rate, level)?, config.shots.max(1));
    let mut number = 0;
    loop {
        number += 1;
        progress(Progress::Attempt { number, level_dbfs: level });
        let last = number > config.retries;
        let finding = match config.method {
            Method::Mls => shot(target, &analyser, config.max_delay, progress),
            Method::Mtdm => tones(target, config.max_delay, progress),
        };
        let again = match &finding {
            Err(LoopError::Disturbed { what }) => {
                // On a machine that stalls every second, a shorter test finds a gap between two stalls.
                if number > 1 && order > SHORTEST && config.method == Method::Mls {
                    order -= 1;
                    analyser = Analyser::new(Excitation::new(order, rate, level)?, config.shots.max(1));
                }
                Some(what.clone())
            }
            Err(_) => None,
            Ok((Finding::Delay(m), _))
                if m.clipped && level - 12.0 >= -80.0 && config.method == Method::Mls =>
            {
                // Halving twice: the cheapest cure, and the SNR can afford it when the input is at its limit.
                level -= 12.0;
                analyser = Analyser::new(Excitation::new(order, rate, level)?, config.shots.max(1));
                Some(format!("the input clips: again at {level:.0} dBFS"))
            }
            Ok((Finding::Delay(m), _)) if !m.doubts.is_empty() => {
                let weak = m.doubts.iter().any(|d| matches!(d, Doubt::Weak { .. }));
                if weak && order < 16 {
                    order = 16;
                    analyser = Analyser::new(Excitation::new(order, rate, level)?, config.shots.max(1));
                }
                // Two paths of equal strength do not change by asking again.
                let hopeless = m.doubts.iter().all(|d| matches!(d, Doubt::EqualPaths { .. }));
                (!hopeless && discarded.len() < 2).then(|| describe(&m.doubts[0]))
            }
            Ok((Finding::NoSignal { .. }, z)) if *z > HINT_Z && order < 16 => {
                order = 16;
                analyser = Analyser::new(Excitation::new(order, rate, level)?, config.shots.max(1));
                Some("something faint is there: again with a longer sequence".to_owned())
            }
            Ok(_) => None,
        };
        match again {
            Some(why) if !last => {
                progress(Progress::Again { why: why.clone() });
                discarded.push(why);
            }
            _ => {
                let finding = match finding {
                    Err(LoopError::Disturbed { what }) => Finding::Restless { what },
                    other => other?.0,
                };
                return Ok(Attempted { finding, attempts: number, discarded, level_dbfs: level });
            }
        }
    }
}

/// A doubt in words.
pub fn describe(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Discontinuity { seen } => format!("frames were lost or inserted: {seen}"),
        Doubt::EqualPaths { ratio } => {
            format!("two paths are nearly equally loud (ratio {ratio:.2}): is direct monitoring on?")
        }
        Doubt::Period => "the delay is known only up to whole periods of the test signal".to_owned(),
        Doubt::Weak { sigma_frames } => format!("the signal is too weak (sigma {sigma_frames:.2} frames)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{ChannelSpec, Drop, Loss};

    fn run(spec: ChannelSpec) -> Attempted {
        measure(&mut SimulatedLoop { spec, rate: 48_000 }, &LoopConfig::default(), &mut |_| {}).unwrap()
    }

    fn delay(attempted: &Attempted) -> &Measurement {
        match &attempted.finding {
            Finding::Delay(m) => m,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_clean_loop_takes_one_attempt() {
        let a = run(ChannelSpec { delay: 777.25, ..Default::default() });
        assert_eq!(a.attempts, 1);
        assert!((delay(&a).delay_frames - 777.25).abs() < 0.001);
    }

    #[test]
    fn a_lost_block_is_repeated_and_the_second_answer_is_right() {
        let drop = Some(Drop { at: 55_000, frames: 256, loss: Loss::Skip });
        let a = run(ChannelSpec { delay: 777.25, drop, ..Default::default() });
        assert_eq!(a.attempts, 2, "{a:?}");
        assert!(a.discarded[0].contains("lost"), "{a:?}");
        assert!((delay(&a).delay_frames - 777.25).abs() < 0.001);
    }

    #[test]
    fn a_clipping_input_is_driven_lower() {
        let a = run(ChannelSpec { delay: 100.0, gain: 8.0, clip: Some(1.0), ..Default::default() });
        assert!(a.level_dbfs <= -29.0, "{a:?}");
        assert!(!delay(&a).clipped && (delay(&a).delay_frames - 100.0).abs() < 0.001);
    }

    #[test]
    fn silence_is_no_signal_and_a_faint_loop_gets_a_longer_sequence() {
        assert!(matches!(
            run(ChannelSpec { gain: 0.0, ..Default::default() }).finding,
            Finding::NoSignal { .. }
        ));
        let a = run(ChannelSpec { delay: 321.0, snr_db: Some(-28.5), ..Default::default() });
        assert!((delay(&a).delay_frames - 321.0).abs() < 0.5, "{a:?}");
    }

    #[test]
    fn tones_agree() {
        let config = LoopConfig { method: Method::Mtdm, ..Default::default() };
        let spec = ChannelSpec { delay: 4801.37, gain: -0.5, ..Default::default() };
        let a = measure(&mut SimulatedLoop { spec, rate: 48_000 }, &config, &mut |_| {}).unwrap();
        assert!(matches!(a.finding, Finding::Tones(t) if (t.delay_frames - 4801.37).abs() < 0.002), "{a:?}");
    }
}
