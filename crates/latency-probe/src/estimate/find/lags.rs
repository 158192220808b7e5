//! Arithmetic on lags, which go round, and on their heights.

/// Robust standard deviation: the median magnitude, scaled for Gaussian values.
pub(super) fn deviation(values: &[f64]) -> f64 {
    let mut magnitudes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
    let middle = magnitudes.len() / 2;
    *magnitudes.select_nth_unstable_by(middle, f64::total_cmp).1 * 1.4826
}

pub(super) fn strongest(lags: &[f64]) -> (usize, f64) {
    lags.iter()
        .enumerate()
        .fold((0, 0.0f64), |best, (i, v)| if v.abs() > best.1.abs() { (i, *v) } else { best })
}

pub(super) fn ratio(value: f64, sigma: f64) -> f64 {
    if sigma > 0.0 {
        value / sigma
    } else if value > 0.0 {
        1e6
    } else {
        0.0
    }
}

/// Brings a difference of lags to −len/2 … len/2.
pub(super) fn wrap(difference: f64, len: usize) -> f64 {
    let len = len as f64;
    (difference + len / 2.0).rem_euclid(len) - len / 2.0
}
