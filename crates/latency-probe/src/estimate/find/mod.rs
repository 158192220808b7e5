//! The steps of an analysis: the coarse place (`place`), the fine search (here), and what speaks against it (`doubts`).

mod doubts;
mod lags;
mod place;

use std::f64::consts::TAU;

use realfft::num_complex::Complex64;

use super::correlate::{Weighted, smooth};
use super::paths::{Found, distance, split};
use super::{Analyser, Doubt, MIN_PATH_RATIO, MIN_Z, Measurement, Outcome, Path, Polarity, Take, level_dbfs};
use crate::whiten::Whitener;
use doubts::{Trend, is_clipped, trend};
use lags::{deviation, ratio, strongest, wrap};
use place::Place;

/// How far, in frames, a drifting clock may carry the peak within one run.
const REACH: usize = 20;

/// Below this a correlation peak cannot become a detection by finer alignment.
const HOPELESS_Z: f64 = 5.0;

/// Everything that the later steps look at.
struct Context<'a> {
    an: &'a Analyser,
    record: Vec<f64>,
    noise: Vec<f64>,
    whitener: Whitener,
    len: usize,
    shots: usize,
}

pub(super) fn analyse(an: &Analyser, take: Take<'_>) -> Outcome {
    let finite = |s: &[f32]| -> Vec<f32> { s.iter().map(|v| if v.is_finite() { *v } else { 0.0 }).collect() };
    let (silence, raw) = (finite(take.silence), finite(take.record));
    let len = an.excitation.frames();
    let shots = an.shots;
    if raw.len() < len * shots {
        return Outcome::Incomplete { need_frames: len * (shots + 1) };
    }
    let whitener = Whitener::fit(&silence);
    let history = whitener.taps().len() - 1;
    let quiet = whitener.apply(&silence);
    let mut record = whitener.apply(&raw);
    // Until its history is filled, the filter passes the hum it was made to remove.
    record[..history].fill(0.0);
    let noise = an.correlator.noise_power(&quiet[history.min(quiet.len())..]);
    let context = Context { an, record, noise, whitener, len, shots };

    let place = match context.place() {
        Ok(place) => place,
        Err(Search::Nothing { z }) => return Outcome::NoSignal { z, level_dbfs: level_dbfs(&raw) },
        Err(Search::Short { need_frames }) => return Outcome::Incomplete { need_frames },
    };
    match context.measure(&place, &silence, &raw) {
        Ok(measurement) => Outcome::Found(Box::new(measurement)),
        Err(Search::Nothing { z }) => Outcome::NoSignal { z, level_dbfs: level_dbfs(&raw) },
        Err(Search::Short { need_frames }) => Outcome::Incomplete { need_frames },
    }
}

enum Search {
    Nothing { z: f64 },
    Short { need_frames: usize },
}

