//! The test signal: a maximum-length sequence, limited to the band that converters pass.
//!
//! One period has a flat spectrum and a length of 2^order − 1 frames, so the circular correlation over exactly one period
//! is free of self-noise. See `docs/explanation/latency-method.md`.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex64;

/// Feedback taps of primitive polynomials, indexed by order − 10.
const TAPS: [&[u32]; 8] = [
    &[10, 7],
    &[11, 9],
    &[12, 11, 10, 4],
    &[13, 12, 11, 8],
    &[14, 13, 12, 2],
    &[15, 14],
    &[16, 15, 13, 4],
    &[17, 14],
];

/// Smallest order offered (1,023 frames a period).
pub const MIN_ORDER: u32 = 10;
/// Largest order offered (131,071 frames a period).
pub const MAX_ORDER: u32 = 17;

/// A maximum-length sequence of +1 and −1, 2^order − 1 values long.
///
/// # Panics
/// When `order` lies outside 10–17; [`Excitation::new`] checks it for callers.
pub fn mls(order: u32) -> Vec<i8> {
    let taps = TAPS[(order - MIN_ORDER) as usize];
    let mut register = 1u32;
    (0..(1usize << order) - 1)
        .map(|_| {
            let bit = taps.iter().fold(0, |acc, tap| acc ^ (register >> (tap - 1))) & 1;
            register = (register << 1 | bit) & ((1 << order) - 1);
            if register & 1 == 1 { 1 } else { -1 }
        })
        .collect()
}

/// Why an excitation cannot be made.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum ExcitationError {
    /// Sequence order out of range.
    #[error("sequence order {order} is not offered: use {MIN_ORDER} to {MAX_ORDER} (14 is the default)")]
    Order {
        /// What was asked for.
        order: u32,
    },
    /// Sample rate out of range.
    #[error("sample rate {rate} Hz is not supported: 8000 to 384000 Hz are")]
    Rate {
        /// What was asked for, in Hz.
        rate: u32,
    },
    /// Level out of range.
    #[error("level {level_dbfs} dBFS rms is not usable: −80 to −10 leaves room for the peaks")]
    Level {
        /// What was asked for, in dBFS rms.
        level_dbfs: f64,
    },
}

/// One period of the band-limited sequence at its playing level, with its spectrum.
#[derive(Debug, Clone)]
pub struct Excitation {
    /// Order of the sequence, 10–17.
    pub order: u32,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Level of the signal in dBFS rms.
    pub level_dbfs: f64,
    /// One period, 2^order − 1 frames, full scale 1.
    pub period: Vec<f32>,
    /// Half spectrum of the period, unscaled transform.
    pub(crate) spectrum: Vec<Complex64>,
    /// First and last bin that carry signal.
    pub(crate) bins: (usize, usize),
}

