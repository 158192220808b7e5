//! What is shown when.

use clap::ValueEnum;
use embedded_graphics::draw_target::DrawTargetExt;
use embedded_graphics::pixelcolor::BinaryColor;
use pedal_hardware::lcd::Frame;
use pedal_hardware::profile::Screen;
use pedal_ui::model::Model;
use pedal_ui::paint::{COLOUR, ColourScreen, MONO, draw_mono};
use pedal_ui::view::View;

/// What the pedal is doing; the names are those of systemd's shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Moment {
    /// The machine starts.
    Starting,
    /// It is about to stop.
    Stopping,
    /// Everything is on the disk: safe to power off.
    Poweroff,
    /// The same.
    Halt,
    /// It starts anew.
    Reboot,
    /// The same, without the firmware.
    Kexec,
}

impl Moment {
    fn view(self, text: &str) -> View {
        let progress =
            |title: &str| View::Progress { title: title.to_owned(), text: text.to_owned(), share: None };
        match self {
            Self::Starting => progress("Starting"),
            Self::Stopping => progress("Stopping"),
            Self::Poweroff | Self::Halt => View::SafeToPowerOff,
            Self::Reboot | Self::Kexec => progress("Restarting"),
        }
    }
}

/// The picture for a display; for the colour display when none is named.
pub fn draw(moment: Moment, text: &str, screen: Option<Screen>) -> Frame {
    let (view, model) = (moment.view(text), Model::default());
    let size = if screen == Some(Screen::Mono) { MONO } else { COLOUR };
    let mut frame = Frame::new(size.width as usize, size.height as usize);
    let drawn = match screen {
        Some(Screen::Mono) => draw_mono(&view, &model, &mut frame.color_converted::<BinaryColor>()),
        _ => ColourScreen::new().show(&view, &model, &mut frame).map(drop),
    };
    match drawn {
        Ok(()) => frame,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_moment_has_a_picture_on_both_displays() {
        let moments = [Moment::Starting, Moment::Stopping, Moment::Poweroff, Moment::Reboot];
        for screen in [Some(Screen::Colour { madctl: 0 }), Some(Screen::Mono)] {
            let pictures: HashSet<Vec<u16>> =
                moments.iter().map(|moment| draw(*moment, "", screen).pixels().to_vec()).collect();
            assert_eq!(pictures.len(), moments.len());
            assert!(pictures.iter().all(|pixels| pixels.iter().collect::<HashSet<_>>().len() > 1));
        }
        assert_eq!(draw(Moment::Poweroff, "", None), draw(Moment::Halt, "", None));
        assert_ne!(draw(Moment::Starting, "plugins", None), draw(Moment::Starting, "", None));
    }
}
