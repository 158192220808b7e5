//! Where plugins come from, as the host sees it: LV2 ([`crate::lv2`]) or, in tests, units of our own.

use std::path::Path;
use std::sync::Arc;

use mod_protocol::{ErrorCode, PatchValue};

use crate::unit::{Unit, UnitInfo};

/// A plugin just made: what runs it, and what steers it.
pub struct Made {
    /// What is fixed about it.
    pub info: Arc<UnitInfo>,
    /// The real-time half.
    pub unit: Box<dyn Unit>,
    /// The control half.
    pub control: Box<dyn PluginControl>,
    /// Values of control inputs other than the default, by symbol.
    pub values: Vec<(String, f32)>,
}

/// Why a plugin could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MakeError {
    /// No such plugin.
    #[error("no plugin {0} is installed; install the package that brings it, or look at LV2_PATH")]
    Unknown(String),
    /// It is there but does not start.
    #[error("plugin {uri} cannot be used: {reason}")]
    Failed {
        /// The plugin.
        uri: String,
        /// What is wrong.
        reason: String,
    },
}

/// Something that a plugin says.
#[derive(Debug, Clone, PartialEq)]
pub enum PluginMessage {
    /// A property has this value now.
    Property {
        /// URI of the property.
        property: String,
        /// Its value.
        value: PatchValue,
    },
    /// A line for the log.
    Log {
        /// 0 trace, 1 note, 2 warning, 3 error.
        level: i32,
        /// The line.
        text: String,
    },
}

/// The control half of a plugin. Never used on the audio thread.
pub trait PluginControl: Send {
    /// Whether state may be restored while the plugin runs.
    fn restores_while_running(&self) -> bool {
        true
    }

    /// Tells the plugin a new longest block. False when it cannot be told and must be made anew.
    fn set_period(&mut self, _frames: usize) -> bool {
        true
    }

    /// Whether it has state beyond its control inputs.
    fn has_state(&self) -> bool {
        false
    }

    /// A text that is equal for equal state; control inputs are left out. Files are named by where they are: it is good as
    /// long as they stay there.
    fn state_text(&mut self) -> String {
        String::new()
    }

    /// Takes up a state that [`PluginControl::state_text`] gave; answers the control inputs that it sets.
    fn take_state_text(&mut self, _text: &str) -> Result<Vec<(String, f32)>, ErrorCode> {
        Ok(Vec::new())
    }

    /// What writes state and presets while this goes on being used. `None`: there is nothing to write.
    fn saver(&self) -> Option<Box<dyn StateSaver>> {
        None
    }

    /// Reads the state from `directory`, if there is one; answers the control inputs that it sets.
    fn load_state(&mut self, _directory: &Path) -> Result<Vec<(String, f32)>, ErrorCode> {
        Ok(Vec::new())
    }

    /// Takes up a preset; answers the control inputs that it sets.
    fn load_preset(&mut self, _uri: &str) -> Result<Vec<(String, f32)>, ErrorCode> {
        Err(ErrorCode::UnknownPreset)
    }

    /// Sets a property from text.
    fn patch_set(&mut self, _property: &str, _value: &str) -> Result<(), ErrorCode> {
        Err(ErrorCode::BadUri)
    }

    /// Asks for a property; the answer comes by [`PluginControl::message`].
    fn patch_get(&mut self, _property: &str) -> Result<(), ErrorCode> {
        Err(ErrorCode::BadUri)
    }

    /// The next thing that the plugin says.
    fn message(&mut self) -> Option<PluginMessage> {
        None
    }

    /// The range of a CV output by symbol, as the plugin declares it, in volts.
    fn cv_range(&self, _symbol: &str) -> Option<(f32, f32)> {
        None
    }

    /// The control inputs that steer in equal ratios rather than equal steps, by symbol.
    fn curve(&self, _symbol: &str) -> PortCurve {
        PortCurve::Linear
    }
}

/// Writes what one plugin knows, from any thread but the audio thread, beside everything else that is done with it. It may
/// wait for the disk, and may outlive the plugin's removal.
pub trait StateSaver: Send {
    /// Writes the state into `directory`, which it makes. `values` are the control inputs.
    fn save_state(&self, directory: &Path, values: &[(String, f32)]) -> Result<(), ErrorCode>;

    /// Writes a preset bundle.
    fn save_preset(
        &self,
        label: &str,
        directory: &Path,
        file: &str,
        values: &[(String, f32)],
    ) -> Result<(), ErrorCode>;
}

/// How a control input is meant to be steered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortCurve {
    /// Equal steps.
    Linear,
    /// Equal ratios.
    Logarithmic,
    /// Whole numbers.
    Integer,
    /// On or off.
    Toggle,
    /// One shot.
    Trigger,
}

/// Makes plugins.
pub trait PluginSource: Send {
    /// Makes one; it is not heard yet.
    fn make(&mut self, uri: &str) -> Result<Made, MakeError>;

    /// A preset as Turtle text.
    fn preset_text(&mut self, _uri: &str) -> Option<String> {
        None
    }

    /// Takes a bundle into the list of plugins and presets.
    fn add_bundle(&mut self, _path: &Path) {}

    /// Takes a bundle, or one resource of it, out of the list.
    fn remove_bundle(&mut self, _path: &Path, _resource: &str) {}

    /// Directory for files that plugins make.
    fn set_scratch(&mut self, _directory: &Path) {}

    /// The longest block has changed.
    fn set_period(&mut self, _frames: usize) {}

    /// Lets waiting work of plugins begin; whether there was any. Called every few milliseconds.
    fn poll(&mut self) -> bool {
        false
    }
}

/// A control half for units that have nothing to steer but control inputs.
#[derive(Debug, Default)]
pub struct NoControl;

impl PluginControl for NoControl {}
