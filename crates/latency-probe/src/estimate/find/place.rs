//! The coarse search: the lag from sums of consecutive periods, then the period in which the signal sets in.

use super::lags::{deviation, ratio, strongest};
use super::{Context, HOPELESS_Z, REACH, Search};

/// From here a recording that ends too early is worth going on with.
const PROMISING_Z: f64 = 7.0;

/// Where the signal begins: a lag within one period, and the number of whole periods before it.
pub(super) struct Place {
    pub(super) lag: usize,
    pub(super) periods: i64,
    /// Correlation of each played period at the lag, the settling period first, signed so that the signal is positive.
    pub(super) heights: Vec<f64>,
    /// Deviation of a height.
    pub(super) sigma: f64,
    /// Lags of the settling period, for the search of paths that are only there.
    pub(super) settling: Vec<f64>,
    pub(super) certain: bool,
}

impl Context<'_> {
    pub(super) fn place(&self) -> Result<Place, Search> {
        let c = &self.an.correlator;
        let blocks = self.record.len().div_ceil(self.len);
        let spectra: Vec<_> = (0..blocks).map(|j| c.period(&self.record, (j * self.len) as i64)).collect();
        let mut power = vec![0.0; spectra[0].len()];
        for spectrum in &spectra {
            power.iter_mut().zip(spectrum).for_each(|(p, v)| *p += v.norm_sqr() / blocks as f64);
        }
        let weighted = c.weigh(&self.an.excitation, &self.whitener, &self.noise, &power);
        let lags: Vec<Vec<f64>> = spectra.iter().map(|s| c.lags(&c.cross(&weighted, s))).collect();
        let (mut lag, mut peak, mut sigma) = (0, 0.0f64, 1.0);
        for window in lags.windows(self.shots) {
            let sum: Vec<f64> = (0..self.len).map(|i| window.iter().map(|l| l[i]).sum()).collect();
            let (at, value) = strongest(&sum);
            if value.abs() > peak.abs() {
                (lag, peak, sigma) = (at, value, deviation(&sum));
            }
        }
        let z = ratio(peak.abs(), sigma);
        if z < HOPELESS_Z {
            return Err(Search::Nothing { z });
        }

        // Periods aligned to the lag: none before the signal sets in, shots + 1 of full height, none after.
        let sign = peak.signum();
        let first = if lag + REACH >= self.len { -1 } else { 0 };
        let start = |m: i64| lag as i64 + m * self.len as i64;
        let recorded = |m: i64| start(m + 1) <= self.record.len() as i64;
        let mut heights = Vec::new();
        let mut all = Vec::new();
        let mut m = first;
        while start(m) < self.record.len() as i64 {
            let lags = c.lags(&c.cross(&weighted, &c.period(&self.record, start(m))));
            let near = (0..=2 * REACH).map(|i| sign * lags[(lag + self.len + i - REACH) % self.len]);
            heights.push(near.fold(f64::MIN, f64::max));
            all.push(lags);
            m += 1;
        }
        let mut sorted = heights.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let full = sorted[(self.shots - 1).min(sorted.len() - 1)];
        let score = |n: i64| -> f64 {
            (n..=n + self.shots as i64)
                .filter(|m| recorded(*m))
                .filter_map(|m| heights.get((m - first) as usize))
                .map(|h| h - full / 2.0)
                .sum()
        };
        let mut ranked: Vec<(i64, f64)> = (first..m).map(|n| (n, score(n))).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (periods, best) = ranked[0];
        let certain = ranked.get(1).is_none_or(|(_, second)| best - second > full / 4.0);
        let need = start(periods) + ((self.shots as f64 + 0.75) * self.len as f64) as i64 + REACH as i64;
        if need > self.record.len() as i64 {
            // Noise always has a best place; asking for more recording is for what is nearly a detection.
            if z < PROMISING_Z {
                return Err(Search::Nothing { z });
            }
            return Err(Search::Short { need_frames: need as usize });
        }
        let from = (periods - first) as usize;
        Ok(Place {
            lag,
            periods,
            sigma: deviation(&all[from]),
            settling: all.swap_remove(from),
            heights: heights[from..].iter().take(self.shots + 1).copied().collect(),
            certain,
        })
    }
}
