//! Whitening by linear prediction.
//!
//! A strong hum leaks into every bin of a transform that is not a whole number of hum periods long. A short prediction
//! filter, fitted to the silence before the test, removes it in the time domain, before any transform.

/// Prediction-error filter: monic and causal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Whitener {
    taps: Vec<f64>,
}

const ORDER: usize = 64;

impl Whitener {
    /// Fits the filter to `silence`; the identity when there is nothing to fit (digital silence, or too few frames).
    pub(crate) fn fit(silence: &[f32]) -> Self {
        let n = silence.len();
        let identity = Self { taps: vec![1.0] };
        if n < 16 * ORDER {
            return identity;
        }
        let mean = silence.iter().map(|v| f64::from(*v)).sum::<f64>() / n as f64;
        let windowed: Vec<f64> = silence
            .iter()
            .enumerate()
            .map(|(i, v)| {
                let weight = 0.5 - 0.5 * (std::f64::consts::TAU * (i as f64 + 0.5) / n as f64).cos();
                (f64::from(*v) - mean) * weight
            })
            .collect();
        let lag = |k: usize| windowed[k..].iter().zip(&windowed).map(|(a, b)| a * b).sum::<f64>();
        let mut r: Vec<f64> = (0..=ORDER).map(lag).collect();
        if r[0].is_nan() || r[0] < 1e-14 * n as f64 {
            return identity;
        }
        r[0] *= 1.0 + 1e-9;
        // Levinson and Durbin.
        let mut taps = vec![0.0; ORDER + 1];
        taps[0] = 1.0;
        let mut error = r[0];
        for i in 1..=ORDER {
            let reflection = -(0..i).map(|j| taps[j] * r[i - j]).sum::<f64>() / error;
            if !reflection.is_finite() || reflection.abs() >= 1.0 {
                break;
            }
            let before = taps.clone();
            for j in 1..=i {
                taps[j] += reflection * before[i - j];
            }
            error *= 1.0 - reflection * reflection;
        }
        Self { taps }
    }

    /// The taps, first one 1.
    pub(crate) fn taps(&self) -> &[f64] {
        &self.taps
    }

    /// Runs the filter over `input` as if silence had gone before; same length out.
    pub(crate) fn apply(&self, input: &[f32]) -> Vec<f64> {
        let x: Vec<f64> = input.iter().map(|v| f64::from(*v)).collect();
        if self.taps.len() == 1 {
            return x;
        }
        let len = self.taps.len();
        let reversed: Vec<f64> = self.taps.iter().rev().copied().collect();
        let mut padded = vec![0.0; len - 1];
        padded.extend_from_slice(&x);
        padded.windows(len).map(|w| w.iter().zip(&reversed).map(|(a, b)| a * b).sum()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn hum_is_taken_out_and_noise_stays() {
        let mut rng = Rng::new(3);
        let signal: Vec<f32> =
            (0..16_800).map(|i| ((f64::from(i) * 0.0065).sin() + 1e-3 * rng.gaussian()) as f32).collect();
        let out = Whitener::fit(&signal).apply(&signal);
        let power = out[200..].iter().map(|v| v * v).sum::<f64>() / (out.len() - 200) as f64;
        assert!(power.sqrt() < 2e-3, "rms after whitening {}", power.sqrt());
    }

    #[test]
    fn digital_silence_gives_the_identity() {
        assert_eq!(Whitener::fit(&[0.0; 20_000]).taps(), [1.0]);
        assert_eq!(Whitener::fit(&[]).taps(), [1.0]);
        assert_eq!(Whitener::fit(&[f32::NAN; 20_000]).taps(), [1.0]);
    }
}
