//! The program from outside: HTTP over real sockets, `kill -9`, a full disk.

mod client;
mod faults;
mod service;
