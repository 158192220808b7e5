//! The command `latency-probe`.
fn main() {}
