//! What the screens show of the board: its plugins in the order of the signal, with their parameters.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pedal_ui::model::{Board, Category, Choice, Kind, Parameter, Plugin};

use super::Around;
use crate::session::{self, ControlKind, ControlPort, ControlSpec, Endpoint, SHAPES, State, Version};

pub(super) fn board(state: &State, around: &Around) -> Board {
    let board = &state.board;
    Board {
        title: board.title.clone(),
        unsaved: state.unsaved,
        loading: state.loading.as_ref().map(|loading| loading.title.clone()),
        undo: state.history.undo.clone(),
        redo: state.history.redo.clone(),
        versions: around.versions.iter().map(|version| version_name(version, around.now)).collect(),
        loudness: board
            .bundle
            .as_ref()
            .and_then(|bundle| state.loudness.get(bundle))
            .and_then(|loudness| loudness.difference),
        plugins: in_order(board).map(|plugin| shown(state, plugin)).collect(),
    }
}

fn version_name(version: &Version, now: u64) -> String {
    let age = now.saturating_sub(version.time);
    let age = match age {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", age / 60),
        3600..86400 => format!("{} h ago", age / 3600),
        _ => format!("{} days ago", age / 86400),
    };
    if version.name.is_empty() { age } else { version.name.clone() }
}

/// Plugins in the order of the signal: each after all that lead to it. What is in a circle comes last.
fn in_order(board: &session::Board) -> impl Iterator<Item = &session::Plugin> {
    let at: BTreeMap<_, _> =
        board.plugins.iter().enumerate().map(|(at, plugin)| (&plugin.instance, at)).collect();
    let place = |end: &Endpoint| match end {
        Endpoint::Plugin { instance, .. } => at.get(instance).copied(),
        _ => None,
    };
    let cables: BTreeSet<(usize, usize)> = board
        .connections
        .iter()
        .filter_map(|(source, target)| Some((place(source)?, place(target)?)))
        .filter(|(source, target)| source != target)
        .collect();
    let mut waits = vec![0_usize; board.plugins.len()];
    for (_, target) in &cables {
        waits[*target] += 1;
    }
    let mut ready: VecDeque<usize> = (0..waits.len()).filter(|at| waits[*at] == 0).collect();
    let mut order = Vec::with_capacity(waits.len());
    while let Some(next) = ready.pop_front() {
        order.push(next);
        for (_, target) in cables.range((next, 0)..=(next, usize::MAX)) {
            waits[*target] -= 1;
            if waits[*target] == 0 {
                ready.push_back(*target);
            }
        }
    }
    let circle: Vec<usize> = (0..waits.len()).filter(|at| !order.contains(at)).collect();
    order.into_iter().chain(circle).map(move |at| &*board.plugins[at])
}

fn shown(state: &State, plugin: &session::Plugin) -> Plugin {
    let spec = &plugin.spec;
    let name = if spec.label.is_empty() { &spec.name } else { &spec.label };
    let name = if name.is_empty() { plugin.instance.label() } else { name };
    let category = spec.categories.first().map_or(Category::Unknown, |name| Category::from_name(name));
    let seen = |control: &&ControlSpec| !control.hidden && control.designation.is_empty();
    Plugin {
        instance: plugin.instance.label().to_owned(),
        name: name.to_owned(),
        category,
        bypassed: plugin.bypassed,
        missing: plugin.missing,
        parameters: spec
            .controls
            .iter()
            .filter(seen)
            .map(|control| parameter(state, plugin, control))
            .collect(),
        presets: spec.presets.iter().map(|(_, label)| label.clone()).collect(),
        preset: plugin
            .preset
            .as_ref()
            .and_then(|uri| spec.presets.iter().position(|(preset, _)| preset == uri)),
        // tenths of a percent: what cannot be seen changes no picture
        cost: state.health.plugins.get(&plugin.instance).map(|cost| (cost.percent * 10.0).round() / 10.0),
    }
}

fn parameter(state: &State, plugin: &session::Plugin, control: &ControlSpec) -> Parameter {
    let choices = || {
        let points = control.scale_points.iter();
        points.map(|(name, value)| Choice { value: *value, name: name.clone() }).collect()
    };
    let kind = match control.kind {
        ControlKind::Linear => Kind::Linear,
        ControlKind::Logarithmic => Kind::Logarithmic,
        ControlKind::Integer => Kind::Integer,
        ControlKind::Enumeration if control.scale_points.is_empty() => Kind::Integer,
        ControlKind::Enumeration => Kind::Choice(choices()),
        ControlKind::Toggle | ControlKind::Trigger => Kind::Toggle,
    };
    let port = ControlPort { instance: plugin.instance.clone(), symbol: control.symbol.as_str().into() };
    let midi = plugin
        .midi
        .get(&port.symbol)
        .map(|binding| format!("MIDI {}, CC {}", binding.channel + 1, binding.controller));
    let actuator = state
        .board
        .addressings
        .iter()
        .filter(|(actuator, _)| *actuator != SHAPES)
        .find(|(_, list)| list.iter().any(|addressing| addressing.port == port))
        .map(|(actuator, _)| actuator.rsplit('/').next().unwrap_or(actuator).to_owned());
    Parameter {
        symbol: control.symbol.clone(),
        name: control.name.clone(),
        value: plugin.values.get(&port.symbol).copied().unwrap_or(control.default),
        min: control.min,
        max: control.max,
        default: control.default,
        unit: control.unit.clone(),
        kind,
        assigned: midi.or(actuator),
    }
}
