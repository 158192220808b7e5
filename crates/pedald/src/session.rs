//! The state of the pedal and its only owner.
