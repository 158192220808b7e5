//! The channel's filters: AC coupling, small transducers, anti-alias low passes.

use super::ChannelSpec;

/// A second-order section in transposed direct form II.
#[derive(Debug, Clone, Copy, Default)]
struct Section {
    b: [f64; 3],
    a: [f64; 2],
    z: [f64; 2],
}

impl Section {
    fn frame(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.z[0];
        self.z[0] = self.b[1] * x - self.a[0] * y + self.z[1];
        self.z[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    /// Bilinear transform of a second-order low or high pass with quality `q`.
    fn second(hertz: f64, rate: f64, q: f64, high: bool) -> Self {
        let k = (std::f64::consts::PI * hertz / rate).tan();
        let norm = 1.0 / (1.0 + k / q + k * k);
        let b =
            if high { [norm, -2.0 * norm, norm] } else { [k * k * norm, 2.0 * k * k * norm, k * k * norm] };
        Self { b, a: [2.0 * (k * k - 1.0) * norm, (1.0 - k / q + k * k) * norm], z: [0.0; 2] }
    }

    fn first_high(hertz: f64, rate: f64) -> Self {
        let k = (std::f64::consts::PI * hertz / rate).tan();
        let norm = 1.0 / (1.0 + k);
        Self { b: [norm, -norm, 0.0], a: [(k - 1.0) * norm, 0.0], z: [0.0; 2] }
    }
}

/// All filters of a channel, in series.
#[derive(Debug)]
pub(super) struct Filters {
    sections: [Option<Section>; 4],
}

impl Filters {
    pub(super) fn new(spec: &ChannelSpec, rate: f64) -> Self {
        let low = |q| spec.lowpass4.map(|f| Section::second(f, rate, q, false));
        Self {
            sections: [
                spec.highpass1.map(|f| Section::first_high(f, rate)),
                spec.highpass2.map(|f| Section::second(f, rate, std::f64::consts::FRAC_1_SQRT_2, true)),
                // The two quality factors of a fourth-order Butterworth.
                low(0.541_196_100_146_197),
                low(1.306_562_964_876_377),
            ],
        }
    }

    pub(super) fn frame(&mut self, x: f64) -> f64 {
        self.sections.iter_mut().flatten().fold(x, |value, section| section.frame(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_are_three_decibels_down() {
        let spec = ChannelSpec { lowpass4: Some(5_000.0), ..Default::default() };
        let mut filters = Filters::new(&spec, 48_000.0);
        let mut power = 0.0;
        for i in 0..48_000 {
            let y = filters.frame((std::f64::consts::TAU * 5_000.0 * f64::from(i) / 48_000.0).sin());
            if i >= 24_000 {
                power += y * y / 12_000.0;
            }
        }
        assert!((10.0 * f64::log10(power) + 3.0103).abs() < 0.01);
    }
}
