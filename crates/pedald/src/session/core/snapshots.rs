//! Snapshots, and the blend between them.

use std::sync::Arc;

use super::{Core, Kind};
use crate::session::board::{ControlPort, Snapshot};
use crate::session::change::Change;
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::intent::{Answer, Done, Source, Step};
use crate::session::mapping::between;
use crate::session::state::{Curve, Morph};

/// A blended value is sent when it has moved by this share of its range.
const MORPH_STEP: f32 = 1.0 / 1024.0;

impl Core {
    /// The number that a step leads to.
    pub(super) fn stepped(step: Step, now: Option<usize>, count: usize) -> Option<usize> {
        match (step, now) {
            _ if count == 0 => None,
            (Step::To(at), _) => (at < count).then_some(at),
            (Step::Next, Some(at)) => Some((at + 1) % count),
            (Step::Next, None) => Some(0),
            (Step::Previous, Some(at)) => Some((at + count - 1) % count),
            (Step::Previous, None) => Some(count - 1),
        }
    }

    pub(super) fn load_snapshot(&mut self, source: Source, step: Step) -> Answer {
        let board = &self.state.board;
        let at = Self::stepped(step, board.snapshot, board.snapshots.len()).ok_or(match step {
            Step::To(at) => SessionError::NoSnapshot(at),
            _ => SessionError::NoSnapshots,
        })?;
        let snapshot = board.snapshots[at].clone();
        let mut changes = self.recall(&snapshot);
        changes.push(Change::SnapshotChosen { at: Some(at) });
        if self.state.morph.is_some() {
            self.emit(source, EventKind::Morph(None));
        }
        let label = format!("snapshot {}", snapshot.name);
        self.change(source, &label, changes, Kind::Recall, true)?;
        Ok(Done::Snapshot { at, name: snapshot.name.clone() })
    }

    /// What a snapshot changes. Ports that the host steers, that follow the tempo or that are held down by a momentary control stay.
    fn recall(&self, snapshot: &Snapshot) -> Vec<Change> {
        let board = &self.state.board;
        let mut changes = Vec::new();
        for plugin in &board.plugins {
            let Some(stored) = snapshot.plugins.get(&plugin.instance) else { continue };
            let instance = &plugin.instance;
            if let Some(preset) = stored.preset.as_ref().filter(|preset| !preset.is_empty())
                && plugin.preset.as_ref() != Some(preset)
            {
                changes.push(Change::PresetSet { instance: instance.clone(), preset: Some(preset.clone()) });
            }
            for (uri, value) in &stored.parameters {
                if plugin.parameters.get(uri) != Some(value) {
                    let (instance, uri, value) = (instance.clone(), uri.clone(), Some(value.clone()));
                    changes.push(Change::ParameterSet { instance, uri, value });
                }
            }
            for (symbol, value) in &stored.values {
                let port = ControlPort { instance: instance.clone(), symbol: symbol.clone() };
                let control = plugin.spec.control(symbol);
                let steered = control.is_some_and(|control| !control.designation.is_empty());
                if plugin.values.contains_key(symbol)
                    && !steered
                    && !self.is_momentary(&port)
                    && !board.follows_tempo(&port)
                {
                    let value = control.map_or(*value, |control| control.limit(*value));
                    changes.push(Change::ValueSet { port, value });
                }
            }
            let port = ControlPort::bypass(instance.clone());
            if !self.is_momentary(&port) {
                changes.push(Change::ValueSet { port, value: f32::from(u8::from(stored.bypassed)) });
            }
        }
        changes
    }

    fn is_momentary(&self, port: &ControlPort) -> bool {
        let mut all = self.state.board.addressings.values().flatten();
        all.any(|addressing| addressing.momentary && addressing.port == *port)
    }

