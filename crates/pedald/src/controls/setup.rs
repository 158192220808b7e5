//! From a configuration to a pedal: how it is wired, and what each of its controls does.

use std::time::Duration;

use pedal_hardware::config::{Action, Blend, Config, FootConfig, Snapshot};
use pedal_hardware::profile::{Foot, Knob, Lamp, Wire};
use pedal_hardware::{Profile, Rgb, colour};

/// The channel on the wire when no file names one: 14, as musicians count.
const CHANNEL: u8 = 13;
/// Noise of the converter in counts when no file names it.
const THRESHOLD: u8 = 16;
/// Numbers of controllers are not part of the wiring here: a board that changes one shall not stop the threads.
const NO_CC: u8 = 0;

/// Where a control's messages go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wiring {
    /// Controller, 0–127; none: it sends nothing.
    pub cc: Option<u8>,
    /// Channel on the wire, 0–15.
    pub channel: u8,
    /// Client it sends to; none: the pedal itself.
    pub port: Option<String>,
}

/// What a footswitch does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FootSetup {
    /// Controller that it sends.
    pub midi: Wiring,
    /// Snapshot that it recalls instead.
    pub preset: Option<Snapshot>,
    /// Colour of its lamp, when it is not its plugin's.
    pub colour: Option<Rgb>,
    /// It does nothing.
    pub disabled: bool,
    /// What holding it does.
    pub long: Vec<Action>,
    /// Sides (left, right) that holding it passes by.
    pub bypass: Option<[bool; 2]>,
    /// A short press taps while tap mode is on.
    pub taps: bool,
    /// On only while it is held.
    pub momentary: bool,
    /// A switch of a MIDI foot controller: what its controller drives, the engine has moved already.
    pub far: bool,
}

/// What an encoder does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EncoderSetup {
    /// Controller that it sends.
    pub midi: Wiring,
    /// It sets the output volume.
    pub volume: bool,
    /// What holding it does.
    pub long: Vec<Action>,
}

/// What a knob or pedal does.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AnalogSetup {
    /// Controller that it sends.
    pub midi: Wiring,
    /// Its channel of the converter.
    pub channel: u8,
    /// An expression pedal; else a knob.
    pub expression: bool,
    /// It sends its value when a board loads.
    pub autosync: bool,
}

/// Messages to other devices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Messages {
    /// Client and message, in order.
    pub list: Vec<(String, Vec<u8>)>,
    /// Pause between them.
    pub pause: Duration,
}

/// A pedal as its configuration makes it. The lists have the profile's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// Wiring.
    pub profile: Profile,
    /// Footswitches.
    pub feet: Vec<FootSetup>,
    /// Encoders; the first is for navigation.
    pub encoders: Vec<EncoderSetup>,
    /// Knobs and pedals.
    pub analog: Vec<AnalogSetup>,
    /// Sent on every board.
    pub messages: Messages,
    /// Morphs between snapshots.
    pub blends: Vec<Blend>,
}

