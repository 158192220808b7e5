//! What must hold for anything that comes from outside, as functions of bytes: for the fuzzer (`cargo xtask fuzz`) and,
//! with the inputs of `seeds/` and a fixed row of variations of them, for the tests.
//!
//! A function panics when something does not hold. Each input is small and each call takes milliseconds at most.

mod archive;
mod boardfile;
mod conf;
mod json;
mod midi;
mod osc;
mod protocol;
pub mod replay;
mod session;
mod turtle;
mod websocket;
mod yaml;

/// What is fed with bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its folder below `seeds/`.
    pub name: &'static str,
    /// What must hold for any bytes.
    pub check: fn(&[u8]),
}

/// All of them, by name.
pub const TARGETS: [Target; 12] = [
    Target { name: "archive", check: archive::check },
    Target { name: "boardfile", check: boardfile::check },
    Target { name: "conf", check: conf::check },
    Target { name: "editor", check: websocket::check_editor },
    Target { name: "json", check: json::check },
    Target { name: "midi", check: midi::check },
    Target { name: "osc", check: osc::check },
    Target { name: "protocol", check: protocol::check },
    Target { name: "session", check: session::check },
    Target { name: "turtle", check: turtle::check },
    Target { name: "websocket", check: websocket::check },
    Target { name: "yaml", check: yaml::check },
];

/// The target of this name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
