//! Adding, removing, bypassing and setting plugins.

use std::collections::BTreeMap;
use std::sync::Arc;

use mod_protocol::{ErrorCode, FaultKind, Feedback, ParamValue};

use super::plugins::{Made, MakeError, NoControl};
use super::slot::Slot;
use super::{FIRST_TOOL, GLOBAL_INSTANCE, Host, INSTANCE_LIMIT};
use crate::exec::{Command, NodeCell};
use crate::graph::{Node, Signal};
use crate::unit::{ControlInput, PassThrough, Unit, UnitInfo};

type Done = Result<(), ErrorCode>;

impl Host {
    pub(super) fn slot(&self, instance: i32) -> Result<&Slot, ErrorCode> {
        self.slots.get(&instance).ok_or(missing(instance))
    }

    pub(super) fn slot_mut(&mut self, instance: i32) -> Result<&mut Slot, ErrorCode> {
        self.slots.get_mut(&instance).ok_or(missing(instance))
    }

    /// Makes a plugin without putting it on the board.
    pub(super) fn make(&mut self, uri: &str, instance: i32) -> Result<Slot, MakeError> {
        let Made { info, unit, control, values } = self.plugins.make(uri)?;
        let id = self.new_id();
        let node = Node {
            id,
            inputs: info.inputs.clone(),
            outputs: info.outputs.clone(),
            in_place: info.in_place,
            latency: 0,
            cost: 100,
        };
        let cell = NodeCell::new(id, instance, info, unit, self.times(), self.options.period);
        let slot = Slot {
            instance,
            uri: uri.to_owned(),
            node,
            cell: Arc::new(cell),
            control,
            active: true,
            missing: false,
            warm: false,
            preset: None,
            state_kept: None,
            state_folder: None,
            properties: BTreeMap::new(),
        };
        for (symbol, value) in values {
            slot.set(&symbol, value);
        }
        Ok(slot)
    }

    /// A pass-through in the place of a plugin that is not installed, with the ports that the cables name.
    pub(super) fn make_stand_in(
        &mut self,
        uri: &str,
        instance: i32,
        inputs: Vec<(String, Signal)>,
        outputs: Vec<(String, Signal)>,
    ) -> Slot {
        let (input_symbols, inputs): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
        let (output_symbols, outputs): (Vec<_>, Vec<_>) = outputs.into_iter().unzip();
        let ports = PassThrough::info(uri, inputs, outputs);
        let info = UnitInfo { input_symbols, output_symbols, ..ports };
        let id = self.new_id();
        let (inputs, outputs) = (info.inputs.clone(), info.outputs.clone());
        let node = Node { id, inputs, outputs, in_place: true, latency: 0, cost: 1 };
        let unit = Box::new(PassThrough::new(&info));
        let slot = self.builtin(node, instance, info, unit);
        let detail = "not installed; a pass-through stands in its place".to_owned();
        self.fault(instance, uri, FaultKind::Missing, detail);
        Slot { missing: true, ..slot }
    }

    /// A node of our own.
    pub(super) fn builtin(&self, node: Node, instance: i32, info: UnitInfo, unit: Box<dyn Unit>) -> Slot {
        let uri = info.uri.clone();
        let cell = NodeCell::new(node.id, instance, Arc::new(info), unit, self.times(), self.options.period);
        Slot {
            instance,
            uri,
            node,
            cell: Arc::new(cell),
            control: Box::new(NoControl),
            active: true,
            missing: false,
            warm: true,
            preset: None,
            state_kept: None,
            state_folder: None,
            properties: BTreeMap::new(),
        }
    }

    pub(super) fn fault(&mut self, instance: i32, uri: &str, kind: FaultKind, detail: String) {
        tracing::warn!(instance, uri, kind = kind.word(), detail, "plugin");
        self.feedback.push(Feedback::XFault { instance, uri: uri.to_owned(), kind, detail });
    }

    /// The pseudo-effect of the whole board: a node without ports whose controls are tempo, bar and rolling.
    pub(super) fn add_global(&mut self) {
        let control = |symbol: &str, min, max, default| ControlInput {
            symbol: symbol.to_owned(),
            min,
            max,
            default,
            smooth: false,
            trigger: false,
        };
        let info = UnitInfo {
            uri: "urn:archibald:board".to_owned(),
            controls: vec![
                control(":bpb", 1.0, 16.0, 4.0),
                control(":bpm", 20.0, 300.0, 120.0),
                control(":rolling", 0.0, 1.0, 0.0),
            ],
            ..PassThrough::info("", Vec::new(), Vec::new())
        };
        let id = self.new_id();
        let node = Node { id, inputs: vec![], outputs: vec![], in_place: true, latency: 0, cost: 0 };
        let unit = Box::new(PassThrough::new(&info));
        self.global = id;
        let slot = self.builtin(node, GLOBAL_INSTANCE, info, unit);
        self.slots.insert(GLOBAL_INSTANCE, slot);
    }

    pub(super) fn add(&mut self, uri: &str, instance: i32, active: bool) -> Result<i32, ErrorCode> {
        if !(0..INSTANCE_LIMIT).contains(&instance) {
            return Err(ErrorCode::InstanceInvalid);
        }
        if self.slots.contains_key(&instance) {
            return Err(ErrorCode::InstanceExists);
        }
        let mut slot = self.make(uri, instance).map_err(|error| {
            tracing::warn!(%error, uri, instance, "add");
            self.log_feedback(3, &error.to_string());
            match error {
                MakeError::Unknown(_) => ErrorCode::BadUri,
                MakeError::Failed { .. } => ErrorCode::Instantiate,
            }
        })?;
        slot.active = active;
        self.slots.insert(instance, slot);
        self.changed();
        Ok(instance)
    }