impl Setup {
    /// What a configuration makes of a wiring.
    pub fn new(base: &Profile, config: &Config) -> Self {
        let channel = config.midi_channel.get().map_or(CHANNEL, |channel| channel - 1);
        let mut profile = base.clone();
        let mut feet = Vec::new();
        if base.name == "generic" {
            let mut entries: Vec<&FootConfig> = config.footswitches.iter().collect();
            entries.sort_by_key(|entry| entry.id);
            feet.extend(entries.into_iter().map(|entry| FootSetup { far: true, ..foot(entry, channel) }));
        } else if !config.footswitches.is_empty() {
            profile.footswitches.clear();
            let mut entries: Vec<&FootConfig> = config.footswitches.iter().collect();
            entries.sort_by_key(|entry| entry.id);
            for entry in entries {
                let usual = base.footswitches.get(entry.id);
                // a switch that is wired nowhere cannot be pressed
                let Some(wire) = wire(entry, base).or(usual.map(|foot| foot.wire)) else { continue };
                let lamp = lamp(entry).or(usual.and_then(|foot| foot.lamp));
                profile.footswitches.push(Foot { wire, lamp, cc: usual.map_or(NO_CC, |foot| foot.cc) });
                feet.push(foot(entry, channel));
            }
        } else {
            feet.extend(base.footswitches.iter().map(|foot| FootSetup {
                midi: Wiring { cc: Some(foot.cc), channel, port: None },
                ..FootSetup::default()
            }));
        }
        let encoders = (0..base.encoders.len()).map(|number| {
            let Some(entry) = config.encoders.iter().find(|entry| entry.id == number) else {
                return EncoderSetup::default();
            };
            let own = entry.midi_channel.get().copied().unwrap_or(channel);
            EncoderSetup {
                midi: Wiring {
                    cc: entry.midi_cc.get().copied(),
                    channel: own,
                    port: entry.midi_port.get().cloned(),
                },
                volume: entry.kind.get().is_some_and(|kind| kind == "VOLUME"),
                long: entry.longpress.get().cloned().unwrap_or_default(),
            }
        });
        let encoders = encoders.collect();
        let mut analog = Vec::new();
        // a computer without a converter has no knobs, whatever the file says
        if base.name != "generic" {
            profile.analog.clear();
            for entry in &config.analog {
                let expression = entry.kind.get().is_some_and(|kind| kind == "EXPRESSION");
                let cc = entry.midi_cc.get().copied();
                profile.analog.push(Knob {
                    channel: entry.adc_input,
                    threshold: entry.threshold.get().copied().unwrap_or(THRESHOLD),
                    cc: NO_CC,
                    expression,
                });
                let own = entry.midi_channel.get().copied().unwrap_or(channel);
                analog.push(AnalogSetup {
                    midi: Wiring { cc, channel: own, port: entry.midi_port.get().cloned() },
                    channel: entry.adc_input,
                    expression,
                    autosync: entry.autosync.get().copied().unwrap_or(false),
                });
            }
        }
        Self { profile, feet, encoders, analog, messages: messages(config), blends: config.blends.clone() }
    }

    /// Groups of long presses: what a switch does alone, and what several do together. A name that several switches
    /// carry is a chord of them.
    pub fn chords(&self) -> Vec<(Action, Vec<usize>)> {
        let mut groups: Vec<(Action, Vec<usize>)> = Vec::new();
        for (number, foot) in self.feet.iter().enumerate().filter(|(_, foot)| !foot.disabled) {
            for action in &foot.long {
                match groups.iter_mut().find(|(known, _)| known == action) {
                    Some((_, switches)) => switches.push(number),
                    None => groups.push((action.clone(), vec![number])),
                }
            }
        }
        groups
    }
}

fn wire(entry: &FootConfig, base: &Profile) -> Option<Wire> {
    let gpio = entry.gpio_input.get().map(|line| Wire::Gpio(u32::from(*line)));
    let chip = entry.debounce_input.get().and_then(|output| Profile::debounced(usize::from(*output)));
    // the channel of v3's switches on a pedal that reads knobs there would press them all the time
    let adc = entry.adc_input.get().filter(|_| base.name == "v3").map(|channel| Wire::Adc(*channel));
    adc.or(gpio).or(chip.map(Wire::Gpio))
}

fn lamp(entry: &FootConfig) -> Option<Lamp> {
    let gpio = entry.gpio_output.get().map(|line| Lamp::Gpio(u32::from(*line)));
    entry.ledstrip_position.get().map(|place| Lamp::Strip(usize::from(*place))).or(gpio)
}

fn foot(entry: &FootConfig, channel: u8) -> FootSetup {
    FootSetup {
        midi: Wiring {
            cc: entry.midi_cc.get().copied(),
            channel: entry.midi_channel.get().copied().unwrap_or(channel),
            port: entry.midi_port.get().cloned(),
        },
        preset: entry.preset.get().copied(),
        colour: entry.color.get().and_then(|name| colour::named(name)),
        disabled: entry.disable.get().copied().unwrap_or(false),
        long: entry.longpress.get().cloned().unwrap_or_default(),
        bypass: entry.bypass.get().map(|sides| sides_of(sides)),
        taps: entry.tap_tempo.get().is_some(),
        momentary: entry.momentary.get().copied().unwrap_or(false),
        far: false,
    }
}

/// LEFT, RIGHT or LEFT_RIGHT.
pub fn sides_of(word: &str) -> [bool; 2] {
    [word != "RIGHT", word != "LEFT"]
}

