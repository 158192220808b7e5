//! The other end of the wires: the display's controller, the converter, lines, lamps and the codec.

use super::{SimulatedPedal, State};
use crate::Rgb;
use crate::lcd::Step;
use crate::port::{Bus, Lines, Mixer, PortError, Strip};
use crate::profile::Screen;

/// What the display's controller was told last.
#[derive(Debug, Default)]
pub(super) struct Lcd {
    command: u8,
    columns: (usize, usize),
    rows: (usize, usize),
    at: (usize, usize),
    page: usize,
    half: Option<u8>,
}

impl State {
    fn data(&mut self, bytes: &[u8]) {
        if self.profile.screen == Some(Screen::Mono) {
            for (column, byte) in bytes.iter().take(128).enumerate() {
                for bit in 0..8 {
                    let lit = if byte >> bit & 1 == 1 { 0xffff } else { 0 };
                    self.frame.set(127 - column, 63usize.saturating_sub(self.lcd.page * 8 + bit), lit);
                }
            }
            return;
        }
        let range = |bytes: &[u8]| match bytes {
            [a, b, c, d] => (usize::from(*a) << 8 | usize::from(*b), usize::from(*c) << 8 | usize::from(*d)),
            _ => (0, 0),
        };
        match self.lcd.command {
            0x2a => self.lcd.columns = range(bytes),
            0x2b => self.lcd.rows = range(bytes),
            0x2c => bytes.iter().for_each(|byte| self.pixel_byte(*byte)),
            _ => {}
        }
    }

    fn pixel_byte(&mut self, byte: u8) {
        let Some(high) = self.lcd.half.take() else {
            self.lcd.half = Some(byte);
            return;
        };
        let (x, y) = self.lcd.at;
        self.frame.set(x, y, u16::from_be_bytes([high, byte]));
        self.lcd.at = if x < self.lcd.columns.1 { (x + 1, y) } else { (self.lcd.columns.0, y + 1) };
    }
}

impl Bus for SimulatedPedal {
    fn lcd(&mut self, step: &Step) -> Result<(), PortError> {
        let mut state = self.state();
        match step {
            Step::Command(command) => {
                state.lcd.command = *command;
                state.lcd.half = None;
                if *command == 0x2c {
                    state.lcd.at = (state.lcd.columns.0, state.lcd.rows.0);
                }
                if command & 0xf0 == 0xb0 {
                    state.lcd.page = usize::from(command & 7);
                }
            }
            Step::Data(bytes) => state.data(bytes),
            Step::Reset(_) | Step::Delay(_) => {}
        }
        Ok(())
    }

    fn adc(&mut self, request: [u8; 3]) -> Result<[u8; 3], PortError> {
        let count = self.state().channels[usize::from(request[1] >> 4 & 7)];
        Ok([0, (count >> 8) as u8, count as u8])
    }
}

impl Lines for SimulatedPedal {
    fn set(&mut self, line: u32, high: bool) -> Result<(), PortError> {
        self.state().lines.insert(line, high);
        Ok(())
    }
}

impl Strip for SimulatedPedal {
    fn show(&mut self, pixels: &[Rgb]) -> Result<(), PortError> {
        for (old, new) in self.state().strip.iter_mut().zip(pixels) {
            *old = *new;
        }
        Ok(())
    }
}

impl Mixer for SimulatedPedal {
    fn set_input(&mut self, decibels: f32) -> Result<(), PortError> {
        self.state().mixer.input = decibels;
        Ok(())
    }

    fn set_output(&mut self, decibels: f32) -> Result<(), PortError> {
        self.state().mixer.output = decibels;
        Ok(())
    }

    fn mute(&mut self, muted: bool) -> Result<(), PortError> {
        self.state().mixer.muted = muted;
        Ok(())
    }

    fn bypass(&mut self, sides: [bool; 2]) -> Result<(), PortError> {
        self.state().mixer.bypass = sides;
        Ok(())
    }

    fn equaliser(&mut self, bands: Option<[f32; 5]>) -> Result<(), PortError> {
        self.state().mixer.equaliser = bands;
        Ok(())
    }
}
