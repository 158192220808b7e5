//! From the sound card's rate to about 12 kHz, which is enough for a tuner and a quarter of the work.

use std::f64::consts::PI;

/// Rate that is aimed at, in Hz.
const AIM: f64 = 12_000.0;

/// Taps of the filter for each sample that is left out: 1 ms in all.
const TAPS: usize = 12;

/// Where the filter has halved the level, in cycles per sample that is kept: 4 kHz of 12.
const CUT: f64 = 0.33;

/// Keeps each n-th sample behind a low-pass filter.
#[derive(Debug)]
pub(super) struct Decimator {
    factor: usize,
    taps: Vec<f32>,
    /// The last samples, twice in a row, so that a stretch of them is always in one piece.
    past: Vec<f32>,
    at: usize,
    phase: usize,
}

impl Decimator {
    /// For sound of this rate in Hz; at least 8000.
    pub(super) fn new(rate: f64) -> Self {
        let factor = ((rate / AIM).round() as usize).max(1);
        let taps = if factor == 1 { vec![1.0] } else { low_pass(TAPS * factor + 1, CUT / factor as f64) };
        Self { factor, past: vec![0.0; 2 * taps.len()], taps, at: 0, phase: 0 }
    }

    /// How many samples become one.
    pub(super) fn factor(&self) -> usize {
        self.factor
    }

    /// Samples, at the rate of the input, until the filter is full.
    pub(super) fn run_in(&self) -> usize {
        self.taps.len() - 1
    }

    /// Appends what becomes of `sound`.
    pub(super) fn push(&mut self, sound: &[f32], into: &mut Vec<f32>) {
        let length = self.taps.len();
        for &sample in sound {
            let sample = if sample.is_finite() { sample.clamp(-8.0, 8.0) } else { 0.0 };
            self.past[self.at] = sample;
            self.past[self.at + length] = sample;
            self.at = (self.at + 1) % length;
            self.phase += 1;
            if self.phase == self.factor {
                self.phase = 0;
                let recent = &self.past[self.at..self.at + length];
                into.push(recent.iter().zip(&self.taps).map(|(sample, tap)| sample * tap).sum());
            }
        }
    }
}

/// A windowed sine cardinal; `cut` in cycles per sample. Half of the level remains at the cut.
fn low_pass(length: usize, cut: f64) -> Vec<f32> {
    let middle = (length as f64 - 1.0) / 2.0;
    let taps: Vec<f64> = (0..length)
        .map(|at| {
            let x = at as f64 - middle;
            let sinc = if x == 0.0 { 2.0 * cut } else { (2.0 * PI * cut * x).sin() / (PI * x) };
            // Blackman
            let turn = PI * x / (middle + 1.0);
            sinc * (0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos())
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Level that a sine of `hz` keeps, in dB.
    fn kept(rate: f64, hz: f64) -> f64 {
        let mut decimator = Decimator::new(rate);
        let sound: Vec<f32> =
            (0..rate as usize / 4).map(|n| (2.0 * PI * hz * n as f64 / rate).sin() as f32).collect();
        let mut out = Vec::new();
        decimator.push(&sound, &mut out);
        let settled = &out[out.len() / 2..];
        let power = settled.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / settled.len() as f64;
        10.0 * (2.0 * power).log10()
    }

    #[test]
    fn partials_pass_and_what_would_be_mirrored_does_not() {
        for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
            assert!(kept(rate, 1300.0).abs() < 0.5, "{rate}: {}", kept(rate, 1300.0));
            assert!(kept(rate, 2600.0) > -3.0, "{rate}: {}", kept(rate, 2600.0));
            let mirror = Decimator::new(rate).factor() as f64;
            assert!(kept(rate, rate / mirror - 3000.0) < -50.0, "{rate}");
        }
        assert_eq!(Decimator::new(48_000.0).factor(), 4);
        assert_eq!(Decimator::new(11_025.0).factor(), 1);
    }

    #[test]
    fn what_is_no_number_is_silence() {
        let mut out = Vec::new();
        Decimator::new(48_000.0).push(&[f32::NAN, f32::INFINITY, 1e30, -1e30].repeat(64), &mut out);
        assert!(out.iter().all(|sample| sample.is_finite()));
    }
}
