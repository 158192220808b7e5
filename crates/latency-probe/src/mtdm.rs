//! The classical multi-tone method, as a cross-check: one tone gives the delay finely but only modulo its period, and each
//! further tone close to it resolves a longer stretch by the difference of the two phases.
//!
//! Written from the theory of phase ranging. Its tones are whole bins of one block, so they do not disturb each other.

use realfft::num_complex::Complex64;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// Frames of a block, and the longest delay that is told apart.
pub const BLOCK: usize = 32_768;
/// Blocks that are averaged, after one that settles.
pub const BLOCKS: usize = 2;
/// The fine tone: 16 frames long.
const MAIN: usize = BLOCK / 16;
/// Distances of the helper tones from the fine one, in bins: each resolves BLOCK/distance frames.
const STEPS: [usize; 6] = [1, 2, 8, 32, 128, 512];
const MAIN_PEAK: f64 = 0.2;
const HELPER_PEAK: f64 = 0.03;

/// What the tones say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ToneResult {
    /// Round trip in frames, modulo 32,768.
    pub delay_frames: f64,
    /// Gain of the loop at rate/16 in dB.
    pub gain_db: f64,
    /// Whether the loop inverts.
    pub inverted: bool,
    /// Worst disagreement between neighbouring tones: 0 is perfect, above 0.25 the answer is ambiguous.
    pub disagreement: f64,
}

/// The signal to play: one settling block and [`BLOCKS`] more.
pub fn playback() -> Vec<f32> {
    let block: Vec<f32> = (0..BLOCK)
        .map(|i| {
            let tone = |bin: usize| (TAU * ((i * bin) % BLOCK) as f64 / BLOCK as f64 + turn(bin)).cos();
            let helpers: f64 = STEPS.iter().map(|s| tone(MAIN + s)).sum();
            (MAIN_PEAK * tone(MAIN) + HELPER_PEAK * helpers) as f32
        })
        .collect();
    block.repeat(BLOCKS + 1)
}

/// A starting phase for each tone, so that they do not all peak together.
fn turn(bin: usize) -> f64 {
    (bin - MAIN) as f64 * 2.399
}

/// Reads the delay from a recording that begins in the frame in which the playback began.
///
/// `None` when the recording is too short for a settled block, or when the fine tone does not stand out of its surroundings.
pub fn analyse(record: &[f32]) -> Option<ToneResult> {
    let begin = BLOCK + BLOCK / 4;
    let held: Vec<&[f32]> = record.get(begin..)?.chunks_exact(BLOCK).take(BLOCKS).collect();
    if held.is_empty() {
        return None;
    }
    let bin = |k: usize| -> Complex64 {
        let mut sum = Complex64::ZERO;
        for (i, value) in held.concat().iter().enumerate() {
            let angle = -TAU * (((begin + i) % BLOCK) * k % BLOCK) as f64 / BLOCK as f64;
            sum += Complex64::from_polar(f64::from(*value), angle);
        }
        sum * (2.0 / (held.len() * BLOCK) as f64)
    };
    let main = bin(MAIN);
    // Bins beside the tones that carry nothing: what stands there is noise.
    let noise =
        [MAIN - 3, MAIN - 5, MAIN - 9, MAIN + 5].map(|k| bin(k).norm()).into_iter().fold(0.0, f64::max);
    if main.norm() < 1e-7 || main.norm() < 6.0 * noise {
        return None;
    }
    let mut disagreement = 0.0f64;
    // Whole turns by which a delay shifts a tone pair.
    let turns = |phase: f64| (-phase / TAU).rem_euclid(1.0);
    let mut delay = 0.0;
    for (i, step) in STEPS.into_iter().enumerate() {
        let pair = bin(MAIN + step) * Complex64::from_polar(1.0, -turn(MAIN + step)) * main.conj();
        let span = BLOCK as f64 / step as f64;
        let here = turns(pair.arg()) * span;
        if i == 0 {
            delay = here;
        } else {
            let (nearest, off) = snap(delay, here, span);
            disagreement = disagreement.max(off);
            delay = nearest;
        }
    }
    let fine = turns(main.arg()) * 16.0;
    let (upright, off_upright) = snap(delay, fine, 16.0);
    let (turned, off_turned) = snap(delay, fine + 8.0, 16.0);
    let inverted = off_turned < off_upright;
    let (delay, off) = if inverted { (turned, off_turned) } else { (upright, off_upright) };
    // A delay of nothing may come out as one block less a hair.
    let delay = if delay > BLOCK as f64 - 8.0 { delay - BLOCK as f64 } else { delay };
    Some(ToneResult {
        delay_frames: delay,
        gain_db: 20.0 * (main.norm() / MAIN_PEAK).log10(),
        inverted,
        // The two polarities are only half a span apart.
        disagreement: disagreement.max(off * 2.0),
    })
}

/// The value congruent to `fine` modulo `span` that is nearest to `coarse`, and the distance in spans.
fn snap(coarse: f64, fine: f64, span: f64) -> (f64, f64) {
    let value = fine + ((coarse - fine) / span).round() * span;
    (value, (value - coarse).abs() / span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{ChannelSpec, simulate};

    fn run(spec: ChannelSpec) -> Option<ToneResult> {
        let input = playback();
        let output = simulate(&spec, 48_000, &input, input.len() + 4_000).unwrap();
        analyse(&output)
    }

    #[test]
    fn delays_gain_and_polarity_are_right() {
        for (delay, gain) in [(0.0, 1.0), (37.0, -1.0), (512.0, 0.1), (4801.37, -0.5), (7999.9, 0.01)] {
            let r = run(ChannelSpec { delay, gain, ..Default::default() }).unwrap();
            assert!((r.delay_frames - delay).abs() < 0.002, "{delay}: {r:?}");
            assert_eq!(r.inverted, gain < 0.0, "{r:?}");
            assert!((r.gain_db - 20.0 * f64::abs(gain).log10()).abs() < 0.01, "{r:?}");
            assert!(r.disagreement < 0.05, "{r:?}");
        }
    }

    #[test]
    fn silence_and_noise_give_nothing() {
        assert_eq!(analyse(&[]), None);
        assert_eq!(analyse(&vec![0.0; 4 * BLOCK]), None);
        for seed in 0..5 {
            let spec = ChannelSpec { gain: 0.0, noise_dbfs: Some(-20.0), seed, ..Default::default() };
            let r = run(spec);
            assert!(r.is_none_or(|r| r.disagreement > 0.25), "{r:?}");
        }
    }
}
