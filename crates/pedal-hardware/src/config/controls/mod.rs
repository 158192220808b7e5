//! `default_config.yml`, and a board's `config.yml` laid over it. How one entry of it is read: `entries`.

mod entries;

use super::ConfigError;
use super::blend::{Blend, blends};
use super::read::{Reader, field};
use super::tree::{self, Node};
use entries::{analog, byte, encoder, external, foot};

/// A value of an overlay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// Not named: what was before stays.
    #[default]
    Inherit,
    /// Named as `null`: there is none.
    Clear,
    /// This one.
    Set(T),
}

impl<T: Clone> Field<T> {
    /// The value, if there is one.
    pub fn get(&self) -> Option<&T> {
        if let Self::Set(value) = self { Some(value) } else { None }
    }

    fn lay(&mut self, over: &Self) {
        if !matches!(over, Self::Inherit) {
            *self = over.clone();
        }
    }
}

/// A step between snapshots or boards, or a place from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// The next.
    Up,
    /// The one before.
    Down,
    /// This one.
    Index(u16),
}

/// What a long press does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A named action, one of [`ACTIONS`].
    Named(String),
    /// Sends this controller.
    Cc(u8),
    /// Loads a snapshot.
    Preset(Snapshot),
    /// Loads a board.
    Pedalboard(Snapshot),
}

/// Names of actions.
pub const ACTIONS: &[&str] = &[
    "next_snapshot",
    "previous_snapshot",
    "next_pedalboard",
    "previous_pedalboard",
    "toggle_bypass",
    "set_mod_tap_tempo",
    "toggle_tap_tempo_enable",
    "toggle_tuner_enable",
];

/// A footswitch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FootConfig {
    /// Place from the left, from 0.
    pub id: usize,
    /// Channel of the converter, 0–7.
    pub adc_input: Field<u8>,
    /// GPIO line.
    pub gpio_input: Field<u8>,
    /// Output of v2's debounce chip, 0–4.
    pub debounce_input: Field<u8>,
    /// GPIO line of the lamp.
    pub gpio_output: Field<u8>,
    /// Place on the strip.
    pub ledstrip_position: Field<u8>,
    /// Controller sent, 127 or 0.
    pub midi_cc: Field<u8>,
    /// Channel on the wire, 0–15, when it is not the common one.
    pub midi_channel: Field<u8>,
    /// Client it sends to.
    pub midi_port: Field<String>,
    /// Sides of the relay it switches.
    pub bypass: Field<String>,
    /// Snapshot it loads.
    pub preset: Field<Snapshot>,
    /// Name of a colour.
    pub color: Field<String>,
    /// Ignored when true.
    pub disable: Field<bool>,
    /// What a long press does; more than one: chords.
    pub longpress: Field<Vec<Action>>,
    /// Whether a short press taps while that mode is on.
    pub tap_tempo: Field<String>,
    /// On only while it is held; ours, pi-stomp has no such key.
    pub momentary: Field<bool>,
}

/// A knob or expression pedal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AnalogConfig {
    /// Channel of the converter, 0–7; overlays find their entry by it when there is no `id`.
    pub adc_input: u8,
    /// Place on the screen.
    pub id: Field<usize>,
    /// Controller sent.
    pub midi_cc: Field<u8>,
    /// Channel on the wire, 0–15.
    pub midi_channel: Field<u8>,
    /// Client it sends to.
    pub midi_port: Field<String>,
    /// Counts of noise, 0–127 (16).
    pub threshold: Field<u8>,
    /// KNOB or EXPRESSION.
    pub kind: Field<String>,
    /// Sends its value when a board loads.
    pub autosync: Field<bool>,
}

/// An encoder.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EncoderConfig {
    /// 1–3.
    pub id: usize,
    /// Controller sent.
    pub midi_cc: Field<u8>,
    /// Channel on the wire, 0–15.
    pub midi_channel: Field<u8>,
    /// Client it sends to.
    pub midi_port: Field<String>,
    /// KNOB or VOLUME.
    pub kind: Field<String>,
    /// What a long press does.
    pub longpress: Field<Vec<Action>>,
}

/// Messages to other devices, sent when a board loads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExternalMidi {
    /// Whether anything is sent.
    pub enabled: Field<bool>,
    /// Pause between messages in milliseconds (10).
    pub send_delay_ms: Field<u16>,
    /// Client and its messages.
    pub messages: Field<Vec<(String, Vec<Vec<u8>>)>>,
}

