//! Serial MIDI: the 5-pin sockets of a pedal on a UART, or a USB adapter that comes and goes.

mod device;
mod watch;
mod worker;

pub use device::{Device, OpenError, WIRE_BAUD};
pub(crate) use worker::sleep;
pub use worker::{Serial, run};
