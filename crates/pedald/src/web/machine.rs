//! What routes ask of the machine beyond the session: sound card, JACK, processor. The service gives the real one.

use std::collections::BTreeMap;

use serde::Serialize;

/// Why the machine did not do something: a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MachineError(pub String);

/// MIDI devices, as the page lists them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MidiDevices {
    /// Devices that boards can use.
    #[serde(rename = "devsInUse")]
    pub in_use: Vec<String>,
    /// All devices.
    #[serde(rename = "devList")]
    pub all: Vec<String>,
    /// Names for people.
    pub names: BTreeMap<String, String>,
}

/// What the machine can do. Calls may block; they come on a thread for that. By default it can do nothing.
pub trait Machine: Send + Sync + 'static {
    /// Changes the period in frames; answers with the period that holds now.
    fn set_period(&self, frames: u32) -> Result<u32, MachineError> {
        Err(MachineError(format!("the period cannot be changed to {frames} here")))
    }

    /// Counts lost periods from zero again.
    fn reset_xruns(&self) -> Result<(), MachineError> {
        Err(MachineError("the counter cannot be reset here".into()))
    }

    /// Goes to the next of the processor's ways to choose its clock.
    fn switch_cpu_frequency(&self) -> Result<(), MachineError> {
        Err(MachineError("the processor's clock cannot be changed here".into()))
    }

    /// Switches the true bypass of a channel (0 left, 1 right).
    fn set_true_bypass(&self, _channel: usize, _on: bool) -> Result<(), MachineError> {
        Err(MachineError("this hardware has no true bypass".into()))
    }

    /// The true bypass of both channels.
    fn true_bypass(&self) -> (bool, bool) {
        (false, false)
    }

    /// MIDI devices.
    fn midi_devices(&self) -> MidiDevices {
        MidiDevices::default()
    }

    /// Chooses the MIDI devices that boards can use.
    fn set_midi_devices(&self, _devices: &[String]) -> Result<(), MachineError> {
        Err(MachineError("MIDI devices are not chosen here: all of them can be used".into()))
    }
}

/// A machine that can do nothing of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMachine;

impl Machine for NoMachine {}
