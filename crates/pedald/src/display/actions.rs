//! What a menu asks for, in the words of those who do it.

use pedal_ui::UiAction;
use pedal_ui::model::{ClockSource, NetworkMode, Password};

use super::{Wish, model};
use crate::session::{ControlPort, Instance, Intent, State, Step, SyncMode, Version};

/// Who does what a menu asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// The session.
    Ask(Box<Intent>),
    /// The hardware.
    Wish(Wish),
    /// The machine.
    Machine(MachineDeed),
    /// The network.
    Network(NetworkDeed),
    /// The part that lets browsers in.
    Pairing(PairingDeed),
}

/// What the machine is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineDeed {
    /// Frames of a period, from the next start of the sound.
    Period(u32),
    /// Sample rate in Hz, from the next start of the sound.
    Rate(u32),
    /// Restart the sound engine.
    RestartEngine,
    /// Switch off.
    PowerOff,
    /// Start again.
    Reboot,
    /// Write the player's data to a USB stick.
    Backup,
    /// Read the player's data from a USB stick.
    Restore,
    /// Fetch the newest sample boards.
    UpdateBoards,
    /// Ask whether there is a newer system.
    CheckUpdate,
    /// Install the newer system.
    InstallUpdate,
    /// Go back to the system before.
    RollBack,
    /// Set everything as it came, except boards.
    FactoryReset,
}

/// What the network is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkDeed {
    /// Who may reach the pedal.
    Mode(NetworkMode),
    /// Look for networks.
    Scan,
    /// Join one.
    Join(String, Option<Password>),
    /// Leave the present one.
    Leave,
    /// Forget a saved one.
    Forget(String),
}

/// What is asked for about browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairingDeed {
    /// Show a code.
    Open,
    /// Let the one in that waits.
    Confirm,
    /// End it.
    Close,
    /// Put the device at this place of the list out.
    Revoke(usize),
}

