//! The LED strip through the kernel's driver.

use std::fs::{File, OpenOptions};
use std::io::Write;

use pedal_hardware::Rgb;
use pedal_hardware::light::leds0_frame;
use pedal_hardware::port::{PortError, Strip};

/// The driver's device: four bytes a pixel.
const DEVICE: &str = "/dev/leds0";

/// The strip on the kernel's device. Not tried on a pedal yet.
pub(super) struct KernelStrip(File);

impl KernelStrip {
    pub fn open() -> Result<Self, PortError> {
        let opened = OpenOptions::new().write(true).open(DEVICE);
        let help = "is the overlay ws2812-pio of the kernel loaded?";
        opened.map(Self).map_err(|error| PortError::new(DEVICE, format!("{error}; {help}")))
    }
}

impl Strip for KernelStrip {
    fn show(&mut self, pixels: &[Rgb]) -> Result<(), PortError> {
        self.0.write_all(&leds0_frame(pixels)).map_err(|error| PortError::new(DEVICE, error))
    }
}
