//! The session with the real engine: on a virtual clock, and as a process that is killed.

mod boards;
mod process;
mod rig;
mod switches;
mod uploads;
mod web;
mod web_rig;
mod websocket;
