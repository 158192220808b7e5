//! What a host tells its plugins.

use std::path::PathBuf;

use crate::sys::{Urids, WorkerHub};

/// Everything that is the same for all plugins of a host. Cheap to clone.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HostSettings {
    /// Sample rate in Hz.
    pub sample_rate: f64,
    /// Lengths of the blocks.
    pub block: BlockLength,
    /// Size of event buffers in bytes where the port does not ask for more; also told to plugins.
    pub sequence_size: u32,
    /// How worker threads run.
    pub worker: ThreadSchedule,
    /// What plugins are told about the real-time thread (`threads:schedPolicy` and `schedPriority`).
    pub audio: ThreadSchedule,
    /// URI map; share one in the whole process.
    pub urids: Urids,
    /// Wakes the worker threads; share one in the whole process.
    pub hub: WorkerHub,
    /// Where a plugin may make files at any time (`state:makePath`). Each instance should have its own folder.
    /// `None`: the feature is not offered.
    pub scratch: Option<PathBuf>,
}

/// Lengths of blocks in frames: `1 <= min <= nominal <= max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockLength {
    /// Shortest.
    pub min: u32,
    /// Usual.
    pub nominal: u32,
    /// Longest; a longer one is refused by [`crate::Runner`].
    pub max: u32,
    /// Promise: blocks of plugins that need it (`fixed_block_length`, `power_of_two_block_length`) are always
    /// `nominal` long. Without it such plugins are refused.
    pub fixed: bool,
}

impl BlockLength {
    /// Blocks of `frames`, sometimes cut in parts for plugins that do not mind.
    pub fn of_period(frames: u32) -> Self {
        Self { min: 1, nominal: frames, max: frames, fixed: true }
    }
}

/// Policy and priority of a thread, as the system calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadSchedule {
    /// `SCHED_OTHER` (0), `SCHED_FIFO` (1) or `SCHED_RR` (2).
    pub policy: i32,
    /// 1–99 for the real-time policies, else 0.
    pub priority: i32,
}

impl ThreadSchedule {
    /// The ordinary time-sharing policy.
    pub const OTHER: Self = Self { policy: 0, priority: 0 };
}

impl HostSettings {
    /// Settings for blocks of up to `period` frames: 32 KiB of events, ordinary worker threads, no scratch folder.
    pub fn new(sample_rate: f64, period: u32, urids: Urids, hub: WorkerHub) -> Self {
        Self {
            sample_rate,
            block: BlockLength::of_period(period),
            sequence_size: 32 * 1024,
            worker: ThreadSchedule::OTHER,
            audio: ThreadSchedule::OTHER,
            urids,
            hub,
            scratch: None,
        }
    }
}
