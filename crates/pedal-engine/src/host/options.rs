//! How a host behaves.

use std::path::PathBuf;

/// How a host behaves; see each field for unit and range.
#[derive(Debug, Clone, PartialEq)]
pub struct HostOptions {
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Longest block in frames.
    pub period: usize,
    /// Capture channels of the back end, without those on demand.
    pub captures: usize,
    /// Playback channels of the back end, without those on demand.
    pub playbacks: usize,
    /// MIDI inputs of the back end, without those on demand.
    pub midi_inputs: usize,
    /// Worker threads beside the callback.
    pub workers: usize,
    /// Let plugins write over their input where they allow it.
    pub in_place: bool,
    /// Cross-fade of board changes in ms, 0–500.
    pub fade_ms: f32,
    /// Ramp of controls in ms, 0–500.
    pub smoothing_ms: f32,
    /// Cross-fade of a bypass in ms, 0–500.
    pub bypass_ms: f32,
    /// Blocks that a new plugin runs before it is heard. 0 for renders that must equal the plugin alone.
    pub warm_blocks: u32,
    /// Silence between `processing 0` and `processing 1`, as mod-host has it, in place of a transaction.
    pub strict_processing: bool,
    /// Name of our own JACK client.
    pub client_name: String,
    /// Where the board is kept for the next start; none: nowhere.
    pub state_file: Option<PathBuf>,
    /// Where measured costs are kept; none: nowhere.
    pub cost_cache: Option<PathBuf>,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            sample_rate: 48_000,
            period: 128,
            captures: 2,
            playbacks: 2,
            midi_inputs: 1,
            workers: 0,
            in_place: true,
            fade_ms: 20.0,
            smoothing_ms: 5.0,
            bypass_ms: 10.0,
            warm_blocks: 4,
            strict_processing: false,
            client_name: "archibald-engine".to_owned(),
            state_file: None,
            cost_cache: None,
        }
    }
}

impl HostOptions {
    /// Frames in `ms` milliseconds.
    pub fn frames(&self, ms: f32) -> u32 {
        (ms.clamp(0.0, 500.0) * self.sample_rate as f32 / 1000.0).round() as u32
    }
}