/// What has to be done for an action; none: the thing has gone meanwhile. `state` is the one that was on the screen.
pub fn deed(action: UiAction, state: &State, versions: &[Version]) -> Option<Deed> {
    let ask = |intent| Some(Deed::Ask(Box::new(intent)));
    let wish = |wish| Some(Deed::Wish(wish));
    let machine = |deed| Some(Deed::Machine(deed));
    let port = |instance: &str, symbol: &str| ControlPort::new(Instance::new(instance), symbol);
    match action {
        UiAction::LoadBoard(at) => ask(Intent::LoadBoard { bundle: model::boards(state).get(at)?.clone() }),
        UiAction::NextBoard => ask(Intent::StepBoard(Step::Next)),
        UiAction::PreviousBoard => ask(Intent::StepBoard(Step::Previous)),
        UiAction::SaveBoard => ask(Intent::SaveBoard { title: None, as_new: false }),
        UiAction::SaveBoardAs(title) => ask(Intent::SaveBoard { title: Some(title), as_new: true }),
        UiAction::RevertBoard => ask(Intent::LoadBoard { bundle: state.board.bundle.clone()? }),
        UiAction::KeepVersion(name) => ask(Intent::KeepVersion { name }),
        UiAction::LoadVersion(at) => ask(Intent::RestoreVersion { id: versions.get(at)?.id.clone() }),
        UiAction::Undo => ask(Intent::Undo),
        UiAction::Redo => ask(Intent::Redo),
        UiAction::MeasureLoudness => ask(Intent::MeasureLoudness { bundles: Vec::new() }),
        UiAction::ReloadBoards => ask(Intent::Rescan),
        UiAction::UpdateSampleBoards => machine(MachineDeed::UpdateBoards),
        UiAction::SelectBank(bank) => ask(Intent::SelectBank(bank)),
        UiAction::LoadSnapshot(at) => ask(Intent::LoadSnapshot(Step::To(at))),
        UiAction::SaveSnapshot => ask(Intent::SaveSnapshot),
        UiAction::SaveSnapshotAs(name) => ask(Intent::SaveSnapshotAs { name }),
        UiAction::RenameSnapshot(at, name) => ask(Intent::RenameSnapshot { at, name }),
        UiAction::DeleteSnapshot(at) => ask(Intent::RemoveSnapshot { at }),
        UiAction::SetBypass { instance, bypassed } => {
            let port = ControlPort::bypass(Instance::new(&instance));
            ask(Intent::Set { port, value: f32::from(u8::from(bypassed)) })
        }
        UiAction::SetParameter { instance, symbol, value } => {
            ask(Intent::Set { port: port(&instance, &symbol), value })
        }
        UiAction::LoadPreset { instance, preset } => {
            let instance = Instance::new(&instance);
            let (uri, _) = state.board.plugin(&instance)?.spec.presets.get(preset)?.clone();
            ask(Intent::LoadPreset { instance, uri })
        }
        UiAction::Learn { instance, symbol } => {
            let port = port(&instance, &symbol);
            let plugin = state.board.plugin(&port.instance)?;
            let control = plugin.spec.control(&symbol)?;
            let (min, max) = (control.min, control.max);
            ask(Intent::Learn { ports: vec![(port, min, max)] })
        }
        UiAction::CancelLearn => ask(Intent::EndLearning),
        UiAction::Unassign { instance, symbol } => ask(Intent::Unaddress { port: port(&instance, &symbol) }),
        UiAction::PressFootswitch(at) => wish(Wish::PressFootswitch(at)),
        UiAction::HoldFootswitch(at) => wish(Wish::HoldFootswitch(at)),
        UiAction::SetTrueBypass(on) => wish(Wish::TrueBypass(on)),
        UiAction::SetBypassSide(side) => wish(Wish::BypassSide(side)),
        UiAction::SetTempo(bpm) => ask(Intent::SetTempo(bpm.into())),
        UiAction::TapTempo => wish(Wish::Tap),
        UiAction::SetTapMode(on) => wish(Wish::TapMode(on)),
        UiAction::SetClock(source) => ask(Intent::SetSync(match source {
            ClockSource::Internal => SyncMode::Internal,
            ClockSource::Midi => SyncMode::MidiClock,
            ClockSource::Link => SyncMode::Link,
        })),
        UiAction::SetTuner(on) => ask(Intent::Tuner(on)),
        UiAction::SetTunerMute(on) => ask(Intent::TunerMute(on)),
        UiAction::SetTunerInput(input) => ask(Intent::TunerInput(input)),
        UiAction::SetTunerReference(hertz) => ask(Intent::TunerReference(hertz)),
        UiAction::SelectBlend(at) => wish(Wish::Blend(at)),
        UiAction::SetBlend(position) => ask(Intent::MorphTo { position }),
        UiAction::SetOutputVolume(decibels) => wish(Wish::OutputVolume(decibels)),
        UiAction::SetInputGain(decibels) => wish(Wish::InputGain(decibels)),
        UiAction::SetEq(on) => wish(Wish::Eq(on)),
        UiAction::SetEqBand(band, decibels) => wish(Wish::EqBand(band, decibels)),
        UiAction::SetVuBaseline(counts) => wish(Wish::VuBaseline(counts)),
        UiAction::SetPeriod(frames) => machine(MachineDeed::Period(frames)),
        UiAction::SetSampleRate(hertz) => machine(MachineDeed::Rate(hertz)),
        UiAction::ScanWifi => Some(Deed::Network(NetworkDeed::Scan)),
        UiAction::JoinWifi { ssid, password } => Some(Deed::Network(NetworkDeed::Join(ssid, password))),
        UiAction::LeaveWifi => Some(Deed::Network(NetworkDeed::Leave)),
        UiAction::ForgetWifi(ssid) => Some(Deed::Network(NetworkDeed::Forget(ssid))),
        UiAction::SetNetworkMode(mode) => Some(Deed::Network(NetworkDeed::Mode(mode))),
        UiAction::StartPairing => Some(Deed::Pairing(PairingDeed::Open)),
        UiAction::AcceptPairing => Some(Deed::Pairing(PairingDeed::Confirm)),
        UiAction::RefusePairing => Some(Deed::Pairing(PairingDeed::Close)),
        UiAction::RevokeClient(at) => Some(Deed::Pairing(PairingDeed::Revoke(at))),
        UiAction::SetRecording(on) => ask(Intent::Record(on)),
        UiAction::CalibrateLow(at) => wish(Wish::CalibrateLow(at)),
        UiAction::CalibrateHigh(at) => wish(Wish::CalibrateHigh(at)),
        UiAction::SetExpressionCurve(at, curve) => wish(Wish::ExpressionCurve(at, curve)),
        UiAction::RestartEngine => machine(MachineDeed::RestartEngine),
        UiAction::Shutdown => machine(MachineDeed::PowerOff),
        UiAction::Reboot => machine(MachineDeed::Reboot),
        UiAction::Backup => machine(MachineDeed::Backup),
        UiAction::Restore => machine(MachineDeed::Restore),
        UiAction::CheckUpdate => machine(MachineDeed::CheckUpdate),
        UiAction::InstallUpdate => machine(MachineDeed::InstallUpdate),
        UiAction::RollBack => machine(MachineDeed::RollBack),
        UiAction::FactoryReset => machine(MachineDeed::FactoryReset),
        UiAction::SetLcdSpeed(megahertz) => wish(Wish::LcdSpeed(megahertz)),
        UiAction::TestHardware => wish(Wish::SelfTest),
        UiAction::DismissNotice => ask(Intent::DismissNotice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_gone_is_nothing_to_do() {
        let state = State::default();
        for action in [
            UiAction::LoadBoard(3),
            UiAction::RevertBoard,
            UiAction::LoadVersion(0),
            UiAction::LoadPreset { instance: "x".into(), preset: 1 },
            UiAction::Learn { instance: "x".into(), symbol: "y".into() },
        ] {
            assert_eq!(deed(action.clone(), &state, &[]), None, "{action:?}");
        }
    }

    #[test]
    fn a_bypass_is_a_control() {
        let action = UiAction::SetBypass { instance: "drive".into(), bypassed: true };
        let Some(Deed::Ask(intent)) = deed(action, &State::default(), &[]) else { panic!("not asked") };
        assert_eq!(*intent, Intent::Set { port: ControlPort::bypass("drive"), value: 1.0 });
    }
}
