//! What makes the program a service: systemd's readiness and watchdog, logs, health and figures over HTTP, the
//! system's own figures.

pub mod address;
pub mod doors;
pub mod http;
pub mod listen;
pub mod log;
pub mod metrics;
pub mod notify;
pub mod serve;
pub mod system;
pub mod tls;
