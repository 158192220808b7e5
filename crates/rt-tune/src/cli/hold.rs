//! The hidden command that keeps a descriptor open.

use super::{CommandResult, Failure};

#[derive(Debug, clap::Args)]
pub(super) struct HoldArgs {
    us: u32,
    /// By this word the process is found again.
    mark: String,
}

pub(super) fn run(args: &HoldArgs) -> CommandResult {
    let _held = crate::change::open_latency(args.us).map_err(|e| {
        Failure::machine(format!("{} cannot be held for {}: {e}", crate::change::LATENCY_DEVICE, args.mark))
    })?;
    loop {
        std::thread::park();
    }
}
