//! Several edits of the graph as one: one plan in the engine, one step to take back.

use std::sync::Arc;

use super::edit::removal;
use super::{Core, Kind};
use crate::session::board::{Board, ControlPort, Endpoint, Instance, Plugin};
use crate::session::change::{Change, ChangeError};
use crate::session::error::SessionError;
use crate::session::intent::{Answer, Done, Edit, Source};

/// Edits that one intent may hold; a board of forty plugins is laid out with far fewer.
const MOST: usize = 2000;

impl Core {
    pub(super) fn arrange(&mut self, source: Source, label: &str, edits: Vec<Edit>) -> Answer {
        if edits.len() > MOST {
            let what = format!("{} edits at once", edits.len());
            return Err(SessionError::Unsupported { what, reason: format!("{MOST} are the most") });
        }
        // Each edit is looked at on the board as those before it leave it.
        let mut board = (*self.state.board).clone();
        let mut changes = Vec::with_capacity(edits.len());
        let mut gone = Vec::new();
        for edit in edits {
            if let Edit::Remove { instance } = &edit {
                gone.push(instance.clone());
            }
            for change in self.edit_changes(&board, edit)? {
                change.apply(&mut board)?;
                changes.push(change);
            }
        }
        self.change(source, label, changes, Kind::Structure, true)?;
        for instance in gone {
            self.forget_learning(&instance);
        }
        Ok(Done::Done)
    }

    fn edit_changes(&self, board: &Board, edit: Edit) -> Result<Vec<Change>, SessionError> {
        Ok(match edit {
            Edit::Add { instance, uri, position, values, bypassed } => {
                vec![self.added(board, instance, &uri, position, values, bypassed)?]
            }
            Edit::Remove { instance } => {
                board.plugin(&instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
                let mut changes = removal(board, &instance);
                changes.push(Change::PluginRemoved { instance });
                changes
            }
            Edit::Move { instance, position } => {
                if !(position.0.is_finite() && position.1.is_finite()) {
                    return Ok(Vec::new());
                }
                vec![Change::PluginMoved { instance, position }]
            }
            Edit::Connect { source, target } => {
                check_end(board, &source, true)?;
                check_end(board, &target, false)?;
                if board.connections.iter().any(|(from, to)| *from == source && *to == target) {
                    return Ok(Vec::new());
                }
                vec![Change::Connected { at: board.connections.len(), source, target }]
            }
            Edit::Disconnect { source, target } => vec![Change::Disconnected { source, target }],
        })
    }

    fn added(
        &self,
        board: &Board,
        instance: Instance,
        uri: &str,
        position: (f64, f64),
        values: Vec<(String, f32)>,
        bypassed: bool,
    ) -> Result<Change, SessionError> {
        let label = instance.label();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if label.is_empty() || instance.is_board() || !label.chars().all(fits) {
            return Err(SessionError::BadName(label.to_owned()));
        }
        let spec = self.catalogue.plugin(uri).ok_or_else(|| SessionError::UnknownPlugin(uri.to_owned()))?;
        let mut plugin = Plugin { position, bypassed, ..Plugin::new(instance, board.next_number(), spec) };
        for (symbol, value) in values {
            let control = plugin.spec.control(&symbol);
            let port = || SessionError::NoControl(ControlPort::new(plugin.instance.clone(), &symbol));
            let value = control.ok_or_else(port)?.limit(value);
            plugin.values.insert(symbol.as_str().into(), value);
        }
        Ok(Change::PluginAdded { at: board.plugins.len(), plugin: Arc::new(plugin) })
    }
}

/// Whether a cable may start (or end) at this port of the board.
pub(super) fn check_end(board: &Board, port: &Endpoint, start: bool) -> Result<(), SessionError> {
    let Endpoint::Plugin { instance, symbol } = port else { return Ok(()) };
    let plugin = board.plugin(instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
    let fits = if start { plugin.spec.has_source(symbol) } else { plugin.spec.has_sink(symbol) };
    // nothing is known about the ports of a plugin that is not installed
    if fits || plugin.missing {
        return Ok(());
    }
    Err(SessionError::BadPort { port: port.clone(), end: if start { "start" } else { "end" } })
}