impl Excitation {
    /// Makes the signal: `order` 10–17, `rate` 8,000–384,000 Hz, `level_dbfs` −80 to −10 dBFS rms.
    ///
    /// The band is 60 Hz to the lower of 20 kHz and 0.42 × rate, with raised-cosine edges.
    ///
    /// # Errors
    /// [`ExcitationError`] names the value that is out of range.
    pub fn new(order: u32, rate: u32, level_dbfs: f64) -> Result<Self, ExcitationError> {
        if !(MIN_ORDER..=MAX_ORDER).contains(&order) {
            return Err(ExcitationError::Order { order });
        }
        if !(8_000..=384_000).contains(&rate) {
            return Err(ExcitationError::Rate { rate });
        }
        if !(-80.0..=-10.0).contains(&level_dbfs) {
            return Err(ExcitationError::Level { level_dbfs });
        }
        let mut time: Vec<f64> = mls(order).into_iter().map(f64::from).collect();
        let len = time.len();
        let mut planner = RealFftPlanner::<f64>::new();
        let (forward, inverse) = (planner.plan_fft_forward(len), planner.plan_fft_inverse(len));
        let mut spectrum = forward.make_output_vec();
        forward.process(&mut time, &mut spectrum).expect("buffers made by the plan fit it");

        let top = 20_000f64.min(0.42 * f64::from(rate));
        let hertz = f64::from(rate) / len as f64;
        let mut bins = (len, 0);
        for (k, value) in spectrum.iter_mut().enumerate() {
            let weight = band(k as f64 * hertz, 60.0, top);
            *value *= weight;
            if weight > 0.0 {
                bins = (bins.0.min(k), k);
            }
        }
        spectrum[0] = Complex64::ZERO;
        let mut shaped = spectrum.clone();
        inverse.process(&mut shaped, &mut time).expect("buffers made by the plan fit it");
        let rms = (time.iter().map(|v| v * v).sum::<f64>() / len as f64).sqrt();
        let scale = 10f64.powf(level_dbfs / 20.0) / rms;
        let period: Vec<f32> = time.iter().map(|v| (v * scale) as f32).collect();
        // The spectrum of what is really played, rounding to f32 included.
        let mut rounded: Vec<f64> = period.iter().map(|v| f64::from(*v)).collect();
        forward.process(&mut rounded, &mut spectrum).expect("buffers made by the plan fit it");
        Ok(Self { order, rate, level_dbfs, period, spectrum, bins })
    }

    /// Frames of one period.
    pub fn frames(&self) -> usize {
        self.period.len()
    }

    /// What is played for `shots` shots: one period to let the loop settle, then the shots, faded at both ends.
    pub fn playback(&self, shots: usize) -> Vec<f32> {
        let mut out = self.period.repeat(shots + 1);
        let fade = (self.rate as usize / 200).min(self.frames() / 8);
        let total = out.len();
        for i in 0..fade {
            let weight = (0.5 - 0.5 * (std::f64::consts::PI * i as f64 / fade as f64).cos()) as f32;
            out[i] *= weight;
            out[total - 1 - i] *= weight;
        }
        out
    }
}

/// Pass band with raised-cosine edges: from 2/3 of `low` up to `low`, and over the last eighth below `high`.
fn band(hertz: f64, low: f64, high: f64) -> f64 {
    let ramp = |x: f64| 0.5 - 0.5 * (std::f64::consts::PI * x.clamp(0.0, 1.0)).cos();
    ramp((hertz - low * 2.0 / 3.0) / (low / 3.0)) * ramp((high - hertz) / (high / 8.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_a_maximum_length_sequence() {
        for order in MIN_ORDER..=MAX_ORDER {
            let code = mls(order);
            assert_eq!(code.len(), (1 << order) - 1);
            assert_eq!(code.iter().map(|v| i32::from(*v)).sum::<i32>(), 1, "order {order}");
            let n = code.len();
            for lag in [1, 2, 3, 17, n / 3, n / 2, n - 1] {
                let r: i32 = (0..n).map(|i| i32::from(code[i]) * i32::from(code[(i + lag) % n])).sum();
                assert_eq!(r, -1, "order {order}, lag {lag}");
            }
        }
    }

    #[test]
    fn level_is_exact_and_peaks_leave_room() {
        let signal = Excitation::new(14, 48_000, -17.0).unwrap();
        let power = signal.period.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 16_383.0;
        assert!((10.0 * power.log10() + 17.0).abs() < 1e-4);
        let peak = signal.period.iter().fold(0f32, |a, v| a.max(v.abs()));
        assert!(peak < 0.6, "peak {peak}");
    }

    #[test]
    fn values_out_of_range_are_named() {
        assert_eq!(Excitation::new(9, 48_000, -17.0).unwrap_err(), ExcitationError::Order { order: 9 });
        assert_eq!(Excitation::new(14, 7, -17.0).unwrap_err(), ExcitationError::Rate { rate: 7 });
        assert!(Excitation::new(14, 48_000, f64::NAN).is_err());
    }
}
