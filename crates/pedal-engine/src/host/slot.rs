//! A plugin of the board.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::plugins::PluginControl;
use crate::exec::NodeCell;
use crate::graph::{Node, NodeId};
use crate::unit::UnitInfo;

/// A plugin of the board, with both halves.
pub(super) struct Slot {
    pub(super) instance: i32,
    pub(super) uri: String,
    pub(super) node: Node,
    pub(super) cell: Arc<NodeCell>,
    pub(super) control: Box<dyn PluginControl>,
    /// Whether it takes part; `preload` and `activate 0` leave it out.
    pub(super) active: bool,
    /// It stands in for a plugin that is not installed.
    pub(super) missing: bool,
    /// It has run, or was warmed.
    pub(super) warm: bool,
    /// Preset loaded last.
    pub(super) preset: Option<String>,
    /// When its state was kept for the next start, if it has not changed since as far as is known.
    pub(super) state_kept: Option<std::time::Duration>,
    /// The folder that it was kept in.
    pub(super) state_folder: Option<std::path::PathBuf>,
    /// Properties set by command, by URI.
    pub(super) properties: BTreeMap<String, String>,
}

impl Slot {
    pub(super) fn id(&self) -> NodeId {
        self.node.id
    }

    pub(super) fn info(&self) -> &UnitInfo {
        &self.cell.info
    }

    /// Position of the control input with this symbol.
    pub(super) fn control_index(&self, symbol: &str) -> Option<usize> {
        self.info().controls.iter().position(|control| control.symbol == symbol)
    }

    /// Sets a control input, clamped to its range. False when there is none with this symbol.
    pub(super) fn set(&self, symbol: &str, value: f32) -> bool {
        let Some(index) = self.control_index(symbol) else { return false };
        let control = &self.info().controls[index];
        if value.is_finite() {
            self.cell.set_control(index, value.max(control.min).min(control.max.max(control.min)));
        }
        true
    }

    /// Values of all control inputs, by symbol.
    pub(super) fn values(&self) -> Vec<(String, f32)> {
        let controls = self.info().controls.iter().enumerate();
        controls.map(|(index, control)| (control.symbol.clone(), self.cell.control(index))).collect()
    }

    /// Takes over the values, bypass and options of another plugin of the same kind.
    pub(super) fn take_over(&self, other: &Slot) {
        for (symbol, value) in other.values() {
            self.set(&symbol, value);
        }
        self.cell.set_bypass(other.cell.is_bypassed());
        self.cell.set_keep_running(other.cell.keeps_running());
    }
}
