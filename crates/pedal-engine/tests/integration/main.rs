//! The engine's integration tests. Those under `jack::` start real JACK servers and run one at a time.

mod changes;
mod cli;
mod host_rig;
mod jack;
mod misbehaviour;
mod problems;
mod protocol_host;
mod reference;
mod render_equals;
mod replay;
mod rig;
mod server;

/// Debug builds abort where a callback allocates.
#[cfg(debug_assertions)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
