//! The pedalboard engine: a whole board of LV2 plugins in one real-time callback.

pub mod io;
pub mod meter;
#[allow(unsafe_code)] // the one unsafe corner of the crate
mod sys;

/// Debug builds abort where code inside `assert_no_alloc` allocates.
#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
