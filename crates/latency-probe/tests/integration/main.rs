//! The program against real servers and a real command line.

mod cli;
mod jack;
mod support;
