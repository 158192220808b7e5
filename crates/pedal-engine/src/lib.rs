//! The pedalboard engine: a whole board of LV2 plugins in one real-time callback.

pub mod audio_file;
pub mod backend;
pub mod board;
pub mod cli;
pub mod cost;
pub mod dry_through;
pub mod events;
pub mod exec;
pub mod files;
pub mod graph;
pub mod host;
pub mod io;
pub mod live;
pub mod lv2;
pub mod meter;
pub mod plan;
pub mod play;
pub mod server;
pub mod service;
#[allow(unsafe_code)] // the one module with unsafe code
mod sys;
pub mod unit;

/// Debug builds abort where code inside `assert_no_alloc` allocates.
#[cfg(all(test, debug_assertions))]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
