//! Tests on real plugins of Debian and on our own.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod debian;
mod support;
