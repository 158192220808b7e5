//! Edits of the graph: plugins and cables.

use std::sync::Arc;

use mod_protocol::Command;

use super::arrange::check_end;
use super::{Core, Kind, ReplyTo, Waiting};
use crate::engine::jack_name;
use crate::session::board::{Board, Endpoint, Instance, Plugin};
use crate::session::change::{Change, ChangeError};
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Source};
use crate::session::state::NoticeLevel;

impl Core {
    pub(super) fn add_plugin(
        &mut self,
        source: Source,
        instance: Instance,
        uri: &str,
        position: (f64, f64),
        reply: ReplyTo,
    ) -> Option<Answer> {
        let label = instance.label();
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if label.is_empty() || instance.is_board() || !label.chars().all(fits) {
            return Some(Err(SessionError::BadName(label.to_owned())));
        }
        let Some(spec) = self.catalogue.plugin(uri) else {
            return Some(Err(SessionError::UnknownPlugin(uri.to_owned())));
        };
        let board = &self.state.board;
        let plugin = Plugin { position, ..Plugin::new(instance.clone(), board.next_number(), spec) };
        let what = format!("add {}", plugin.spec.name);
        let change = Change::PluginAdded { at: board.plugins.len(), plugin: Arc::new(plugin) };
        let done = self.change(source, &what, vec![change.clone()], Kind::Structure, false);
        let undo = match done {
            Ok(undo) => undo,
            Err(error) => return Some(Err(error)),
        };
        let Change::PluginAdded { plugin, .. } = &change else { unreachable!("made above") };
        if !self.state.engine.is_running() {
            return Some(Ok(Done::Plugin(plugin.clone())));
        }
        let plugin = plugin.clone();
        let ticket = self.ticket(Waiting::Add { change, undo, source, reply });
        let (uri, instance) = (plugin.spec.uri.clone(), plugin.number);
        self.effects.push(super::Effect::Command(ticket, Command::Add { uri, instance }));
        self.send_rest_of(&plugin);
        None
    }

    /// The engine could not add it: it goes again.
    pub(super) fn add_failed(&mut self, change: &Change, undo: Option<u64>, source: Source) {
        let Change::PluginAdded { plugin, .. } = change else { return };
        if let Some(id) = undo {
            self.undo.forget(id);
        }
        let instance = plugin.instance.clone();
        if self.state.board.plugin(&instance).is_some() {
            let mut changes = removal(&self.state.board, &instance);
            changes.push(Change::PluginRemoved { instance });
            self.emit(source, EventKind::Changed(changes.into()));
        }
        self.tell_history(source);
    }

    pub(super) fn remove_plugin(&mut self, source: Source, instance: &Instance) -> Answer {
        let plugin =
            self.state.board.plugin(instance).ok_or_else(|| ChangeError::NoPlugin(instance.clone()))?;
        let label = format!("remove {}", plugin.spec.name);
        let mut changes = removal(&self.state.board, instance);
        changes.push(Change::PluginRemoved { instance: instance.clone() });
        self.change(source, &label, changes, Kind::Structure, true)?;
        self.forget_learning(instance);
        Ok(Done::Done)
    }

    pub(super) fn move_plugin(&mut self, source: Source, instance: Instance, position: (f64, f64)) -> Answer {
        if !(position.0.is_finite() && position.1.is_finite()) {
            return Ok(Done::Done);
        }
        let label = format!("move {instance}");
        self.edit(source, &label, vec![Change::PluginMoved { instance, position }])
    }

    pub(super) fn connect(
        &mut self,
        source: Source,
        from: Endpoint,
        to: Endpoint,
        reply: ReplyTo,
    ) -> Option<Answer> {
        let board = &self.state.board;
        if let Err(error) = check_end(board, &from, true).and_then(|()| check_end(board, &to, false)) {
            return Some(Err(error));
        }
        if board.connections.iter().any(|(a, b)| *a == from && *b == to) {
            return Some(Ok(Done::Done));
        }
        let (start, end) = (jack_name(board, &from), jack_name(board, &to));
        let label = format!("connect {from} to {to}");
        let change = Change::Connected { at: board.connections.len(), source: from, target: to };
        let undo = match self.change(source, &label, vec![change.clone()], Kind::Structure, false) {
            Ok(undo) => undo,
            Err(error) => return Some(Err(error)),
        };
        let (Some(start), Some(end)) = (start, end) else { return Some(Ok(Done::Done)) };
        if !self.state.engine.is_running() {
            return Some(Ok(Done::Done));
        }
        let ticket = self.ticket(Waiting::Connect { change, undo, source, reply });
        let command = Command::Connect { source: start, destination: end };
        self.effects.push(super::Effect::Command(ticket, command));
        None
    }

    /// The engine could not make the cable: it goes again, so that nobody sees one that carries no sound.
    pub(super) fn connect_failed(
        &mut self,
        change: &Change,
        undo: Option<u64>,
        source: Source,
        reason: String,
    ) -> SessionError {
        let Change::Connected { source: from, target: to, .. } = change else {
            return SessionError::Engine { what: "connect".into(), reason };
        };
        self.unplug(from, to, undo, source);
        let error = SessionError::Engine { what: format!("connect {from} to {to}"), reason };
        self.notice(source, NoticeLevel::Warning, error.to_string());
        error
    }

    /// Takes a cable away that was never made.
    pub(super) fn unplug(&mut self, from: &Endpoint, to: &Endpoint, undo: Option<u64>, source: Source) {
        if let Some(id) = undo {
            self.undo.forget(id);
        }
        if self.state.board.connections.iter().any(|(a, b)| a == from && b == to) {
            let gone = Change::Disconnected { source: from.clone(), target: to.clone() };
            self.emit(source, EventKind::Changed(vec![gone].into()));
        }
        self.tell_history(source);
    }

    pub(super) fn disconnect(&mut self, source: Source, from: Endpoint, to: Endpoint) -> Answer {
        let label = format!("disconnect {from} from {to}");
        let change = Change::Disconnected { source: from, target: to };
        self.change(source, &label, vec![change], Kind::Structure, true).map(|_| Done::Done)
    }
}

/// What has to go before a plugin goes: its cables and addressings.
pub(super) fn removal(board: &Board, instance: &Instance) -> Vec<Change> {
    let touches = |end: &Endpoint| end.instance() == Some(instance);
    let cables = board.connections.iter().filter(|(from, to)| touches(from) || touches(to));
    let mut changes: Vec<Change> =
        cables.map(|(from, to)| Change::Disconnected { source: from.clone(), target: to.clone() }).collect();
    for (actuator, list) in &board.addressings {
        if list.iter().any(|addressing| addressing.port.instance == *instance) {
            let kept = list.iter().filter(|addressing| addressing.port.instance != *instance);
            let list = kept.cloned().collect();
            changes.push(Change::AddressingsSet { actuator: actuator.clone(), list });
        }
    }
    changes
}
