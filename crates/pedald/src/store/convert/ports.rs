//! The ports that something new has: a plugin that no bundle knows yet, and a board of ours.

use pedalboard::{Flow, Port, PortKind};

use crate::session::{PluginSpec, PortSpec};

/// The ports of a plugin, with the values that it starts with.
pub(super) fn ports(spec: &PluginSpec) -> Vec<Port> {
    let of = |list: &[PortSpec], kind, flow| -> Vec<Port> {
        list.iter().map(|port| Port::new(port.symbol.clone(), kind, flow)).collect()
    };
    let mut all = of(&spec.audio_inputs, PortKind::Audio, Flow::Input);
    all.extend(of(&spec.audio_outputs, PortKind::Audio, Flow::Output));
    all.extend(of(&spec.cv_inputs, PortKind::Cv, Flow::Input));
    all.extend(of(&spec.cv_outputs, PortKind::Cv, Flow::Output));
    all.extend(of(&spec.midi_inputs, PortKind::Events, Flow::Input));
    all.extend(of(&spec.midi_outputs, PortKind::Events, Flow::Output));
    all.extend(spec.controls.iter().map(|control| Port::control(control.symbol.clone(), control.default)));
    all.extend(
        spec.outputs.iter().map(|output| Port::new(output.symbol.clone(), PortKind::Control, Flow::Output)),
    );
    all
}

/// The ports of a board on this pedal, as mod-ui numbers them.
pub(super) fn new_ports() -> Vec<Port> {
    let mut ports = vec![
        Port::new("control_in", PortKind::Events, Flow::Input).named(3, "Control In"),
        Port::new("control_out", PortKind::Events, Flow::Output).named(4, "Control Out"),
    ];
    for channel in 1..=2 {
        let symbol = format!("capture_{channel}");
        ports.push(
            Port::new(symbol, PortKind::Audio, Flow::Input).named(channel + 4, format!("Capture {channel}")),
        );
    }
    for channel in 1..=2 {
        let symbol = format!("playback_{channel}");
        ports.push(
            Port::new(symbol, PortKind::Audio, Flow::Output)
                .named(channel + 6, format!("Playback {channel}")),
        );
    }
    for port in &mut ports[..2] {
        port.minimum_size = Some(4096);
    }
    for (symbol, value) in [(":bpb", 4.0), (":bpm", 120.0), (":rolling", 0.0)] {
        ports.push(Port::control(symbol, value));
    }
    ports.push(Port::control("midi_separated_mode", 1.0));
    ports.push(Port::control("midi_loopback", 0.0));
    ports
}