    fn unique_name(&self, name: &str, except: Option<usize>) -> String {
        let name = if name.trim().is_empty() { "Snapshot" } else { name.trim() };
        let taken = |name: &str| {
            let mut all = self.state.board.snapshots.iter().enumerate();
            all.any(|(at, snapshot)| Some(at) != except && snapshot.name == name)
        };
        if !taken(name) {
            return name.to_owned();
        }
        (2..).map(|n| format!("{name} ({n})")).find(|name| !taken(name)).expect("numbers do not end")
    }

    pub(super) fn save_snapshot(&mut self, source: Source) -> Answer {
        let board = &self.state.board;
        let at = board.snapshot.filter(|at| *at < board.snapshots.len()).ok_or(SessionError::NoSnapshots)?;
        let name = board.snapshots[at].name.clone();
        let snapshot = Arc::new(board.capture(&name));
        let label = format!("store snapshot {name}");
        self.change(source, &label, vec![Change::SnapshotReplaced { at, snapshot }], Kind::Structure, true)?;
        self.write_snapshots();
        Ok(Done::Snapshot { at, name })
    }

    pub(super) fn save_snapshot_as(&mut self, source: Source, name: &str) -> Answer {
        let name = self.unique_name(name, None);
        let at = self.state.board.snapshots.len();
        let snapshot = Arc::new(self.state.board.capture(&name));
        let changes =
            vec![Change::SnapshotInserted { at, snapshot }, Change::SnapshotChosen { at: Some(at) }];
        self.change(source, &format!("new snapshot {name}"), changes, Kind::Structure, true)?;
        self.write_snapshots();
        Ok(Done::Snapshot { at, name })
    }

    pub(super) fn rename_snapshot(&mut self, source: Source, at: usize, name: &str) -> Answer {
        let old = self.state.board.snapshots.get(at).ok_or(SessionError::NoSnapshot(at))?;
        let name = self.unique_name(name, Some(at));
        let snapshot = Arc::new(Snapshot { name: name.clone(), ..(**old).clone() });
        let label = format!("rename snapshot {}", old.name);
        self.change(source, &label, vec![Change::SnapshotReplaced { at, snapshot }], Kind::Structure, true)?;
        self.write_snapshots();
        Ok(Done::Snapshot { at, name })
    }

    pub(super) fn remove_snapshot(&mut self, source: Source, at: usize) -> Answer {
        let board = &self.state.board;
        let old = board.snapshots.get(at).ok_or(SessionError::NoSnapshot(at))?;
        if board.snapshots.len() == 1 {
            return Err(SessionError::LastSnapshot);
        }
        let label = format!("remove snapshot {}", old.name);
        let chosen = match board.snapshot {
            Some(now) if now > at => Some(now - 1),
            Some(now) if now == at => None,
            now => now,
        };
        let changes = vec![Change::SnapshotRemoved { at }, Change::SnapshotChosen { at: chosen }];
        if self.state.morph.is_some() {
            self.emit(source, EventKind::Morph(None));
        }
        self.change(source, &label, changes, Kind::Structure, true)?;
        self.write_snapshots();
        Ok(Done::Done)
    }

    pub(super) fn set_morph(&mut self, source: Source, morph: Option<Morph>) -> Answer {
        let Some(mut morph) = morph else {
            if self.state.morph.is_some() {
                self.emit(source, EventKind::Morph(None));
            }
            return Ok(Done::Done);
        };
        let bad =
            |reason: &str| SessionError::BadMorph { name: morph.name.clone(), reason: reason.to_owned() };
        if !(2..=4).contains(&morph.stops.len()) {
            return Err(bad("it takes 2 to 4 stops"));
        }
        if morph.stops.iter().any(|stop| !(0.0..=1.0).contains(&stop.position)) {
            return Err(bad("positions are 0 to 1"));
        }
        if morph.stops.windows(2).any(|pair| pair[1].position - pair[0].position < 1.0 / 127.0 - 1e-6) {
            return Err(bad("its stops must rise, by 1/127 at least"));
        }
        let count = self.state.board.snapshots.len();
        if let Some(stop) = morph.stops.iter().find(|stop| stop.snapshot >= count) {
            return Err(SessionError::NoSnapshot(stop.snapshot));
        }
        morph.position = if morph.position.is_finite() { morph.position.clamp(0.0, 1.0) } else { 0.0 };
        self.emit(source, EventKind::Morph(Some(Arc::new(morph))));
        Ok(Done::Done)
    }

