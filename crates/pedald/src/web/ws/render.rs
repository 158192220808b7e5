//! From an event to the messages of one client.

use super::dump;
use super::message::Output;
use crate::session::{
    Change, ControlPort, EngineState, Event, EventKind, Notice, NoticeLevel, SHAPES, Signal, Source, State,
};

/// Messages for the client `reader`. What it set or moved itself is not told to it again.
pub(super) fn event(event: &Event, state: &State, reader: Source) -> Vec<Output> {
    let own = event.source == reader;
    match &event.kind {
        EventKind::Changed(changes) => {
            changes.iter().flat_map(|change| changed(change, state, own)).collect()
        }
        EventKind::BoardLoaded(_) => dump::board(state),
        EventKind::Sync(_) => vec![Output::keyed("transport", dump::transport(state))],
        EventKind::Output(port, value) => {
            vec![Output::meter(format!("output {port}"), dump::output_set(port, *value))]
        }
        EventKind::Health(health) => vec![
            Output::keyed("stats", dump::stats(health)),
            Output::keyed("sys_stats", dump::sys_stats(health)),
        ],
        EventKind::Notice(Some(Notice { level, text })) if *level >= NoticeLevel::Warning => {
            let level = if *level == NoticeLevel::Error { 3 } else { 2 };
            vec![log(level, text)]
        }
        EventKind::Engine(EngineState::Down(reason)) => {
            vec![log(3, &format!("The engine is not running: {reason}"))]
        }
        EventKind::Signal(Signal::Log { level, text }) => vec![log(*level, text)],
        EventKind::Signal(Signal::Fault { detail, .. }) => vec![log(2, detail)],
        EventKind::Signal(Signal::Corrected { ports, reason }) if own => {
            corrected(ports, reason.as_deref(), state)
        }
        _ => Vec::new(),
    }
}

/// What a client should believe after it was refused, or got less than it asked for.
fn corrected(ports: &[ControlPort], reason: Option<&str>, state: &State) -> Vec<Output> {
    let mut all: Vec<Output> = reason.map(|reason| log(2, reason)).into_iter().collect();
    let known = ports.iter().filter(|port| !port.instance.is_board());
    all.extend(known.filter_map(|port| Some(value(port, state.board.value(port)?))));
    // tempo, and where it comes from
    if reason.is_some() || ports.iter().any(|port| port.instance.is_board()) {
        all.push(Output::keyed("transport", dump::transport(state)));
    }
    all
}

fn log(level: i32, text: &str) -> Output {
    Output::plain(format!("log {level} {}", text.replace(['\n', '\r'], " ")))
}

fn value(port: &ControlPort, value: f32) -> Output {
    let text = dump::param_set(&port.instance, &port.symbol, value);
    Output::keyed(format!("param {port}"), text)
}

fn changed(change: &Change, state: &State, own: bool) -> Vec<Output> {
    let board = &state.board;
    let plain = |line: String| vec![Output::plain(line)];
    match change {
        Change::PluginAdded { plugin, .. } => {
            let mut lines = Vec::new();
            dump::plugin(plugin, &mut lines);
            lines.into_iter().map(Output::plain).collect()
        }
        Change::PluginRemoved { instance } => plain(format!("remove {}", instance.path())),
        Change::PluginMoved { instance, position: (x, y) } if !own => {
            vec![Output::keyed(
                format!("pos {instance}"),
                format!("plugin_pos {} {x:.1} {y:.1}", instance.path()),
            )]
        }
        Change::Connected { source, target, .. } => {
            plain(format!("connect {} {}", source.path(), target.path()))
        }
        Change::Disconnected { source, target } => {
            plain(format!("disconnect {} {}", source.path(), target.path()))
        }
        Change::ValueSet { port, .. } if port.instance.is_board() => {
            vec![Output::keyed("transport", dump::transport(state))]
        }
        Change::ValueSet { port, value: set } if !own => vec![value(port, *set)],
        // The session may have moved a value into its range: then its sender must learn it too.
        Change::TempoSet { .. } => vec![Output::keyed("transport", dump::transport(state))],
        Change::PresetSet { instance, preset } => plain(dump::preset(instance, preset.as_deref())),
        Change::ParameterSet { instance, uri, value: Some(value) } if !own => match board.plugin(instance) {
            Some(plugin) => {
                vec![Output::keyed(format!("patch {instance} {uri}"), dump::patch_set(plugin, uri, value))]
            }
            None => Vec::new(),
        },
        Change::BindingSet { port, binding } => plain(dump::midi_map(port, binding.as_ref())),
        Change::AddressingsSet { actuator, .. } if actuator == SHAPES => Vec::new(),
        Change::AddressingsSet { actuator, list } => {
            list.iter().map(|addressing| Output::plain(dump::mapping(actuator, addressing))).collect()
        }
        Change::SnapshotChosen { .. } => dump::snapshot(board).map(Output::plain).into_iter().collect(),
        Change::SnapshotReplaced { at, .. } if board.snapshot == Some(*at) => {
            dump::snapshot(board).map(Output::plain).into_iter().collect()
        }
        Change::Resized { .. } if !own => vec![Output::keyed("size", dump::size(board))],
        _ => Vec::new(),
    }
}
