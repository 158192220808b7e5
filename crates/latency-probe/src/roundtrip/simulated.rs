//! The loop without a loop: a simulated channel in its place.

use super::{Loop, LoopError};
use crate::channel::{ChannelSpec, simulate};

/// A loop through the simulator: takes no time.
#[derive(Debug)]
pub struct SimulatedLoop {
    /// The channel.
    pub spec: ChannelSpec,
    /// Sample rate in Hz.
    pub rate: u32,
}

impl Loop for SimulatedLoop {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn period(&self) -> u32 {
        0
    }

    fn play(
        &mut self,
        silence: usize,
        playback: &[f32],
        limit: usize,
        enough: &mut dyn FnMut(&[f32]) -> bool,
    ) -> Result<Vec<f32>, LoopError> {
        let mut input = vec![0.0; silence];
        input.extend_from_slice(playback);
        let mut output = simulate(&self.spec, self.rate, &input, limit)?;
        // Noise of its own for the next attempt, and no second drop in it.
        self.spec.seed = self.spec.seed.wrapping_add(1);
        self.spec.drop = self.spec.drop.filter(|_| self.spec.drop_every > 0);
        for end in (0..limit).step_by(1024) {
            if enough(&output[..end]) {
                output.truncate(end);
                break;
            }
        }
        Ok(output)
    }
}
