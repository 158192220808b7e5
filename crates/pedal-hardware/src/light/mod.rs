//! LED strip and level lamps.

mod strip;
mod vu;

pub use strip::{BRIGHTNESS, leds0_frame, ws2812_bits};
pub use vu::{Level, Vu};
