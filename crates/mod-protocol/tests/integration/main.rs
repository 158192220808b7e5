//! Golden bytes of every command and the recorded session of the real control program.

mod golden;
mod transcript;
