//! Loudness and peak of a whole take, after EBU R 128 / ITU-R BS.1770.

use ebur128::{EbuR128, Mode};

/// Why a take could not be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoudnessError {
    /// The meter takes 1–64 channels and 16–2 822 400 Hz.
    #[error(
        "cannot measure loudness of {channels} channels at {sample_rate} Hz: give 1-64 channels and at least 16 Hz"
    )]
    Unsupported {
        /// Number of channels that were given.
        channels: usize,
        /// Sample rate that was given, in Hz.
        sample_rate: u32,
    },
    /// Channels differ in length.
    #[error("cannot measure loudness: channels are {shortest} to {longest} frames long; give equal lengths")]
    Ragged {
        /// Frames of the shortest channel.
        shortest: usize,
        /// Frames of the longest channel.
        longest: usize,
    },
}

/// Level of a take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// Gated programme loudness in LUFS; −∞ for silence and for less than 400 ms.
    pub integrated_lufs: f64,
    /// Greatest loudness of any 3 s (short-term), in LUFS; −∞ for silence.
    pub short_term_max_lufs: f64,
    /// Largest sample in dBFS (0 = ±1.0); −∞ for silence.
    pub peak_dbfs: f64,
    /// Largest value between samples in dBTP (4 × oversampled).
    pub true_peak_dbtp: f64,
}

impl Loudness {
    /// Measures `channels` (one slice per channel, all of one length, full scale ±1.0) as one programme. Mono and
    /// stereo count as front channels.
    pub fn measure(channels: &[impl AsRef<[f32]>], sample_rate: u32) -> Result<Self, LoudnessError> {
        let unsupported = |_| LoudnessError::Unsupported { channels: channels.len(), sample_rate };
        let lengths = || channels.iter().map(|channel| channel.as_ref().len());
        let (shortest, longest) = (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0));
        if shortest != longest {
            return Err(LoudnessError::Ragged { shortest, longest });
        }
        let mut meter = EbuR128::new(
            channels.len() as u32,
            sample_rate,
            Mode::I | Mode::S | Mode::SAMPLE_PEAK | Mode::TRUE_PEAK,
        )
        .map_err(unsupported)?;
        // The window of 3 s moves on by 100 ms, as EBU Tech 3341 has it.
        let step = (sample_rate as usize / 10).max(1);
        let mut short_term = f64::NEG_INFINITY;
        for start in (0..longest).step_by(step) {
            let end = (start + step).min(longest);
            let planes: Vec<&[f32]> = channels.iter().map(|channel| &channel.as_ref()[start..end]).collect();
            meter.add_frames_planar_f32(&planes).map_err(unsupported)?;
            short_term = short_term.max(meter.loudness_shortterm().map_err(unsupported)?);
        }
        let db = |peak: f64| 20.0 * peak.log10();
        let (mut sample, mut between) = (0.0f64, 0.0f64);
        for channel in 0..channels.len() as u32 {
            sample = sample.max(meter.sample_peak(channel).map_err(unsupported)?);
            between = between.max(meter.true_peak(channel).map_err(unsupported)?);
        }
        Ok(Self {
            integrated_lufs: meter.loudness_global().map_err(unsupported)?,
            short_term_max_lufs: short_term,
            peak_dbfs: db(sample),
            true_peak_dbtp: db(between),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn sine(amplitude: f64, frames: usize) -> Vec<f32> {
        (0..frames).map(|n| (amplitude * (TAU * 997.0 * n as f64 / 48_000.0).sin()) as f32).collect()
    }

    /// EBU Tech 3341, case 1: a stereo sine of 1 kHz at −23 dBFS for 20 s reads −23 LUFS ± 0.1.
    #[test]
    fn ebu_tech_3341_case_1() {
        let channel = sine(10f64.powf(-23.0 / 20.0), 20 * 48_000);
        let loudness = Loudness::measure(&[&channel, &channel], 48_000).unwrap();
        assert!((loudness.integrated_lufs + 23.0).abs() <= 0.1, "{loudness:?}");
        assert!((loudness.short_term_max_lufs + 23.0).abs() <= 0.1, "{loudness:?}");
        assert!((loudness.peak_dbfs + 23.0).abs() <= 0.1, "{loudness:?}");
    }

    #[test]
    fn silence_is_minus_infinity() {
        let loudness = Loudness::measure(&[vec![0.0f32; 48_000]], 48_000).unwrap();
        assert_eq!(loudness.peak_dbfs, f64::NEG_INFINITY);
        assert_eq!(loudness.integrated_lufs, f64::NEG_INFINITY);
        assert_eq!(loudness.short_term_max_lufs, f64::NEG_INFINITY);
    }

    #[test]
    fn refuses_what_cannot_be_measured() {
        let none: [Vec<f32>; 0] = [];
        assert!(matches!(
            Loudness::measure(&none, 48_000),
            Err(LoudnessError::Unsupported { channels: 0, .. })
        ));
        let ragged = Loudness::measure(&[vec![0.0f32; 3], vec![0.0; 5]], 48_000);
        assert!(matches!(ragged, Err(LoudnessError::Ragged { shortest: 3, longest: 5 })));
    }
}
