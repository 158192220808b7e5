//! `default_config.yml`, and a board's `config.yml` laid over it.

use super::ConfigError;
use super::blend::{Blend, blends};
use super::read::{Reader, field};
use super::tree::{self, Node, Value};

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

fn byte(reader: &mut Reader, node: &Node, what: &str, low: u8, high: u8) -> Option<u8> {
    reader.integer(node, what, low.into(), high.into())?.try_into().ok()
}

fn snapshot(reader: &mut Reader, node: &Node, what: &str) -> Option<Snapshot> {
    match &node.value {
        Value::Text(text) if text == "UP" => Some(Snapshot::Up),
        Value::Text(text) if text == "DOWN" => Some(Snapshot::Down),
        Value::Text(text) if text.parse::<u16>().is_ok() => text.parse().ok().map(Snapshot::Index),
        _ => {
            reader.problem(node.line, format!("{what} must be UP, DOWN or a number from 0"));
            None
        }
    }
}

fn actions(reader: &mut Reader, node: &Node) -> Option<Vec<Action>> {
    match &node.value {
        Value::List(items) => Some(items.iter().filter_map(|item| actions(reader, item)).flatten().collect()),
        Value::Map(_) => {
            let entries = reader.map(node, "longpress", &["midi_CC", "preset", "pedalboard"]);
            let action = |(key, node): &(String, Node)| match key.as_str() {
                "midi_CC" => byte(reader, node, key, 0, 127).map(Action::Cc),
                "preset" => snapshot(reader, node, key).map(Action::Preset),
                "pedalboard" => snapshot(reader, node, key).map(Action::Pedalboard),
                _ => None,
            };
            Some(entries.iter().filter_map(action).collect())
        }
        _ => {
            let text = reader.text(node, "longpress")?;
            let mut out = Vec::new();
            for name in text.split_whitespace() {
                if !ACTIONS.contains(&name) {
                    reader.problem(
                        node.line,
                        format!("longpress cannot be {name}; it may be {}", ACTIONS.join(", ")),
                    );
                }
                out.push(Action::Named(name.to_owned()));
            }
            Some(out)
        }
    }
}

fn foot(reader: &mut Reader, node: &Node) -> Option<FootConfig> {
    let known = [
        "id",
        "adc_input",
        "gpio_input",
        "debounce_input",
        "gpio_output",
        "ledstrip_position",
        "midi_CC",
        "midi_channel",
        "midi_port",
        "bypass",
        "preset",
        "color",
        "disable",
        "longpress",
        "tap_tempo",
        "momentary",
    ];
    let (mut out, mut id) = (FootConfig::default(), None);
    for (key, node) in reader.map(node, "a footswitch", &known) {
        let what = format!("footswitches.{key}");
        match key.as_str() {
            "id" => id = reader.integer(node, &what, 0, 15),
            "adc_input" => out.adc_input = field(node, |node| byte(reader, node, &what, 0, 7)),
            "gpio_input" => out.gpio_input = field(node, |node| byte(reader, node, &what, 0, 27)),
            "debounce_input" => out.debounce_input = field(node, |node| byte(reader, node, &what, 0, 4)),
            "gpio_output" => out.gpio_output = field(node, |node| byte(reader, node, &what, 0, 27)),
            "ledstrip_position" => {
                out.ledstrip_position = field(node, |node| byte(reader, node, &what, 0, 63))
            }
            "midi_CC" => out.midi_cc = field(node, |node| byte(reader, node, &what, 0, 127)),
            "midi_channel" => out.midi_channel = field(node, |node| byte(reader, node, &what, 0, 15)),
            "midi_port" => out.midi_port = field(node, |node| reader.text(node, &what)),
            "bypass" => {
                out.bypass = field(node, |node| reader.one_of(node, &what, &["LEFT", "RIGHT", "LEFT_RIGHT"]));
            }
            "preset" => out.preset = field(node, |node| snapshot(reader, node, &what)),
            "color" => out.color = field(node, |node| reader.text(node, &what)),
            "disable" => out.disable = field(node, |node| reader.yes(node, &what)),
            "longpress" => out.longpress = field(node, |node| actions(reader, node)),
            "momentary" => out.momentary = field(node, |node| reader.yes(node, &what)),
            "tap_tempo" => {
                out.tap_tempo = field(node, |node| reader.one_of(node, &what, &["set_mod_tap_tempo"]))
            }
            _ => {}
        }
    }
    let wires = [&out.adc_input, &out.gpio_input, &out.debounce_input];
    if wires.iter().filter(|wire| wire.get().is_some()).count() > 1 {
        reader.problem(node.line, "a footswitch has one of adc_input, gpio_input and debounce_input");
    }
    if id.is_none() {
        reader.problem(node.line, "this footswitch needs an id from 0");
    }
    out.id = usize::try_from(id?).ok()?;
    Some(out)
}

fn analog(reader: &mut Reader, node: &Node) -> Option<AnalogConfig> {
    let known = ["adc_input", "id", "midi_CC", "midi_channel", "midi_port", "threshold", "type", "autosync"];
    let (mut out, mut channel) = (AnalogConfig::default(), None);
    for (key, node) in reader.map(node, "an analog controller", &known) {
        let what = format!("analog_controllers.{key}");
        match key.as_str() {
            "adc_input" => channel = byte(reader, node, &what, 0, 7),
            "id" => out.id = field(node, |node| reader.integer(node, &what, 0, 15)?.try_into().ok()),
            "midi_CC" => out.midi_cc = field(node, |node| byte(reader, node, &what, 0, 127)),
            "midi_channel" => out.midi_channel = field(node, |node| byte(reader, node, &what, 0, 15)),
            "midi_port" => out.midi_port = field(node, |node| reader.text(node, &what)),
            "threshold" => out.threshold = field(node, |node| byte(reader, node, &what, 0, 127)),
            "type" => out.kind = field(node, |node| reader.one_of(node, &what, &["KNOB", "EXPRESSION"])),
            "autosync" => out.autosync = field(node, |node| reader.yes(node, &what)),
            _ => {}
        }
    }
    if channel.is_none() {
        reader.problem(node.line, "this analog controller needs an adc_input from 0 to 7");
    }
    out.adc_input = channel?;
    Some(out)
}

