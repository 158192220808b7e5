//! How each version of the pedal is wired. All line numbers are those of the Broadcom chip.

/// Where a switch is wired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// A GPIO line, low when pressed.
    Gpio(u32),
    /// A channel of the converter (0–7), low when pressed.
    Adc(u8),
}

/// What shows a footswitch's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lamp {
    /// One colour on a GPIO line.
    Gpio(u32),
    /// A place on the strip, from 0.
    Strip(usize),
}

/// A footswitch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foot {
    /// Its wire.
    pub wire: Wire,
    /// Its lamp.
    pub lamp: Option<Lamp>,
    /// Controller number it sends, 0–127.
    pub cc: u8,
}

/// A rotary encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotary {
    /// Data line.
    pub data: u32,
    /// Clock line.
    pub clock: u32,
    /// Its push switch.
    pub push: Option<Wire>,
}

/// A knob or expression pedal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knob {
    /// Channel of the converter, 0–7.
    pub channel: u8,
    /// Counts that are noise, 0–127.
    pub threshold: u8,
    /// Controller number it sends, 0–127.
    pub cc: u8,
    /// An expression pedal; else a knob.
    pub expression: bool,
}

/// The display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// ILI9341, 320×240, 16 bits a pixel.
    Colour {
        /// Value of its memory access register for this mounting.
        madctl: u8,
    },
    /// ST7567, 128×64, turned by 180 degrees.
    Mono,
}

/// How the dry signal reaches the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bypass {
    /// A latching relay: lines of its set and reset coils.
    Relay {
        /// Line that switches to bypass.
        set: u32,
        /// Line that switches back.
        reset: u32,
    },
    /// The codec's own mixer.
    Codec,
    /// There is none.
    None,
}

/// A pedal's wiring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Short name, as on the command line.
    pub name: &'static str,
    /// From the left.
    pub footswitches: Vec<Foot>,
    /// The first is for navigation.
    pub encoders: Vec<Rotary>,
    /// Knobs and pedals.
    pub analog: Vec<Knob>,
    /// Display, if there is one.
    pub screen: Option<Screen>,
    /// Pixels of the LED strip.
    pub strip: usize,
    /// Channels and pixels of the level lamps: left, right.
    pub vu: Option<[(u8, usize); 2]>,
    /// True bypass.
    pub bypass: Bypass,
}

const NAVIGATION: (u32, u32) = (17, 4);

impl Profile {
    /// The profile of a configuration's `hardware.version`; `None` outside 1–3.99.
    pub fn of_version(version: f64) -> Option<Self> {
        match version {
            v if (1.0..2.0).contains(&v) => Some(Self::v1()),
            v if (2.0..3.0).contains(&v) => Some(Self::v2()),
            v if (3.0..4.0).contains(&v) => Some(Self::v3()),
            _ => None,
        }
    }

    /// The profile with this name: `v1`, `v2`, `v3`, `generic`.
    pub fn named(name: &str) -> Option<Self> {
        [Self::v1(), Self::v2(), Self::v3(), Self::generic()].into_iter().find(|one| one.name == name)
    }

    /// The first pi-Stomp, with a mono display and a relay.
    pub fn v1() -> Self {
        let foot = |line, lamp, cc| Foot { wire: Wire::Gpio(line), lamp: Some(Lamp::Gpio(lamp)), cc };
        Self {
            name: "v1",
            footswitches: vec![foot(23, 24, 61), foot(25, 0, 62), foot(13, 26, 63)],
            encoders: vec![
                Rotary { data: NAVIGATION.0, clock: NAVIGATION.1, push: Some(Wire::Adc(7)) },
                Rotary { data: 22, clock: 27, push: Some(Wire::Adc(6)) },
            ],
            analog: vec![
                Knob { channel: 0, threshold: 16, cc: 64, expression: false },
                Knob { channel: 1, threshold: 16, cc: 65, expression: true },
            ],
            screen: Some(Screen::Mono),
            strip: 0,
            vu: None,
            bypass: Bypass::Relay { set: 12, reset: 16 },
        }
    }

