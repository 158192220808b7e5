//! State, presets and properties of plugins.

use std::path::Path;

use mod_protocol::ErrorCode;

use super::Host;
use super::slot::Slot;

type Done = Result<(), ErrorCode>;

pub(super) fn folder_of(directory: &Path, instance: i32) -> std::path::PathBuf {
    directory.join(format!("effect-{instance}"))
}

impl Host {
    /// Restores the state of all plugins that have some below `directory`.
    pub(super) fn state_load(&mut self, directory: &str) -> Done {
        let instances: Vec<i32> = self
            .slots
            .values()
            .filter(|slot| {
                slot.control.has_state() && folder_of(Path::new(directory), slot.instance).is_dir()
            })
            .map(|slot| slot.instance)
            .collect();
        let mut result = Ok(());
        for instance in instances {
            let folder = folder_of(Path::new(directory), instance);
            self.state_is_used(&folder);
            let done = self.restore(instance, |slot| slot.control.load_state(&folder));
            if done.is_err() {
                tracing::error!(instance, ?folder, "state not restored");
                result = Err(ErrorCode::LoadState);
            }
        }
        result
    }

    pub(super) fn preset_load(&mut self, instance: i32, uri: &str) -> Done {
        self.restore(instance, |slot| slot.control.load_preset(uri))?;
        self.slot_mut(instance)?.preset = Some(uri.to_owned());
        self.touched();
        Ok(())
    }

    /// Changes a plugin's state. A running plugin that does not allow this while it runs is exchanged for a new
    /// instance, cross-faded.
    pub(super) fn restore(
        &mut self,
        instance: i32,
        load: impl FnOnce(&mut Slot) -> Result<Vec<(String, f32)>, ErrorCode>,
    ) -> Done {
        let apply = |slot: &mut Slot| {
            let values = load(slot)?;
            slot.state_kept = None;
            for (symbol, value) in values {
                slot.set(&symbol, value);
            }
            Ok(())
        };
        let id = self.slot(instance)?.id();
        let sounds = self.live.target().nodes.iter().any(|node| node.id == id);
        let slot = self.slot_mut(instance)?;
        if !sounds || !slot.control.has_state() || slot.control.restores_while_running() {
            return apply(slot);
        }
        self.exchange(instance, apply)
    }

    pub(super) fn patch_set(&mut self, instance: i32, property: &str, value: &str) -> Done {
        let slot = self.slot_mut(instance)?;
        slot.control.patch_set(property, value)?;
        slot.properties.insert(property.to_owned(), value.to_owned());
        slot.state_kept = None;
        self.touched();
        Ok(())
    }

    pub(super) fn patch_get(&mut self, instance: i32, property: &str) -> Done {
        self.slot_mut(instance)?.control.patch_get(property)
    }
}
