//! The table of all commands: names, arguments, their order on the wire. It is pure data and stays whole: one enum is made
//! of it, and it is read from top to bottom as the reference of the protocol.

use super::making::{arity, commands};
#[cfg(test)]
use super::making::{nested_any, nested_pattern};
use super::{
    Comparison, CvMode, FaultPolicy, Feature, ParamValue, PluginSpec, ScalePoint, SnapshotValue, SyncMode,
};
use crate::ParseError;
use crate::field::{Arguments, Field, Line};

commands! {
    /// Instantiates and activates a plugin. Answers the instance.
    "add" Add {
        /// URI of the plugin.
        uri: String,
        /// Instance that it becomes.
        instance: i32,
    }
    /// As `add`, but the plugin stays deactivated. Answers the instance.
    "preload" Preload {
        /// URI of the plugin.
        uri: String,
        /// Instance that it becomes.
        instance: i32,
    }
    /// Removes a plugin, or all but the tools.
    "remove" Remove {
        /// The instance, or −1 for all of 0–9989.
        instance: i32,
    }
    /// Puts a preloaded plugin to work, or takes it out.
    "activate" Activate {
        /// The instance.
        instance: i32,
        /// Whether it works.
        active: bool,
    }
    /// Bypasses a plugin.
    "bypass" Bypass {
        /// The instance.
        instance: i32,
        /// Whether it is bypassed.
        bypassed: bool,
    }
    /// Sets a control input; the host clamps the value to the port's range.
    "param_set" ParamSet {
        /// The instance.
        instance: i32,
        /// Symbol of the port, or `:bypass`.
        symbol: String,
        /// The value.
        value: f32,
    }
    /// Asks for the value of a control input. Answers a float.
    "param_get" ParamGet {
        /// The instance.
        instance: i32,
        /// Symbol of the port, `:bypass` or `:presets`.
        symbol: String,
    }
    /// Sets several control inputs at once; unknown symbols are skipped.
    "params_flush" ParamsFlush {
        /// The instance.
        instance: i32,
        /// Value for the plugin's reset port, written before and after.
        reset: i32,
        /// The values.
        values: Vec<ParamValue>,
    }
    /// Runs the plugin once outside of the graph with these values.
    "pre_run" PreRun {
        /// The instance.
        instance: i32,
        /// Value for the plugin's reset port.
        reset: i32,
        /// The values.
        values: Vec<ParamValue>,
    }
    /// Loads a preset.
    "preset_load" PresetLoad {
        /// The instance.
        instance: i32,
        /// URI of the preset.
        uri: String,
    }
    /// Saves the plugin's state as a preset bundle.
    "preset_save" PresetSave {
        /// The instance.
        instance: i32,
        /// What the user calls it.
        label: String,
        /// The bundle's directory, made if needed.
        directory: String,
        /// The Turtle file inside it.
        file: String,
    }
    /// Prints a preset. Answers Turtle text.
    "preset_show" PresetShow {
        /// URI of the preset.
        uri: String,
    }
    /// Sets a property; the text is converted by the property's declared type.
    "patch_set" PatchSet {
        /// The instance.
        instance: i32,
        /// URI of the property.
        property: String,
        /// The value as text; see [`crate::PatchValue::from_text`].
        value: String,
    }
    /// Asks the plugin for a property; the answer comes as feedback `patch_set`.
    "patch_get" PatchGet {
        /// The instance.
        instance: i32,
        /// URI of the property.
        property: String,
    }
    /// Asks whom the plugin is licensed to. Answers text.
    "licensee" Licensee {
        /// The instance.
        instance: i32,
    }
    /// Opens the plugin's own window.
    "show_external_ui" ShowExternalUi {
        /// The instance.
        instance: i32,
    }

    /// Connects two ports; connected ones are a success, and either order works.
    "connect" Connect {
        /// One port, by its full JACK name.
        source: String,
        /// The other port.
        destination: String,
    }
    /// As `connect`, but both ports must exist.
    "connect_safe" ConnectSafe {
        /// One port, by its full JACK name.
        source: String,
        /// The other port.
        destination: String,
    }
    /// Gives a port all the connections of another.
    "connect_matching" ConnectMatching {
        /// The port whose connections are copied.
        like: String,
        /// The port that gets them.
        port: String,
    }
    /// Disconnects two ports; either order works.
    "disconnect" Disconnect {
        /// One port, by its full JACK name.
        source: String,
        /// The other port.
        destination: String,
    }
    /// As `disconnect`, but the ports must exist and be connected.
    "disconnect_safe" DisconnectSafe {
        /// One port, by its full JACK name.
        source: String,
        /// The other port.
        destination: String,
    }
    /// Disconnects a port from everything.
    "disconnect_all" DisconnectAll {
        /// The port, by its full JACK name.
        port: String,
    }

    /// Makes the host connect out and report `param_monitor` rules there (an old mechanism).
    "monitor" Monitor {
        /// Address to connect to.
        address: String,
        /// TCP port there.
        port: i32,
        /// On or off.
        enable: bool,
    }
    /// Adds a rule for `monitor`.
    "param_monitor" ParamMonitor {
        /// The instance.
        instance: i32,
        /// Symbol of a control port.
        symbol: String,
        /// When to report.
        comparison: Comparison,
        /// What the port is compared to.
        value: f32,
    }
    /// Reports a control output or a property as feedback. Answers 1 for success and 0 for failure.
    "monitor_output" MonitorOutput {
        /// The instance.
        instance: i32,
        /// Symbol of the port, or URI of the property.
        symbol: String,
    }
    /// Ends `monitor_output`. Answers 1 for success and 0 for failure.
    "monitor_output_off" MonitorOutputOff {
        /// The instance.
        instance: i32,
        /// Symbol of the port, or URI of the property.
        symbol: String,
    }
    /// Reports the peaks of an audio port as feedback `audio_monitor`.
    "monitor_audio_levels" MonitorAudioLevels {
        /// The port, by its full JACK name.
        port: String,
        /// On or off; the last one switched on must be switched off first.
        enable: bool,
    }
    /// Reports the control changes of a MIDI channel that nothing is mapped to.
    "monitor_midi_control" MonitorMidiControl {
        /// Channel, 0–15.
        channel: i32,
        /// On or off.
        enable: bool,
    }
    /// Reports the program changes of a MIDI channel.
    "monitor_midi_program" MonitorMidiProgram {
        /// Channel, 0–15.
        channel: i32,
        /// On or off.
        enable: bool,
    }

    /// Maps the next controller that moves. Answers 1 for success and 0 for failure.
    "midi_learn" MidiLearn {
        /// The instance.
        instance: i32,
        /// Symbol of the port, or `:bypass`.
        symbol: String,
        /// Value at the controller's low end.
        minimum: f32,
        /// Value at its high end.
        maximum: f32,
    }
    /// Maps a controller. Answers 1 for success and 0 for failure.
    "midi_map" MidiMap {
        /// The instance.
        instance: i32,
        /// Symbol of the port, or `:bypass`.
        symbol: String,
        /// Channel, 0–15.
        channel: i32,
        /// Controller, 0–127, or [`crate::PITCH_BEND`].
        controller: i32,
        /// Value at the controller's low end.
        minimum: f32,
        /// Value at its high end.
        maximum: f32,
    }
    /// Removes a mapping. Answers 1 for success and 0 for failure.
    "midi_unmap" MidiUnmap {
        /// The instance.
        instance: i32,
        /// Symbol of the port, or `:bypass`.
        symbol: String,
    }
    /// Lets a control voltage steer a parameter.
    "cv_map" CvMap {
        /// The instance.
        instance: i32,
        /// Symbol of the port.
        symbol: String,
        /// The CV port, by its full JACK name.
        source: String,
        /// Value at the low end of the voltage.
        minimum: f32,
        /// Value at its high end.
        maximum: f32,
        /// Which voltages the ends are.
        mode: CvMode,
    }
    /// Removes a control voltage.
    "cv_unmap" CvUnmap {
        /// The instance.
        instance: i32,
        /// Symbol of the port.
        symbol: String,
    }
    /// Assigns a control chain device. Needs MOD's hardware.
    "cc_map" CcMap {
        /// The instance.
        instance: i32,
        /// Symbol of the port.
        symbol: String,
        /// Device number.
        device: i32,
        /// Actuator number.
        actuator: i32,
        /// Shown on the device.
        label: String,
        /// The present value.
        value: f32,
        /// Lowest value.
        minimum: f32,
        /// Highest value.
        maximum: f32,
        /// Number of steps.
        steps: i32,
        /// Further flags.
        extra_flags: i32,
        /// Unit, as text.
        unit: String,
        /// None, or at least two named values.
        scale_points: Vec<ScalePoint>,
    }
    /// Shows a value on a control chain device.
    "cc_value_set" CcValueSet {
        /// The instance.
        instance: i32,
        /// Symbol of the port.
        symbol: String,
        /// The value.
        value: f32,
    }
    /// Removes a control chain assignment.
    "cc_unmap" CcUnmap {
        /// The instance.
        instance: i32,
        /// Symbol of the port.
        symbol: String,
    }
    /// Assigns an actuator of MOD's hardware.
    "hmi_map" HmiMap {
        /// The instance.
        instance: i32,
        /// Symbol of the port.
        symbol: String,
        /// Hardware id.
        hardware: i32,
        /// Page.
        page: i32,
        /// Subpage.
        subpage: i32,
        /// Capabilities.
        capabilities: i32,
        /// Flags.
        flags: i32,
        /// Shown on the display.
        label: String,
        /// Lowest value.
        minimum: f32,
        /// Highest value.
        maximum: f32,
        /// Number of steps.
        steps: i32,
    }
    /// Removes an assignment of MOD's hardware.
    "hmi_unmap" HmiUnmap {
        /// The instance.
        instance: i32,
        /// Symbol of the port.
        symbol: String,
    }

    /// Sets the tempo.
    "set_bpm" SetBpm {
        /// Beats per minute, 20–300.
        bpm: f64,
    }
    /// Sets the metre.
    "set_bpb" SetBpb {
        /// Beats per bar, 1–16.
        bpb: f64,
    }
    /// Sets the whole transport.
    "transport" Transport {
        /// Whether it rolls; stopping also goes back to frame 0.
        rolling: bool,
        /// Beats per bar.
        bpb: f64,
        /// Beats per minute.
        bpm: f64,
    }
    /// Chooses where the tempo comes from.
    "transport_sync" TransportSync {
        /// The source.
        mode: SyncMode,
    }
    /// Switches a feature.
    "feature_enable" FeatureEnable {
        /// Which one.
        feature: Feature,
        /// Its value; see [`Feature`] and [`super::Processing`].
        value: i32,
    }
    /// Restores the state of all plugins from `<directory>/effect-<instance>/effect.ttl`.
    "state_load" StateLoad {
        /// The pedalboard bundle.
        directory: String,
    }
    /// Saves the state of all plugins there.
    "state_save" StateSave {
        /// The pedalboard bundle.
        directory: String,
    }
    /// Names the directory in which plugins make new files.
    "state_tmpdir" StateTmpdir {
        /// The directory.
        directory: String,
    }
    /// Loads an LV2 bundle while running.
    "bundle_add" BundleAdd {
        /// The bundle's directory.
        path: String,
    }
    /// Unloads an LV2 bundle while running.
    "bundle_remove" BundleRemove {
        /// The bundle's directory.
        path: String,
        /// A resource (preset) of it that is unloaded too; may be empty.
        resource: String,
    }
    /// Asks for the DSP load in percent. Answers a float.
    "cpu_load" CpuLoad {}
    /// Asks for the highest DSP load in percent. Answers a float.
    "max_cpu_load" MaxCpuLoad {}
    /// The client has handled the last batch of feedback and wants the next.
    "output_data_ready" OutputDataReady {}
    /// Answers when one whole process cycle has passed.
    "wait_audio_cycle" WaitAudioCycle {}
    /// Runs commands from a file. Answers nothing.
    "load" Load {
        /// The file.
        path: String,
    }
    /// Saves the commands so far to a file. Answers nothing when there are none.
    "save" Save {
        /// The file.
        path: String,
    }
    /// Lists the commands on the host's standard output. Answers nothing.
    "help" Help {}
    /// Ends the host after its answer.
    "quit" Quit {}

    /// Several `add`. One plugin answers as `add`; several answer 0 whatever happens.
    "multi_add" MultiAdd {
        /// The plugins, at least one.
        plugins: Vec<PluginSpec>,
    }
    /// Several `preload`.
    "multi_preload" MultiPreload {
        /// The plugins, at least one.
        plugins: Vec<PluginSpec>,
    }
    /// Several `remove`.
    "multi_remove" MultiRemove {
        /// At least one.
        instances: Vec<i32>,
    }
    /// Several `activate`.
    "multi_activate" MultiActivate {
        /// Whether they work.
        active: bool,
        /// At least one.
        instances: Vec<i32>,
    }
    /// Several `bypass`.
    "multi_bypass" MultiBypass {
        /// Whether they are bypassed.
        bypassed: bool,
        /// At least one.
        instances: Vec<i32>,
    }
    /// Sets one symbol of several plugins.
    "multi_param_set" MultiParamSet {
        /// Symbol of the port.
        symbol: String,
        /// The value.
        value: f32,
        /// At least one.
        instances: Vec<i32>,
    }
    /// `params_flush` for several plugins.
    "multi_params_flush" MultiParamsFlush {
        /// Value for the reset ports.
        reset: i32,
        /// At least one.
        instances: Vec<i32>,
        /// The values.
        values: Vec<ParamValue>,
    }
    /// `pre_run` for several plugins.
    "multi_pre_run" MultiPreRun {
        /// Value for the reset ports.
        reset: i32,
        /// At least one.
        instances: Vec<i32>,
        /// The values.
        values: Vec<ParamValue>,
    }

    /// Extension: versions of the program and of the extensions. Answers JSON.
    "x_version" XVersion {}
    /// Extension: levels of the inputs and outputs. Answers JSON.
    "x_meters" XMeters {}
    /// Extension: times per plugin, DSP load, xruns. Answers JSON.
    "x_stats" XStats {}
    /// Extension: cost of a plugin on this machine, measured or from the cache. Answers JSON.
    "x_cost" XCost {
        /// URI of the plugin.
        uri: String,
    }
    /// Extension: replaces the board by one from a file, cross-faded. Answers JSON.
    "x_load" XLoad {
        /// The board, a JSON file.
        path: String,
    }
    /// Extension: builds and warms a board in a slot. Answers JSON.
    "x_preload" XPreload {
        /// Slot.
        slot: u32,
        /// The board, a JSON file.
        path: String,
    }
    /// Extension: makes the board of a slot the running one. Answers JSON.
    "x_swap" XSwap {
        /// Slot.
        slot: u32,
        /// Length of the cross-fade in ms, 0–500; the default of `x_fade` when left out.
        fade_ms: Option<f32>,
    }
    /// Extension: frees a slot. Answers JSON.
    "x_unload" XUnload {
        /// Slot.
        slot: u32,
    }
    /// Extension: the running board. Answers JSON that `x_load` reads.
    "x_board" XBoard {}
    /// Extension: sets the default length of cross-fades.
    "x_fade" XFade {
        /// Length in ms, 0–500.
        ms: f32,
    }
    /// Extension: sets when the tails of an old board end.
    "x_tails" XTails {
        /// Level in dBFS under which a tail counts as silent.
        quiet_db: f32,
        /// How long it must stay there, in ms.
        quiet_ms: f32,
        /// Longest tail in seconds.
        max_s: f32,
    }
    /// Extension: the output safety limiter.
    "x_limiter" XLimiter {
        /// On or off (also `on` and `off` on the wire).
        enable: bool,
        /// Ceiling in dBFS.
        ceiling_db: f32,
    }
    /// Extension: what happens to a plugin that overruns its share.
    "x_policy" XPolicy {
        /// What happens.
        policy: FaultPolicy,
        /// Share of the period that one plugin may take, 0–1.
        share: f32,
        /// Periods in a row that it must exceed it.
        periods: u32,
    }
    /// Extension: takes a plugin back that a fault had bypassed.
    "x_reenable" XReenable {
        /// The instance.
        instance: i32,
    }
    /// Extension: keeps a bypassed plugin running, for its tail.
    "x_keep_running" XKeepRunning {
        /// The instance.
        instance: i32,
        /// On or off.
        enable: bool,
    }
    /// Extension: delay compensation of parallel paths.
    "x_pdc" XPdc {
        /// On or off.
        enable: bool,
    }
    /// Extension: silences the output, or lets it be heard again; faded. Plugins run on.
    "x_mute" XMute {
        /// On or off.
        enable: bool,
    }
    /// Extension: sets any number of parameters of any plugins within one block.
    "x_snapshot" XSnapshot {
        /// The values.
        values: Vec<SnapshotValue>,
    }
    /// Extension: sends this client's feedback connection the `x_…` lines too.
    "x_events" XEvents {
        /// On or off.
        enable: bool,
    }
}
