//! The safety limiter at the output: it never lets a sample pass above its ceiling, and does nothing below it.

/// Linked limiter without delay: gain falls at once and comes back within the release time.
#[derive(Debug, Clone)]
pub struct Limiter {
    ceiling: f32,
    gain: f32,
    release: f32,
}

impl Limiter {
    /// `ceiling` is linear (1.0 = full scale); the gain comes back with a time constant of 100 ms.
    pub fn new(ceiling: f32, sample_rate: u32) -> Self {
        Self { ceiling, gain: 1.0, release: 1.0 - (-10.0 / sample_rate as f32).exp() }
    }

    /// Limits all channels together, in place. Real-time safe. Returns whether the gain was below 1.
    pub fn run(&mut self, channels: &mut [&mut [f32]], frames: usize) -> bool {
        let mut worked = false;
        for frame in 0..frames {
            let loudest = channels.iter().fold(0.0f32, |most, channel| most.max(channel[frame].abs()));
            self.gain += (1.0 - self.gain) * self.release;
            if loudest * self.gain > self.ceiling {
                self.gain = self.ceiling / loudest;
            }
            if self.gain < 0.999_999 {
                worked = true;
                for channel in channels.iter_mut() {
                    channel[frame] = (channel[frame] * self.gain).clamp(-self.ceiling, self.ceiling);
                }
            }
        }
        worked
    }
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
        let mut after = vec![0.5f32; 96_000];
        limiter.run(&mut [&mut after], 96_000);
        assert!((after[95_999] - 0.5).abs() < 1e-4);
    }
}
