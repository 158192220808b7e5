//! The engine's only unsafe code: cycle counters, thread scheduling, and the JACK calls that the `jack` crate lacks.

pub(crate) mod counter;
