//! From the board as edited to what sounds.

use std::sync::Arc;

use mod_protocol::{ErrorCode, Feedback};

use super::slot::Slot;
use super::{Cable, Host};
use crate::exec::{Command, ExecPlan, PlanInput, PlanOutput, PlanParts};
use crate::graph::{
    CompileOptions, Edge, Graph, NodeId, Sink, Source, board_latency, compile, feedback_edges,
};
use crate::unit::BlockInfo;

impl Cable {
    pub(super) fn touches(&self, id: NodeId) -> bool {
        matches!(self.source, Source::Node(node, _) if node == id)
            || matches!(self.sink, Sink::Node(node, _) if node == id)
    }

    /// Puts a plugin's ends on another one.
    pub(super) fn rename(&mut self, from: NodeId, to: NodeId) {
        if let Source::Node(id, _) = &mut self.source
            && *id == from
        {
            *id = to;
        }
        if let Sink::Node(id, _) = &mut self.sink
            && *id == from
        {
            *id = to;
        }
    }
}

impl Host {
    /// Makes the edited board sound.
    pub(super) fn commit(&mut self) {
        self.share_with_running();
        let mut slots = std::mem::take(&mut self.slots);
        for slot in slots.values_mut().filter(|slot| slot.active && !slot.warm) {
            self.warm(slot, self.options.warm_blocks);
        }
        self.slots = slots;
        let graph = self.graph();
        self.cells = self.slots.values().map(|slot| (slot.id(), slot.cell.clone())).collect();
        let latency = board_latency(&graph, &feedback_edges(&graph.edges));
        match self.live.retarget(graph, &self.cells) {
            Ok(parts) => {
                if let Some(parts) = parts {
                    self.send_plan(parts, "edit");
                }
                self.latency = latency;
                if let Some(backend) = &mut self.backend {
                    backend.set_latency(latency);
                }
            }
            Err(error) => {
                tracing::error!(%error, "the board cannot be compiled; the old one goes on");
                self.log_feedback(3, &error.to_string());
            }
        }
    }

    pub(super) fn send_plan(&mut self, parts: PlanParts, cause: &str) {
        let (revision, plugins) = (parts.serial as u32, parts.nodes.len() as u32 - 1);
        self.send(Command::Plan(Box::new(ExecPlan::new(parts))));
        self.feedback.push(Feedback::XPlan { revision, plugins, cause: cause.to_owned() });
    }

    /// The board as edited, without plugins that are left out.
    fn graph(&self) -> Graph {
        let active = |id: NodeId| self.slots.values().any(|slot| slot.active && slot.id() == id);
        let here = |cable: &&Cable| {
            let from = match cable.source {
                Source::Node(id, _) => active(id),
                _ => true,
            };
            let to = match cable.sink {
                Sink::Node(id, _) => active(id),
                _ => true,
            };
            from && to
        };
        let nodes = self.slots.values().filter(|slot| slot.active).map(|slot| {
            let ns = slot.cell.timing.snapshot().quantile(0.5);
            let cost = if ns == 0 { slot.node.cost } else { ns.min(u64::from(u32::MAX)) as u32 };
            crate::graph::Node { latency: slot.cell.latency(), cost, ..slot.node.clone() }
        });
        let edges = self.cables.iter().filter(here).map(|cable| Edge::new(cable.source, cable.sink));
        Graph { nodes: nodes.collect(), edges: edges.collect() }
    }

    /// Whether a reported latency has changed since the board was compiled.
    pub(super) fn latency_changed(&self) -> bool {
        let nodes = &self.live.target().nodes;
        nodes.iter().any(|node| self.cells.get(&node.id).is_some_and(|cell| cell.latency() != node.latency))
    }

    /// Runs a plugin alone, on silence, where nobody hears it: its memory is touched, its first work done, its
    /// latency known.
    pub(super) fn warm(&mut self, slot: &mut Slot, blocks: u32) {
        slot.warm = true;
        if blocks == 0 {
            return;
        }
        let graph = Graph { nodes: vec![slot.node.clone()], edges: Vec::new() };
        let Ok(spec) = compile(&graph, &[], CompileOptions::default()) else { return };
        let mut plan = ExecPlan::new(PlanParts {
            spec,
            nodes: vec![slot.cell.clone()],
            edges: Vec::new(),
            aims: Vec::new(),
            prime: false,
            silenced: Vec::new(),
            max_frames: self.options.period,
            captures: 0,
            midi_inputs: 0,
            serial: 0,
            policy: crate::exec::Policy::default(),
        });
        let mut scratch = crate::events::EventBuffer::default();
        // Freewheeling lets plugins do the work of their worker at once: what they load is there when they sound.
        let info = BlockInfo { freewheel: true, ..BlockInfo::default() };
        for number in 1..=blocks {
            let input = PlanInput { frames: self.options.period, captures: &[], midi: &[] };
            let mut output = PlanOutput { playbacks: &mut [], midi: &mut [], scratch: &mut scratch };
            plan.run(number, info, &input, &mut output, None);
            self.plugins.poll();
        }
        slot.cell.timing.request_reset();
        slot.cell.take_peak();
    }

    /// Puts another instance of the same plugin in a plugin's place, cross-faded: for changes that may not be made
    /// while a plugin runs.
    pub(super) fn exchange(
        &mut self,
        instance: i32,
        prepare: impl FnOnce(&mut Slot) -> Result<(), ErrorCode>,
    ) -> Result<(), ErrorCode> {
        let uri = self.slot(instance)?.uri.clone();
        let mut fresh = self.make(&uri, instance).map_err(|_| ErrorCode::Instantiate)?;
        let old = self.slot(instance)?;
        fresh.take_over(old);
        fresh.active = old.active;
        fresh.properties.clone_from(&old.properties);
        fresh.preset.clone_from(&old.preset);
        prepare(&mut fresh)?;
        let (from, to) = (old.id(), fresh.id());
        self.move_cables(from, to);
        self.move_mappings(from, to);
        if let Some(old) = self.slots.insert(instance, fresh) {
            self.leaving.push(old);
        }
        self.changed();
        Ok(())
    }

    pub(super) fn move_cables(&mut self, from: NodeId, to: NodeId) {
        self.cables.iter_mut().for_each(|cable| cable.rename(from, to));
    }

    /// Drops removed plugins that no plan and no fade uses any more.
    pub(super) fn drop_gone(&mut self) {
        let departing: Vec<NodeId> = self.live.departing().map(|cell| cell.id).collect();
        let target: Vec<NodeId> = self.live.target().nodes.iter().map(|node| node.id).collect();
        self.leaving.retain(|slot| {
            let id = slot.id();
            // the callback's plan holds a share of the cell until a later plan has replaced it
            departing.contains(&id) || target.contains(&id) || Arc::strong_count(&slot.cell) > 1
        });
    }
}
