//! What a channel does to a signal, and which numbers it takes.

use serde::{Deserialize, Serialize};

/// Level that an SNR refers to, before the channel's gain: the default playing level, in dBFS rms.
pub const REFERENCE_DBFS: f64 = -17.0;
/// Longest delay, in frames.
pub const MAX_DELAY: f64 = 400_000.0;

/// A sine that the channel adds to its output.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tone {
    /// Frequency in Hz, above 0 and below half the sample rate.
    pub hertz: f64,
    /// Peak amplitude in dBFS.
    pub dbfs: f64,
}

/// A further path beside the main one, as direct monitoring or a reflection makes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Echo {
    /// Frames after (or, negative, before) the main path; whole or fractional.
    pub offset: f64,
    /// Linear gain relative to the main path.
    pub gain: f64,
}

/// What happens to a block that is lost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// The frames vanish: all that follows comes earlier.
    Skip,
    /// The frames arrive as silence, in their place.
    Silence,
}

/// A block that the channel loses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drop {
    /// Output frame at which the loss begins.
    pub at: u64,
    /// Frames lost.
    pub frames: u32,
    /// How they are lost.
    pub loss: Loss,
}

/// Everything that the channel does to a signal, in the order delay, filters, feedback, disturbances, clipping, bits, drops.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelSpec {
    /// Delay in frames, 0–400,000; fractions are interpolated (97-tap windowed sinc).
    pub delay: f64,
    /// Linear gain; negative inverts.
    pub gain: f64,
    /// White noise: signal-to-noise ratio in dB against a signal of −17 dBFS times the gain.
    pub snr_db: Option<f64>,
    /// White noise with an absolute level in dBFS rms.
    pub noise_dbfs: Option<f64>,
    /// Mains hum: fundamental, its peak level, with harmonics 2–7 falling by 6 dB for each doubling.
    pub hum: Option<Tone>,
    /// A single tone.
    pub tone: Option<Tone>,
    /// First-order high pass, corner in Hz.
    pub highpass1: Option<f64>,
    /// Second-order Butterworth high pass, corner in Hz.
    pub highpass2: Option<f64>,
    /// Fourth-order Butterworth low pass, corner in Hz.
    pub lowpass4: Option<f64>,
    /// Feedback: delay in whole frames (at least 1) and gain (magnitude below 1).
    pub feedback: Option<(u32, f64)>,
    /// A second path.
    pub echo: Option<Echo>,
    /// Hard limit, linear full scale.
    pub clip: Option<f64>,
    /// Quantise to this many bits, 4–24.
    pub bits: Option<u8>,
    /// Lose a block.
    pub drop: Option<Drop>,
    /// Lose a block again after each so many frames (0: only once).
    pub drop_every: u64,
    /// Rate error of the receiving clock in parts per million: the delay grows by so many frames in a million.
    pub drift_ppm: f64,
    /// Seed of the noise.
    pub seed: u64,
}

impl Default for ChannelSpec {
    fn default() -> Self {
        Self {
            delay: 0.0,
            gain: 1.0,
            snr_db: None,
            noise_dbfs: None,
            hum: None,
            tone: None,
            highpass1: None,
            highpass2: None,
            lowpass4: None,
            feedback: None,
            echo: None,
            clip: None,
            bits: None,
            drop: None,
            drop_every: 0,
            drift_ppm: 0.0,
            seed: 1,
        }
    }
}

/// Why a channel cannot be made.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum ChannelError {
    /// A number that is not in its range.
    #[error("channel: {what} = {value} is out of range: {range}")]
    Range {
        /// Field of the specification.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What is allowed, in words.
        range: &'static str,
    },
}

impl ChannelSpec {
    pub(super) fn check(&self, rate: u32) -> Result<(), ChannelError> {
        let nyquist = f64::from(rate) / 2.0;
        let test = |what, value: f64, ok: bool, range| {
            if ok && value.is_finite() { Ok(()) } else { Err(ChannelError::Range { what, value, range }) }
        };
        test("rate", f64::from(rate), (8_000..=384_000).contains(&rate), "8000 to 384000 Hz")?;
        test("delay", self.delay, (0.0..=MAX_DELAY).contains(&self.delay), "0 to 400000 frames")?;
        test("gain", self.gain, self.gain.abs() <= 1000.0, "−1000 to 1000")?;
        test("drift", self.drift_ppm, self.drift_ppm.abs() <= 1000.0, "−1000 to 1000 ppm")?;
        for corner in [self.highpass1, self.highpass2, self.lowpass4].into_iter().flatten() {
            test(
                "corner",
                corner,
                corner > 0.0 && corner < nyquist,
                "above 0 and below half the sample rate, Hz",
            )?;
        }
        for tone in [self.hum, self.tone].into_iter().flatten() {
            test(
                "tone",
                tone.hertz,
                tone.hertz > 0.0 && tone.hertz < nyquist,
                "above 0, below half the rate, Hz",
            )?;
            test("tone level", tone.dbfs, tone.dbfs <= 40.0, "up to 40 dBFS")?;
        }
        for level in [self.snr_db, self.noise_dbfs].into_iter().flatten() {
            test("noise", level, level.abs() <= 300.0, "−300 to 300 dB")?;
        }
        if let Some((frames, gain)) = self.feedback {
            test("feedback delay", f64::from(frames), (1..=200_000).contains(&frames), "1 to 200000 frames")?;
            test("feedback gain", gain, gain.abs() < 1.0, "magnitude below 1")?;
        }
        if let Some(echo) = self.echo {
            let total = self.delay + echo.offset;
            test(
                "echo offset",
                echo.offset,
                (0.0..=MAX_DELAY).contains(&total),
                "delay plus offset from 0 to 400000",
            )?;
            test("echo gain", echo.gain, echo.gain.abs() <= 1000.0, "−1000 to 1000")?;
        }
        if let Some(clip) = self.clip {
            test("clip", clip, clip > 0.0, "above 0")?;
        }
        if let Some(bits) = self.bits {
            test("bits", f64::from(bits), (4..=24).contains(&bits), "4 to 24")?;
        }
        if let Some(drop) = self.drop {
            test("drop frames", f64::from(drop.frames), (1..=100_000).contains(&drop.frames), "1 to 100000")?;
        }
        Ok(())
    }
}
