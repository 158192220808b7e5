//! What routes ask of the machine beyond the session: sound card, JACK, processor. The service gives the real one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::display::{self, Display, MachineDeed, RoundTrip, UpdateStatus, Wish};

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

    /// Goes to the next of the processor's ways to choose its clock.
    fn switch_cpu_frequency(&self) -> Result<(), MachineError> {
        let why = "the system keeps the processor at its full clock: sound needs it (archibald.realtime)";
        Err(MachineError(why.into()))
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

    /// Does what the display's menus offer too. The answer is a sentence for the player.
    fn perform(&self, _deed: MachineDeed) -> Result<String, MachineError> {
        Err(MachineError("this cannot be done here".into()))
    }

    /// Period in frames and rate in Hz that were chosen on the pedal; none: those of the system.
    fn chosen(&self) -> (Option<u32>, Option<u32>) {
        (None, None)
    }

    /// Where an update of the system stands.
    fn update(&self) -> UpdateStatus {
        UpdateStatus::default()
    }

    /// The last round trip that was measured.
    fn round_trip(&self) -> Option<RoundTrip> {
        None
    }

    /// Chooses the MIDI devices that boards can use.
    fn set_midi_devices(&self, _devices: &[String]) -> Result<(), MachineError> {
        Err(MachineError("MIDI devices are not chosen here: all of them can be used".into()))
    }
}

/// The machine that the pedal's display works on, for the page: whatever is chosen at one of them is chosen.
#[derive(Clone)]
pub struct Shared {
    machine: Arc<dyn display::Machine>,
    display: Display,
}

impl Shared {
    /// With the pedal's own switches and relays behind the display.
    pub fn new(machine: Arc<dyn display::Machine>, display: Display) -> Self {
        Self { machine, display }
    }
}

impl Machine for Shared {
    fn set_period(&self, frames: u32) -> Result<u32, MachineError> {
        self.perform(MachineDeed::Period(frames)).map(|_| frames)
    }

    fn set_true_bypass(&self, channel: usize, on: bool) -> Result<(), MachineError> {
        use pedal_ui::model::Side;
        if self.display.panel().borrow().bypass.is_none() {
            return Err(MachineError("this hardware has no true bypass".into()));
        }
        let (left, right) = match channel {
            0 => (on, self.true_bypass().1),
            _ => (self.true_bypass().0, on),
        };
        if let Some(side) = match (left, right) {
            (true, true) => Some(Side::Both),
            (true, false) => Some(Side::Left),
            (false, true) => Some(Side::Right),
            (false, false) => None,
        } {
            self.display.wish(Wish::BypassSide(side));
        }
        self.display.wish(Wish::TrueBypass(left || right));
        Ok(())
    }

    fn true_bypass(&self) -> (bool, bool) {
        use pedal_ui::model::Side;
        match self.display.panel().borrow().bypass.filter(|bypass| bypass.active) {
            None => (false, false),
            Some(bypass) => (bypass.side != Side::Right, bypass.side != Side::Left),
        }
    }

    fn perform(&self, deed: MachineDeed) -> Result<String, MachineError> {
        self.machine.perform(deed).map_err(|error| MachineError(error.to_string()))
    }

    fn chosen(&self) -> (Option<u32>, Option<u32>) {
        self.machine.chosen()
    }

    fn update(&self) -> UpdateStatus {
        self.machine.update()
    }

    fn round_trip(&self) -> Option<RoundTrip> {
        self.machine.round_trip()
    }
}

/// A machine that can do nothing of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMachine;

impl Machine for NoMachine {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::display::SimulatedMachine;
    use pedal_ui::model::{Bypass, Side};

    #[test]
    fn page_and_display_choose_by_the_same_port() {
        let place = tempfile::tempdir().expect("folder");
        let machine: Arc<dyn display::Machine> = Arc::new(SimulatedMachine::new(place.path()));
        let shared = Shared::new(machine.clone(), Display::new());
        assert_eq!(shared.set_period(64), Ok(64));
        machine.perform(MachineDeed::Rate(96_000)).expect("kept");
        assert_eq!((shared.chosen(), machine.chosen()), ((Some(64), Some(96_000)), (Some(64), Some(96_000))));
        assert!(shared.perform(MachineDeed::PowerOff).is_err());
    }

    #[test]
    fn the_true_bypass_of_one_side_leaves_the_other() {
        let place = tempfile::tempdir().expect("folder");
        let display = Display::new();
        let mut wishes = display.take_wishes().expect("the first");
        let shared = Shared::new(Arc::new(SimulatedMachine::new(place.path())), display.clone());
        assert!(shared.set_true_bypass(0, true).is_err(), "there is none");
        display.update_panel(|panel| panel.bypass = Some(Bypass { active: true, side: Side::Left }));
        assert_eq!(shared.true_bypass(), (true, false));
        shared.set_true_bypass(1, true).expect("done");
        assert_eq!(wishes.try_recv(), Ok(Wish::BypassSide(Side::Both)));
        assert_eq!(wishes.try_recv(), Ok(Wish::TrueBypass(true)));
        shared.set_true_bypass(0, false).expect("done");
        assert_eq!(wishes.try_recv(), Ok(Wish::TrueBypass(false)));
    }
}