/// A configuration or an overlay.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Config {
    /// `hardware.version`, as the file has it.
    pub version: Option<f64>,
    /// `hardware.midi.channel` as musicians count, 1–16.
    pub midi_channel: Field<u8>,
    /// Footswitches.
    pub footswitches: Vec<FootConfig>,
    /// Knobs and pedals.
    pub analog: Vec<AnalogConfig>,
    /// Encoders.
    pub encoders: Vec<EncoderConfig>,
    /// Messages to other devices.
    pub external_midi: ExternalMidi,
    /// Morphs between snapshots.
    pub blends: Vec<Blend>,
}

impl Config {
    /// Reads a `default_config.yml`: the version must be there.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config = Self::parse_overlay(text)?;
        if config.version.is_none() {
            return Err(ConfigError::one(1, "hardware.version is missing: 1.0, 2.0 or 3.0"));
        }
        Ok(config)
    }

    /// Reads a board's `config.yml`.
    pub fn parse_overlay(text: &str) -> Result<Self, ConfigError> {
        let root = tree::parse(text)?;
        let (mut reader, mut config) = (Reader::default(), Self::default());
        for (key, node) in reader.map(&root, "the file", &["hardware", "blend_snapshots"]) {
            match key.as_str() {
                "hardware" => config.hardware(&mut reader, node),
                "blend_snapshots" => config.blends = blends(&mut reader, node),
                _ => {}
            }
        }
        reader.finish(config)
    }

    /// This configuration with a board's overlay.
    pub fn with(&self, over: &Self) -> Self {
        let mut out = self.clone();
        out.midi_channel.lay(&over.midi_channel);
        for new in &over.footswitches {
            let Some(old) = out.footswitches.iter_mut().find(|old| old.id == new.id) else {
                out.footswitches.push(new.clone());
                continue;
            };
            macro_rules! lay { ($($name:ident)*) => { $(old.$name.lay(&new.$name);)* } }
            lay!(adc_input gpio_input debounce_input gpio_output ledstrip_position midi_cc midi_channel midi_port);
            lay!(bypass preset color disable longpress tap_tempo momentary);
        }
        for new in &over.analog {
            let same = |old: &&mut AnalogConfig| match (old.id.get(), new.id.get()) {
                (Some(old), Some(new)) => old == new,
                _ => old.adc_input == new.adc_input,
            };
            let Some(old) = out.analog.iter_mut().find(same) else {
                out.analog.push(new.clone());
                continue;
            };
            macro_rules! lay { ($($name:ident)*) => { $(old.$name.lay(&new.$name);)* } }
            lay!(id midi_cc midi_channel midi_port threshold kind autosync);
        }
        for new in &over.encoders {
            let Some(old) = out.encoders.iter_mut().find(|old| old.id == new.id) else {
                out.encoders.push(new.clone());
                continue;
            };
            macro_rules! lay { ($($name:ident)*) => { $(old.$name.lay(&new.$name);)* } }
            lay!(midi_cc midi_channel midi_port kind longpress);
        }
        out.external_midi.enabled.lay(&over.external_midi.enabled);
        out.external_midi.send_delay_ms.lay(&over.external_midi.send_delay_ms);
        out.external_midi.messages.lay(&over.external_midi.messages);
        if !over.blends.is_empty() {
            out.blends.clone_from(&over.blends);
        }
        out
    }

    fn hardware(&mut self, reader: &mut Reader, node: &Node) {
        let known = ["version", "midi", "footswitches", "analog_controllers", "encoders", "external_midi"];
        for (key, node) in reader.map(node, "hardware", &known) {
            match key.as_str() {
                "version" => {
                    self.version = reader.number(node, "hardware.version");
                    if self.version.is_some_and(|version| !(1.0..4.0).contains(&version)) {
                        reader.problem(node.line, "hardware.version must be from 1.0 to 3.99");
                    }
                }
                "midi" => {
                    for (_, node) in reader.map(node, "midi", &["channel"]) {
                        self.midi_channel = field(node, |node| byte(reader, node, "midi.channel", 1, 16));
                    }
                }
                "footswitches" => {
                    self.footswitches =
                        reader.list(node, key).iter().filter_map(|node| foot(reader, node)).collect();
                }
                "analog_controllers" => {
                    self.analog =
                        reader.list(node, key).iter().filter_map(|node| analog(reader, node)).collect();
                }
                "encoders" => {
                    self.encoders =
                        reader.list(node, key).iter().filter_map(|node| encoder(reader, node)).collect();
                }
                "external_midi" => self.external_midi = external(reader, node),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
