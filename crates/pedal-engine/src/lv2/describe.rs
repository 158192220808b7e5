//! An LV2 description in the engine's terms.

use lv2_host::{Designation, PluginInfo, PortInfo, PortKind};

use crate::graph::Signal;
use crate::unit::{ControlInput, UnitInfo};

/// Kind of signal at a port, if it is one.
pub(super) fn signal(port: &PortInfo) -> Option<Signal> {
    match port.kind {
        PortKind::AudioIn | PortKind::AudioOut => Some(Signal::Audio),
        PortKind::CvIn | PortKind::CvOut => Some(Signal::Cv),
        PortKind::AtomIn | PortKind::AtomOut => Some(Signal::Atom),
        PortKind::ControlIn | PortKind::ControlOut | PortKind::Unsupported => None,
    }
}

/// Signal ports of one direction, in order.
pub(super) fn signal_ports(plugin: &PluginInfo, inputs: bool) -> impl Iterator<Item = (&PortInfo, Signal)> {
    plugin
        .ports
        .iter()
        .filter(move |port| port.kind.is_input() == inputs)
        .filter_map(|port| signal(port).map(|signal| (port, signal)))
}

/// What the engine must know of a plugin, at `sample_rate` Hz.
pub fn unit_info(plugin: &PluginInfo, sample_rate: f64) -> UnitInfo {
    let kinds = |inputs| signal_ports(plugin, inputs).map(|(_, signal)| signal).collect();
    let symbols = |inputs| signal_ports(plugin, inputs).map(|(port, _)| port.symbol.clone()).collect();
    let controls: Vec<ControlInput> = plugin
        .ports_of(PortKind::ControlIn)
        .map(|port| {
            let (min, default, max) = port.ranges(sample_rate);
            let or = |value: f32, other: f32| if value.is_finite() { value } else { other };
            let (min, max) = (or(min, f32::MIN), or(max, f32::MAX));
            ControlInput {
                symbol: port.symbol.clone(),
                min,
                max,
                default: or(default, or(min.max(0.0).min(max), 0.0)),
                smooth: port.is_continuous() && port.designation.is_none(),
                trigger: port.properties.trigger,
            }
        })
        .collect();
    let enabled = plugin.designated_input(Designation::Enabled).map(|port| &port.symbol);
    UnitInfo {
        uri: plugin.uri.clone(),
        inputs: kinds(true),
        outputs: kinds(false),
        input_symbols: symbols(true),
        output_symbols: symbols(false),
        enabled: controls.iter().position(|control| Some(&control.symbol) == enabled),
        controls,
        control_outputs: plugin.ports_of(PortKind::ControlOut).map(|port| port.symbol.clone()).collect(),
        in_place: !plugin.flags.in_place_broken,
        splittable: !(plugin.flags.fixed_block_length || plugin.flags.power_of_two_block_length),
    }
}
