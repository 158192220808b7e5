//! Updates of a pedal: staged while it plays, tried at the next boot, undone by themselves when no sound comes out.
//!
//! `profile` is the chain of generations as Nix keeps it, `state` what is on trial, `health` the question whether audio
//! passes, `steps` what can be done, `report` what people are told. What runs programs is behind the trait [`steps::System`].

pub mod cli;
pub mod health;
pub mod profile;
pub mod report;
pub mod signed;
pub mod state;
pub mod steps;
