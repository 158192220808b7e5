//! The codec's levels.

use pedal_hardware::port::CodecLevels;

use super::{Act, Controls};
use crate::controls::setup::Setup;
use crate::hardware::MixerChange;

/// A click of the volume encoder in dB.
pub(super) const VOLUME_STEP: f32 = 0.75;

/// Levels of the codec: as they were found at the start, or were set here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Output volume in dB.
    pub output: f32,
    /// Input gain in dB.
    pub input: f32,
    /// The equaliser is on.
    pub equaliser: bool,
    /// Its bands in dB.
    pub bands: [f32; 5],
}

/// Range of the output volume in dB, lowest and highest.
pub fn output_range(setup: &Setup) -> (f32, f32) {
    (if setup.profile.name == "v1" { -32.0 } else { -25.75 }, 6.0)
}

/// Range of the input gain in dB.
pub const INPUT_RANGE: (f32, f32) = (-19.75, 12.0);

impl Controls {
    /// Takes the codec's levels over as they are; what cannot be read stays as it was.
    pub fn found(&mut self, levels: CodecLevels) {
        let own = &mut self.levels;
        own.output = levels.output.unwrap_or(own.output);
        own.input = levels.input.unwrap_or(own.input);
        own.equaliser = levels.equaliser.unwrap_or(own.equaliser);
        own.bands = levels.bands.unwrap_or(own.bands);
    }

    /// Sets the output volume.
    pub fn volume(&mut self, decibels: f32, out: &mut Vec<Act>) {
        let (low, high) = output_range(&self.setup);
        self.levels.output = decibels.clamp(low, high);
        out.push(Act::Mixer(MixerChange::Output(self.levels.output)));
    }
}
