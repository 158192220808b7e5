//! The ports on Linux: GPIO by the character device, SPI by spidev. Not tried on a pedal yet.

use std::path::PathBuf;
use std::time::Duration;

use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeKind, Value};
use spidev::{SpiModeFlags, Spidev, SpidevOptions, SpidevTransfer};

use crate::lcd::{BAND_BYTES, Step};
use crate::port::{Bus, Lines, PortError};

/// Labels of the chips that carry the header's lines: their numbers differ between kernels.
const LABELS: [&str; 3] = ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"];
/// Lines of the display: select, data/command, reset.
const SELECT: u32 = 8;
const DATA: u32 = 6;
const RESET: u32 = 5;

fn gpio_error(error: impl ToString) -> PortError {
    PortError::new("GPIO", format!("{}; is the user in the group gpio?", error.to_string()))
}

/// The device file of the chip that carries the header's lines.
pub fn header_chip() -> Result<PathBuf, PortError> {
    for path in gpiocdev::chip::chips().map_err(gpio_error)? {
        let info = gpiocdev::Chip::from_path(&path).and_then(|chip| chip.info());
        if info.is_ok_and(|info| LABELS.contains(&info.label.as_str())) {
            return Ok(path);
        }
    }
    Err(PortError::new("GPIO", "no chip of a Raspberry Pi on this computer; use the profile generic"))
}

/// Edges of input lines, with pull-ups.
pub struct Edges(Request);

impl Edges {
    /// Watches these lines.
    pub fn watch(lines: &[u32]) -> Result<Self, PortError> {
        let mut builder = Request::builder();
        builder.on_chip(header_chip()?).with_consumer("pedald").with_lines(lines).as_input();
        builder.with_bias(Bias::PullUp).with_edge_detection(EdgeDetection::BothEdges);
        builder.request().map(Self).map_err(gpio_error)
    }

    /// The next edge (line, high), or `None` when none comes in time. Blocks.
    pub fn next(&self, timeout: Duration) -> Result<Option<(u32, bool)>, PortError> {
        if !self.0.wait_edge_event(timeout).map_err(gpio_error)? {
            return Ok(None);
        }
        let edge = self.0.read_edge_event().map_err(gpio_error)?;
        Ok(Some((edge.offset, edge.kind == EdgeKind::Rising)))
    }
}

impl Edges {
    /// The present level of one of the lines.
    pub fn level(&self, line: u32) -> Result<bool, PortError> {
        self.0.value(line).map(|value| value == Value::Active).map_err(gpio_error)
    }
}

/// Output lines, all low at first.
pub struct Outputs(Request);

impl Outputs {
    /// Takes these lines.
    pub fn take(lines: &[u32]) -> Result<Self, PortError> {
        let mut builder = Request::builder();
        builder.on_chip(header_chip()?).with_consumer("pedald").with_lines(lines).as_output(Value::Inactive);
        builder.request().map(Self).map_err(gpio_error)
    }
}

impl Lines for Outputs {
    fn set(&mut self, line: u32, high: bool) -> Result<(), PortError> {
        let value = if high { Value::Active } else { Value::Inactive };
        self.0.set_value(line, value).map(|_| ()).map_err(gpio_error)
    }
}

/// Display on `/dev/spidev0.0` with its select line by hand, converter on `/dev/spidev0.1`.
pub struct SpiBus {
    display: Spidev,
    converter: Spidev,
    lines: Outputs,
}

impl SpiBus {
    /// Opens both; `megahertz` is the display's speed.
    pub fn open(megahertz: u32) -> Result<Self, PortError> {
        let open = |path: &str, hertz: u32| {
            let mut device = Spidev::open(path).map_err(|error| PortError::new(path, error))?;
            let options = SpidevOptions::new().max_speed_hz(hertz).mode(SpiModeFlags::SPI_MODE_0).build();
            device.configure(&options).map_err(|error| PortError::new(path, error))?;
            Ok(device)
        };
        let mut lines = Outputs::take(&[SELECT, DATA, RESET])?;
        lines.set(SELECT, true)?;
        let display = open("/dev/spidev0.0", megahertz * 1_000_000)?;
        Ok(Self { display, converter: open("/dev/spidev0.1", 1_000_000)?, lines })
    }

    fn send(&mut self, bytes: &[u8], data: bool) -> Result<(), PortError> {
        self.lines.set(DATA, data)?;
        self.lines.set(SELECT, false)?;
        let sent = bytes
            .chunks(BAND_BYTES)
            .try_for_each(|part| self.display.transfer(&mut SpidevTransfer::write(part)));
        // the converter shares the wires: the display is let go also after an error
        self.lines.set(SELECT, true)?;
        sent.map_err(|error| PortError::new("display", error))
    }
}

impl Bus for SpiBus {
    fn lcd(&mut self, step: &Step) -> Result<(), PortError> {
        match step {
            Step::Reset(high) => self.lines.set(RESET, *high),
            Step::Command(byte) => self.send(&[*byte], false),
            Step::Data(bytes) => self.send(bytes, true),
            Step::Delay(millis) => {
                std::thread::sleep(Duration::from_millis(*millis));
                Ok(())
            }
        }
    }

    fn adc(&mut self, request: [u8; 3]) -> Result<[u8; 3], PortError> {
        let mut answer = [0; 3];
        let mut transfer = SpidevTransfer::read_write(&request, &mut answer);
        self.converter.transfer(&mut transfer).map_err(|error| PortError::new("converter", error))?;
        Ok(answer)
    }
}