    pub(super) fn morph_to(&mut self, source: Source, position: f32) -> Answer {
        let morph = self.state.morph.clone().ok_or(SessionError::NoMorph)?;
        let position = if position.is_finite() { position.clamp(0.0, 1.0) } else { return Ok(Done::Done) };
        let changes = self.blended(&morph, position);
        self.emit(source, EventKind::Morph(Some(Arc::new(Morph { position, ..(*morph).clone() }))));
        self.change(source, "blend", changes, Kind::Play, true).map(|_| Done::Done)
    }

    /// The values at a position of a blend: one command for the engine, which moves towards them smoothly.
    fn blended(&self, morph: &Morph, position: f32) -> Vec<Change> {
        let board = &self.state.board;
        let at = morph.stops.iter().rposition(|stop| stop.position <= position).unwrap_or(0);
        let (from, to) = (morph.stops[at], morph.stops[(at + 1).min(morph.stops.len() - 1)]);
        let way = to.position - from.position;
        let x = if way > 0.0 { ((position - from.position) / way).clamp(0.0, 1.0) } else { 0.0 };
        let x = morph.curve.at(x);
        let snapshot = |at: usize| board.snapshots.get(at);
        let (Some(from), Some(to)) = (snapshot(from.snapshot), snapshot(to.snapshot)) else {
            return Vec::new();
        };
        let mut changes = Vec::new();
        for plugin in &board.plugins {
            let (Some(from), Some(to)) =
                (from.plugins.get(&plugin.instance), to.plugins.get(&plugin.instance))
            else {
                continue;
            };
            for control in plugin.spec.controls.iter().filter(|control| control.designation.is_empty()) {
                let symbol = control.symbol.as_str();
                let (Some(a), Some(b), Some(now)) =
                    (from.values.get(symbol), to.values.get(symbol), plugin.values.get(symbol))
                else {
                    continue;
                };
                if plugin.midi.contains_key(symbol) {
                    continue;
                }
                let value = control.limit(between(control, *a, *b, x));
                let end = x <= 0.0 || x >= 1.0;
                if (value - now).abs() > (control.max - control.min).abs() * MORPH_STEP
                    || end && value != *now
                {
                    let port = ControlPort::new(plugin.instance.clone(), symbol);
                    changes.push(Change::ValueSet { port, value });
                }
            }
            if !plugin.midi.contains_key(ControlPort::BYPASS) {
                // on wins between two stops
                let bypassed = match x {
                    x if x <= 0.0 => from.bypassed,
                    x if x >= 1.0 => to.bypassed,
                    _ => from.bypassed && to.bypassed,
                };
                let port = ControlPort::bypass(plugin.instance.clone());
                changes.push(Change::ValueSet { port, value: f32::from(u8::from(bypassed)) });
            }
        }
        changes
    }
}

impl Curve {
    /// Where the blend is when its control is at `t`; both 0–1.
    pub fn at(self, t: f32) -> f32 {
        let t = if t.is_finite() { t.clamp(0.0, 1.0) } else { 0.0 };
        match self {
            Self::Linear => t,
            Self::Smooth if t < 0.5 => 4.0 * t * t * t,
            Self::Smooth => 1.0 - (2.0 - 2.0 * t).powi(3) / 2.0,
            Self::Build => t * t * t,
            Self::Drop => 1.0 - (1.0 - t).powi(3),
            Self::Snap => ((10.0 * t).exp2() - 1.0) / 1023.0,
            Self::Bloom => t.sqrt(),
        }
    }
}
