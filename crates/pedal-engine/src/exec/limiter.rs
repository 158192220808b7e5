//! The safety limiter at the output: it never lets a sample pass above its ceiling, and does nothing below it.

/// Reduction below which the limiter is at rest: 0.000 01 dB.
const REST: f32 = 1e-6;

/// Linked limiter without delay: gain falls at once and comes back within the release time.
#[derive(Debug, Clone)]
pub struct Limiter {
    ceiling: f32,
    /// By how much the gain is below 1. Kept in place of the gain, which would never come back to 1 exactly: near 1 its
    /// steps are smaller than what a float can hold.
    reduction: f32,
    /// What is left of the reduction after one frame.
    release: f32,
}

impl Limiter {
    /// `ceiling` is linear (1.0 = full scale), above 0; the gain comes back with a time constant of 100 ms.
    pub fn new(ceiling: f32, sample_rate: u32) -> Self {
        Self { ceiling, reduction: 0.0, release: (-10.0 / sample_rate as f32).exp() }
    }

    /// Limits all channels together, in place; a sample that is no number becomes silence. Real-time safe. Returns whether
    /// anything was changed.
    pub fn run(&mut self, channels: &mut [&mut [f32]], frames: usize) -> bool {
        if self.reduction == 0.0 && channels.iter().all(|channel| is_below(&channel[..frames], self.ceiling))
        {
            return false;
        }
        for frame in 0..frames {
            let mut loudest = 0.0f32;
            for channel in channels.iter_mut() {
                let sample = &mut channel[frame];
                if !sample.is_finite() {
                    *sample = 0.0;
                }
                loudest = loudest.max(sample.abs());
            }
            self.reduction *= self.release;
            if loudest * (1.0 - self.reduction) > self.ceiling {
                self.reduction = 1.0 - self.ceiling / loudest;
            } else if self.reduction < REST {
                self.reduction = 0.0;
                continue;
            }
            let gain = 1.0 - self.reduction;
            for channel in channels.iter_mut() {
                channel[frame] = (channel[frame] * gain).clamp(-self.ceiling, self.ceiling);
            }
        }
        true
    }
}

/// Whether no sample is above the ceiling; false also for what is no number.
fn is_below(samples: &[f32], ceiling: f32) -> bool {
    samples.iter().fold(true, |below, sample| below & (sample.abs() <= ceiling))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_passes_the_ceiling_and_quiet_is_untouched() {
        let mut limiter = Limiter::new(0.9, 48_000);
        let mut quiet: Vec<f32> = (0..1000).map(|i| (i as f32 * 0.1).sin() * 0.89).collect();
        let before = quiet.clone();
        assert!(!limiter.run(&mut [&mut quiet], 1000));
        assert_eq!(quiet, before);
        let mut loud: Vec<f32> = (0..48_000).map(|i| (i as f32 * 0.1).sin() * 30.0).collect();
        assert!(limiter.run(&mut [&mut loud], 48_000));
        assert!(loud.iter().all(|sample| sample.abs() <= 0.9));
    }

    #[test]
    fn after_a_peak_it_comes_back_to_rest_and_says_so() {
        let mut limiter = Limiter::new(0.9, 48_000);
        assert!(limiter.run(&mut [&mut [30.0f32; 8]], 8));
        let mut after = vec![0.5f32; 96_000];
        assert!(limiter.run(&mut [&mut after], 96_000));
        assert_eq!(after[95_999], 0.5, "the gain is 1 again, exactly");
        assert!(!limiter.run(&mut [&mut after], 64), "at rest there is nothing to report");
    }

    #[test]
    fn what_is_no_number_becomes_silence() {
        let mut limiter = Limiter::new(0.9, 48_000);
        let mut bad = [0.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.25];
        assert!(limiter.run(&mut [&mut bad], 5));
        assert_eq!(bad, [0.5, 0.0, 0.0, 0.0, 0.25]);
    }
}
