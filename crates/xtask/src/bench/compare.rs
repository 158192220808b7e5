//! Whether one of two alternating series is really higher, on a machine whose mood changes both.

/// Chance that paired differences as large as these, or larger, come from order alone (exact one-sided sign-flip test of the
/// mean difference `ours - other`; R. A. Fisher, The Design of Experiments, 1935, section 21). 0.5 and more: no sign of it; below 0.05: ours are
/// higher. At most 20 pairs are looked at; none give 1.
pub(super) fn chance_that_not_higher(ours: &[f64], other: &[f64]) -> f64 {
    let differences: Vec<f64> = ours.iter().zip(other).take(20).map(|(a, b)| a - b).collect();
    let seen: f64 = differences.iter().sum();
    let count = differences.len();
    let as_large = (0..1_u32 << count).filter(|signs| {
        let sum: f64 =
            differences.iter().enumerate().map(|(n, d)| if signs >> n & 1 == 0 { *d } else { -d }).sum();
        sum >= seen - 1e-9
    });
    as_large.count() as f64 / f64::from(1_u32 << count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_always_higher_is_called_higher() {
        let noise = [30.0, 37.0, 29.0, 16.0, 75.0, 40.0];
        let more: Vec<f64> = noise.iter().map(|n| n + 10.0).collect();
        assert_eq!(chance_that_not_higher(&more, &noise), 1.0 / 64.0);
        assert_eq!(chance_that_not_higher(&noise, &more), 1.0);
        assert_eq!(chance_that_not_higher(&noise, &noise), 1.0);
        assert_eq!(chance_that_not_higher(&[], &[]), 1.0);
        let mixed = [34.0, 30.0, 31.0, 20.0, 46.0, 44.0];
        assert!(chance_that_not_higher(&mixed, &noise) > 0.05);
    }
}
