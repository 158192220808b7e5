//! Noise-weighted correlation against one period of the excitation.

use crate::excitation::Excitation;
use crate::spectrum::Transform;
use crate::whiten::Whitener;
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// Transforms of one period.
pub(super) struct Correlator {
    pub(super) transform: Transform,
    pub(super) len: usize,
}

/// The reference after whitening, and the weight of each bin: everything that does not depend on a shot.
pub(super) struct Weighted {
    /// Whitened reference spectrum.
    pub(super) reference: Vec<Complex64>,
    /// Weight of each bin: the inverse of the noise power there; 0 outside the band.
    pub(super) weight: Vec<f64>,
    /// Σ weight·|reference|² over the half spectrum: the correlation of a loop with gain 1.
    pub(super) unit: f64,
}

/// Half width, in bins, of the smoothing of noise spectra.
const SMOOTH: usize = 12;
/// The weighting never counts a bin as quieter than this share of the signal's own power there: beyond it only
/// rounding is left, and a flat weighting is the best one.
const FLOOR: f64 = 1e-7;

impl Correlator {
    pub(super) fn new(excitation: &Excitation) -> Self {
        let len = excitation.frames();
        Self { transform: Transform::new(len), len }
    }

    /// Power of `noise` in each bin as a transform over one period sees it, leakage included, smoothed.
    pub(super) fn noise_power(&self, noise: &[f64]) -> Vec<f64> {
        let used = noise.len().min(self.len);
        let mut block = noise[noise.len() - used..].to_vec();
        block.resize(self.len, 0.0);
        let scale = self.len as f64 / used.max(1) as f64;
        let power: Vec<f64> =
            self.transform.forward(&mut block).iter().map(|v| v.norm_sqr() * scale).collect();
        smooth(&power)
    }

    /// Spectrum of one period of `signal` from `start`, turned so that frame `start` keeps its place modulo the period.
    pub(super) fn period(&self, signal: &[f64], start: i64) -> Vec<Complex64> {
        let len = self.len as i64;
        let mut block = vec![0.0; self.len];
        for i in 0..len {
            let index = start + i;
            if index >= 0 && (index as usize) < signal.len() {
                block[(index.rem_euclid(len)) as usize] = signal[index as usize];
            }
        }
        self.transform.forward(&mut block)
    }

    /// Weights for `noise` power per bin; `signal` is the mean power of a shot per bin, which sets the floor.
    pub(super) fn weigh(
        &self,
        excitation: &Excitation,
        whitener: &Whitener,
        noise: &[f64],
        signal: &[f64],
    ) -> Weighted {
        let taps = whitener.taps();
        let mut padded = vec![0.0; self.len];
        padded[..taps.len()].copy_from_slice(taps);
        let filter = self.transform.forward(&mut padded);
        let reference: Vec<Complex64> = excitation.spectrum.iter().zip(&filter).map(|(s, w)| s * w).collect();
        let (low, high) = excitation.bins;
        let full = excitation.spectrum[low..=high].iter().map(|v| v.norm_sqr()).fold(0.0, f64::max);
        // The loop's power gain: the median over the bins, since a hum line must not set the floor.
        let mut gains: Vec<f64> = (low..=high)
            .filter(|k| excitation.spectrum[*k].norm_sqr() > 0.01 * full)
            .map(|k| signal[k] / reference[k].norm_sqr().max(1e-300))
            .collect();
        let middle = gains.len() / 2;
        let gain = *gains.select_nth_unstable_by(middle, f64::total_cmp).1;
        let mut weight = vec![0.0; reference.len()];
        let mut unit = 0.0;
        for k in low..=high {
            let power = reference[k].norm_sqr();
            // Not this bin's own power: at the band's edges, where nothing is sent, that would lift the rounding.
            let floor = FLOOR * gain * full * filter[k].norm_sqr();
            let bottom = noise[k] + floor;
            if bottom > 0.0 && power > 0.0 {
                weight[k] = 1.0 / bottom;
                unit += power * weight[k];
            }
        }
        Weighted { reference, weight, unit }
    }

    /// Weighted cross spectrum, scaled so that a loop with gain 1 correlates to 1.
    pub(super) fn cross(&self, weighted: &Weighted, spectrum: &[Complex64]) -> Vec<Complex64> {
        let scale = if weighted.unit > 0.0 { 1.0 / weighted.unit } else { 0.0 };
        spectrum
            .iter()
            .zip(&weighted.reference)
            .zip(&weighted.weight)
            .map(|((y, s), w)| y * s.conj() * (w * scale))
            .collect()
    }

    /// Correlation over all lags of one period: gain against delay.
    pub(super) fn lags(&self, cross: &[Complex64]) -> Vec<f64> {
        let mut half = cross.to_vec();
        let mut time = self.transform.inverse(&mut half);
        // The inverse transform sums both halves of the spectrum; `unit` counts one.
        time.iter_mut().for_each(|v| *v *= 0.5);
        time
    }

    /// Correlation at a fractional `lag`, with its first and second derivative.
    pub(super) fn at(&self, cross: &[Complex64], lag: f64) -> (f64, f64, f64) {
        let step = TAU / self.len as f64;
        let (mut value, mut first, mut second) = (0.0, 0.0, 0.0);
        // A rotation instead of a sine per bin, renewed before its rounding error matters.
        let turn = Complex64::from_polar(1.0, step * lag);
        let mut phase = Complex64::ONE;
        for (k, g) in cross.iter().enumerate() {
            if k % 512 == 0 {
                phase = Complex64::from_polar(1.0, (step * k as f64 * lag) % TAU);
            }
            let w = step * k as f64;
            let v = g * phase;
            value += v.re;
            first -= w * v.im;
            second -= w * w * v.re;
            phase *= turn;
        }
        (value, first, second)
    }

    /// The extremum of the magnitude near `lag`, by Newton steps held inside one frame. Returns lag and signed value.
    pub(super) fn refine(&self, cross: &[Complex64], lag: f64) -> (f64, f64) {
        let mut best = lag;
        for _ in 0..20 {
            let (value, first, second) = self.at(cross, best);
            // Only where the curve bends towards the axis is there an extremum of the magnitude.
            let step = if value * second < 0.0 { -first / second } else { 0.25 * (first * value).signum() };
            if !step.is_finite() {
                break;
            }
            let next = (best + step.clamp(-0.25, 0.25)).clamp(lag - 1.0, lag + 1.0);
            let moved = (next - best).abs();
            best = next;
            if moved < 1e-9 {
                break;
            }
        }
        (best, self.at(cross, best).0)
    }
}

/// Moving mean over 2·SMOOTH + 1 bins, summed afresh for each: a running sum would lose the quiet bins beside a hum line.
pub(super) fn smooth(power: &[f64]) -> Vec<f64> {
    (0..power.len())
        .map(|k| {
            let near = &power[k.saturating_sub(SMOOTH)..(k + SMOOTH + 1).min(power.len())];
            near.iter().sum::<f64>() / near.len() as f64
        })
        .collect()
}
