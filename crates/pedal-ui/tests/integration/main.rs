//! Golden pictures of every screen, in both sizes.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod golden;
mod picture;
mod screens;
