//! The codec's mixer through ALSA. Not tried on a pedal yet.

use alsa::Round;
use alsa::mixer::{MilliBel, Mixer as Controls, Selem, SelemChannelId, SelemId};
use pedal_hardware::port::{CodecLevels, Mixer, PortError};

/// A codec's control names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Names {
    /// Identifier of the card, as `/proc/asound/cards` has it.
    card: &'static str,
    input: &'static str,
    output: Option<&'static str>,
    /// Switch and bands of the equaliser.
    equaliser: bool,
    /// Routes of the output mixer: from the line input, from the converter.
    routes: Option<[[&'static str; 2]; 2]>,
}

/// IQaudio Codec Zero, AudioInjector and HiFiBerry.
const CARDS: [Names; 3] = [
    Names {
        card: "IQaudIOCODEC",
        input: "Aux",
        output: Some("Headphone"),
        equaliser: true,
        routes: Some([
            ["Mixout Left Aux Left", "Mixout Left DAC Left"],
            ["Mixout Right Aux Right", "Mixout Right DAC Right"],
        ]),
    },
    Names {
        card: "audioinjectorpi",
        input: "Capture",
        output: Some("Master"),
        equaliser: false,
        routes: None,
    },
    Names { card: "sndrpihifiberry", input: "Digital", output: None, equaliser: false, routes: None },
];

/// The codec of the first card.
pub(super) struct AlsaMixer {
    controls: Controls,
    names: Names,
}

/// The codec of a card that `/proc/asound/cards` lists first; another card counts as the first one of our table.
fn names(cards: &str) -> Names {
    let first = cards.lines().find(|line| line.trim_start().starts_with('0')).unwrap_or_default();
    CARDS.into_iter().find(|names| first.contains(names.card)).unwrap_or(CARDS[0])
}

fn failed(what: &str, error: impl ToString) -> PortError {
    PortError::new(format!("the codec's control {what}"), error)
}

impl AlsaMixer {
    pub fn open() -> Result<Self, PortError> {
        let cards = std::fs::read_to_string("/proc/asound/cards").unwrap_or_default();
        let names = names(&cards);
        let controls = Controls::new(&format!("hw:{}", names.card), false)
            .or_else(|_| Controls::new("hw:0", false))
            .map_err(|error| PortError::new("the codec's mixer", error))?;
        Ok(Self { controls, names })
    }

    fn element(&self, name: &str) -> Result<Selem<'_>, PortError> {
        let found = self.controls.find_selem(&SelemId::new(name, 0));
        found.ok_or_else(|| failed(name, "this sound card has none"))
    }

    fn set_level(&self, name: &str, decibels: f32) -> Result<(), PortError> {
        let element = self.element(name)?;
        let level = MilliBel((decibels * 100.0).round() as i64);
        let set = if element.has_capture_volume() && !element.has_playback_volume() {
            element.set_capture_db_all(level, Round::Floor)
        } else {
            element.set_playback_db_all(level, Round::Floor)
        };
        set.map_err(|error| failed(name, error))
    }

    /// The level of a control in dB, on the left where the sides differ.
    fn level(&self, name: &str) -> Option<f32> {
        let element = self.element(name).ok()?;
        let side = SelemChannelId::FrontLeft;
        let level = if element.has_capture_volume() && !element.has_playback_volume() {
            element.get_capture_vol_db(side)
        } else {
            element.get_playback_vol_db(side)
        };
        level.ok().map(|level| level.0 as f32 / 100.0)
    }

    fn switch(&self, name: &str, on: bool) -> Result<(), PortError> {
        let element = self.element(name)?;
        element.set_playback_switch_all(on.into()).map_err(|error| failed(name, error))
    }
}

impl Mixer for AlsaMixer {
    fn levels(&mut self) -> CodecLevels {
        let mut levels = CodecLevels {
            input: self.level(self.names.input),
            output: self.names.output.and_then(|name| self.level(name)),
            ..CodecLevels::default()
        };
        if self.names.equaliser {
            let on = self.element("DAC EQ").ok();
            levels.equaliser = on
                .and_then(|element| element.get_playback_switch(SelemChannelId::FrontLeft).ok())
                .map(|on| on != 0);
            let band = |band: usize| {
                let element = self.element(&format!("DAC EQ{}", band + 1)).ok()?;
                let step = element.get_playback_volume(SelemChannelId::FrontLeft).ok()?;
                Some((step as f32).mul_add(1.5, -10.5))
            };
            let bands: Vec<f32> = (0..5).map_while(band).collect();
            levels.bands = bands.try_into().ok();
        }
        levels
    }

    fn set_input(&mut self, decibels: f32) -> Result<(), PortError> {
        self.set_level(self.names.input, decibels)
    }

    fn set_output(&mut self, decibels: f32) -> Result<(), PortError> {
        self.names.output.map_or(Ok(()), |name| self.set_level(name, decibels))
    }

    fn mute(&mut self, muted: bool) -> Result<(), PortError> {
        self.names.output.map_or(Ok(()), |name| self.switch(name, !muted))
    }

    fn bypass(&mut self, sides: [bool; 2]) -> Result<(), PortError> {
        let Some(routes) = self.names.routes else { return Ok(()) };
        for ([dry, wet], bypass) in routes.into_iter().zip(sides) {
            self.switch(dry, bypass)?;
            self.switch(wet, !bypass)?;
        }
        Ok(())
    }

    fn equaliser(&mut self, bands: Option<[f32; 5]>) -> Result<(), PortError> {
        if !self.names.equaliser {
            return Ok(());
        }
        for (band, decibels) in bands.into_iter().flatten().enumerate() {
            let name = format!("DAC EQ{}", band + 1);
            let element = self.element(&name)?;
            // fifteen steps of 1.5 dB from -10.5 dB
            let step = ((decibels.clamp(-10.5, 12.0) + 10.5) / 1.5).round() as i64;
            for side in [SelemChannelId::FrontLeft, SelemChannelId::FrontRight] {
                if element.has_playback_channel(side) {
                    element.set_playback_volume(side, step).map_err(|error| failed(&name, error))?;
                }
            }
        }
        self.switch("DAC EQ", bands.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_card_decides() {
        let list = " 0 [audioinjectorpi]: audioinjector-p\n                      audioinjector-pi-soundcard\n 1 [IQaudIOCODEC   ]: x";
        assert_eq!(names(list).card, "audioinjectorpi");
        assert_eq!(names("").card, "IQaudIOCODEC");
        assert_eq!(names(" 0 [USB ]: USB-Audio").card, "IQaudIOCODEC");
    }
}
