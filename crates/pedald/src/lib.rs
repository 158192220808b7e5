//! The pedal's control service. One owner of the state, `session`: everybody else sends it intents and renders its events.

pub mod engine;
pub mod session;
pub mod store;
