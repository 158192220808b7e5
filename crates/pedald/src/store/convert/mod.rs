//! Between a bundle on the disk and the session's board. What a bundle holds beyond the session's knowledge stays in it.

mod ports;
mod read;
mod write;

use std::sync::Arc;

use crate::session::{Board, MidiBinding};

pub(super) use read::board;
pub(super) use write::{new_bundle, update, update_snapshots, version_bundle};

fn bound(binding: &pedalboard::MidiBinding, range: (f32, f32)) -> MidiBinding {
    let (min, max) = binding.range.unwrap_or(range);
    MidiBinding { channel: binding.channel, controller: binding.controller, min, max }
}

fn tempo_range(symbol: &str) -> (f32, f32) {
    match symbol {
        ":bpm" => (20.0, 280.0),
        ":bpb" => (1.0, 16.0),
        _ => (0.0, 1.0),
    }
}

/// The board of a version, with the states that were saved with the board itself: those of the plugins that are the same.
pub(super) fn with_states(version: &Board, saved: &Board) -> Board {
    let mut board = version.clone();
    for plugin in &mut board.plugins {
        let known = saved.plugin(&plugin.instance);
        let known = known.filter(|known| known.number == plugin.number && known.spec.uri == plugin.spec.uri);
        if let Some(state) = known.and_then(|known| known.state.clone()) {
            Arc::make_mut(plugin).state = Some(state);
        }
    }
    board
}
