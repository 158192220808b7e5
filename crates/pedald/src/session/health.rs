//! How the pedal feels.

use std::collections::BTreeMap;

use serde::Serialize;

use super::board::Instance;

/// Load, dropouts and temperature; renewed about once a second.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Health {
    /// Blocks since the engine started: it rises while sound passes.
    pub blocks: u64,
    /// Share of the period that the last second's blocks took, in percent.
    pub load_percent: f32,
    /// The worst block of the last seconds, in percent of the period.
    pub load_max_percent: f32,
    /// Time that 99 of 100 callbacks stayed under, in percent of the period.
    pub load_p99_percent: f32,
    /// Periods lost since the engine started.
    pub xruns: u64,
    /// [`Health::xruns`] when a client last set its counter to zero.
    pub xruns_zero: u64,
    /// Periods lost within the last 1, 5 and 15 minutes.
    pub xruns_recent: [u64; 3],
    /// The plugin that was slowest in the last lost period.
    pub xrun_blame: Option<Instance>,
    /// Blocks that the output limiter had to turn down.
    pub limited_blocks: u64,
    /// Sample rate in Hz; 0 until the engine has told.
    pub sample_rate: u32,
    /// Period in frames; 0 until the engine has told.
    pub period: u32,
    /// Times of each plugin.
    pub plugins: BTreeMap<Instance, PluginCost>,
    /// Temperature of the processor in °C, where the system tells it.
    pub temperature: Option<f32>,
    /// Processor clock in MHz, where the system tells it.
    pub cpu_mhz: Option<f32>,
    /// Memory in use, in percent.
    pub memory_percent: Option<f32>,
    /// What holds the processor back now, in words (`under-voltage`, `soft temperature limit`); empty when nothing does.
    pub throttled: Vec<String>,
}

/// What a plugin takes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct PluginCost {
    /// Median time of a block in µs.
    pub p50_us: f32,
    /// Time that 99 of 100 blocks stayed under, in µs.
    pub p99_us: f32,
    /// The longest block in µs.
    pub max_us: f32,
    /// p99 in percent of the period.
    pub percent: f32,
    /// Whether the engine has bypassed it after a fault.
    pub cut_off: bool,
    /// Delay that the plugin reports, in frames.
    pub latency_frames: u32,
}
