//! The checks, by what they look at.

mod boards;
mod budgets;
mod cards;
mod clock;
mod cores;
mod devices;
mod files;
mod housekeeping;
mod interrupts;
mod isolation;
mod kernel;
mod limits;
mod memory;
mod noise;
mod power;
mod preempt;
mod processor;
mod servers;
mod timers;
mod trials;
mod usb;

use super::Check;

/// All of them, in the order of the report.
pub(super) const ALL: &[&[Check]] = &[
    preempt::CHECKS,
    timers::CHECKS,
    budgets::CHECKS,
    kernel::CHECKS,
    clock::CHECKS,
    processor::CHECKS,
    cores::CHECKS,
    power::CHECKS,
    isolation::CHECKS,
    housekeeping::CHECKS,
    interrupts::CHECKS,
    memory::CHECKS,
    files::CHECKS,
    limits::CHECKS,
    trials::CHECKS,
    cards::CHECKS,
    usb::CHECKS,
    devices::CHECKS,
    servers::CHECKS,
    noise::CHECKS,
    boards::CHECKS,
];
