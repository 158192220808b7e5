//! Several paths at once: each is estimated with the others taken away, in turn, until they agree.

use super::correlate::{Correlator, Weighted};
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// One path: lag in frames and signed linear gain.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) lag: f64,
    pub(super) gain: f64,
}

/// A path under this share of the main one is not reported (−12 dB).
const LEAST: f64 = 0.251;
/// Closer to another path than this, in frames, it is the shape of that path and not one of its own.
const APART: f64 = 1.8;
const MOST: usize = 4;

/// Splits a correlation into at most four paths; the first is the main one. `noise` is the deviation of the correlation.
pub(super) fn split(
    c: &Correlator,
    weighted: &Weighted,
    cross: &[Complex64],
    main: Found,
    noise: f64,
) -> Vec<Found> {
    let mut found = vec![main];
    while found.len() < MOST {
        let residual = without(c, weighted, cross, &found, None);
        let lags = c.lags(&residual);
        let (place, peak) = lags
            .iter()
            .enumerate()
            .filter(|(i, _)| found.iter().all(|f| distance(*i as f64, f.lag, c.len) > APART))
            .fold((0, 0.0), |best: (usize, f64), (i, v)| if v.abs() > best.1.abs() { (i, *v) } else { best });
        if peak.abs() < (LEAST * found[0].gain.abs()).max(super::MIN_Z * noise) {
            break;
        }
        let (lag, gain) = c.refine(&residual, place as f64);
        let before = found.clone();
        found.push(Found { lag, gain });
        for _ in 0..40 {
            let mut moved = 0f64;
            for i in 0..found.len() {
                let alone = without(c, weighted, cross, &found, Some(i));
                let (lag, gain) = c.refine(&alone, found[i].lag);
                moved = moved.max((lag - found[i].lag).abs());
                found[i] = Found { lag, gain };
            }
            if moved < 2e-5 {
                break;
            }
        }
        // Paths that ran into each other, or an explanation that explains nothing, are one dispersed path.
        let explained = power(&without(c, weighted, cross, &found, None)) < 0.5 * power(&residual);
        let apart =
            (0..found.len()).all(|i| (0..i).all(|j| distance(found[i].lag, found[j].lag, c.len) > APART));
        if !explained || !apart {
            return before;
        }
    }
    found
}

/// The cross spectrum less all paths but `keep`.
fn without(
    c: &Correlator,
    weighted: &Weighted,
    cross: &[Complex64],
    paths: &[Found],
    keep: Option<usize>,
) -> Vec<Complex64> {
    let step = TAU / c.len as f64;
    let scale = if weighted.unit > 0.0 { 1.0 / weighted.unit } else { 0.0 };
    let mut out = cross.to_vec();
    for (i, path) in paths.iter().enumerate() {
        if keep == Some(i) {
            continue;
        }
        let turn = Complex64::from_polar(1.0, -step * path.lag);
        let mut phase = Complex64::ONE;
        for (k, value) in out.iter_mut().enumerate() {
            if k % 512 == 0 {
                phase = Complex64::from_polar(1.0, -(step * k as f64 * path.lag) % TAU);
            }
            *value -= phase * (path.gain * weighted.reference[k].norm_sqr() * weighted.weight[k] * scale);
            phase *= turn;
        }
    }
    out
}

fn power(spectrum: &[Complex64]) -> f64 {
    spectrum.iter().map(|v| v.norm_sqr()).sum()
}

/// Distance of two lags on the circle of one period.
pub(super) fn distance(a: f64, b: f64, len: usize) -> f64 {
    let d = (a - b).rem_euclid(len as f64);
    d.min(len as f64 - d)
}
