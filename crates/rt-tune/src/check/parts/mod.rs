//! The checks, by what they look at.

mod boards;
mod clock;
mod devices;
mod interrupts;
mod isolation;
mod kernel;
mod limits;
mod memory;
mod noise;
mod power;
mod preempt;
mod servers;

use super::Check;

/// All of them, in the order of the report.
pub(super) const ALL: &[&[Check]] = &[
    preempt::CHECKS,
    kernel::CHECKS,
    clock::CHECKS,
    power::CHECKS,
    isolation::CHECKS,
    interrupts::CHECKS,
    memory::CHECKS,
    limits::CHECKS,
    devices::CHECKS,
    servers::CHECKS,
    noise::CHECKS,
    boards::CHECKS,
];
