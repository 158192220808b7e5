//! Tests on real plugins of Debian and on our own.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod debian;
mod events;
mod ports;
mod presets;
mod real_time;
mod state;
mod support;
mod sweep;
mod worker;

#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
