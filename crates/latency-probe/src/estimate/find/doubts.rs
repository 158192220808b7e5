//! What speaks against a measurement: periods and shots that are not alike, a clock that drifts, an input at its limit.

use realfft::num_complex::Complex64;

use super::lags::{deviation, wrap};
use super::place::Place;
use super::{Context, REACH};
use crate::estimate::correlate::Weighted;
use crate::estimate::paths::{Found, distance};
use crate::estimate::{Doubt, MIN_Z};

/// Nearer than this, in frames, the shape of the main peak hides others.
const CLOSE: f64 = 6.0;
/// A drift beyond this, in ppm, is no clock but a fault.
const MAX_DRIFT_PPM: f64 = 500.0;

impl Context<'_> {
    /// Doubts from the period before the shots: every played period must look the same.
    pub(super) fn settled(&self, place: &Place, lags: &[f64], paths: &[Found]) -> Option<Doubt> {
        let mut sorted = place.heights.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted[sorted.len() / 2];
        let tolerance = (0.3 * usual).max(6.0 * place.sigma);
        if let Some(i) = place.heights.iter().position(|h| (h - usual).abs() > tolerance) {
            let share = 100.0 * place.heights[i] / usual;
            let which = if i == 0 { "the settling period".to_owned() } else { format!("period {i}") };
            return Some(Doubt::Discontinuity {
                seen: format!("{which} came back at {share:.0} % of the others"),
            });
        }
        // A block lost while the loop settled leaves a peak at the old delay that later shots do not show.
        let main = paths[0];
        let (at, excess) = (0..self.len)
            .filter(|i| distance(*i as f64, main.lag, self.len) > CLOSE)
            .map(|i| (i, place.settling[i].abs() / usual - 1.5 * (lags[i] / main.gain).abs()))
            .fold((0, 0.0f64), |best, v| if v.1 > best.1 { v } else { best });
        (excess > (MIN_Z * place.sigma / usual).max(0.1)).then(|| {
            let offset = wrap(at as f64 - main.lag, self.len);
            Doubt::Discontinuity {
                seen: format!("at the beginning a part came back {offset:+.0} frames away"),
            }
        })
    }

    /// Doubts from unequal shots. `before` weighs by the noise before the test only: a lost block makes the shots differ
    /// just where the two delays disagree, and a weighting by that difference would look away from it.
    pub(super) fn even(&self, before: &Weighted, spectra: &[Vec<Complex64>], plain: f64) -> Option<Doubt> {
        let c = &self.an.correlator;
        let mut noisiest = 0.0f64;
        let mut heights = Vec::with_capacity(spectra.len());
        for spectrum in spectra {
            let cross = c.cross(before, spectrum);
            let lags = c.lags(&cross);
            noisiest = noisiest.max(deviation(&lags));
            let base = plain.round() as i64;
            let near = (-(REACH as i64)..=REACH as i64)
                .max_by(|a, b| {
                    let at = |o: &i64| lags[(base + o).rem_euclid(self.len as i64) as usize].abs();
                    at(a).total_cmp(&at(b))
                })
                .unwrap_or(0);
            heights.push(c.refine(&cross, (base + near) as f64).1.abs());
        }
        let mut sorted = heights.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted[sorted.len() / 2];
        let tolerance = (0.08 * usual).max(MIN_Z * noisiest);
        let i = heights.iter().position(|h| (h - usual).abs() > tolerance)?;
        let share = 100.0 * heights[i] / usual;
        Some(Doubt::Discontinuity { seen: format!("shot {} came back at {share:.0} % of the others", i + 1) })
    }
}

/// What the shots say about time.
#[derive(Debug, Clone, Default)]
pub(super) struct Trend {
    /// Frames per shot.
    pub(super) slope: f64,
    pub(super) slope_sigma: f64,
    pub(super) drifting: bool,
    /// Deviation of a shot around the line, in frames.
    pub(super) spread: f64,
    pub(super) doubt: Option<Doubt>,
}

/// Fits a line through the shots. `sigma` is the theoretical deviation of one shot.
pub(super) fn trend(offsets: &[f64], sigma: f64, len: usize) -> Trend {
    let n = offsets.len() as f64;
    if offsets.len() < 2 {
        return Trend::default();
    }
    let mean = offsets.iter().sum::<f64>() / n;
    let middle = (n - 1.0) / 2.0;
    let sxx: f64 = (0..offsets.len()).map(|i| (i as f64 - middle).powi(2)).sum();
    let slope = offsets.iter().enumerate().map(|(i, o)| (i as f64 - middle) * (o - mean)).sum::<f64>() / sxx;
    let residual = |i: usize, slope: f64| offsets[i] - mean - slope * (i as f64 - middle);
    let spread_with = |slope: f64, free: f64| {
        ((0..offsets.len()).map(|i| residual(i, slope).powi(2)).sum::<f64>() / (n - free).max(1.0)).sqrt()
    };
    let worst_with = |slope: f64| (0..offsets.len()).map(|i| residual(i, slope).abs()).fold(0.0, f64::max);
    let slope_sigma = sigma / sxx.sqrt();
    let limit = (8.0 * sigma).max(0.05);
    let plausible = slope.abs() * 1e6 / len as f64 <= MAX_DRIFT_PPM;
    let drifting = offsets.len() >= 3
        && plausible
        && slope.abs() > (5.0 * slope_sigma).max(0.002)
        && worst_with(slope) < limit.max(0.02 * slope.abs() * n);
    if drifting {
        return Trend { slope, slope_sigma, drifting, spread: spread_with(slope, 2.0), doubt: None };
    }
    let worst = worst_with(0.0);
    let doubt = (worst > limit)
        .then(|| Doubt::Discontinuity { seen: format!("the shots differ by {worst:.3} frames") });
    Trend { slope, slope_sigma, drifting, spread: spread_with(0.0, 1.0), doubt }
}

/// Flat tops: a converter at its limit gives the same value again and again; a loud signal in floats does not.
pub(super) fn is_clipped(raw: &[f32], peak: f32) -> bool {
    let top = peak * 0.99999;
    let at_top = |v: &f32| v.abs() >= top;
    if peak >= 0.9999 && raw.iter().filter(|v| at_top(v)).count() >= 16 {
        return true;
    }
    peak > 0.05 && raw.windows(2).filter(|w| w.iter().all(at_top)).count() >= 8
}
