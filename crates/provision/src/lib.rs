//! First boot of a pedal: `pistomp.conf` on the card's FAT partition becomes Wi-Fi, host name, time zone, password, keys
//! and period. The file is data in the shell's notation and is never run.
//!
//! `conf` reads the file, `settings` checks each value, `steps` change the machine, one thing each and with its own undo,
//! `journal` remembers across a power cut what was begun, and `run` ties them together. Everything reaches the machine
//! through the trait [`machine::Machine`], so that a folder, or a machine that loses power, can stand in for it.

pub mod board;
pub mod cli;
pub mod conf;
pub mod journal;
pub mod machine;
pub mod report;
pub mod reset;
pub mod run;
pub mod secret;
pub mod settings;
pub mod steps;
pub mod values;
