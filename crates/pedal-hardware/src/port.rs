//! What the state machines need from a computer. One thread owns the SPI bus: display and converter share it.

use crate::Rgb;
use crate::lcd::Step;

/// A device does not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{device}: {reason}")]
pub struct PortError {
    /// The device, as a user knows it.
    pub device: String,
    /// What went wrong, and what to try.
    pub reason: String,
}

impl PortError {
    /// An error of this device.
    pub fn new(device: impl Into<String>, reason: impl ToString) -> Self {
        Self { device: device.into(), reason: reason.to_string() }
    }
}

/// Display and converter on one bus.
pub trait Bus: Send {
    /// Does one step of the display's protocol; delays are waited for.
    fn lcd(&mut self, step: &Step) -> Result<(), PortError>;
    /// Sends three bytes to the converter and returns the three it answers.
    fn adc(&mut self, request: [u8; 3]) -> Result<[u8; 3], PortError>;
}

/// Output lines.
pub trait Lines: Send {
    /// Sets a line's level.
    fn set(&mut self, line: u32, high: bool) -> Result<(), PortError>;
}

/// The LED strip.
pub trait Strip: Send {
    /// Shows these colours, from pixel 0.
    fn show(&mut self, pixels: &[Rgb]) -> Result<(), PortError>;
}

/// Levels that a codec has, whoever set them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CodecLevels {
    /// Input gain in dB; none: it has none that can be read.
    pub input: Option<f32>,
    /// Output volume in dB.
    pub output: Option<f32>,
    /// Whether its equaliser is on.
    pub equaliser: Option<bool>,
    /// Gains of its bands in dB.
    pub bands: Option<[f32; 5]>,
}

/// The codec's mixer.
pub trait Mixer: Send {
    /// The levels that it has now. By default nothing can be read.
    fn levels(&mut self) -> CodecLevels {
        CodecLevels::default()
    }
    /// Sets the input gain in dB.
    fn set_input(&mut self, decibels: f32) -> Result<(), PortError>;
    /// Sets the output volume in dB.
    fn set_output(&mut self, decibels: f32) -> Result<(), PortError>;
    /// Mutes the output.
    fn mute(&mut self, muted: bool) -> Result<(), PortError>;
    /// Sends the input straight to the output, per side (left, right).
    fn bypass(&mut self, sides: [bool; 2]) -> Result<(), PortError>;
    /// The equaliser: off, or five bands in dB (-10.5 to 12 in steps of 1.5).
    fn equaliser(&mut self, bands: Option<[f32; 5]>) -> Result<(), PortError>;
}