fn messages(config: &Config) -> Messages {
    let external = &config.external_midi;
    if external.enabled.get() != Some(&true) {
        return Messages::default();
    }
    let clients = external.messages.get().into_iter().flatten();
    let list = clients.flat_map(|(client, list)| list.iter().map(|bytes| (client.clone(), bytes.clone())));
    let pause = external.send_delay_ms.get().copied().unwrap_or(10);
    Messages { list: list.collect(), pause: Duration::from_millis(pause.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_v3_is_its_profile() {
        let setup = Setup::new(&Profile::v3(), &Config::built_in(&Profile::v3(), true));
        assert_eq!(setup.profile, Profile::v3().with_expression(5, NO_CC));
        assert_eq!(setup.feet[1].midi, Wiring { cc: Some(61), channel: 13, port: None });
        assert!(setup.feet[3].taps && !setup.feet[2].taps);
        assert!(setup.encoders[3].volume && setup.encoders[1].midi.cc == Some(70));
        assert!(setup.analog[0].expression && setup.analog[0].autosync);
        assert_eq!(setup.encoders[0], EncoderSetup::default());
    }

    #[test]
    fn v1_and_v2_keep_their_wires() {
        for profile in [Profile::v1(), Profile::v2()] {
            let setup = Setup::new(&profile, &Config::built_in(&profile, false));
            let wires = |profile: &Profile| {
                profile.footswitches.iter().map(|foot| (foot.wire, foot.lamp)).collect::<Vec<_>>()
            };
            assert_eq!(wires(&setup.profile), wires(&profile));
            assert_eq!(setup.profile.analog.len(), profile.analog.len());
        }
        let v1 = Setup::new(&Profile::v1(), &Config::built_in(&Profile::v1(), false));
        assert_eq!((v1.feet[0].bypass, v1.feet[0].preset), (Some([true, true]), Some(Snapshot::Up)));
    }

    #[test]
    fn a_board_takes_a_controller_away_and_adds_messages_and_colours() {
        let base = Config::built_in(&Profile::v3(), false);
        let over = "hardware:\n  footswitches:\n  - {id: 0, midi_CC: null, preset: 2, color: Lime}\n  - {id: 1, disable: true, midi_port: Synth, midi_channel: 2}\n  external_midi:\n    enabled: true\n    send_delay_ms: 5\n    messages:\n      Synth: [[192, 3], [176, 7, 100]]\n";
        let setup = Setup::new(&Profile::v3(), &base.with(&Config::parse_overlay(over).unwrap()));
        let first = &setup.feet[0];
        assert_eq!((first.midi.cc, first.preset), (None, Some(Snapshot::Index(2))));
        assert_eq!(first.colour, Some(Rgb(0, 255, 0)));
        let second = &setup.feet[1];
        assert!(second.disabled && second.midi.cc == Some(61) && second.midi.channel == 2);
        assert_eq!(second.midi.port.as_deref(), Some("Synth"));
        assert_eq!(setup.messages.list.len(), 2);
        assert_eq!(
            (setup.messages.pause, &setup.messages.list[1].1[..]),
            (Duration::from_millis(5), &[176, 7, 100][..])
        );
        assert!(!setup.chords().iter().any(|(_, switches)| switches.contains(&1)));
    }

    #[test]
    fn a_name_on_two_switches_is_a_chord() {
        let over = "hardware:\n  footswitches:\n  - {id: 0, longpress: toggle_tuner_enable}\n  - {id: 1, longpress: [next_snapshot, toggle_tuner_enable]}\n";
        let config = Config::built_in(&Profile::v3(), false).with(&Config::parse_overlay(over).unwrap());
        let chords = Setup::new(&Profile::v3(), &config).chords();
        assert!(chords.contains(&(Action::Named("toggle_tuner_enable".into()), vec![0, 1, 2])));
        assert!(chords.contains(&(Action::Named("next_snapshot".into()), vec![1])));
    }

    #[test]
    fn a_file_for_another_pedal_leaves_the_wires_of_this_one() {
        // v3's file on v2: its switches are on the converter, where v2 has its knobs
        let setup = Setup::new(&Profile::v2(), &Config::built_in(&Profile::v3(), false));
        assert_eq!(setup.profile.footswitches[0].wire, Wire::Gpio(27));
        assert_eq!(setup.profile.footswitches.len(), 3, "the fourth is wired nowhere");
        let generic = Setup::new(&Profile::generic(), &Config::built_in(&Profile::v3(), true));
        assert!(generic.profile.footswitches.is_empty() && generic.analog.is_empty());
        assert!(generic.profile.analog.is_empty());
        assert!(generic.feet.len() == 4 && generic.feet.iter().all(|foot| foot.far), "they come by MIDI");
    }
}
