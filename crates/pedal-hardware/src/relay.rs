//! The latching relay: a short pulse on one of two coils.

use crate::port::{Lines, PortError};

/// Length of a pulse in milliseconds.
pub const PULSE_MILLIS: u64 = 40;

/// Switches the relay. `wait` sleeps for so many milliseconds; both coils are without current at the end, also after an error.
pub fn switch(
    lines: &mut dyn Lines,
    set: u32,
    reset: u32,
    bypass: bool,
    mut wait: impl FnMut(u64),
) -> Result<(), PortError> {
    let (coil, other) = if bypass { (set, reset) } else { (reset, set) };
    lines.set(other, false)?;
    let pulse = lines.set(coil, true);
    if pulse.is_ok() {
        wait(PULSE_MILLIS);
    }
    pulse.and(lines.set(coil, false))
}
