//! The control half of an LV2 plugin.

use std::path::Path;
use std::sync::Arc;

use lv2_host::patch::{self, Message};
use lv2_host::{BlockLength, Control, LogLevel, PortKind, Saver, State, Urids, World};
use mod_protocol::{ErrorCode, PatchType, PatchValue};

use super::unit::Rings;
use crate::host::{PluginControl, PluginMessage, PortCurve, StateSaver};

/// File of a state inside its folder, as mod-host names it.
const STATE_FILE: &str = "effect.ttl";

pub(super) struct Lv2Control {
    control: Control,
    world: Arc<World>,
    urids: Urids,
    rings: Rings,
    waiting: Vec<PluginMessage>,
}

impl Lv2Control {
    pub(super) fn new(control: Control, world: Arc<World>, urids: Urids, rings: Rings) -> Self {
        Self { control, world, urids, rings, waiting: Vec::new() }
    }

    fn send(&mut self, message: &Message) -> Result<(), ErrorCode> {
        self.control.info().control_input().ok_or(ErrorCode::InvalidOperation)?;
        let sent = self.rings.to_plugin.send(message.kind, &message.body);
        sent.then_some(()).ok_or(ErrorCode::Memory)
    }

    fn take_state(&mut self, state: &State) -> Result<Vec<(String, f32)>, ErrorCode> {
        if let Err(error) = self.control.restore(state) {
            tracing::warn!(%error, "state");
            return Err(ErrorCode::LoadState);
        }
        Ok(state.port_values())
    }
}

/// A plugin's value as the protocol tells it.
fn told(value: &patch::PatchValue) -> Option<PatchValue> {
    let kind = PatchType::from_letter(&value.letter().to_string())?;
    PatchValue::from_text(kind, &value.to_string()).ok()
}

fn value_of<'a>(values: &'a [(String, f32)]) -> impl FnMut(&str) -> Option<f32> + 'a {
    |symbol| values.iter().find(|(other, _)| other == symbol).map(|(_, value)| *value)
}

struct Lv2Saver(Saver);

impl StateSaver for Lv2Saver {
    fn save_state(&self, directory: &Path, values: &[(String, f32)]) -> Result<(), ErrorCode> {
        self.0.save_state(directory, STATE_FILE, value_of(values)).map_err(|error| {
            tracing::error!(%error, "state");
            ErrorCode::InvalidOperation
        })
    }

    fn save_preset(
        &self,
        label: &str,
        directory: &Path,
        file: &str,
        values: &[(String, f32)],
    ) -> Result<(), ErrorCode> {
        self.0.save_preset(directory, file, label, value_of(values)).map_err(|error| {
            tracing::error!(%error, "preset");
            ErrorCode::InvalidOperation
        })
    }
}

impl PluginControl for Lv2Control {
    fn restores_while_running(&self) -> bool {
        self.control.info().flags.thread_safe_restore
    }

    fn set_period(&mut self, frames: usize) -> bool {
        self.control.set_block_length(BlockLength::of_period(frames as u32))
    }

    fn has_state(&self) -> bool {
        self.control.has_state()
    }

    fn state_text(&mut self) -> String {
        self.control
            .snapshot(|_| None)
            .map(|state| state.to_turtle("urn:archibald:state"))
            .unwrap_or_default()
    }

    fn take_state_text(&mut self, text: &str) -> Result<Vec<(String, f32)>, ErrorCode> {
        let state = self.world.parse_state(text).map_err(|_| ErrorCode::LoadState)?;
        self.take_state(&state)
    }

    fn saver(&self) -> Option<Box<dyn StateSaver>> {
        Some(Box::new(Lv2Saver(self.control.saver())))
    }

    fn load_state(&mut self, directory: &Path) -> Result<Vec<(String, f32)>, ErrorCode> {
        let file = directory.join(STATE_FILE);
        if !file.is_file() {
            return Ok(Vec::new());
        }
        let state = self.world.load_state(&file).map_err(|_| ErrorCode::LoadState)?;
        self.take_state(&state)
    }

    fn load_preset(&mut self, uri: &str) -> Result<Vec<(String, f32)>, ErrorCode> {
        let state = self.world.preset_state(uri).map_err(|_| ErrorCode::UnknownPreset)?;
        if self.control.has_state() {
            return self.take_state(&state);
        }
        Ok(state.port_values())
    }

    fn patch_set(&mut self, property: &str, value: &str) -> Result<(), ErrorCode> {
        let info = self.control.info();
        let parameter = info.parameter(property).filter(|parameter| parameter.writable);
        let range = parameter.map(|parameter| parameter.range.clone()).ok_or(ErrorCode::BadUri)?;
        let value = patch::PatchValue::parse(&range, value).map_err(|error| {
            tracing::warn!(%error, property, "patch_set");
            ErrorCode::InvalidOperation
        })?;
        self.send(&patch::set_message(&self.urids, None, property, &value))
    }

    fn patch_get(&mut self, property: &str) -> Result<(), ErrorCode> {
        self.control.info().parameter(property).ok_or(ErrorCode::BadUri)?;
        self.send(&patch::get_message(&self.urids, None, property))
    }

    fn message(&mut self) -> Option<PluginMessage> {
        if self.waiting.is_empty() {
            let waiting = &mut self.waiting;
            while let Some((kind, body)) = self.rings.from_plugin.receive() {
                patch::changes(&self.urids, kind, body, |property, value| {
                    if let Some(value) = told(&value) {
                        waiting.push(PluginMessage::Property { property, value });
                    }
                });
            }
            self.control.drain_log(|entry| {
                let level = match entry.level {
                    LogLevel::Trace => 0,
                    LogLevel::Note => 1,
                    LogLevel::Warning => 2,
                    LogLevel::Error => 3,
                };
                waiting.push(PluginMessage::Log { level, text: entry.text });
            });
        }
        if self.waiting.is_empty() { None } else { Some(self.waiting.remove(0)) }
    }

    fn cv_range(&self, symbol: &str) -> Option<(f32, f32)> {
        let port = self.control.info().port(symbol).filter(|port| port.kind == PortKind::CvOut)?;
        (port.min < port.max).then_some((port.min, port.max))
    }

    fn curve(&self, symbol: &str) -> PortCurve {
        let Some(port) = self.control.info().port(symbol) else { return PortCurve::Linear };
        let properties = &port.properties;
        let two_points = properties.enumeration && port.scale_points.len() == 2;
        if properties.trigger {
            PortCurve::Trigger
        } else if properties.toggled || two_points {
            PortCurve::Toggle
        } else if properties.integer || properties.enumeration {
            PortCurve::Integer
        } else if properties.logarithmic {
            PortCurve::Logarithmic
        } else {
            PortCurve::Linear
        }
    }
}
