//! Transforms of one period, planned once.

use realfft::num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Forward and inverse real transforms of one length.
#[derive(Clone)]
pub(crate) struct Transform {
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    len: usize,
}

impl Transform {
    pub(crate) fn new(len: usize) -> Self {
        let mut planner = RealFftPlanner::<f64>::new();
        Self { forward: planner.plan_fft_forward(len), inverse: planner.plan_fft_inverse(len), len }
    }

    /// Half spectrum of `time`, unscaled; `time` is used as scratch.
    pub(crate) fn forward(&self, time: &mut [f64]) -> Vec<Complex64> {
        let mut out = self.forward.make_output_vec();
        self.forward.process(time, &mut out).expect("the caller keeps to the planned length");
        out
    }

    /// The real signal of a half spectrum, unscaled (a round trip multiplies by the length).
    pub(crate) fn inverse(&self, spectrum: &mut [Complex64]) -> Vec<f64> {
        let mut out = vec![0.0; self.len];
        spectrum[0].im = 0.0;
        if self.len.is_multiple_of(2) {
            spectrum[self.len / 2].im = 0.0;
        }
        self.inverse.process(spectrum, &mut out).expect("the caller keeps to the planned length");
        out
    }
}
