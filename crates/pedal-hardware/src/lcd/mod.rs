//! Displays: what is sent to them, and the picture they show.

mod adc;
mod frame;
mod ili9341;
mod owner;
mod st7567;

pub use adc::{adc_request, adc_value};
pub use frame::{Area, Frame};
pub use ili9341::{BAND_BYTES, bands, init, window};
pub use owner::BusOwner;
pub use st7567::{mono_init, mono_page};

/// One step of a display's protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Level of the reset line.
    Reset(bool),
    /// Bytes with the data/command line low.
    Command(u8),
    /// Bytes with the data/command line high.
    Data(Vec<u8>),
    /// Wait so many milliseconds.
    Delay(u64),
}
