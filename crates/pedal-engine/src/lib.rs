//! The pedalboard engine.
