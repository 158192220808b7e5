//! What the screen asks the pedal to do.

use crate::model::{ClockSource, Curve, NetworkMode, Password, Side};

/// A wish of the player. The screen does not change by it: it shows what the model says afterwards.
#[derive(Clone, Debug, PartialEq, strum::VariantNames, strum::IntoStaticStr)]
pub enum UiAction {
    /// Load the board at this place of the model's list.
    LoadBoard(usize),
    /// Load the next board of the bank.
    NextBoard,
    /// Load the previous board of the bank.
    PreviousBoard,
    /// Write the present board.
    SaveBoard,
    /// Write the present board under a new title.
    SaveBoardAs(String),
    /// Throw unsaved changes away.
    RevertBoard,
    /// Keep the board as it is now as a version with this name.
    KeepVersion(String),
    /// Go back to the version at this place of the model's list.
    LoadVersion(usize),
    /// Take the last edit back.
    Undo,
    /// Do the last edit again that was taken back.
    Redo,
    /// Measure how loud the boards of the bank are. Nothing is turned by it: the difference is shown.
    MeasureLoudness,
    /// Look for boards again.
    ReloadBoards,
    /// Fetch the newest sample boards.
    UpdateSampleBoards,
    /// Show the boards of the bank at this place only, or of all banks.
    SelectBank(Option<usize>),
    /// Recall the snapshot at this place.
    LoadSnapshot(usize),
    /// Overwrite the present snapshot with the present settings.
    SaveSnapshot,
    /// Make a new snapshot of the present settings.
    SaveSnapshotAs(String),
    /// Give the snapshot at this place another name.
    RenameSnapshot(usize, String),
    /// Remove the snapshot at this place.
    DeleteSnapshot(usize),
    /// Bypass a plugin, or let it play.
    SetBypass {
        /// The plugin's name in the board.
        instance: String,
        /// True: the plugin is passed by.
        bypassed: bool,
    },
    /// Set a parameter.
    SetParameter {
        /// The plugin's name in the board.
        instance: String,
        /// The parameter's symbol.
        symbol: String,
        /// The new value, in the parameter's unit and within its range.
        value: f32,
    },
    /// Load the preset at this place of the plugin's list.
    LoadPreset {
        /// The plugin's name in the board.
        instance: String,
        /// Place in the plugin's list of presets.
        preset: usize,
    },
    /// Wait for a MIDI control to be moved, and give it this parameter.
    Learn {
        /// The plugin's name in the board.
        instance: String,
        /// The parameter's symbol.
        symbol: String,
    },
    /// Stop waiting for a MIDI control.
    CancelLearn,
    /// Take this parameter away from all its controls.
    Unassign {
        /// The plugin's name in the board.
        instance: String,
        /// The parameter's symbol.
        symbol: String,
    },
    /// Act as if footswitch `0..` had been pressed briefly.
    PressFootswitch(usize),
    /// Act as if footswitch `0..` had been held.
    HoldFootswitch(usize),
    /// True bypass of the whole pedal.
    SetTrueBypass(bool),
    /// Which side the true bypass takes.
    SetBypassSide(Side),
    /// Tempo in beats per minute.
    SetTempo(f32),
    /// One tap of the tempo.
    TapTempo,
    /// Footswitches with a tap function tap, or do their usual work.
    SetTapMode(bool),
    /// Where the tempo comes from.
    SetClock(ClockSource),
    /// Start or stop the tuner.
    SetTuner(bool),
    /// Silence the output while tuning.
    SetTunerMute(bool),
    /// Input that the tuner listens to, from 1.
    SetTunerInput(u8),
    /// Frequency of A4 in Hz.
    SetTunerReference(f32),
    /// Blend with the blend snapshot at this place of the model's list.
    SelectBlend(usize),
    /// Move the blend to this position, 0 to 1.
    SetBlend(f32),
    /// Output volume in dB.
    SetOutputVolume(f32),
    /// Input gain in dB.
    SetInputGain(f32),
    /// Equaliser of the codec on or off.
    SetEq(bool),
    /// Gain of equaliser band `0..` in dB.
    SetEqBand(usize, f32),
    /// Reading of the level meter's ADC at silence, in its counts.
    SetVuBaseline(u16),
    /// Frames of an audio period.
    SetPeriod(u32),
    /// Sample rate in Hz.
    SetSampleRate(u32),
    /// Look for wireless networks.
    ScanWifi,
    /// Join a network, with a password if it wants one and we have none saved.
    JoinWifi {
        /// Name of the network.
        ssid: String,
        /// Its password, when the player has typed one.
        password: Option<Password>,
    },
    /// Leave the present network.
    LeaveWifi,
    /// Forget a saved network.
    ForgetWifi(String),
    /// Who may reach the pedal over the air.
    SetNetworkMode(NetworkMode),
    /// Offer pairing to a browser.
    StartPairing,
    /// Let the browser in that has asked.
    AcceptPairing,
    /// Refuse the browser that has asked, or end the offer.
    RefusePairing,
    /// Forget the paired browser at this place of the model's list.
    RevokeClient(usize),
    /// Start or end a recording.
    SetRecording(bool),
    /// Take the expression pedal's reading for its low end.
    CalibrateLow(usize),
    /// Take the expression pedal's reading for its high end.
    CalibrateHigh(usize),
    /// How the expression pedal's travel becomes a value.
    SetExpressionCurve(usize, Curve),
    /// Restart the sound engine.
    RestartEngine,
    /// Switch the pedal off.
    Shutdown,
    /// Start the pedal again.
    Reboot,
    /// Write the player's data to a USB stick.
    Backup,
    /// Read the player's data from a USB stick.
    Restore,
    /// Ask whether there is a newer system.
    CheckUpdate,
    /// Install the newer system.
    InstallUpdate,
    /// Go back to the system before.
    RollBack,
    /// Set everything as it came, except boards.
    FactoryReset,
    /// Clock of the display's bus in MHz.
    SetLcdSpeed(u32),
    /// Ask for each switch, encoder and knob, and say which does not answer.
    TestHardware,
    /// The player has read the notice.
    DismissNotice,
}
