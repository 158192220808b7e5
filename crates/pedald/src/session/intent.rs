//! What can be asked of the session.

mod answer;
mod edit;
mod source;
mod waits;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::board::{Addressing, ControlPort, Endpoint, Instance, MidiBinding};
use super::health::Health;
use super::shape::Shape;
use super::state::{Bank, Morph, NoticeLevel, SyncMode};

pub use answer::{Answer, Done, Version};
pub use edit::Edit;
pub use source::{Source, Step};

/// What is asked for. Numbers out of range are moved into it; what cannot be done is answered by a
/// [`SessionError`](super::SessionError) and changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Puts a plugin on the board. Answers [`Done::Plugin`] when the engine has it.
    AddPlugin {
        /// Its name, not in use yet.
        instance: Instance,
        /// URI of an installed plugin.
        uri: String,
        /// Place on the drawing in pixels.
        position: (f64, f64),
    },
    /// Takes a plugin off, with its cables and addressings.
    RemovePlugin {
        /// The plugin.
        instance: Instance,
    },
    /// Moves a plugin on the drawing.
    MovePlugin {
        /// The plugin.
        instance: Instance,
        /// x and y in pixels.
        position: (f64, f64),
    },
    /// Connects two ports. Connecting what is connected is a success.
    Connect {
        /// Where the cable starts.
        source: Endpoint,
        /// Where it ends.
        target: Endpoint,
    },
    /// Takes a cable away.
    Disconnect {
        /// Where it starts.
        source: Endpoint,
        /// Where it ends.
        target: Endpoint,
    },
    /// Several edits of the graph as one: they sound together, and one undo takes them back. If one does not fit, none
    /// is made.
    Arrange {
        /// What it is, for the undo menu, e.g. `insert Delay`.
        label: String,
        /// The edits, in order.
        edits: Vec<Edit>,
    },
    /// Sets a control, a bypass or the tempo.
    Set {
        /// The control; `:bypass` is 0 or 1.
        port: ControlPort,
        /// Its value, in the units of the plugin.
        value: f32,
    },
    /// Sets several controls within one block.
    SetMany {
        /// Controls and their values.
        values: Vec<(ControlPort, f32)>,
    },
    /// Turns a bypass or an on-off control over. A control that is neither goes from its low to its high end and back.
    Toggle {
        /// The control.
        port: ControlPort,
    },
    /// Sets an LV2 parameter (a file, a text, a number).
    SetParameter {
        /// The plugin.
        instance: Instance,
        /// URI of the property.
        uri: String,
        /// mod-host's letter for its type; 0 for the one that the plugin declares.
        kind: char,
        /// The value as text.
        value: String,
    },
    /// Asks the plugin for an LV2 parameter; its answer is an event.
    AskParameter {
        /// The plugin.
        instance: Instance,
        /// URI of the property.
        uri: String,
    },
    /// Loads a preset.
    LoadPreset {
        /// The plugin.
        instance: Instance,
        /// URI of the preset.
        uri: String,
    },
    /// Stores a preset. Answers [`Done::Preset`].
    SavePreset {
        /// The plugin.
        instance: Instance,
        /// Name to show.
        name: String,
        /// Folder of the bundle to write.
        bundle: PathBuf,
        /// File within the bundle.
        file: String,
    },
    /// The preset of this URI is gone; plugins that had loaded it have none now.
    ForgetPreset {
        /// URI of the preset.
        uri: String,
    },

    /// Lets these controls wait for a controller to be moved; it will drive all of them.
    Learn {
        /// Controls with the values at the controller's ends.
        ports: Vec<(ControlPort, f32, f32)>,
    },
    /// Ends the waiting.
    EndLearning,
    /// Binds a control to a MIDI controller, or frees it.
    Bind {
        /// The control.
        port: ControlPort,
        /// The controller.
        binding: Option<MidiBinding>,
    },
    /// Chooses the curve of what drives a control, and what a switch does.
    Shape {
        /// The control.
        port: ControlPort,
        /// Its shape.
        shape: Shape,
    },
    /// Binds a control to an actuator other than MIDI. It leaves every other actuator and its MIDI binding.
    Address {
        /// URI of the actuator.
        actuator: String,
        /// What is driven, and how.
        addressing: Addressing,
    },
    /// Frees a control from every actuator, MIDI too.
    Unaddress {
        /// The control.
        port: ControlPort,
    },
    /// A controller of ours was moved (a footswitch, encoder or pedal that has a MIDI controller's number): all
    /// controls bound to it follow. Not for MIDI that the engine receives itself.
    Controller {
        /// MIDI channel, 0–15.
        channel: u8,
        /// Controller, 0–127; 131 for pitch bend.
        controller: u8,
        /// Position, 0–127; 0–16383 for pitch bend.
        value: u16,
    },

    /// Recalls a snapshot, within one block.
    LoadSnapshot(Step),
    /// Stores the present sound in the present snapshot.
    SaveSnapshot,
    /// Stores the present sound in a new snapshot. Answers [`Done::Snapshot`].
    SaveSnapshotAs {
        /// Its name; made unique.
        name: String,
    },
    /// Gives a snapshot another name. Answers [`Done::Snapshot`].
    RenameSnapshot {
        /// Its number.
        at: usize,
        /// Its name; made unique.
        name: String,
    },
    /// Removes a snapshot.
    RemoveSnapshot {
        /// Its number.
        at: usize,
    },
    /// Begins a blend between snapshots, or ends it (`None`). The values stay where they are until it is moved.
    Morph(Option<Morph>),
    /// Moves the blend.
    MorphTo {
        /// Where to, 0–1.
        position: f32,
    },

    /// Loads a board. Answers [`Done::Board`] when it sounds; until then the old one does.
    LoadBoard {
        /// Its bundle.
        bundle: PathBuf,
    },
    /// Goes to another board of the bank.
    StepBoard(Step),
    /// Begins an empty board.
    NewBoard,
    /// mod-ui's `/reset`: as `NewBoard`, but the old board sounds on for a moment, in case another is loaded next.
    Reset,
    /// Saves the board. Answers [`Done::Saved`].
    SaveBoard {
        /// Title; the present one when it is `None`.
        title: Option<String>,
        /// Whether to make a new bundle.
        as_new: bool,
    },
    /// Deletes a board from the disk and from all banks.
    RemoveBoard {
        /// Its bundle.
        bundle: PathBuf,
    },
    /// Keeps the board as it is now as a named version, beside its bundle.
    KeepVersion {
        /// What the player calls it.
        name: String,
    },
    /// Takes a kept or automatic version up again; it counts as an edit that is not saved.
    RestoreVersion {
        /// The version's identifier.
        id: String,
    },
    /// Deletes a kept or automatic version of the present board. Answers [`Done::Versions`].
    DeleteVersion {
        /// The version's identifier.
        id: String,
    },
    /// Lists the versions of the present board, newest first. Answers [`Done::Versions`].
    ListVersions,
    /// Reads the boards and banks on the disk again.
    Rescan,
    /// Goes to a bank; `None` for all boards.
    SelectBank(Option<usize>),
    /// Replaces all banks.
    SetBanks(Vec<Bank>),
    /// Measures how loud boards are; the results are suggestions in the state.
    MeasureLoudness {
        /// Bundles; all of the bank when empty.
        bundles: Vec<PathBuf>,
    },

    /// Sets the tempo in beats per minute.
    SetTempo(f64),
    /// Sets the beats per bar.
    SetBeatsPerBar(f64),
    /// Starts and stops time.
    SetRolling(bool),
    /// Chooses where the tempo comes from.
    SetSync(SyncMode),

    /// Takes the last edit back.
    Undo,
    /// Makes it again.
    Redo,

    /// Turns the tuner on or off.
    Tuner(bool),
    /// Chooses whether the output is mute while the tuner is on.
    TunerMute(bool),
    /// Chooses the tuner's input, 1 or 2.
    TunerInput(u8),
    /// Chooses the tuner's A4 in Hz, 400–480.
    TunerReference(f32),
    /// Records what is heard into a new file, or ends it. Answers [`Done::Recording`].
    Record(bool),

    /// Takes a plugin back that the engine had bypassed after a fault.
    Reenable {
        /// The plugin.
        instance: Instance,
    },
    /// Follows, or no longer, a control output: its values are events.
    Monitor {
        /// The control output.
        port: ControlPort,
        /// Whether to follow it.
        on: bool,
    },
    /// Changes the size of the drawing.
    Resize {
        /// Width and height in pixels.
        size: (u32, u32),
    },
    /// How MIDI devices are put together.
    SetMidiMode {
        /// Whether they are kept apart.
        separated: bool,
        /// Whether what we send comes back to us.
        loopback: bool,
    },
    /// An LV2 bundle was installed (`true`) or removed: the engine looks at it.
    PluginBundle {
        /// The bundle.
        path: PathBuf,
        /// Whether it is there.
        present: bool,
    },

    /// Clients count lost periods from zero again; the count since the engine's start goes on.
    ResetXruns,
    /// Is answered: for who wants to know whether the session is alive.
    Ping,
    /// Writes what is not saved as an automatic version now, for the end of the program.
    Flush,
    /// Shows a sentence to the player.
    Notify {
        /// How bad it is.
        level: NoticeLevel,
        /// The sentence.
        text: String,
    },
    /// The player has read it.
    DismissNotice,
    /// A signal for everybody who shows things: passed on as an event, not kept.
    #[serde(skip)]
    Signal(super::event::Signal),
    /// Temperature, clock, memory and throttling, from the part that reads the system.
    #[serde(skip)]
    System(Box<Health>),
}
