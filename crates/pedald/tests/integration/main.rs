//! The session with the real engine: on a virtual clock, and as a process that is killed.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod assets;
mod attack;
mod axe;
mod board_page;
mod boards;
mod browser;
mod display;
mod editor;
mod edits;
mod factory;
mod feet;
mod hang;
mod jack;
mod journey;
mod machine;
mod page;
mod power;
mod process;
mod rig;
mod simulate;
mod stage;
mod step;
mod switches;
mod uploads;
mod web;
mod web_rig;
mod websocket;
mod whole;
mod wire;