    /// `remove`: mod-host answers success even for an instance that is not there.
    pub(super) fn remove(&mut self, instance: i32) -> Done {
        let gone: Vec<i32> = match instance {
            -1 => self.slots.keys().copied().filter(|&instance| instance < FIRST_TOOL).collect(),
            GLOBAL_INSTANCE => return Ok(()),
            instance if (0..INSTANCE_LIMIT).contains(&instance) => vec![instance],
            _ => return Err(ErrorCode::InstanceInvalid),
        };
        if instance == -1 {
            // mod-host's remove -1 leaves cables between ports that are no plugin's alone; so do we
            self.name.clear();
        }
        let mut any = false;
        for instance in gone {
            any |= self.take_off(instance);
        }
        if any {
            self.changed();
        }
        Ok(())
    }

    /// Takes a plugin off the board; it may still ring. False when there was none.
    pub(super) fn take_off(&mut self, instance: i32) -> bool {
        let Some(slot) = self.slots.remove(&instance) else { return false };
        let id = slot.id();
        self.cables.retain(|cable| !cable.touches(id));
        self.forget_mappings(id);
        self.monitors.forget(instance);
        self.peer.forget(instance);
        self.foreign.forget_instance(instance);
        self.leaving.push(slot);
        true
    }

    pub(super) fn activate(&mut self, instance: i32, active: bool) -> Done {
        let slot = self.slot_mut(instance)?;
        if slot.active != active {
            slot.active = active;
            self.changed();
        }
        Ok(())
    }

    pub(super) fn bypass(&mut self, instance: i32, bypassed: bool) -> Done {
        self.slot(instance)?.cell.set_bypass(bypassed);
        self.touched();
        Ok(())
    }

    pub(super) fn param_set(&mut self, instance: i32, symbol: &str, value: f32) -> Done {
        if instance == GLOBAL_INSTANCE {
            return self.set_global(symbol, value);
        }
        let slot = self.slot(instance)?;
        match symbol {
            ":bypass" => slot.cell.set_bypass(value > 0.5),
            ":presets" => {}
            _ if slot.set(symbol, value) => {}
            _ => return Err(ErrorCode::UnknownSymbol),
        }
        self.touched();
        Ok(())
    }

    pub(super) fn param_get(&self, instance: i32, symbol: &str) -> Result<f32, ErrorCode> {
        let slot = self.slot(instance)?;
        match symbol {
            ":bypass" => Ok(f32::from(u8::from(slot.cell.is_bypassed()))),
            ":presets" => Ok(0.0),
            _ => slot
                .control_index(symbol)
                .map(|index| slot.cell.control(index))
                .ok_or(ErrorCode::UnknownSymbol),
        }
    }

    /// Sets several controls in one block, the plugin's reset trigger before and after.
    pub(super) fn params_flush(&mut self, instance: i32, reset: i32, values: &[ParamValue]) -> Done {
        let slot = self.slot(instance)?;
        if reset != 0 {
            slot.set("reset", reset as f32);
        }
        for value in values {
            // unknown symbols are skipped, as mod-host does
            slot.set(&value.symbol, value.value);
        }
        self.touched();
        Ok(())
    }

    /// Runs the plugin once with these values where nobody hears it; only while it does not sound.
    pub(super) fn pre_run(&mut self, instance: i32, reset: i32, values: &[ParamValue]) -> Done {
        self.params_flush(instance, reset, values)?;
        let slot = self.slot(instance)?;
        if slot.active && !self.transaction.is_open() {
            return Err(ErrorCode::InvalidOperation);
        }
        if let Some(mut slot) = self.slots.remove(&instance) {
            self.warm(&mut slot, 1);
            self.slots.insert(instance, slot);
        }
        Ok(())
    }

    pub(super) fn re_enable(&mut self, instance: i32) -> Done {
        let slot = self.slot(instance)?;
        slot.cell.re_enable();
        let uri = slot.uri.clone();
        self.fault(instance, &uri, FaultKind::Cleared, "enabled again".to_owned());
        Ok(())
    }

    pub(super) fn log_feedback(&mut self, level: i32, text: &str) {
        self.feedback.push(Feedback::Log { level, text: text.to_owned() });
    }

    /// Sets any number of controls within one block.
    pub(super) fn snapshot(&mut self, values: &[mod_protocol::SnapshotValue]) -> Done {
        let mut writes = Vec::with_capacity(values.len());
        for value in values {
            let slot = self.slot(value.instance)?;
            let target = super::mapping::target_of(slot, &value.symbol).ok_or(ErrorCode::UnknownSymbol)?;
            let limited = match target {
                crate::exec::Target::Control(index) => {
                    let control = &slot.info().controls[usize::from(index)];
                    value.value.max(control.min).min(control.max.max(control.min))
                }
                crate::exec::Target::Bypass => value.value,
            };
            writes.push(crate::exec::ParamWrite { node: slot.id(), target, value: limited });
        }
        self.send(Command::Params(writes.into_boxed_slice()));
        self.touched();
        Ok(())
    }
}

fn missing(instance: i32) -> ErrorCode {
    if (0..INSTANCE_LIMIT).contains(&instance) {
        ErrorCode::InstanceMissing
    } else {
        ErrorCode::InstanceInvalid
    }
}
