//! The pedal's control service. One owner of the state, `session`: everybody else sends it intents and renders its events.

pub mod access;
pub mod assets;
pub mod backup;
pub mod cli;
pub mod context;
pub mod controls;
pub mod display;
pub mod engine;
pub mod hardware;
pub mod midi;
pub mod network;
mod offline;
mod parts;
pub mod plugins;
pub mod run;
pub mod service;
pub mod session;
pub mod simulate;
pub mod store;
#[allow(unsafe_code)] // the one module with unsafe code
mod sys;
pub mod takeover;
pub mod tuner;
pub mod web;
