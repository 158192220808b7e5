//! The pedalboard engine: a whole board of LV2 plugins in one real-time callback.

pub mod io;