fn encoder(reader: &mut Reader, node: &Node) -> Option<EncoderConfig> {
    let known = ["id", "midi_CC", "midi_channel", "midi_port", "type", "longpress"];
    let (mut out, mut id) = (EncoderConfig::default(), None);
    for (key, node) in reader.map(node, "an encoder", &known) {
        let what = format!("encoders.{key}");
        match key.as_str() {
            "id" => id = reader.integer(node, &what, 1, 3),
            "midi_CC" => out.midi_cc = field(node, |node| byte(reader, node, &what, 0, 127)),
            "midi_channel" => out.midi_channel = field(node, |node| byte(reader, node, &what, 0, 15)),
            "midi_port" => out.midi_port = field(node, |node| reader.text(node, &what)),
            "type" => out.kind = field(node, |node| reader.one_of(node, &what, &["KNOB", "VOLUME"])),
            "longpress" => out.longpress = field(node, |node| actions(reader, node)),
            _ => {}
        }
    }
    if out.kind.get().is_some_and(|kind| kind == "VOLUME") && out.midi_cc.get().is_some() {
        reader.problem(node.line, "an encoder of type VOLUME sends no midi_CC: leave one of them out");
    }
    if id.is_none() {
        reader.problem(node.line, "this encoder needs an id from 1 to 3");
    }
    out.id = usize::try_from(id?).ok()?;
    Some(out)
}

fn external(reader: &mut Reader, node: &Node) -> ExternalMidi {
    let mut out = ExternalMidi::default();
    for (key, node) in reader.map(node, "external_midi", &["enabled", "send_delay_ms", "messages"]) {
        match key.as_str() {
            "enabled" => out.enabled = field(node, |node| reader.yes(node, key)),
            "send_delay_ms" => {
                out.send_delay_ms = field(node, |node| reader.integer(node, key, 0, 10_000)?.try_into().ok());
            }
            "messages" => {
                let Value::Map(clients) = &node.value else {
                    reader.problem(node.line, "messages must be a map of client names");
                    continue;
                };
                let mut all = Vec::new();
                for (client, list) in clients {
                    let mut messages = Vec::new();
                    for message in reader.list(list, "the messages of a client") {
                        let bytes = reader.list(message, "a message");
                        messages.push(
                            bytes.iter().filter_map(|one| byte(reader, one, "a byte", 0, 255)).collect(),
                        );
                    }
                    all.push((client.clone(), messages));
                }
                out.messages = Field::Set(all);
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &str = "hardware:\n  version: 3.0\n  midi:\n    channel: 14\n  footswitches:\n  - id: 0\n    adc_input: 0\n    midi_CC: 60\n    longpress: previous_snapshot\n  - id: 1\n    adc_input: 1\n    midi_CC: 61\n    longpress: [next_snapshot, {pedalboard: UP}]\n  encoders:\n  - id: 3\n    type: VOLUME\n";

    #[test]
    fn an_overlay_replaces_removes_and_inherits() {
        let base = Config::parse(DEFAULT).unwrap();
        let over = "hardware:\n  footswitches:\n  - id: 1\n    midi_CC: null\n    preset: UP\n  - {id: 0, midi_CC: None}\n";
        let both = base.with(&Config::parse_overlay(over).unwrap());
        assert_eq!(both.footswitches[1].midi_cc, Field::Clear);
        assert_eq!(both.footswitches[0].midi_cc, Field::Clear);
        assert_eq!(both.footswitches[1].preset, Field::Set(Snapshot::Up));
        assert_eq!(both.footswitches[1].adc_input, Field::Set(1));
        let long = [Action::Named("next_snapshot".into()), Action::Pedalboard(Snapshot::Up)];
        assert_eq!(both.footswitches[1].longpress, Field::Set(long.into()));
        assert_eq!(both.midi_channel, Field::Set(14));
    }

    #[test]
    fn every_problem_has_its_line() {
        let text = "hardware:\n  version: 3.0\n  midi: {channel: 17}\n  footswitches:\n  - id: 0\n    midi_cc: 3\n  - adc_input: 9\n";
        let problems = Config::parse(text).unwrap_err().problems;
        assert_eq!(problems.iter().map(|one| one.line).collect::<Vec<_>>(), [3, 6, 7, 7]);
        assert!(problems[1].message.contains("has no midi_cc"), "{problems:?}");
        for (text, line) in
            [("a: [1\nb", 2), ("hardware:\n  version: 3\n  version: 2", 3), ("x: &a 1\ny: *a", 2)]
        {
            assert_eq!(Config::parse(text).unwrap_err().problems[0].line, line, "{text}");
        }
        assert!(Config::parse("").unwrap_err().to_string().contains("hardware.version is missing"));
        assert!(Config::parse(&"[".repeat(10_000)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z0-9:\\-\\[\\]{}&*'\"|># \n]{0,80}") {
            let _ = Config::parse(&text);
        }
    }
}