    /// pi-Stomp Core.
    pub fn v2() -> Self {
        let foot = |line, lamp, cc| Foot { wire: Wire::Gpio(line), lamp: Some(Lamp::Gpio(lamp)), cc };
        Self {
            name: "v2",
            footswitches: vec![foot(27, 0, 61), foot(23, 13, 62), foot(22, 26, 63)],
            encoders: vec![Rotary { data: NAVIGATION.0, clock: NAVIGATION.1, push: Some(Wire::Gpio(1)) }],
            analog: vec![
                Knob { channel: 0, threshold: 16, cc: 70, expression: false },
                Knob { channel: 1, threshold: 16, cc: 71, expression: false },
                Knob { channel: 7, threshold: 16, cc: 77, expression: true },
            ],
            screen: Some(Screen::Colour { madctl: 0x28 }),
            strip: 0,
            vu: None,
            bypass: Bypass::Relay { set: 12, reset: 16 },
        }
    }

    /// pi-Stomp Tre. The expression jack is on channel 5; it floats when nothing is plugged in, so that it counts
    /// only when a configuration names it.
    pub fn v3() -> Self {
        let foot = |index: u8| Foot {
            wire: Wire::Adc(index),
            lamp: Some(Lamp::Strip(usize::from(index))),
            cc: 60 + index,
        };
        Self {
            name: "v3",
            footswitches: (0..4).map(foot).collect(),
            encoders: vec![
                Rotary { data: NAVIGATION.0, clock: NAVIGATION.1, push: Some(Wire::Adc(4)) },
                Rotary { data: 12, clock: 25, push: Some(Wire::Gpio(16)) },
                Rotary { data: 24, clock: 23, push: Some(Wire::Gpio(26)) },
                Rotary { data: 22, clock: 27, push: None },
            ],
            analog: Vec::new(),
            screen: Some(Screen::Colour { madctl: 0xe8 }),
            strip: 6,
            vu: Some([(6, 5), (7, 4)]),
            bypass: Bypass::Codec,
        }
    }

    /// A computer with a MIDI foot controller: nothing is wired.
    pub fn generic() -> Self {
        Self {
            name: "generic",
            footswitches: Vec::new(),
            encoders: Vec::new(),
            analog: Vec::new(),
            screen: None,
            strip: 0,
            vu: None,
            bypass: Bypass::None,
        }
    }

    /// Adds an expression pedal, as a configuration does.
    pub fn with_expression(mut self, channel: u8, cc: u8) -> Self {
        self.analog.push(Knob { channel, threshold: 16, cc, expression: true });
        self
    }

    /// The line of an output of v2's debounce chip, 0–4.
    pub fn debounced(output: usize) -> Option<u32> {
        [27, 23, 22, 24, 25].get(output).copied()
    }

    /// Channels that carry switches: to be read every 2–4 ms.
    pub fn switch_channels(&self) -> Vec<u8> {
        let pushes = self.encoders.iter().filter_map(|encoder| encoder.push);
        self.footswitches
            .iter()
            .map(|foot| foot.wire)
            .chain(pushes)
            .filter_map(|wire| if let Wire::Adc(channel) = wire { Some(channel) } else { None })
            .collect()
    }

    /// Lines whose edges are wanted.
    pub fn input_lines(&self) -> Vec<u32> {
        let turns = self.encoders.iter().flat_map(|encoder| [encoder.data, encoder.clock]);
        let pushes = self.encoders.iter().filter_map(|encoder| encoder.push);
        let switches = self.footswitches.iter().map(|foot| foot.wire).chain(pushes);
        let lines = switches.filter_map(|wire| if let Wire::Gpio(line) = wire { Some(line) } else { None });
        turns.chain(lines).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_line_and_no_channel_is_wired_twice() {
        for profile in [Profile::v1(), Profile::v2(), Profile::v3()] {
            let mut lines = profile.input_lines();
            for foot in &profile.footswitches {
                if let Some(Lamp::Gpio(line)) = foot.lamp {
                    lines.push(line);
                }
            }
            if let Bypass::Relay { set, reset } = profile.bypass {
                lines.extend([set, reset]);
            }
            assert_eq!(lines.iter().collect::<BTreeSet<_>>().len(), lines.len(), "{}", profile.name);
            let mut channels = profile.switch_channels();
            channels.extend(profile.analog.iter().map(|knob| knob.channel));
            channels.extend(profile.vu.iter().flatten().map(|(channel, _)| *channel));
            assert_eq!(channels.iter().collect::<BTreeSet<_>>().len(), channels.len(), "{}", profile.name);
        }
    }

    #[test]
    fn versions_choose_profiles() {
        let name = |version| Profile::of_version(version).map(|profile| profile.name);
        assert_eq!([1.0, 2.0, 2.9, 3.01].map(name), [Some("v1"), Some("v2"), Some("v2"), Some("v3")]);
        assert_eq!([0.9, 4.0, f64::NAN].map(name), [None, None, None]);
    }
}