impl Context<'_> {
    /// Fine search over the settled shots.
    fn measure(&self, place: &Place, silence: &[f32], raw: &[f32]) -> Result<Measurement, Search> {
        let c = &self.an.correlator;
        // Three quarters of a period for the loop's own echoes to settle; the last quarter stays as a guard.
        let onset = place.lag as i64 + place.periods * self.len as i64;
        let begin = onset + (self.len * 3 / 4) as i64;
        let spectra: Vec<_> =
            (0..self.shots).map(|i| c.period(&self.record, begin + (i * self.len) as i64)).collect();
        let mut mean = vec![Complex64::ZERO; spectra[0].len()];
        for spectrum in &spectra {
            mean.iter_mut().zip(spectrum).for_each(|(m, v)| *m += v / self.shots as f64);
        }
        let noise = self.noise_now(&spectra, &mean);
        let power: Vec<f64> = mean.iter().map(|v| v.norm_sqr()).collect();
        let weighted = c.weigh(&self.an.excitation, &self.whitener, &noise, &power);
        let cross = c.cross(&weighted, &mean);
        let lags = c.lags(&cross);
        let sigma_lag = deviation(&lags);
        let (at, value) = strongest(&lags);
        let z = ratio(value.abs(), sigma_lag).min(1e6);
        if z < MIN_Z {
            return Err(Search::Nothing { z });
        }
        let (plain, gain) = c.refine(&cross, at as f64);
        let mut paths = split(c, &weighted, &cross, Found { lag: plain, gain }, sigma_lag);
        paths.sort_by(|a, b| b.gain.abs().total_cmp(&a.gain.abs()));
        let main = paths[0];
        let unwrap = |lag: f64| onset as f64 + wrap(lag - place.lag as f64, self.len);
        let mut delay = unwrap(main.lag);
        let theory = self.theory(&weighted, &noise, main.gain);

        let mut doubts = Vec::new();
        if !place.certain {
            doubts.push(Doubt::Period);
        }
        if distance(main.lag, place.lag as f64, self.len) > REACH as f64 {
            doubts.push(Doubt::Discontinuity { seen: "the settling period and the shots disagree".into() });
        }
        doubts.extend(self.settled(place, &lags, &paths));
        let before = c.weigh(&self.an.excitation, &self.whitener, &self.noise, &power);
        let shots = self
            .even(&before, &spectra, plain)
            .map_or_else(|| self.shot_lags(&weighted, &spectra, plain), |doubt| Err(Some(doubt)));
        let trend = match &shots {
            Ok(offsets) => trend(offsets, theory * (self.shots as f64).sqrt(), self.len),
            Err(None) => Trend::default(),
            Err(Some(doubt)) => {
                doubts.push(doubt.clone());
                Trend::default()
            }
        };
        let offsets = shots.unwrap_or_default();
        if trend.drifting {
            // The sum of moving shots is no longer a clean peak; their mean is the delay at the middle.
            delay += wrap(plain - main.lag, self.len) + offsets.iter().sum::<f64>() / offsets.len() as f64;
        }
        doubts.extend(trend.doubt.clone());
        let peak_ratio = self.peak_ratio(&lags, &paths);
        if peak_ratio < MIN_PATH_RATIO {
            doubts.push(Doubt::EqualPaths { ratio: peak_ratio });
        }
        let sigma = theory.max(trend.spread / (self.shots as f64).sqrt());
        if sigma > 0.5 {
            doubts.push(Doubt::Weak { sigma_frames: sigma });
        }
        let noise_dbfs = level_dbfs(silence);
        let gain_db = 20.0 * main.gain.abs().max(1e-15).log10();
        let peak = raw.iter().fold(0f32, |a, v| a.max(v.abs()));
        Ok(Measurement {
            delay_frames: delay,
            sigma_frames: sigma,
            gain_db,
            snr_db: self.an.excitation.level_dbfs + gain_db - noise_dbfs,
            polarity: self.polarity(&lags, main),
            z,
            peak_ratio,
            second_paths: paths[1..]
                .iter()
                .map(|p| Path {
                    offset_frames: wrap(p.lag - main.lag, self.len),
                    relative_db: 20.0 * (p.gain / main.gain).abs().log10(),
                    inverted: p.gain * main.gain < 0.0,
                })
                .collect(),
            drift_ppm: if trend.drifting { trend.slope * 1e6 / self.len as f64 } else { 0.0 },
            drift_sigma_ppm: trend.slope_sigma * 1e6 / self.len as f64,
            shot_frames: offsets.iter().map(|o| unwrap(main.lag) + o).collect(),
            phase_slope_frames: delay + self.phase_slope(&cross, main.lag),
            noise_dbfs,
            peak_dbfs: 20.0 * f64::from(peak).max(1e-10).log10(),
            clipped: is_clipped(raw, peak),
            doubts,
        })
    }

    /// Noise per bin: the larger of what was heard before the test and what changes from shot to shot.
    fn noise_now(&self, spectra: &[Vec<Complex64>], mean: &[Complex64]) -> Vec<f64> {
        if spectra.len() < 2 {
            return self.noise.clone();
        }
        let mut changes = vec![0.0; mean.len()];
        for spectrum in spectra {
            for ((change, y), m) in changes.iter_mut().zip(spectrum).zip(mean) {
                *change += (y - m).norm_sqr() / (spectra.len() - 1) as f64;
            }
        }
        smooth(&changes).iter().zip(&self.noise).map(|(a, b)| a.max(*b)).collect()
    }

    /// Cramér–Rao bound of the delay over all shots, in frames.
    fn theory(&self, weighted: &Weighted, noise: &[f64], gain: f64) -> f64 {
        let step = TAU / self.len as f64;
        let information: f64 = weighted
            .reference
            .iter()
            .zip(&weighted.weight)
            .zip(noise)
            .enumerate()
            .map(|(k, ((s, w), n))| {
                // Where the floor stands in for the noise, the floor counts: rounding is noise too.
                (step * k as f64).powi(2)
                    * s.norm_sqr()
                    * if *w > 0.0 { w.min(1.0 / n.max(1e-300)) } else { 0.0 }
            })
            .sum();
        1.0 / (2.0 * self.shots as f64 * gain * gain * information).sqrt()
    }

    /// Offset of each shot's peak from the peak of their sum, in frames.
    fn shot_lags(
        &self,
        weighted: &Weighted,
        spectra: &[Vec<Complex64>],
        plain: f64,
    ) -> Result<Vec<f64>, Option<Doubt>> {
        let c = &self.an.correlator;
        let mut offsets = Vec::with_capacity(spectra.len());
        for (i, spectrum) in spectra.iter().enumerate() {
            let cross = c.cross(weighted, spectrum);
            let lags = c.lags(&cross);
            let sigma = deviation(&lags);
            let (far, height) = strongest(&lags);
            let away = distance(far as f64, plain, self.len);
            if away > REACH as f64 && ratio(height.abs(), sigma) > MIN_Z {
                let by = wrap(far as f64 - plain, self.len);
                let seen = format!("shot {} came back {by:+.0} frames from the others", i + 1);
                return Err(Some(Doubt::Discontinuity { seen }));
            }
            let base = plain.round() as i64;
            let (near, value) = (-(REACH as i64)..=REACH as i64)
                .map(|o| (base + o, lags[(base + o).rem_euclid(self.len as i64) as usize]))
                .fold((base, 0.0f64), |b, v| if v.1.abs() > b.1.abs() { v } else { b });
            if ratio(value.abs(), sigma) < HOPELESS_Z {
                return Err(None);
            }
            offsets.push(c.refine(&cross, near as f64).0 - plain);
        }
        Ok(offsets)
    }

    /// Main path over the next strongest path or peak.
    fn peak_ratio(&self, lags: &[f64], paths: &[Found]) -> f64 {
        let main = paths[0].gain.abs();
        let path = paths[1..].iter().fold(0.0f64, |a, p| a.max(p.gain.abs()));
        let other = lags
            .iter()
            .enumerate()
            .filter(|(i, _)| paths.iter().all(|p| distance(*i as f64, p.lag, self.len) > REACH as f64))
            .fold(0.0f64, |a, (_, v)| a.max(v.abs()));
        ratio(main, path.max(other)).min(1e6)
    }

    fn polarity(&self, lags: &[f64], main: Found) -> Polarity {
        let opposite = (0..=16)
            .map(|o| {
                -main.gain.signum()
                    * lags[(main.lag.round() as i64 + o - 8).rem_euclid(self.len as i64) as usize]
            })
            .fold(0.0f64, f64::max);
        match main.gain {
            g if g.abs() < 1.2 * opposite => Polarity::Uncertain,
            g if g > 0.0 => Polarity::Normal,
            _ => Polarity::Inverted,
        }
    }

    /// Offset of the phase-slope delay from `lag`: least squares over 500 Hz – 5 kHz with a free constant phase.
    fn phase_slope(&self, cross: &[Complex64], lag: f64) -> f64 {
        let step = TAU / self.len as f64;
        let bin = |hertz: f64| (hertz * self.len as f64 / f64::from(self.an.excitation.rate)) as usize;
        let (low, high) = (bin(500.0), bin(5_000.0).min(cross.len() - 1));
        let centre = cross[low..=high]
            .iter()
            .enumerate()
            .map(|(i, g)| g * Complex64::from_polar(1.0, step * (low + i) as f64 * lag))
            .sum::<Complex64>()
            .arg();
        let (mut w0, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (k, g) in cross.iter().enumerate().take(high + 1).skip(low) {
            let x = step * k as f64;
            let y = (g * Complex64::from_polar(1.0, x * lag - centre)).arg();
            let w = g.norm();
            w0 += w;
            wx += w * x;
            wy += w * y;
            wxx += w * x * x;
            wxy += w * x * y;
        }
        let bottom = w0 * wxx - wx * wx;
        if bottom > 0.0 { -(w0 * wxy - wx * wy) / bottom } else { 0.0 }
    }
}
