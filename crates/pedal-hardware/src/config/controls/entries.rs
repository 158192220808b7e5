//! One footswitch, knob or encoder of the file, and the messages to other devices.

use super::{ACTIONS, Action, AnalogConfig, EncoderConfig, ExternalMidi, Field, FootConfig, Snapshot};
use crate::config::read::{Reader, field};
use crate::config::tree::{Node, Value};

pub(super) fn byte(reader: &mut Reader, node: &Node, what: &str, low: u8, high: u8) -> Option<u8> {
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

pub(super) fn foot(reader: &mut Reader, node: &Node) -> Option<FootConfig> {
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

pub(super) fn analog(reader: &mut Reader, node: &Node) -> Option<AnalogConfig> {
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

pub(super) fn encoder(reader: &mut Reader, node: &Node) -> Option<EncoderConfig> {
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

pub(super) fn external(reader: &mut Reader, node: &Node) -> ExternalMidi {
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
