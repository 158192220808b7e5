//! The one owner of the SPI bus.

use super::{Area, Frame, Step, adc_request, adc_value, bands, init, mono_init, mono_page};
use crate::port::{Bus, PortError};
use crate::profile::Screen;

/// Pushes pictures and reads the converter in turn, so that neither waits long for the other.
pub struct BusOwner<B> {
    bus: B,
    screen: Option<Screen>,
    shown: Option<Frame>,
}

impl<B: Bus> BusOwner<B> {
    /// Takes the bus; nothing is sent yet.
    pub fn new(bus: B, screen: Option<Screen>) -> Self {
        Self { bus, screen, shown: None }
    }

    /// Wakes the display up (about half a second).
    pub fn start(&mut self) -> Result<(), PortError> {
        self.shown = None;
        let steps = match self.screen {
            Some(Screen::Colour { madctl }) => init(madctl),
            Some(Screen::Mono) => mono_init(),
            None => Vec::new(),
        };
        steps.iter().try_for_each(|step| self.bus.lcd(step))
    }

    /// One channel's count, 0–1023.
    pub fn adc(&mut self, channel: u8) -> Result<u16, PortError> {
        self.bus.adc(adc_request(channel)).map(adc_value)
    }

    /// Shows a picture: only what differs from the one before is sent. `between` runs after each band and may read the
    /// converter. After an error the whole picture is sent again next time.
    pub fn show(&mut self, frame: &Frame, mut between: impl FnMut(&mut Self)) -> Result<(), PortError> {
        let whole = Area { left: 0, top: 0, right: frame.width(), bottom: frame.height() };
        let areas = self.shown.take().map_or(vec![whole], |shown| frame.changes(&shown));
        for area in areas {
            let parts: Vec<Vec<Step>> = match self.screen {
                Some(Screen::Colour { .. }) => bands(frame, area).collect(),
                // the picture is turned: its first row is the display's last
                Some(Screen::Mono) => {
                    let last = 63usize.saturating_sub(area.top) / 8;
                    let first = 64usize.saturating_sub(area.bottom) / 8;
                    (first..=last).map(|page| mono_page(frame, page)).collect()
                }
                None => Vec::new(),
            };
            for steps in parts {
                steps.iter().try_for_each(|step| self.bus.lcd(step))?;
                between(self);
            }
        }
        self.shown = Some(frame.clone());
        Ok(())
    }
}
